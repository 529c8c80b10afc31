"""The page for errors of Kratos and Hydra, which redirect browsers here."""

from dataclasses import replace

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import urls
from app.deployment import deployment
from app.http import browser_session, detours, errors, inputs, logs
from app.http.error_texts import ERROR_TEXTS, OAUTH2
from app.ory.hydra_errors import of_logout
from app.ory.models import text
from app.ory.responses import KRATOS, SWITCHED_OFF
from app.selfservice.return_path import pending_return_paths

bp = Blueprint("error_page", __name__)

# Kratos' ids for a form of before: also when the session ended before the second factor, or is another person's now.
SIGNED_IN_OR_OUT = ("security_csrf_violation", "session_aal1_required", "security_identity_mismatch")
DOCTOR = Markup('<code dir="ltr">portico doctor --authorize-url "…"</code>')


@bp.get("/oauth2/error")  # often the path of Hydra's `urls.error`
@bp.get("/error")
def error_page() -> ResponseReturnValue:
    """Show an error: Kratos redirects here with `?id=`, Hydra with `?error=&error_description=`."""
    error_id, code = inputs.kratos_id("id"), inputs.single(request.args, "error")
    if error_id:
        return _kratos_error(error_id)
    return _oauth2_error(code) if code else errors.page(ERROR_TEXTS["404"])


def _kratos_error(error_id: str) -> ResponseReturnValue:
    """Explain why Kratos refused a form; with Kratos' own reason for a 4xx, else only to developers."""
    detours.note_page("")  # a sign-up that failed, say
    error = deployment().kratos.error(error_id)
    if error.get("id") in SIGNED_IN_OR_OUT:
        return errors.page(ERROR_TEXTS["forged"], again=_retry_url() or url_for("login.login"))
    if error.get("id") == "self_service_flow_return_to_forbidden":
        return return_forbidden()
    reason, code = text(error.get("reason")) or text(error.get("message")), error.get("code")
    if off := SWITCHED_OFF.fullmatch(reason):
        again = "" if off[1] == "Verification" else _retry_url() or url_for("login.login")  # "": it would not help
        return errors.page(ERROR_TEXTS[f"{off[1]}_disabled"], again=again)
    if code == 401 and error.get("message") == "identity is disabled":  # it has no id in v26.2.0
        return errors.page(ERROR_TEXTS["inactive"], again=_retry_url() or url_for("login.login"))
    if isinstance(code, int) and 400 <= code < 500:
        if (again := _retry_url()) and reason.startswith("Requested identity schema "):  # the application's, always
            again = deployment().urls.kratos_flow("login", return_to=again)
        return errors.page(ERROR_TEXTS["BadInput"], details=reason[:300], again=again)
    if not browser_session.was_answered("error", error_id):  # else the page is reloaded, and nothing failed again
        browser_session.note_answered("error", error_id)
        logs.event("upstream_error", service=KRATOS, what="error page", status=code)
    words = reason[:300] if urls.is_local(deployment().urls.public) else ""  # may say what is only for operators
    return errors.page(ERROR_TEXTS["UpstreamError"], details=words, again=_retry_url() or url_for("account.home"))


def return_forbidden() -> ResponseReturnValue:
    """Explain that Kratos lets nobody go on to this `return_to`; the log names the setting that would."""
    logs.event("return_to_forbidden", check="selfservice.allowed_return_urls")
    return errors.page(ERROR_TEXTS["return_forbidden"])


def _retry_url() -> str:
    """Return the address to try again: that of the newest pending sign-in, "" for none."""
    return next((path.url for path in pending_return_paths()), "")


def _oauth2_error(code: str) -> ResponseReturnValue:
    """Show an error that Hydra cannot send to the application, because it does not trust the redirect URI."""
    described = inputs.single(request.args, "error_description")
    shown = ERROR_TEXTS["not_signed_in"]
    shown = replace(shown, happened=OAUTH2.get(code, shown.happened))
    if logout := of_logout(code, described):
        shown = ERROR_TEXTS["not_signed_out" if logout == "refused" else "sign_out_over"]
    details = f"{code[:60]}: {described[:300]}"
    doctor = DOCTOR if urls.is_local(deployment().urls.public) and logout != "over" else ""
    return errors.page(shown, details=details, doctor=doctor, sign_out=bool(logout))
