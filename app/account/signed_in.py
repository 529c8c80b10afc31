"""Pages for the person signed in only: who that is is asked anew for every request, and nobody else gets past here."""

from collections.abc import Callable
from functools import wraps

from flask import request
from flask.typing import ResponseReturnValue

from app.deployment import ask_whoami, deployment
from app.http import detours, inputs, logs
from app.http.events import ids
from app.http.security import see_other
from app.oauth2.assurance import short_hash
from app.ory.models import Session

View = Callable[[Session, int], ResponseReturnValue]  # of a session, at Kratos' time


def signed_in(view: View) -> Callable[[], ResponseReturnValue]:
    """Hand the view the session and Kratos' time; a sign-in, or a second factor that is owed, comes first."""

    @wraps(view)
    def guarded() -> ResponseReturnValue:
        whoami = ask_whoami()
        if whoami.session is None and request.method == "POST":
            return back_to_page()  # it may be a stranger's form, without our cookie: its page signs in first
        if whoami.session is None:
            notice = "ready" if detours.has_just_signed_up() and whoami.is_nobody else ""
            return through_login(None, aal="aal2" if whoami.aal2_required else "", notice=notice)
        if inputs.round_trips():
            return back_to_page()  # without the count of detours, so that it does not count when the page is reloaded
        return view(whoami.session, whoami.now)

    return guarded


def is_form_of(session: Session) -> bool:
    """Whether the posted form was made for this person, and not an old page of somebody else's."""
    theirs = inputs.single(request.form, "account") == short_hash(session.identity.id)
    if not theirs:
        logs.event("sequence_fail", reason="another_persons_page")
    return theirs


def back_to_page() -> ResponseReturnValue:
    """To the page a form was on, at its plain address."""
    return see_other(deployment().urls.public + request.path)


def through_login(session: Session | None, refresh: str = "", aal: str = "", notice: str = "") -> ResponseReturnValue:
    """Through Kratos' login and back: for a new proof (`refresh`), a second factor (`aal`), or any sign-in."""
    urls = deployment().urls
    here = f"{urls.public}{request.path}?n={detours.next_turn()}"
    if refresh or aal:
        logs.event(
            "authn_second_factor_required" if aal else "authn_reauthentication_required", client_id="", **ids(session)
        )
    return see_other(urls.kratos_flow("login", refresh=refresh, aal=aal, return_to=here, notice=notice))
