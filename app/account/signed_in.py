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
from app.ory.models import Session, Whoami

View = Callable[[Session, int], ResponseReturnValue]  # of a session, at Kratos' time


def signed_in(view: View) -> Callable[[], ResponseReturnValue]:
    """Hand the view the session and Kratos' time; a sign-in, or a second factor that is owed, comes first."""

    @wraps(view)
    def guarded() -> ResponseReturnValue:
        whoami = ask_whoami()
        if whoami.session is None:  # a form may be a stranger's, without our cookie: its page signs in first
            return back() if request.method == "POST" else _sign_in_first(whoami)
        if inputs.round_trips():
            return back()  # without the count of detours, so that it does not count when the page is reloaded
        return view(whoami.session, whoami.now)

    return guarded


def is_form_of(session: Session) -> bool:
    """Whether the posted form was made for this person, and not an old page of somebody else's."""
    theirs = inputs.single(request.form, "account") == short_hash(session.identity.id)
    if not theirs:
        logs.event("sequence_fail", reason="another_persons_page")
    return theirs


def back() -> ResponseReturnValue:
    """To the page a form was on, at its plain address."""
    return see_other(deployment().urls.public + request.path)


def _sign_in_first(whoami: Whoami) -> ResponseReturnValue:
    """Through Kratos' login and back."""
    urls, turn = deployment().urls, detours.next_turn()
    notice = "ready" if detours.has_just_signed_up() else None
    if whoami.aal2_required:
        logs.event("authn_second_factor_required", client_id="", **ids(None))
    aal, return_to = "aal2" if whoami.aal2_required else None, f"{urls.public}{request.path}?n={turn}"
    return see_other(urls.kratos_flow("login", aal=aal, return_to=return_to, notice=notice))
