"""Remembers in a cookie the last successful way to sign in (from Kratos' session), and marks its button."""

from flask import request

from app.http.security import A_YEAR, cookie_name, send_cookie
from app.oauth2.assurance import proofs, short_hash
from app.ory.flows import Flow
from app.ory.models import Session
from app.selfservice.fields import Field
from app.selfservice.forms import Form

COOKIE = "last-used"  # like the language it lives longer than the session and is no secret
OFF = "off"  # the person has switched it off


def note(session: Session | None) -> None:
    """Store how this person signed in, unless the cookie has it or it is switched off."""
    signed_in_by = proofs(session, "aal1")[-1:] if session else []
    way = "".join(_named(proof.name, proof.provider) for proof in signed_in_by)
    if way and sent() not in (way, OFF):
        send_cookie(cookie_name(COOKIE), way, A_YEAR)


def switch(on: bool) -> None:
    """Switch the cookie on, or off and forget its value."""
    send_cookie(cookie_name(COOKIE), "" if on else OFF, A_YEAR)


def sent() -> str:
    """Return the value of the browser's cookie, "" for none."""
    return request.cookies.get(cookie_name(COOKIE), "")


def marked(flow: Flow, made: tuple[Form, ...], cookie: str) -> tuple[Form, ...]:
    """Mark the button of the cookie's way if there are several; move a folded provider to the front."""
    used = [(form, button) for value, form, button in _buttons_to_mark(flow, made) if value == cookie] if cookie else []
    for form, button in used[:1]:
        button.last_used = True
        if form.buttons.index(button) >= form.shown:
            form.buttons = (button, *(other for other in form.buttons if other is not button))
    return made


def cookie_values(flow: Flow, made: tuple[Form, ...]) -> frozenset[str]:
    """Return all cookie values that mark a button of these forms."""
    return frozenset(value for value, _, _ in _buttons_to_mark(flow, made) if value)


def _buttons_to_mark(flow: Flow, made: tuple[Form, ...]) -> list[tuple[str, Form, Field]]:
    buttons = [(form, button) for form in made for button in form.buttons if not button.is_secondary]
    several = flow.requested_aal == "aal1" and len(buttons) > 1
    return [(_cookie_value(button), form, button) for form, button in buttons] if several else []


def _cookie_value(button: Field) -> str:
    if button.name == "provider":
        return _named(button.group, button.value)
    return _named(button.group, "") if button.trigger or button.name == "method" else ""


def _named(method: str, provider: str) -> str:
    """Return the cookie value of a way to sign in: a hash, so that nobody can read it there."""
    return short_hash(f"{method}/{provider}")
