"""Every brand of a deployment as its pages need it: what they show, by application, and the files behind that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.brand.brand import Brand, stylesheet
from app.brand.files import File

PATH = "/static/brand"  # the files are below it, under a digest of all of them


@dataclass(frozen=True, slots=True)
class Theme:
    """What a page shows of a brand, files as their addresses; "" and () where it is as Portico comes."""

    name: str = ""
    logo: str = ""
    logo_dark: str = ""
    favicon: str = ""
    favicon_type: str = ""
    stylesheets: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brands:
    """The looks, `common` and by client id, and the files by name (`digest`: of all of them, part of their address)."""

    common: Theme = Theme()
    of_clients: Mapping[str, Theme] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    digest: str = ""

    @property
    def has_fonts(self) -> bool:
        """Whether pages may have to load fonts."""
        return any(file.is_font for file in self.files.values())

    def of(self, client_id: str) -> Theme:
        """The look of an application's pages."""
        return self.of_clients.get(client_id, self.common)


def brands(common: Brand, of_clients: Mapping[str, Brand], extra: Iterable[File]) -> Brands:
    """Name the files and say where they are; `extra`: the operator's own, a stylesheet being for all pages.

    An application is named by the hash of its id, which may hold any character.
    """
    parts = {"": _files(common)}
    parts |= {client_id: _files(common.under(own)) for client_id, own in of_clients.items()}
    files = {_name(client_id, part, file): file for client_id, found in parts.items() for part, file in found.items()}
    extras = {f"extra/{file.name}": file for file in extra}
    files |= extras
    digest = _digest(files)

    def look(client_id: str, brand: Brand) -> Theme:
        at = {part: f"{PATH}/{digest}/{_name(client_id, part, file)}" for part, file in parts[client_id].items()}
        sheets = [f"{PATH}/{digest}/{name}" for name, file in extras.items() if file.media_type == "text/css"]
        return Theme(
            name=brand.name,
            logo=at.get("logo", ""),
            logo_dark=at.get("logo-dark", ""),
            favicon=at.get("favicon", ""),
            favicon_type=brand.favicon.media_type if brand.favicon else "",
            stylesheets=tuple([at["brand"]] if "brand" in at else []) + tuple(sheets),
            links=brand.links,
        )

    looks = {client_id: look(client_id, common.under(own)) for client_id, own in of_clients.items()}
    return Brands(look("", common), looks, files, digest)


def _files(brand: Brand) -> dict[str, File]:
    """The files of one brand by what they are for."""
    css = stylesheet(brand)
    found = {
        "brand": File(css.encode(), "text/css") if css else None,
        "logo": brand.logo,
        "logo-dark": brand.logo_dark,
        "favicon": brand.favicon,
    }
    return {part: file for part, file in found.items() if file}


def _name(client_id: str, part: str, file: File) -> str:
    owner = f"{hashlib.sha256(client_id.encode()).hexdigest()[:12]}/" if client_id else ""
    return f"{owner}{part}{file.suffix}"


def _digest(files: Mapping[str, File]) -> str:
    """A digest of all files, names included: whatever changes, no browser keeps an old one."""
    whole = hashlib.sha256()
    for name, file in sorted(files.items()):
        whole.update(f"{name}\n{len(file.content)}\n".encode() + file.content)
    return whole.hexdigest()[:12]
