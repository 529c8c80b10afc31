"""Loads the brands of a deployment: the theme of each application, and the files; reports mistakes as sentences."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from app.brand.theme import LINKS, Theme, Values, merged, stylesheet, unreadable

FOLDER = "brand/"  # below /static/
PICTURE = ("image/", "a picture (SVG, PNG, WebP, JPEG or ICO)")
FILES = {"logo": PICTURE, "logo_dark": PICTURE, "favicon": PICTURE, "stylesheet": ("text/css", "a stylesheet (CSS)")}
# By suffix. Browsers do not guess another type (nosniff), and run no script in a file (branding.ALONE).
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
MAX_SIZE = 400  # kB; fonts for many languages are large
# The icon of a social provider, by its id at Kratos; it is put into the page, so that no button waits for it.
PROVIDER = re.compile(r"provider-(.+)\.(?:svg|png|webp|jpg|jpeg|ico)", re.IGNORECASE)
MAX_MARK = 4  # kB


@dataclass(frozen=True, slots=True)
class File:
    """A file for browsers."""

    content: bytes = field(repr=False)
    media_type: str

    @property
    def version(self) -> str:
        """A hash of the content."""
        return hashlib.sha256(self.content).hexdigest()[:12]


@dataclass(frozen=True)
class Brands:
    """The `common` theme, those by client id, and the files by their name in FOLDER."""

    common: Theme = field(default_factory=Theme)
    of_clients: Mapping[str, Theme] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)

    @cached_property
    def provider_marks(self) -> dict[str, str]:
        """The operator's icons of social providers as data: URLs, by the provider's id."""
        files = ((PROVIDER.fullmatch(name), file) for name, file in self.files.items())
        pictures = {match[1]: (file.media_type, b64encode(file.content).decode()) for match, file in files if match}
        return {provider: f"data:{media_type};base64,{content}" for provider, (media_type, content) in pictures.items()}

    @property
    def has_fonts(self) -> bool:
        """Whether there are fonts that pages may load."""
        return any(file.media_type.startswith("font/") for file in self.files.values())

    def theme_for(self, client_id: str) -> Theme:
        """Return the theme of an application's pages."""
        return self.of_clients.get(client_id, self.common)


def load(common: Values, of_clients: Mapping[str, Values], folder: Path | None, css: str) -> tuple[Brands, list[str]]:
    """Read the folder and make the themes; return them with all mistakes. `css` is static/app.css."""
    files, wrong = _read(folder) if folder else ({}, [])
    mistakes = [f"PORTICO_BRAND_DIR {words}." for words in wrong]
    of_all = dict(_mistakes(common, files, css))
    mistakes += [f"PORTICO_BRAND ({name}) {words}." for name, words in of_all.items()]
    theme = _add_theme("", common, files)
    themes = {}
    for client_id, own in of_clients.items():
        values = merged(common, own)
        for name, words in _mistakes(values, files, css):
            if of_all.get(name) != words:
                mistakes.append(f"PORTICO_CLIENTS ({client_id}.brand.{name}) {words}.")
        themes[client_id] = _add_theme(client_id, values, files)
    return Brands(theme, themes, files), mistakes


def _read(folder: Path) -> tuple[dict[str, File], list[str]]:
    files: dict[str, File] = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in MEDIA_TYPES and not path.name.startswith(".") and path.is_file():
                with path.open("rb") as file:
                    content = file.read(MAX_SIZE * 1024 + 1)
                files[path.name] = File(content, MEDIA_TYPES[path.suffix.lower()])
    except OSError as error:
        return {}, [f"has something in it that cannot be read: {Path(str(error.filename)).name}"]
    large = [name for name, file in files.items() if len(file.content) > MAX_SIZE * 1024]
    marks = [name for name, file in files.items() if PROVIDER.fullmatch(name) and len(file.content) > MAX_MARK * 1024]
    wrong = [f"has a file larger than {MAX_SIZE} kB: {name}" for name in large]
    return files, wrong + [f"has a provider's mark larger than {MAX_MARK} kB: {name}" for name in marks]


def _mistakes(values: Values, files: Mapping[str, File], css: str) -> Iterator[tuple[str, str]]:
    for name, (media_type, words) in FILES.items():
        if name in values:
            file = files.get(values[name])
            if file is None:
                yield name, f"names {values[name]}, but PORTICO_BRAND_DIR has no such picture, font or stylesheet"
            elif not file.media_type.startswith(media_type):
                yield name, f"is not the name of {words}"
    yield from unreadable(values, css)


def _add_theme(client_id: str, values: Values, files: dict[str, File]) -> Theme:
    """Make a brand's theme and add its CSS to the files, under a hash of the client id, which may have any letters."""
    sheets = []
    if css := stylesheet(values):
        owner = hashlib.sha256(client_id.encode()).hexdigest()[:12] if client_id else "all"
        files[f"themes/{owner}.css"] = File(css.encode(), "text/css")
        sheets.append(f"themes/{owner}.css")
    sheets += [values["stylesheet"]] if "stylesheet" in values else []
    addresses = {name: FOLDER + values[name] for name in ("logo", "logo_dark", "favicon") if name in values}
    return Theme(
        name=values.get("name", ""),
        stylesheets=("app.css", *(FOLDER + sheet for sheet in sheets)),
        links={name: values[name] for name in LINKS if name in values},
        **addresses,
    )
