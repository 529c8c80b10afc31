"""Everything that can go wrong: each page of app/http/error_texts.tsv, and what Kratos and Hydra send here."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from app import errors
from app.http.error_texts import ERROR_TEXTS, OAUTH2
from app.preview.player import State
from tests.gallery.entry import ARGUMENTS, entry
from tests.support.upstream import KRATOS, Upstream


def raising(error: Exception) -> Callable[[Upstream], None]:
    """Asking Kratos who this is ends so."""

    def prepare(upstream: Upstream) -> None:
        upstream.mock.add("GET", f"{KRATOS}/sessions/whoami", body=error)

    return prepare


def ours() -> list[State]:
    """One of each of our own errors, wherever it comes from."""
    return [
        entry("errors", _dashed(name), page.happened, "/", raising(kind(*ARGUMENTS.get(kind, ()))), page.status)
        for name, page in ERROR_TEXTS.items()
        if (kind := vars(errors).get(name))
    ]


def _dashed(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def statuses() -> list[State]:
    """What HTTP itself has errors for."""
    ways: dict[int, dict[str, Any]] = {
        400: {"path": "/consent"},
        404: {"path": "/nowhere"},
        405: {"path": "/login", "method": "POST", "form": {}},
        413: {"path": "/logout", "form": {"x": "x" * 70_000}},
        500: {"path": "/", "prepare": raising(RuntimeError("a mistake of ours"))},
    }
    return [
        entry("errors", f"status-{status}", ERROR_TEXTS[str(status)].happened, status=status, **way)
        for status, way in ways.items()
    ]


def case(name: str, about: str, status: int, **error: Any) -> State:
    """Kratos sends the browser to the error page with this."""

    def prepare(upstream: Upstream) -> None:
        upstream.on("GET", f"{KRATOS}/self-service/errors", 200, {"id": "e", "error": error})

    return entry("errors", name, about, "/error?id=e", prepare, status)


FLOWS = ("Registration", "Recovery", "Verification")  # as Kratos' error names those that can be switched off


def of_kratos() -> list[State]:
    return [
        case("forged", "A form of Kratos without its cookie.", 400, id="security_csrf_violation", code=403),
        case("return-forbidden", "A way back that Kratos does not allow.", 400, code=400,
             id="self_service_flow_return_to_forbidden"),
        *(case(f"{flow.lower()}-off", "A flow that Kratos has switched off.", 403, code=400,
               reason=f"{flow} is not allowed because it was disabled.") for flow in FLOWS),
        case("inactive", "The account is switched off.", 403, code=401, message="identity is disabled"),
        case("persons-mistake", "Kratos' own reason, as detail.", 400, code=400, reason="The request was malformed."),
        case("kratos-failed", "Kratos failed.", 502, code=500, message="sql: no rows in result set"),
    ]  # fmt: skip


def of_hydra() -> list[State]:
    """What Hydra cannot tell the application."""
    described = "The request is missing a required parameter. The state is missing or has less than 8 characters."
    entries = [
        entry("errors", f"oauth2-{code.replace('_', '-')}", happened, "/error?" +
              urlencode({"error": code, "error_description": described}), status=400)
        for code, happened in {**OAUTH2, "something_new": "An error nobody knows yet."}.items()
    ]  # fmt: skip
    logout = urlencode({"error": "invalid_request", "error_description": "Logout failed because of something"})
    over = urlencode({"error": "Not Found", "error_description": "Unable to locate the requested resource"})
    return [
        *entries,
        entry("errors", "oauth2-logout", "An application's logout failed.", f"/error?{logout}", status=400),
        entry("errors", "oauth2-logout-over", "A sign-out was opened twice.", f"/error?{over}", status=410),
    ]


def foreign(who: Callable[[Upstream], object]) -> Callable[[Upstream], None]:
    """Kratos does not show its flow to this browser."""

    def prepare(upstream: Upstream) -> None:
        body = {"error": {"id": "security_csrf_violation"}}
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 403, body)
        who(upstream)

    return prepare


def others() -> list[State]:
    host = {"Host": "another.example.org"}
    return [
        entry("errors", "wrong-host", "Reached under another name.", "/", status=400, headers=host),
        entry("errors", "form-too-old", "A form of ours was open for too long.", "/login/cancel", status=400,
              form={"login_challenge": "c"}, forged=True),
        entry("errors", "cookie-invisible-flow", "Kratos' flow is somebody else's, a third time.", "/login?flow=f",
              foreign(Upstream.nobody), 400, cookie={"failed_flows": ["a", "b"]}),
        entry("errors", "flow-invisible", "The same, of somebody signed in.", "/login?flow=f",
              foreign(Upstream.signed_in), 410, cookie={"failed_flows": ["a", "b"]}),
    ]  # fmt: skip


ENTRIES = [*ours(), *statuses(), *of_kratos(), *of_hydra(), *others()]
