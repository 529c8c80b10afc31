"""Pages as an operator's brand and an application's own make them."""

from pathlib import Path
from typing import Any

from app.preview.player import State
from tests.gallery.entry import entry
from tests.gallery.flows import BACK, shown
from tests.gallery.oauth2 import CONSENT, SCOPES, asking
from tests.support.upstream import Upstream

LOGOS = Path(__file__).with_name("logos")
LINKS = {name: f"https://example.org/{name}" for name in ("privacy", "terms", "support", "status")}
VIOLET: dict[str, Any] = {
    "name": "Example", "logo": "example.svg", "logo_dark": "example-dark.svg",
    "accent": "#7a1fa2", "accent_dark": "#d7a6ff", "font": "Georgia, serif", "radius": "0", **LINKS,
}  # fmt: skip
WIDE = {"name": "Example", "logo": "wide.svg", "accent": "#0b6e4f"}
GREEN = {"demo": {"brand": {"name": "Billing", "logo": "billing.svg", "accent": "#0b6e4f"}}}
# A button with dark words on it, and links that can be read on white: the one accent could not be both.
ORANGE = {"name": "Orange", "logo": "orange.svg", "button": "#ff6600", "accent": "#a84300", "page": "#fff4ec"}
LONG = {"name": "The Society for the Advancement of Very Long Names", **LINKS}


def branded(name: str, about: str, brand: dict[str, Any], **clients: Any) -> list[State]:
    """Four pages that show a brand: login, consent, home, an error."""
    settings = {"brand": brand, "brand_dir": str(LOGOS), "clients": clients.get("clients", {})}
    ask = asking("consent", requested_scope=SCOPES[:3])
    return [
        shown("brand", f"{name}-login", f"{about} Login.", "login/unified_wrong_password", {"return_to": BACK},
              settings=settings),
        entry("brand", f"{name}-consent", f"{about} Consent.", CONSENT, ask, settings=settings),
        entry("brand", f"{name}-home", f"{about} Home.", "/", Upstream.signed_in, settings=settings),
        entry("brand", f"{name}-error", f"{about} An error.", "/nowhere", status=404, settings=settings),
    ]  # fmt: skip


ENTRIES = [
    *branded("full", "Logo, colours, font, corners, links.", VIOLET),
    *branded("wide-logo", "A wide logo, one colour.", WIDE),
    *branded("orange", "A button of another colour than links.", ORANGE),
    *branded("long-name", "A long name and no logo.", LONG),
    *branded("application", "The application has a brand of its own.", VIOLET, clients=GREEN),
]
