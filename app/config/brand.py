"""The settings that say what pages look like: `[brand]`, an application's own, the operator's files."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote_to_bytes

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from app.brand.brand import Brand, Colours, font_stack, is_radius, mistakes
from app.brand.colours import colour
from app.brand.files import File, media_type
from app.config.checks import HttpsLink

MAX_PICTURE, MAX_EXTRA = 100, 400  # kB; fonts of many languages are large
LINKS = ("privacy", "terms", "support", "status")
Client = TypeVar("Client", bound=BaseModel)


def _picture(value: Any) -> File | None:
    """The picture that a path or a data: URL names."""
    if not value or isinstance(value, File):
        return value or None
    if not isinstance(value, str):
        raise ValueError("is not the path of a file")
    content = _of_data_url(value) if value.startswith("data:") else _read(value, MAX_PICTURE)
    file = File(content, media_type(content))
    if len(content) > MAX_PICTURE * 1024:
        raise ValueError(f"is larger than {MAX_PICTURE} kB")
    if not file.is_picture:
        raise ValueError("is no SVG, PNG, WebP, JPEG or ICO picture")
    return file


def _of_data_url(value: str) -> bytes:
    head, _, data = value.partition(",")
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        raise ValueError("is a data: address that cannot be read") from None


def _read(path: str, most: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            content = file.read(most * 1024 + 1)
    except (OSError, ValueError):
        raise ValueError("names a file that cannot be read") from None
    if len(content) > most * 1024:
        raise ValueError(f"names a file larger than {most} kB")
    return content


def _colour(value: str) -> str:
    found = colour(value)
    if value and not found:
        raise ValueError("is not a colour such as #1d4f91")
    return found


def _name(value: str) -> str:
    if value and not (value.isprintable() and value.strip() == value and len(value) <= 60):
        raise ValueError("is not a name of at most 60 characters")
    return value


def _font(value: str) -> str:
    found = font_stack(value)
    if value and not found:
        raise ValueError("is not a list of font families such as Inter, system-ui, sans-serif")
    return found


def _radius(value: str) -> str:
    if value and not is_radius(value):
        raise ValueError("is not a length such as 0, 6px or 0.5rem")
    return value


Picture = Annotated[File | None, BeforeValidator(_picture)]
Colour = Annotated[str, AfterValidator(_colour)]


class ClientBrand(BaseModel):
    """What pages of one application's login look like: `[clients."its id".brand]`; values, never templates."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_name)] = ""
    logo: Picture = None
    logo_dark: Picture = None
    accent: Colour = ""
    accent_dark: Colour = ""
    on_accent: Colour = ""
    on_accent_dark: Colour = ""
    page: Colour = ""
    page_dark: Colour = ""

    @model_validator(mode="after")
    def _fits(self) -> ClientBrand:
        if self.logo and not self.name:
            raise ValueError("has a logo without a name, which is read to those who do not see it")
        if self.logo_dark and not self.logo:
            raise ValueError("has logo_dark without logo")
        return self

    def brand(self) -> Brand:
        """The plain value."""
        return Brand(
            name=self.name,
            logo=self.logo,
            logo_dark=self.logo_dark,
            light=Colours(self.accent, self.on_accent, self.page),
            dark=Colours(self.accent_dark, self.on_accent_dark, self.page_dark),
        )


class BrandSettings(ClientBrand):
    """What all pages look like: `[brand]` in portico.toml."""

    favicon: Picture = None
    font: Annotated[str, AfterValidator(_font)] = ""
    radius: Annotated[str, AfterValidator(_radius)] = ""
    privacy: HttpsLink = ""
    terms: HttpsLink = ""
    support: HttpsLink = ""
    status: HttpsLink = ""

    def brand(self) -> Brand:
        """The plain value."""
        links = {name: getattr(self, name) for name in LINKS if getattr(self, name)}
        return replace(super().brand(), favicon=self.favicon, font=self.font, radius=self.radius, links=links)


def _readable(value: BrandSettings | None) -> BrandSettings | None:
    if value and (found := mistakes(value.brand())):
        raise ValueError(f"has colours that are hard to read: {'; '.join(found)}")
    return value


def readable_over_common(clients: dict[str, Client], info: ValidationInfo) -> dict[str, Client]:
    """The clients, if each one's colours can be read with those it has in common with the others."""
    if "brand" not in info.data:  # it is wrong itself, or nobody asks
        return clients
    common = info.data["brand"].brand() if info.data["brand"] else Brand()
    for client_id, client in clients.items():
        own = getattr(client, "brand", None)
        if own and (found := mistakes(common.under(own.brand()))):
            raise ValueError(f"({client_id}.brand) has colours that are hard to read: {'; '.join(found)}")
    return clients


def without_brands(clients: Any) -> Any:
    """The clients' tables without their brands, whose pictures need not be on every machine."""
    if not isinstance(clients, dict):
        return clients
    rest = {client_id: table for client_id, table in clients.items() if isinstance(table, dict)}
    return clients | {client_id: {**table, "brand": None} for client_id, table in rest.items()}


def _stylesheet(value: Any) -> File | None:
    if not value or isinstance(value, File):
        return value or None
    content = _read(str(value), MAX_PICTURE)
    try:
        content.decode()
    except UnicodeDecodeError:
        raise ValueError("names a file that is no stylesheet in UTF-8") from None
    return File(content, "text/css", _file_name(value))


def _extra(value: Any) -> File:
    if isinstance(value, File):
        return value
    content = _read(str(value), MAX_EXTRA)
    if not (found := media_type(content)):
        raise ValueError("names a file that is no picture and no WOFF font")
    return File(content, found, _file_name(value))


def _all_different(files: list[File]) -> list[File]:
    if len({file.name for file in files}) < len(files):
        raise ValueError("names two files of the same name")
    return files


def _file_name(value: Any) -> str:
    """As stylesheets name it, beside their own address."""
    name = Path(str(value)).name
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,80}", name):
        raise ValueError("names a file with more in its name than letters, digits, dots, hyphens and underscores")
    return name


CommonBrand = Annotated[
    BrandSettings | None,
    Field(
        description="What all pages look like: name, logo, logo_dark, favicon, accent, on_accent, page (each also with "
        "_dark), font, radius, privacy, terms, support, status"
    ),
    AfterValidator(_readable),
]
ExtraStylesheet = Annotated[
    File | None,
    Field(description="A CSS file that all pages use after Portico's own"),
    BeforeValidator(_stylesheet),
]
ExtraFiles = Annotated[
    list[Annotated[File, BeforeValidator(_extra)]],
    Field(description="Pictures and WOFF fonts that extra_stylesheet may name by their file names"),
    AfterValidator(_all_different),
]
