"""Notes in our cookie from one page for the next, while no application waits for a sign-in."""

from flask import request, session

from app.deployment import deployment
from app.errors import CookieInvisible
from app.http import inputs
from app.oauth2.login_policy import MAX_ROUND_TRIPS
from app.ory.flows import Flow
from app.ory.models import Whoami
from app.urls import with_query


def note_page(name: str) -> None:
    """Note that this browser saw a page (`name`: the kind of its flow, "" for others); older notes are over then."""
    for noted in ("failed_flows", "sent", "page", "settings", *(("wanted",) if name != "login" else ())):
        session.pop(noted, None)
    if name in ("registration", "verification"):
        session["page"] = name


def interrupted_settings(flow: Flow) -> str:
    """Return the address of the settings page that was shown last, if this login followed a save there; "" if not.

    If the session has ended, Kratos begins a login that does not lead back (selfservice/flow/settings/error.go).
    """
    if "settings" not in session or flow.return_to or flow.refresh or flow.requested_aal == "aal2":
        return ""
    if request.headers.get("Sec-Fetch-Site") == "none":  # typed, or a bookmark
        return ""
    return with_query(f"{deployment().urls.public}/settings", flow=session.pop("settings"), anew="1")


def count_detour() -> str:
    """Note that the browser is sent to Kratos to sign in; return how often, as `n` of the return address.

    Raises CookieInvisible if the browser comes back without having seen a page: then Kratos knows the person, but its
    cookie does not reach us. A return from an earlier detour (another tab, or the person gave up) does not raise.
    """
    detours = inputs.round_trips()
    came_back = session.pop("sent", None) == f"{request.path} {detours}"
    if came_back or detours >= MAX_ROUND_TRIPS:
        raise CookieInvisible(request.script_root + request.path)
    session["sent"] = f"{request.path} {detours + 1}"
    return str(detours + 1)


def login_parameters(whoami: Whoami) -> dict[str, str]:
    """Return what Kratos' login is begun with for a person who is not, or not wholly, signed in."""
    is_ready = has_just_signed_up() and whoami.is_nobody
    return {"aal": "aal2" if whoami.aal2_required else "", "notice": "ready" if is_ready else ""}


def has_just_signed_up() -> bool:
    """Whether Kratos sent the browser here after a sign-up; not if the person typed our address."""
    before = session.pop("page", None)
    return before == "verification" or (before == "registration" and request.headers.get("Sec-Fetch-Site") != "none")
