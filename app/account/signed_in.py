"""Protects pages for signed-in people: every request asks Kratos who is signed in."""

from collections.abc import Callable
from functools import wraps

from flask import request
from flask.typing import ResponseReturnValue

from app.deployment import ask_whoami, deployment
from app.http import audit, detours, inputs, logs
from app.http.security import see_other
from app.oauth2.assurance import short_hash
from app.ory.models import Session

View = Callable[[Session, int], ResponseReturnValue]  # takes a session and Kratos' time


def signed_in(view: View) -> Callable[[], ResponseReturnValue]:
    """Call the view with the session and Kratos' time; ask first for a sign-in or a missing second factor."""

    @wraps(view)
    def guarded() -> ResponseReturnValue:
        whoami = ask_whoami()
        if whoami.session is None and request.method == "POST":
            return back_to_page()  # another site may have posted the form; its own page asks for the sign-in
        if whoami.session is None:
            return through_login(None, **detours.login_parameters(whoami))
        if inputs.round_trips():
            return back_to_page()  # removes `n`, so that reloading the page does not count as a return
        return view(whoami.session, whoami.now)

    return guarded


def is_form_of(session: Session) -> bool:
    """Whether the posted form was made for this person; an old page may be another person's."""
    theirs = inputs.single(request.form, "account") == short_hash(session.identity.id)
    if not theirs:
        logs.event("sequence_fail", reason="another_persons_page")
    return theirs


def back_to_page() -> ResponseReturnValue:
    """Redirect to the form's page, without parameters."""
    return see_other(deployment().urls.public + request.path)


def through_login(session: Session | None, refresh: str = "", aal: str = "", notice: str = "") -> ResponseReturnValue:
    """Redirect through Kratos' login and back: for a new proof (`refresh`), a second factor (`aal`), or any sign-in."""
    urls = deployment().urls
    here = f"{urls.public}{request.path}?n={detours.count_detour()}"
    audit.demanded(session, refresh, aal)
    return see_other(urls.kratos_flow("login", refresh=refresh, aal=aal, return_to=here, notice=notice))
