"""Each error that Kratos has for a flow leads somewhere (F12, contract C5): its own way on, or its page."""

import json
from collections import defaultdict
from typing import Any

from kratos.bodies import library
from tests.support.cases import each_case
from tests.support.pages import heading
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, query

KINDS = ("login", "registration", "recovery", "verification", "settings")
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
ELSEWHERE = f"{BROWSER_KRATOS}/self-service/login/browser?aal=aal2"
VALUES = {"return_to": BACK, "redirect_to": ELSEWHERE, "use_flow_id": "newer", "redirect_browser_to": ELSEWHERE}
ERRORS = sorted(name.partition("/")[2] for name in library.names("demo") if name.startswith("errors/"))
REFUSED, DOWN = (502, "Something went wrong on our side"), (503, "Sign-in isn't available right now")


def filled(name: str) -> dict[str, Any]:
    """A recorded error, whatever its placeholders."""
    return dict(library.filled(f"demo/errors/{name}", defaultdict(lambda: "x", VALUES)))


def expected(kind: str, body: dict[str, Any]) -> tuple[int, str]:
    """The status and where it leads, or what the page says: by status and id alone, as contract C5 has it."""
    error = body.get("error", {})
    status, name = error.get("code", 500), error.get("id", "")
    begun = f"{BROWSER_KRATOS}/self-service/{kind}/browser"
    if status == 410:
        return 303, f"{PUBLIC}/{kind}" if "use_flow_id" in body else begun
    if status == 404 or name in ("security_csrf_violation", "security_identity_mismatch"):
        return 303, begun
    if status == 401 and kind != "login":
        return 303, f"{BROWSER_KRATOS}/self-service/login/browser"
    if name in ("session_aal2_required", "session_refresh_required", "browser_location_change_required"):
        return 303, f"{BROWSER_KRATOS}/self-service/login/browser"
    return DOWN if status >= 500 else REFUSED


MADE = {
    "browser_location_change_required": {
        "error": {"id": "browser_location_change_required", "code": 422},
        "redirect_browser_to": ELSEWHERE,
    }
}


@each_case("kind", KINDS)
@each_case("name", [*ERRORS, *MADE])
def test_each_error_of_a_flow_leads_somewhere(client, upstream, kind, name):
    """F12."""
    body = MADE.get(name) or filled(name)
    status = body.get("error", {}).get("code", 500)
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", status, body)
    page = client.get(f"/{kind}?flow=f")
    leads = page.headers["Location"].partition("?")[0] if page.status_code == 303 else heading(page)
    assert (page.status_code, leads) == expected(kind, body)
    assert "reject_reason" not in page.text


def test_a_page_of_a_flow_that_was_switched_off_meanwhile_leads_where_kratos_says_so(client, upstream):
    """F12: by beginning one, which Kratos' error page answers."""
    for kind in ("registration", "recovery", "verification"):
        error = {"code": 400, "reason": f"{kind.capitalize()} is not allowed because it was disabled."}
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 400, {"error": error})
        begun = client.get(f"/{kind}?flow=f")
        assert begun.headers["Location"].partition("?")[0] == f"{BROWSER_KRATOS}/self-service/{kind}/browser"


@each_case("back, kept", [(BACK, BACK), ("javascript:alert(1)", None)])
@each_case("kind", KINDS)
def test_an_expired_one_keeps_its_way_back_if_it_is_one(client, upstream, kind, back, kept):
    error = {"id": "self_service_flow_expired", "code": 410, "details": {"return_to": back}}
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 410, {"error": error})
    begun = query(client.get(f"/{kind}?flow=f").headers["Location"])
    assert begun == ({"return_to": kept} if kept else {}) | {"notice": "expired"}


@each_case("status", [403, 422])
@each_case("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", None, 7])
def test_a_way_on_that_is_not_at_kratos_is_not_taken(client, upstream, status, target):
    body = {"error": {"id": "session_aal2_required", "code": status}, "redirect_browser_to": target}
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", status, body)
    assert client.get("/login?flow=f").status_code == 502, json.dumps(target)
