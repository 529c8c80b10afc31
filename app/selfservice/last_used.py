"""Which way to sign in worked last in this browser, as Kratos' session tells: a badge by a cookie of its own."""

from flask import request

from app.http.security import cookie_name, send_cookie
from app.oauth2.assurance import proofs, short_hash
from app.ory.flows import Flow
from app.ory.models import Session
from app.selfservice.fields import Field
from app.selfservice.forms import Form

COOKIE = "last-used"  # like the language it outlives the session, and is nobody's secret
A_YEAR = 365 * 24 * 3600  # seconds
OFF = "off"  # the person does not want it


def note(session: Session | None) -> None:
    """Note how this person signed in, unless that is known or not wanted."""
    signed_in_by = proofs(session, "aal1")[-1:] if session else []
    way = "".join(_named(proof.name, proof.provider) for proof in signed_in_by)
    if way and sent() not in (way, OFF):
        send_cookie(cookie_name(COOKIE), way, A_YEAR)


def switch(on: bool) -> None:
    """Begin to note it, or forget it and note it no more."""
    send_cookie(cookie_name(COOKIE), "" if on else OFF, A_YEAR)


def sent() -> str:
    """What this browser's cookie says, "" where there is none."""
    return request.cookies.get(cookie_name(COOKIE), "")


def marked(flow: Flow, made: tuple[Form, ...], cookie: str) -> tuple[Form, ...]:
    """The forms with the badge on the button of that way, among several; a provider that is folded comes first."""
    used = [(form, button) for way, form, button in _ways(flow, made) if way == cookie] if cookie else []
    for form, button in used[:1]:
        button.last_used = True
        if form.buttons.index(button) >= form.shown:
            form.buttons = (button, *(other for other in form.buttons if other is not button))
    return made


def ways(flow: Flow, made: tuple[Form, ...]) -> frozenset[str]:
    """What a cookie can say for which these forms have a button to mark."""
    return frozenset(way for way, _, _ in _ways(flow, made) if way)


def _ways(flow: Flow, made: tuple[Form, ...]) -> list[tuple[str, Form, Field]]:
    buttons = [(form, button) for form in made for button in form.buttons if not button.is_secondary]
    several = flow.requested_aal == "aal1" and len(buttons) > 1
    return [(_way(button), form, button) for form, button in buttons] if several else []


def _way(button: Field) -> str:
    if button.name == "provider":
        return _named(button.group, button.value)
    return _named(button.group, "") if button.trigger or button.name == "method" else ""


def _named(method: str, provider: str) -> str:
    """A way as the cookie has it: nothing of it is to be read there."""
    return short_hash(f"{method}/{provider}")
