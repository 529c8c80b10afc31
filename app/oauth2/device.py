"""Hydra's device challenge: the code that a device shows is typed in here (RFC 8628 section 3.3)."""

import re
from unicodedata import normalize

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.deployment import deployment, hydra, to_hydra
from app.errors import ChallengeGone, WrongUserCode
from app.http import errors, inputs, logs
from app.http.error_texts import DEVICE_GONE
from app.http.security import if_forged

bp = Blueprint("device", __name__)

_CODE = re.compile(r"[\x21-\x7e]{1,64}")
_MAX_TYPED = 500  # characters of what is typed: marks on letters, put in order, cost the square of their number
_SEPARATORS = re.compile(r"[\s\u002d\u00b7\u2010-\u2015\u2212\u200b]+")  # spaces, hyphens and dashes


@bp.get("/device")
def device() -> ResponseReturnValue:
    """Hydra's `urls.device.verification`: a code from a link is filled in, but the person has to send it."""
    hydra()
    code = inputs.single(request.args, "user_code").strip()
    known = code if _CODE.fullmatch(code) and code.strip("*") else ""
    challenge = inputs.challenge("device_challenge")
    return _page(challenge, known) if challenge else _gone()


def ask_again() -> ResponseReturnValue:
    """The page once more, after a form whose CSRF token was not good."""
    return _page(inputs.posted_challenge("device_challenge"), inputs.single(request.form, "user_code"))


@bp.post("/device")
@if_forged(ask_again)
def submit() -> ResponseReturnValue:
    """Hand the code to Hydra; then the login begins. Wrong, expired and used codes look alike."""
    challenge = inputs.posted_challenge("device_challenge")
    code = inputs.single(request.form, "user_code").strip()
    try:
        target = _accepted(challenge, code)
    except WrongUserCode:
        logs.event("authn_device_code_fail")
        return make_response(_page(challenge, code[:64], wrong=True), 400)
    except ChallengeGone:
        return _gone()
    logs.event("authn_device_code_success")
    return to_hydra(target, target)  # of this request Hydra tells us no URL to compare with


def _accepted(challenge: str, typed: str) -> str:
    """Where Hydra says to go on for this code, as typed (case counts), else without separators and wide letters."""
    readings = dict.fromkeys([typed, _SEPARATORS.sub("", normalize("NFKC", typed[:_MAX_TYPED]))])
    for code in filter(_CODE.fullmatch, readings):
        try:
            return hydra().accept_user_code(challenge, code)
        except WrongUserCode:
            continue
    raise WrongUserCode


@bp.get("/device/success")
def success() -> ResponseReturnValue:
    """Hydra's `urls.device.success`; its `client_id` is anybody's word, so it is neither looked up nor shown."""
    hydra()
    return render_template("oauth2/device_success.html")


def refused() -> ResponseReturnValue:
    """A device's login or consent ends here with no: Hydra cannot tell the device, which waits in vain."""
    return render_template("oauth2/device_refused.html")


def _page(challenge: str, code: str, wrong: bool = False) -> str:
    hydra()  # nor is there a page after a form that never came to Hydra
    notice = errors.press_again()
    return render_template("oauth2/device_code.html", challenge=challenge, code=code, wrong=wrong, notice=notice)


def _gone() -> ResponseReturnValue:
    """The page was open for too long, or was reached by hand: Hydra can begin anew, if its address is known."""
    known = deployment().urls.hydra
    return errors.page(DEVICE_GONE, again=f"{known}/oauth2/device/verify" if known else "")
