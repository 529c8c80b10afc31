"""What nobody without a session can ask Kratos or Hydra, with what it should be: for the operator to compare."""

from __future__ import annotations

from collections.abc import Iterator

from app.doctor.report import HYDRA, KRATOS, WIDTH
from app.settings import Settings

INTRODUCTION = "Not visible from outside; compare these yourself:"
# Kratos' default lets a password alone add the second factor that an application then takes for proof of the person.
REQUIRED_AAL = "highest_available, or a password alone enrols the second factor that required_aal=aal2 demands of"


def lines(settings: Settings) -> list[str]:
    """One line per key of Ory's configuration."""
    return [INTRODUCTION, *(f"{'':<{WIDTH}}{key}: {value}" for key, value in _values(settings))]


def _values(settings: Settings) -> Iterator[tuple[str, str]]:
    public, selfservice = settings.public_url, f"{KRATOS}: selfservice"
    yield f"{selfservice}.default_browser_return_url", f"{public}/"
    yield f"{selfservice}.flows.settings.ui_url", f"{public}/settings"
    yield f"{selfservice}.flows.logout.after.default_browser_return_url", f"{public}/signed-out"
    if strict := [client_id for client_id, client in settings.clients.items() if client.required_aal == "aal2"]:
        yield f"{selfservice}.flows.settings.required_aal", f"{REQUIRED_AAL} {', '.join(strict)}"
    if settings.hydra_admin_url:
        yield f"{HYDRA}: urls.consent", f"{public}/consent"
        yield f"{HYDRA}: urls.logout", f"{public}/logout"
        yield f"{HYDRA}: urls.identity_provider.url", "Kratos' admin API, or a logout leaves Kratos' session alive"
