"""What of Kratos' script reaches a page: its address with nonce and integrity, and names from a fixed list (N15)."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from app.selfservice.nodes import TRIGGERS
from tests.payloads.bodies import kind_of, load
from tests.support.cases import each_case
from tests.support.pages import KRATOS as SEEN_KRATOS
from tests.support.pages import parsed
from tests.support.upstream import KRATOS

pytestmark = pytest.mark.no_cover  # tracing these pages is slower than making them: tests/stack/coverage_in_process.py

APP_JS = Path("static/app.js").read_text()
TRAITS_JS = Path("static/traits.js").read_text()


def page_of(client, upstream, name: str, *more: dict[str, Any], without: str = ""):
    """The page of a body with these nodes besides, and without those of this type."""
    body, kind = load(name), kind_of(name)
    body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if node["type"] != without] + list(more)
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    upstream.mock.assert_all_requests_are_fired = False
    upstream.signed_in()
    upstream.asks("login")
    answer = client.get(f"/{kind}?flow={body['id']}")
    assert answer.status_code == 200
    return answer


def script(**attributes: Any) -> dict[str, Any]:
    """A script node like Kratos' own, some attributes changed."""
    defaults = {
        "node_type": "script",
        "id": "webauthn_script",
        "src": f"{SEEN_KRATOS}/.well-known/ory/webauthn.js",
        "async": True,
        "crossorigin": "anonymous",
        "integrity": "sha512-theirs",
        "nonce": "of-kratos",
        "type": "text/javascript",
    }
    return {"type": "script", "group": "webauthn", "attributes": defaults | attributes, "messages": [], "meta": {}}


def button(trigger: object) -> dict[str, Any]:
    """A trigger button like Kratos' own."""
    field = {"node_type": "input", "name": "passkey_login_trigger", "type": "button", "value": "", "disabled": False}
    field |= {"onclick": "window.alert(1)", "onclickTrigger": trigger}
    return {"type": "input", "group": "passkey", "attributes": field, "messages": [], "meta": {}}


@each_case(
    "attributes",
    [
        {"src": "https://evil.example/.well-known/ory/webauthn.js"},
        {"src": "http://localhost:4433.evil.example/.well-known/ory/webauthn.js"},
        {"src": "http://localhost:4433@evil.example/.well-known/ory/webauthn.js"},
        {"src": "//evil.example/.well-known/ory/webauthn.js"},
        {"src": "https://localhost:4433/.well-known/ory/webauthn.js"},
        {"src": "data:text/javascript,alert(1)//.well-known/ory/webauthn.js"},
        {"src": "javascript:alert(1)"},
        {"src": f"{SEEN_KRATOS}/other.js"},
        {"src": f"{SEEN_KRATOS}/other.js?/.well-known/ory/webauthn.js"},
        {"src": f"{SEEN_KRATOS}/other.js#/.well-known/ory/webauthn.js"},
        {"src": "/.well-known/ory/webauthn.js"},
        {"src": ""},
        {"src": None},
        {"integrity": ""},
        {"integrity": None},
    ],
)
def test_a_script_that_is_not_kratos_own_is_not_loaded(client, upstream, attributes):
    answer = page_of(client, upstream, "login/unified", script(**attributes), without="script")
    assert [element["src"].split("?")[0] for element in parsed(answer).find_all("script")] == ["/static/app.js"]


def test_a_script_named_twice_is_loaded_once(client, upstream):
    """It would answer a press twice."""
    answer = page_of(client, upstream, "login/unified", script(), script(), without="script")
    assert len(parsed(answer).find_all("script")) == 2


def test_the_nonce_is_ours_never_kratos(client, upstream):
    answer = page_of(client, upstream, "login/unified", script(), without="script")
    assert "of-kratos" not in answer.text


@each_case(
    "trigger", ["alert", "oryPasskeyLogin()", "__oryPasskeyLogin", "constructor", "", None, 7, ["oryPasskeyLogin"]]
)
def test_a_function_that_is_not_in_the_list_is_not_named(client, upstream, trigger):
    page = parsed(page_of(client, upstream, "login/password_only", button(trigger)))
    assert not page.select("[data-trigger]")


def test_app_js_calls_the_functions_of_the_same_list():
    assert set(re.findall(r'"(ory[A-Z]\w+)"', APP_JS)) - {"oryWebAuthnInitialized"} == TRIGGERS


def test_traits_js_is_small():
    assert len(gzip.compress(TRAITS_JS.encode())) <= 2200


def test_our_scripts_run_no_text():
    """The Content-Security-Policy forbids it anyway."""
    assert not re.search(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", APP_JS + TRAITS_JS
    )


def test_app_js_is_small():
    """Budget: a login page loads no more than 14 kB in all, gzipped."""
    assert len(gzip.compress(APP_JS.encode())) <= 4500
