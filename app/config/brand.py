"""The settings of a brand: `[brand]` for all pages, `[clients."its id".brand]` for one application's."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from app.brand.theme import in_full
from app.config.checks import HttpsLink, Table, check, matches

GENERIC = r"serif|sans-serif|monospace|cursive|fantasy|math|system-ui|ui-[a-z-]+|-apple-system|BlinkMacSystemFont"
FAMILY = r"[A-Za-z][A-Za-z0-9 _-]{0,60}"


def _font(value: str) -> str:
    families = [family.strip().strip("\"'") for family in value.split(",")] if value else []
    if not all(re.fullmatch(f"{GENERIC}|{FAMILY}", family) for family in families):
        raise ValueError("is not a list of font families such as Inter, system-ui, sans-serif")
    return ",".join(family if re.fullmatch(GENERIC, family) else f'"{family}"' for family in families)


Name = Annotated[
    str,
    check(
        lambda value: value.isprintable() and value.strip() == value and len(value) <= 60,
        "is not a name of at most 60 characters",
    ),
]
Colour = Annotated[
    str,
    matches("#(?:[0-9a-fA-F]{3}){1,2}", "is not a colour such as #1d4f91"),
    AfterValidator(lambda value: in_full(value.lower())),
]
Font = Annotated[str, AfterValidator(_font)]
Radius = Annotated[
    str, matches(r"0|[0-9]{0,2}(?:\.[0-9]{1,4})?(?<=[0-9])(?:px|rem|em)", "is not a length such as 0, 6px or 0.5rem")
]


class BrandConfig(Table):
    """The values of a brand; pictures and stylesheet are names of files in brand_dir, "" means Portico's own."""

    name: Name = ""
    logo: str = ""
    logo_dark: str = ""
    favicon: str = ""
    accent: Colour = ""  # of links and other emphasis
    accent_dark: Colour = ""
    button: Colour = ""  # the background of the main button
    button_dark: Colour = ""
    on_button: Colour = ""
    on_button_dark: Colour = ""
    page: Colour = ""
    page_dark: Colour = ""
    font: Font = ""
    radius: Radius = ""
    stylesheet: str = ""
    privacy: HttpsLink = ""
    terms: HttpsLink = ""
    support: HttpsLink = ""
    status: HttpsLink = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.logo and not self.name:
            raise ValueError("has a logo without a name, which is read to those who do not see it")
        if self.logo_dark and not self.logo:
            raise ValueError("has logo_dark without logo")
        return self

    def values(self) -> dict[str, str]:
        """Return the values that are set, by name."""
        return {name: value for name, value in self.model_dump().items() if value}
