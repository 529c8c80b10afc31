"""Turns a brand's checked values into CSS over static/app.css, and checks its contrast (WCAG 2.2)."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Values = Mapping[str, str]
Tokens = Mapping[str, str]  # the names and colours of custom properties, without --

TEXT = 4.5  # the least contrast of text (WCAG 1.4.3)
WHITE, BLACK = "#ffffff", "#000000"
LINKS = ("privacy", "terms", "support", "status")
BEHIND_LINKS = ("page", "card", "note-page", "bad-page", "good-page")
ON_PAGE = ("ink", "soft", "bad", "good")
_PROPERTY = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,6});")
# Settings that belong together: an application with one of its own takes none of the others from `[brand]`.
TOGETHER = (
    {"name", "logo", "logo_dark"},
    {f"{name}{suffix}" for name in ("accent", "button", "on_button") for suffix in ("", "_dark")},
)
# This share of black or white makes any accent readable in the other scheme (at least 5.1:1).
OTHER_SCHEME = 0.6
SHADES = 100


class Scheme(NamedTuple):
    """Light or dark: the suffix of its settings; the colours farthest from and nearest to its background."""

    name: str
    suffix: str
    far: str
    near: str


LIGHT, DARK = Scheme("light", "", BLACK, WHITE), Scheme("dark", "_dark", WHITE, BLACK)


@dataclass(frozen=True, slots=True)
class Theme:
    """A brand on pages: files by their names for `asset` ("" for none), `links` by LINKS."""

    name: str = ""
    logo: str = ""
    logo_dark: str = ""
    favicon: str = "favicon.svg"
    stylesheets: tuple[str, ...] = ("app.css",)
    links: Mapping[str, str] = field(default_factory=dict)
    __hash__ = object.__hash__  # parts of pages are kept by it: there is one of each brand


def merged(common: Values, own: Values) -> dict[str, str]:
    """Return the common values overridden by an application's own."""
    replaced = {name for group in TOGETHER if not group.isdisjoint(own) for name in group}
    return {**{name: value for name, value in common.items() if name not in replaced}, **own}


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 (none) to 21."""
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG's definition for sRGB)."""
    parts = (byte / 255 for byte in bytes.fromhex(colour[1:]))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(colour: str, other: str, share: float) -> str:
    """Mix a share (0 to 1) of another colour into a colour, like CSS `color-mix(in srgb, ...)`."""
    parts = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def tokens(css: str) -> tuple[Tokens, Tokens]:
    """Return the colours of a stylesheet's first two `:root` rules, light and dark."""
    rules = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    light, dark = ({name: in_full(value) for name, value in _PROPERTY.findall(rule)} for rule in rules)
    return light, {**light, **dark}


def in_full(colour: str) -> str:
    """Return a colour as `#rrggbb` that may be written as `#rgb`."""
    return colour if len(colour) != 4 else "#" + "".join(2 * digit for digit in colour[1:])


def colours(values: Values, scheme: Scheme) -> Tokens:
    """Return the colours that a brand changes in a scheme; one accent or button is enough for both schemes."""
    page, accent, button, text = (
        values.get(f"{name}{scheme.suffix}", "") for name in ("page", "accent", "button", "on_button")
    )
    if not accent and (other := values.get("accent") or values.get("accent_dark")):
        accent = mixed(other, scheme.far, OTHER_SCHEME)
    button = button or values.get("button") or values.get("button_dark") or accent
    if button and not text:
        text = scheme.near if contrast(button, scheme.near) >= TEXT else scheme.far
    named = {"page": page, "accent": accent, "button": button, "on-button": text}
    return {name: colour for name, colour in named.items() if colour}


def stylesheet(values: Values) -> str:
    """Return the brand's CSS, loaded after static/app.css; light colours need a media query or override dark ones."""
    rules = _root({name: values[name] for name in ("font", "radius") if name in values})
    for scheme in (LIGHT, DARK):
        if rule := _root(colours(values, scheme)):
            rules += f"@media(prefers-color-scheme:{scheme.name}){{{rule}}}"
    return f"@layer tokens{{{rules}}}\n" if rules else ""


def _root(properties: Tokens) -> str:
    declarations = ";".join(f"--{name}:{value}" for name, value in properties.items())
    return f":root{{{declarations}}}" if properties else ""


def unreadable(values: Values, css: str) -> Iterator[tuple[str, str]]:
    """Yield the first unreadable colour of each scheme: the setting, and a sentence with a readable shade."""
    for scheme, ours in zip((LIGHT, DARK), tokens(css), strict=True):
        shades = {**ours, "button": ours["accent"], **colours(values, scheme)}
        readable = scheme.near if contrast(shades["button"], scheme.near) >= TEXT else scheme.far
        pairs = (
            ("page", ON_PAGE, scheme.near),
            ("accent", BEHIND_LINKS, scheme.far),
            ("on-button", ("button",), readable),
        )
        for name, others, toward in pairs:
            if words := _too_faint(shades[name], {other: shades[other] for other in others}, toward):
                hint = "; as the colour of buttons alone (button) it could be any" if name == "accent" else ""
                yield f"{name.replace('-', '_')}{scheme.suffix}", words + hint
                break


def _too_faint(colour: str, others: Tokens, toward: str) -> str:
    """Return a sentence, with a better shade, if a colour has too little contrast (4.499 is not 4.5), else ""."""

    def least(shade: str) -> float:
        return min(contrast(shade, other) for other in others.values())

    if least(colour) >= TEXT:
        return ""
    worst = min(others, key=lambda name: contrast(colour, others[name]))
    ratio = math.floor(least(colour) * 100) / 100
    shades = (mixed(colour, toward, step / SHADES) for step in range(SHADES))
    better = next((shade for shade in shades if least(shade) >= TEXT), toward)
    return f"has a contrast of {ratio:.2f}:1 to --{worst} ({others[worst]}) where {TEXT}:1 is needed: {better} would do"
