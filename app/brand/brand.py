"""What an operator's brand is made of: names, pictures, colours; and whether people can read it.

The colours that a brand leaves alone are those of static/app.css; a test compares the two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.brand.colours import BLACK, EDGE, TEXT, WHITE, contrast, least, mixed, nearest
from app.brand.files import File

SCHEMES = ("light", "dark")
_TOKENS = {  # of light and dark
    "page": ("#f4f5f8", "#0d1016"),
    "card": ("#ffffff", "#171b23"),
    "ink": ("#1a1f2b", "#eceff5"),
    "soft": ("#566073", "#a8b1c1"),
    "edge": ("#7a8394", "#7f8999"),
    "accent": ("#2747b0", "#aabfff"),
    "accent-strong": ("#1b3388", "#cad7ff"),
    "on-accent": ("#ffffff", "#111a3a"),
    "bad": ("#b3261e", "#ffb4ab"),
    "bad-page": ("#fdf2f1", "#301a1b"),
    "note-page": ("#eff2f8", "#222936"),
    "good": ("#17693a", "#8fdba9"),
    "good-page": ("#eef8f1", "#14271c"),
}
TOKENS: Mapping[str, Mapping[str, str]] = {
    scheme: {name: values[at] for name, values in _TOKENS.items()} for at, scheme in enumerate(SCHEMES)
}
BEHIND_LINKS = ("page", "card", "note-page", "bad-page", "good-page")
ON_PAGE = {"ink": TEXT, "soft": TEXT, "bad": TEXT, "good": TEXT, "edge": EDGE}
OVERRIDDEN = ("page", "accent", "accent-strong", "on-accent")  # what a brand changes
_STRONGER, _EASY = 0.25, 6.0  # share of black or white, contrast of a shade that we choose
_FAR = {"light": BLACK, "dark": WHITE}  # what can be told from a background most easily
_GENERIC = {"serif", "sans-serif", "monospace", "cursive", "fantasy", "math"}
_SYSTEM = re.compile(r"system-ui|ui-[a-z-]+|-apple-system|BlinkMacSystemFont")
_FAMILY = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,60}")


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours given for one scheme as `#rrggbb`, "" where none is."""

    accent: str = ""
    on_accent: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    """What a deployment, or one application in it, looks like; empty means as Portico comes.

    `font`: a CSS font family list, `radius`: a CSS length (both safe to put into a stylesheet). `links`: https
    addresses by what they lead to (privacy, terms, support, status).
    """

    name: str = ""
    logo: File | None = None
    logo_dark: File | None = None
    favicon: File | None = None
    light: Colours = Colours()
    dark: Colours = Colours()
    font: str = ""
    radius: str = ""
    links: Mapping[str, str] = field(default_factory=dict)

    def under(self, own: Brand) -> Brand:
        """An application's own brand over this one.

        A name and its logo belong together, and so do an accent, what is written on it, and the accent of the other
        scheme: of these it has its own or the common ones.
        """
        named = own if own.name else self
        accented = bool(own.light.accent or own.dark.accent)
        light, dark = _over(own.light, self.light, accented), _over(own.dark, self.dark, accented)
        return replace(self, name=named.name, logo=named.logo, logo_dark=named.logo_dark, light=light, dark=dark)


def _over(own: Colours, common: Colours, accented: bool) -> Colours:
    found = own if accented else replace(common, on_accent=own.on_accent or common.on_accent)
    return replace(found, page=own.page or common.page)


def font_stack(value: str) -> str:
    """The families of a CSS font list, each in quotes or a word of CSS; "" if one is neither."""
    families = [family.strip().strip("\"'") for family in value.split(",")]
    if not all(family in _GENERIC or _SYSTEM.fullmatch(family) or _FAMILY.fullmatch(family) for family in families):
        return ""
    known = [family in _GENERIC or bool(_SYSTEM.fullmatch(family)) for family in families]
    return ",".join(one if css else f'"{one}"' for one, css in zip(families, known, strict=True))


def is_radius(value: str) -> bool:
    """Whether it is a length that corners can have."""
    return re.fullmatch(r"0|[0-9]{0,2}(?:\.[0-9]{1,4})?(?<=[0-9])(?:px|rem|em)", value) is not None


def tokens(brand: Brand, scheme: str) -> dict[str, str]:
    """All colours of a scheme under this brand, by the names that static/app.css has for them."""
    given, ours = getattr(brand, scheme), TOKENS[scheme]
    page = given.page or ours["page"]
    accent = given.accent or _accent_of_other_scheme(brand, scheme, page)
    if not accent:
        return {**ours, "page": page} | ({"on-accent": given.on_accent} if given.on_accent else {})
    on_accent = given.on_accent or _FAR[_other(scheme)]  # can be read on every accent that can be read on a card
    stronger = mixed(accent, _FAR[scheme], _STRONGER)
    return {**ours, "page": page, "accent": accent, "accent-strong": stronger, "on-accent": on_accent}


def _other(scheme: str) -> str:
    return "dark" if scheme == "light" else "light"


def _accent_of_other_scheme(brand: Brand, scheme: str, page: str) -> str:
    """The accent of who gave one for the other scheme only, in the nearest shade that can be read in this one."""
    other: str = getattr(brand, _other(scheme)).accent
    return other and _readable_accent(other, scheme, {**TOKENS[scheme], "page": page}, _EASY)


def _readable_accent(accent: str, scheme: str, found: Mapping[str, str], ratio: float = TEXT) -> str:
    behind = [found[name] for name in BEHIND_LINKS]
    return nearest(accent, _FAR[scheme], lambda shade: least(shade, behind) >= ratio)


def mistakes(brand: Brand) -> list[str]:
    """What people could not read under this brand, each with the contrast there is and a shade that would do."""
    return [mistake for scheme in SCHEMES for mistake in _mistakes(scheme, tokens(brand, scheme))]


def _mistakes(scheme: str, found: Mapping[str, str]) -> list[str]:
    """The first of them: what follows from it says nothing new."""
    after = "" if scheme == "light" else "_dark"
    page, accent, on_accent = found["page"], found["accent"], found["on-accent"]
    if not _page_passes(page, found):
        worst = min(ON_PAGE, key=lambda name: contrast(page, found[name]) / ON_PAGE[name])
        better = nearest(page, _FAR[_other(scheme)], lambda shade: _page_passes(shade, found))
        return [_mistake(f"page{after}", page, f"--{worst} on it", found[worst], ON_PAGE[worst], better)]
    behind = min(BEHIND_LINKS, key=lambda name: contrast(accent, found[name]))
    if contrast(accent, found[behind]) < TEXT:
        better = _readable_accent(accent, scheme, found)
        return [_mistake(f"accent{after}", accent, f"--{behind} behind it", found[behind], TEXT, better)]
    behind = min(("accent", "accent-strong"), key=lambda name: contrast(on_accent, found[name]))
    if contrast(on_accent, found[behind]) < TEXT:
        better = _FAR[_other(scheme)]
        return [_mistake(f"on_accent{after}", on_accent, f"--{behind} behind it", found[behind], TEXT, better)]
    return []


def _mistake(name: str, one: str, what: str, other: str, needed: float, better: str) -> str:
    """The ratio is cut, not rounded: 4.499 is not told as 4.5."""
    ratio = math.floor(contrast(one, other) * 100) / 100
    return f"{name} has a contrast of {ratio:.2f}:1 to {what} ({other}) where {needed}:1 is needed, {better} would do"


def _page_passes(page: str, found: Mapping[str, str]) -> bool:
    return all(contrast(page, found[name]) >= needed for name, needed in ON_PAGE.items())


def stylesheet(brand: Brand) -> str:
    """The brand as CSS over static/app.css: tokens only; "" where it changes none."""
    common = {name: value for name, value in (("font", brand.font), ("radius", brand.radius)) if value}
    if brand.light == brand.dark == Colours():
        return f"@layer tokens{{{_rule(common)}}}\n" if common else ""
    light, dark = ({name: tokens(brand, scheme)[name] for name in OVERRIDDEN} for scheme in SCHEMES)
    return f"@layer tokens{{{_rule(common | light)}@media(prefers-color-scheme:dark){{{_rule(dark)}}}}}\n"


def _rule(values: Mapping[str, str]) -> str:
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in values.items()) + "}"
