"""Notes in our cookie about visits to Kratos' pages while no application waits, for the page that comes next."""

from flask import request, session

from app.errors import CookieInvisible
from app.http import inputs
from app.oauth2.login_policy import MAX_ROUND_TRIPS


def note_page(name: str) -> None:
    """Note that this browser saw a page; `name` is the kind of a flow's page, for has_just_signed_up()."""
    for noted in ("failed_flows", "sent", "page", *(("wanted",) if name != "login" else ())):
        session.pop(noted, None)
    if name in ("registration", "verification"):
        session["page"] = name


def count_detour() -> str:
    """Note that the browser is sent to Kratos to sign in; return how often, as `n` of the return address.

    Raises CookieInvisible if the browser returns without having seen a page: then Kratos knows the person, and we do
    not. Does not raise if it returns from another turn, because this one is open in another tab or was given up.
    """
    detours = inputs.round_trips()
    came_back = session.pop("sent", None) == f"{request.path} {detours}"
    if came_back or detours >= MAX_ROUND_TRIPS:
        raise CookieInvisible(request.script_root + request.path)
    session["sent"] = f"{request.path} {detours + 1}"
    return str(detours + 1)


def has_just_signed_up() -> bool:
    """Whether Kratos sent the browser here after a sign-up; not if the person typed our address."""
    before = session.pop("page", None)
    return before == "verification" or (before == "registration" and request.headers.get("Sec-Fetch-Site") != "none")
