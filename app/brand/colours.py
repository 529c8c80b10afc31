"""Colours, and whether what is drawn in one can be seen on another (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

TEXT, EDGE = 4.5, 3.0  # the least contrast of text, and of what shows where a control is
WHITE, BLACK = "#ffffff", "#000000"
_STEPS = 100


def colour(value: str) -> str:
    """The colour as `#rrggbb` in small letters, "" for everything but `#rgb` and `#rrggbb`."""
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", value):
        return ""
    digits = value[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 (none) to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least(one: str, others: Iterable[str]) -> float:
    """The contrast ratio of a colour to that of the others which it is hardest to tell from."""
    return min(contrast(one, other) for other in others)


def mixed(one: str, other: str, share: float) -> str:
    """One colour with a share (0 to 1) of another in it."""
    parts = zip(_bytes(one), _bytes(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def nearest(one: str, toward: str, passes: Callable[[str], bool]) -> str:
    """The first shade on the way from a colour to another that passes; that other one if none before it does."""
    shades = (mixed(one, toward, step / _STEPS) for step in range(_STEPS))
    return next(filter(passes, shades), toward)


def _bytes(one: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(one[1:]))


def _luminance(one: str) -> float:
    """Relative luminance as WCAG defines it for sRGB."""
    parts = (byte / 255 for byte in _bytes(one))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
