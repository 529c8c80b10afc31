"""The files of a brand: what they are is told by their content, never by a name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MEDIA_TYPES = {
    "image/svg+xml": ".svg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "image/x-icon": ".ico",
    "font/woff2": ".woff2",
    "font/woff": ".woff",
    "text/css": ".css",
}
_SVG = rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:(?:<!--(?>.*?-->)|<!DOCTYPE[^>]*+>)\s*+)*+<svg[\s>]"
_BEGINNINGS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"\x00\x00\x01\x00"), "image/x-icon"),
    (re.compile(rb"wOF2"), "font/woff2"),
    (re.compile(rb"wOFF"), "font/woff"),
    (re.compile(_SVG, re.DOTALL), "image/svg+xml"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file that browsers may fetch: what is in it, its media type, and its name where others refer to it."""

    content: bytes = field(repr=False)
    media_type: str
    name: str = ""

    @property
    def suffix(self) -> str:
        """The end of a file name that fits the type."""
        return MEDIA_TYPES[self.media_type]

    @property
    def is_picture(self) -> bool:
        """Whether pages can show it."""
        return self.media_type.startswith("image/")

    @property
    def is_font(self) -> bool:
        """Whether stylesheets can write with it."""
        return self.media_type.startswith("font/")


def media_type(content: bytes) -> str:
    """The type of a picture or font by how it begins, "" for everything else."""
    return next((found for beginning, found in _BEGINNINGS if beginning.match(content)), "")
