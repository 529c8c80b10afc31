"""The files that pages load, each under an address with a hash of its content so that browsers may keep it for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

# By the end of a name. Browsers take no file for another type (nosniff), and run no script in any (views.py).
MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".css": "text/css",
}
MAX_SIZE = 400  # kB; fonts of many languages are large


@dataclass(frozen=True, slots=True)
class File:
    """A file that browsers may fetch."""

    content: bytes = field(repr=False)
    media_type: str

    @property
    def version(self) -> str:
        """A hash of what is in it."""
        return hashlib.sha256(self.content).hexdigest()[:12]


def read(folder: Path) -> tuple[dict[str, File], list[str]]:
    """The pictures, fonts and stylesheets right in a folder, by name; and what is wrong with the folder.

    Hidden files, folders and files of other types are none of ours.
    """
    try:
        paths = [path for path in sorted(folder.iterdir()) if _is_ours(path)]
        files = {path.name: File(_content(path), MEDIA_TYPES[path.suffix.lower()]) for path in paths}
    except OSError:
        return {}, ["has something in it that cannot be read"]
    large = [name for name, file in files.items() if len(file.content) > MAX_SIZE * 1024]
    return files, [f"has a file larger than {MAX_SIZE} kB: {name}" for name in large]


def _is_ours(path: Path) -> bool:
    return path.suffix.lower() in MEDIA_TYPES and not path.name.startswith(".") and path.is_file()


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SIZE * 1024 + 1)
