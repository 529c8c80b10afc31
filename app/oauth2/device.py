"""The views of Hydra's device challenge: the person enters the code that a device shows (RFC 8628 section 3.3)."""

import re
from collections.abc import Iterable
from unicodedata import normalize

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.deployment import deployment, hydra, to_hydra
from app.errors import ChallengeGone, WrongUserCode
from app.http import browser_session, errors, inputs, logs
from app.http.error_texts import CODE_AGAIN, ERROR_TEXTS
from app.http.security import if_forged, see_other
from app.ory.challenges import INACTIVE, Reject
from app.urls import with_query

bp = Blueprint("device", __name__)

NO_CLIENT = ""  # Hydra's cookie for the page of a code is one for the devices of all applications
_CODE = re.compile(r"[\x21-\x7e]{1,64}")
_MAX_TYPED = 500  # characters; normalising n combining marks takes n² steps
_SEPARATORS = re.compile(r"[\s\u002d\u00b7\u2010-\u2015\u2212\u200b]+")  # spaces, hyphens and dashes


@bp.get("/device")
def device() -> ResponseReturnValue:
    """Show Hydra's `urls.device.verification`; a code from a link is filled in, but the person has to send it."""
    hydra()
    code = inputs.single(request.args, "user_code").strip()
    known = code if _CODE.fullmatch(code) and code.strip("*") else ""
    challenge = inputs.challenge("device_challenge")
    if not challenge:
        return _gone()
    browser_session.note_shown(NO_CLIENT, challenge)
    # Hydra hides the code in the address with which a login or consent begins again (consent/strategy_default.go).
    return _page(challenge, known, notice=CODE_AGAIN if code == "****" else "")


def ask_again() -> ResponseReturnValue:
    """Show the page again after a form with a bad CSRF token."""
    return _page(inputs.posted_challenge("device_challenge"), inputs.single(request.form, "user_code"))


@bp.post("/device")
@if_forged(ask_again)
def submit() -> ResponseReturnValue:
    """Send the code to Hydra, which then begins the login; wrong, expired and used codes look alike."""
    challenge = inputs.posted_challenge("device_challenge")
    code = inputs.single(request.form, "user_code").strip()
    if browser_session.is_older(NO_CLIENT, challenge) and (verify := _verify_url()):
        return see_other(with_query(verify, user_code=list(_readings(code))[-1]))  # Hydra would answer 403 in JSON
    try:
        target = _accepted(challenge, code)
    except WrongUserCode:
        logs.event("authn_device_code_fail")
        return make_response(_page(challenge, code[:64], wrong=True), 400)
    except ChallengeGone:
        return _gone()
    logs.event("authn_device_code_success")
    return to_hydra(target, target)  # Hydra gives no request_url to compare with here


def _accepted(challenge: str, typed: str) -> str:
    """Return Hydra's redirect for this code, as typed (case counts), else without separators and wide letters."""
    for code in filter(_CODE.fullmatch, _readings(typed)):
        try:
            return hydra().accept_user_code(challenge, code)
        except WrongUserCode:
            continue
    raise WrongUserCode


def _readings(typed: str) -> Iterable[str]:
    return dict.fromkeys([typed, _SEPARATORS.sub("", normalize("NFKC", typed[:_MAX_TYPED]))])


@bp.get("/device/success")
def success() -> ResponseReturnValue:
    """Show Hydra's `urls.device.success`; anybody can forge its `client_id`, so it is neither looked up nor shown."""
    hydra()
    return render_template("oauth2/device_success.html")


def refused(reject: Reject) -> ResponseReturnValue:
    """Return the page after a refused device login or consent; Hydra cannot tell the device, which waits in vain."""
    if reject == INACTIVE:  # to start again on the device would end here again
        return errors.page(ERROR_TEXTS["inactive"], again=url_for("login.login"))
    return render_template("oauth2/device_refused.html")


def _page(challenge: str, code: str, wrong: bool = False, notice: str = "") -> str:
    hydra()  # 404 without Hydra, also after a form that was never sent to it
    notice = notice or errors.press_again()
    return render_template("oauth2/device_code.html", challenge=challenge, code=code, wrong=wrong, notice=notice)


def _gone() -> ResponseReturnValue:
    """Return the page for a challenge that is too old or missing, with Hydra's address to begin again if known."""
    return errors.page(ERROR_TEXTS["device_gone"], again=_verify_url())


def _verify_url() -> str:
    """Return Hydra's address that begins with the code, "" if it is not configured."""
    known = deployment().urls.hydra
    return f"{known}/oauth2/device/verify" if known else ""
