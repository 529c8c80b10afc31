"""Pages as an operator's brand and an application's own make them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.gallery.entry import Entry
from tests.gallery.flows import BACK, shown
from tests.gallery.oauth2 import CONSENT, SCOPES, asking
from tests.support.upstream import Upstream


def logo(words: str, ink: str, width: int = 150) -> str:
    """A drawn name, as a data: address."""
    size = f'viewBox="0 0 {width} 40" width="{width}" height="40"'
    mark = f'<circle cx="20" cy="20" r="14" fill="none" stroke="{ink}" stroke-width="6"/>'
    text = f'<text x="44" y="26" font-family="sans-serif" font-size="20" font-weight="700" fill="{ink}">{words}</text>'
    return "data:image/svg+xml," + quote(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{mark}{text}</svg>')


LINKS = {name: f"https://example.org/{name}" for name in ("privacy", "terms", "support", "status")}
VIOLET: dict[str, Any] = {
    "name": "Example", "logo": logo("Example", "#7a1fa2"), "logo_dark": logo("Example", "#d7a6ff"),
    "accent": "#7a1fa2", "accent_dark": "#d7a6ff", "font": "Georgia, serif", "radius": "0", **LINKS,
}  # fmt: skip
WIDE = {"name": "Example", "logo": logo("A very wide logo of somebody", "#0b6e4f", 420), "accent": "#0b6e4f"}
GREEN = {"demo": {"brand": {"name": "Billing", "logo": logo("Billing", "#0b6e4f"), "accent": "#0b6e4f"}}}
LONG = {"name": "The Society for the Advancement of Very Long Names", **LINKS}


def branded(name: str, about: str, brand: dict[str, Any], **clients: Any) -> list[Entry]:
    """Four pages that show a brand: login, consent, home, an error."""
    settings = {"brand": brand, "clients": clients.get("clients", {})}
    ask = asking("consent", requested_scope=SCOPES[:3])
    return [
        shown("brand", f"{name}-login", f"{about} Login.", "login/unified_wrong_password", {"return_to": BACK},
              settings=settings),
        Entry("brand", f"{name}-consent", f"{about} Consent.", CONSENT, ask, settings=settings),
        Entry("brand", f"{name}-home", f"{about} Home.", "/", Upstream.signed_in, settings=settings),
        Entry("brand", f"{name}-error", f"{about} An error.", "/nowhere", status=404, settings=settings),
    ]  # fmt: skip


ENTRIES = [
    *branded("full", "Logo, colours, font, corners, links.", VIOLET),
    *branded("wide-logo", "A wide logo, one colour.", WIDE),
    *branded("long-name", "A long name and no logo.", LONG),
    *branded("application", "The application has a brand of its own.", VIOLET, clients=GREEN),
]
