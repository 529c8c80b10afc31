"""Requests learned once from ory-client are the ones it would send itself."""

import json
import re
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses

from app.errors import UpstreamBadReply
from app.ory import apis
from app.ory.challenges import Accept, Reject
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_account import KratosAccount
from app.ory.kratos_admin import KratosAdmin
from app.ory.transport import Transport
from tests.support.cases import each_case
from tests.support.upstream import TAKEN

BASE = "http://upstream.internal:1"
NASTY = [
    "c",
    "a/b",
    "a+b=",
    "a b",
    "a&b=c",
    "a?b#c",
    "é😀",
    "%2F",
    "a\r\nb",
    "__challenge__",
    "__sid__",
    "../x",
    "'\"<>",
]
REQUEST = {"client": {"client_id": "demo"}}
ACCEPT = Accept("s", 60, "session", "aal1", ("pwd", "otp"), True)
REJECT = Reject("access_denied", "No.")
LOGIN_BODY = {
    "subject": "s",
    "remember": True,
    "remember_for": 60,
    "extend_session_lifespan": True,
    "identity_provider_session_id": "session",
    "acr": "aal1",
    "amr": ["pwd", "otp"],
    "context": {"kratos_session": "session"},
}
CONSENT_BODY = {
    "grant_scope": ["openid"],
    "grant_access_token_audience": ["https://api"],
    "remember": True,
    "remember_for": 0,
    "session": {"id_token": {"name": "é"}, "access_token": {}},
}
NO = {"error": "access_denied", "error_description": "No."}


class Recorder:
    """Stands where ory-client keeps its transport."""

    response = None

    def __init__(self) -> None:
        self.sent: tuple[Any, ...] = ()

    def request(self, method: str, url: str, headers: Any = None, body: Any = None, **_: object) -> "Recorder":
        self.sent = (method, url, dict(headers), body)
        return self


def ory_client() -> Any:
    """The whole of it, where it is needed: to import it takes two seconds, in each process that collects tests."""
    return import_module("ory_client")


def itself(api: str, name: str, **arguments: Any) -> tuple[Any, ...]:
    """What ory-client sends."""
    client = ory_client().ApiClient(ory_client().Configuration(host=BASE))
    client.rest_client = recorder = Recorder()
    getattr(getattr(ory_client(), api)(client), f"{name}_without_preload_content")(**arguments)
    return recorder.sent


def body(model: str, **fields: Any) -> Any:
    """What is sent, as ory-client has it."""
    return getattr(ory_client(), model).from_dict(fields)


# What a client of ours does with a value, ory-client's operation for it and its arguments. Replies are of none of them.
HYDRA: list[tuple[Any, str, Any]] = [
    (Hydra.login_request, "get_o_auth2_login_request", lambda c: {"login_challenge": c}),
    (
        lambda h, c: h.accept_login(c, ACCEPT),
        "accept_o_auth2_login_request",
        lambda c: {
            "login_challenge": c,
            "accept_o_auth2_login_request": body("AcceptOAuth2LoginRequest", **LOGIN_BODY),
        },
    ),
    (
        lambda h, c: h.reject("login", c, REJECT),
        "reject_o_auth2_login_request",
        lambda c: {"login_challenge": c, "reject_o_auth2_request": body("RejectOAuth2Request", **NO)},
    ),
    (Hydra.consent_request, "get_o_auth2_consent_request", lambda c: {"consent_challenge": c}),
    (
        lambda h, c: h.accept_consent(c, CONSENT_BODY),
        "accept_o_auth2_consent_request",
        lambda c: {
            "consent_challenge": c,
            "accept_o_auth2_consent_request": body("AcceptOAuth2ConsentRequest", **CONSENT_BODY),
        },
    ),
    (
        lambda h, c: h.reject("consent", c, REJECT),
        "reject_o_auth2_consent_request",
        lambda c: {"consent_challenge": c, "reject_o_auth2_request": body("RejectOAuth2Request", **NO)},
    ),
    (
        lambda h, c: h.accept_user_code(c, "aB3"),
        "accept_user_code_request",
        lambda c: {
            "device_challenge": c,
            "accept_device_user_code_request": body("AcceptDeviceUserCodeRequest", user_code="aB3"),
        },
    ),
    (Hydra.logout_request, "get_o_auth2_logout_request", lambda c: {"logout_challenge": c}),
    (Hydra.accept_logout, "accept_o_auth2_logout_request", lambda c: {"logout_challenge": c}),
    (Hydra.reject_logout, "reject_o_auth2_logout_request", lambda c: {"logout_challenge": c}),
    (Hydra.end_session, "revoke_o_auth2_login_sessions", lambda c: {"sid": c}),
    (Hydra.end_sessions_of, "revoke_o_auth2_login_sessions", lambda c: {"subject": c}),
    (Hydra.grants, "list_o_auth2_consent_sessions", lambda c: {"subject": c, "page_size": 10, "page_token": ""}),
    (lambda h, c: h.revoke("ada", c), "revoke_o_auth2_consent_sessions", lambda c: {"subject": "ada", "client": c}),
    (Hydra.revoke_all, "revoke_o_auth2_consent_sessions", lambda c: {"subject": c, "all": True}),
]
ACCOUNT: list[tuple[Any, str, Any]] = [
    (lambda k, c: k.end_session("a=b", c), "disable_my_session", lambda c: {"id": c, "cookie": "a=b"}),
    (lambda k, _: k.end_other_sessions("a=b"), "disable_my_other_sessions", lambda _: {"cookie": "a=b"}),
]
KRATOS: list[tuple[Any, str, Any]] = [
    (lambda k, c: k.flow("login", c, "a=b"), "get_login_flow", lambda c: {"id": c, "cookie": "a=b"}),
    (Kratos.error, "get_flow_error", lambda c: {"id": c}),
    (lambda k, _: k.whoami("a=b"), "to_session", lambda _: {"cookie": "a=b"}),
]
ADMIN: list[tuple[Any, str, Any]] = [(KratosAdmin.identity, "get_identity", lambda c: {"id": c})]
CALLS = [
    *((Hydra, "OAuth2Api", *row) for row in HYDRA),
    *((Kratos, "FrontendApi", *row) for row in KRATOS),
    *((KratosAccount, "FrontendApi", *row) for row in ACCOUNT),
    *((KratosAdmin, "IdentityApi", *row) for row in ADMIN),
]


MODELS = {
    "login/accept": "AcceptOAuth2LoginRequest",
    "consent/accept": "AcceptOAuth2ConsentRequest",
    "login/reject": "RejectOAuth2Request",
    "consent/reject": "RejectOAuth2Request",
    "session": "AcceptOAuth2ConsentRequestSession",
    "device/accept": "AcceptDeviceUserCodeRequest",
}


def test_ory_client_is_whole_for_others_who_import_it_after_us():
    assert ory_client().FrontendApi.to_session.raw_function, "its values are checked"
    assert "ui" in ory_client().LoginFlow.model_fields
    assert ory_client().models.Project
    assert ory_client().__version__
    assert not hasattr(apis.FrontendApi.to_session, "raw_function")


def test_what_is_sent_to_hydra_in_tests_is_compared_with_the_fields_of_ory_clients_own_models():
    """It drops misspelt optional fields without a word."""
    fields = {
        what: {*getattr(ory_client(), name).model_fields} - {"additional_properties"} for what, name in MODELS.items()
    }
    assert fields == TAKEN


@each_case("value", NASTY)
@each_case("client, api, act, operation, arguments", CALLS)
def test_a_learned_request_is_ory_clients_own(client, api, act, operation, arguments, value):
    headers = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
    with responses.RequestsMock() as mock:
        for method in ("GET", "PUT", "DELETE"):
            mock.add(method, re.compile(".*"), json={"redirect_to": "http://x"}, headers=headers)
        mock.assert_all_requests_are_fired = False
        with suppress(UpstreamBadReply):  # the reply is of none of them, and the call is counted below
            act(client(Transport(), BASE), value)
        [call] = mock.calls

    method, url, theirs, body = itself(api, operation, **arguments(value))
    ours = call.request
    assert ours.method == method
    assert _parts(ours.url) == _parts(url)
    assert json.loads(ours.body or "null") == body
    assert {name: value for name, value in ours.headers.items() if name not in ("User-Agent", "Content-Length")} == {
        name: value for name, value in theirs.items() if name != "User-Agent"
    }


def _parts(url):
    parts = urlsplit(url)
    assert not parts.fragment
    where = (*parts[:2], parts.path.replace("%3D", "="))  # the same in a path (RFC 3986 section 3.3)
    return where, parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))


def test_signing_out_asks_for_a_token_and_uses_it():
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{BASE}/self-service/logout/browser", json={"logout_token": "a/b c"})
        mock.add("GET", f"{BASE}/self-service/logout", status=204)
        Kratos(Transport(), BASE).sign_out("a=b")
        url = itself("FrontendApi", "update_logout_flow", token="a/b c", cookie="a=b")[1]
        assert _parts(mock.calls[1].request.url) == _parts(url)
        assert [call.request.headers["Cookie"] for call in mock.calls] == ["a=b", "a=b"]


@each_case("base", [BASE, f"{BASE}/", f"{BASE}/prefix", f"{BASE}/prefix/"])
def test_an_address_may_end_with_a_slash_and_have_a_path(base):
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{base.rstrip('/')}/admin/oauth2/auth/requests/login", json=REQUEST | {"challenge": "c"})
        mock.add("GET", f"{base.rstrip('/')}/health/ready", json={})
        Hydra(Transport(), base).login_request("c")
        Hydra(Transport(), base).check_ready()


def test_what_a_person_sends_never_names_another_place():
    """N99: the placeholder is filled in once, quoted, and never again."""
    with responses.RequestsMock() as mock:
        challenge = "x&login_challenge=y#z?/../../clients"
        mock.add("GET", f"{BASE}/admin/oauth2/auth/requests/login", json=REQUEST | {"challenge": challenge})
        Hydra(Transport(), BASE).login_request(challenge)
        assert parse_qs(urlsplit(str(mock.calls[0].request.url)).query) == {"login_challenge": [challenge]}
