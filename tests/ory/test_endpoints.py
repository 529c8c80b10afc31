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
from app.ory.challenges import Accept, ConsentRequest, Reject
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
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


def consent(challenge: str) -> ConsentRequest:
    raw = {"requested_access_token_audience": ["https://api"], "requested_scope": ["openid"]}
    return ConsentRequest.parse(challenge, raw)


def hydra(act: Any) -> Any:
    return lambda value: act(Hydra(Transport(), BASE), value)


def kratos(act: Any) -> Any:
    return lambda value: act(Kratos(Transport(), BASE), value)


def kratos_admin(identity_id: str) -> None:
    with suppress(UpstreamBadReply):  # the reply below is about nobody
        KratosAdmin(Transport(), BASE).identity(identity_id)


def grants(subject: str) -> None:
    with suppress(UpstreamBadReply):  # the reply below is no list
        Hydra(Transport(), BASE).grants(subject)


CALLS: dict[str, tuple[Any, str, str, Any]] = {
    "login request": (
        hydra(lambda h, c: h.login_request(c)),
        "OAuth2Api",
        "get_o_auth2_login_request",
        lambda c: {"login_challenge": c},
    ),
    "login accept": (
        hydra(lambda h, c: h.accept_login(c, ACCEPT)),
        "OAuth2Api",
        "accept_o_auth2_login_request",
        lambda c: {
            "login_challenge": c,
            "accept_o_auth2_login_request": ory_client().AcceptOAuth2LoginRequest(**LOGIN_BODY),
        },
    ),
    "login reject": (
        hydra(lambda h, c: h.reject("login", c, REJECT)),
        "OAuth2Api",
        "reject_o_auth2_login_request",
        lambda c: {"login_challenge": c, "reject_o_auth2_request": ory_client().RejectOAuth2Request(**NO)},
    ),
    "consent request": (
        hydra(lambda h, c: h.consent_request(c)),
        "OAuth2Api",
        "get_o_auth2_consent_request",
        lambda c: {"consent_challenge": c},
    ),
    "consent accept": (
        hydra(lambda h, c: h.accept_consent(consent(c), ["openid"], ["https://api"], {"name": "é"}, {}, 0)),
        "OAuth2Api",
        "accept_o_auth2_consent_request",
        lambda c: {
            "consent_challenge": c,
            "accept_o_auth2_consent_request": ory_client().AcceptOAuth2ConsentRequest.from_dict(CONSENT_BODY),
        },
    ),
    "consent reject": (
        hydra(lambda h, c: h.reject("consent", c, REJECT)),
        "OAuth2Api",
        "reject_o_auth2_consent_request",
        lambda c: {"consent_challenge": c, "reject_o_auth2_request": ory_client().RejectOAuth2Request(**NO)},
    ),
    "code of a device": (
        hydra(lambda h, c: h.accept_user_code(c, "aB3")),
        "OAuth2Api",
        "accept_user_code_request",
        lambda c: {
            "device_challenge": c,
            "accept_device_user_code_request": ory_client().AcceptDeviceUserCodeRequest(user_code="aB3"),
        },
    ),
    "logout request": (
        hydra(lambda h, c: h.logout_request(c)),
        "OAuth2Api",
        "get_o_auth2_logout_request",
        lambda c: {"logout_challenge": c},
    ),
    "logout accept": (
        hydra(lambda h, c: h.accept_logout(c)),
        "OAuth2Api",
        "accept_o_auth2_logout_request",
        lambda c: {"logout_challenge": c},
    ),
    "logout reject": (
        hydra(lambda h, c: h.reject_logout(c)),
        "OAuth2Api",
        "reject_o_auth2_logout_request",
        lambda c: {"logout_challenge": c},
    ),
    "end of a session": (
        hydra(lambda h, c: h.end_session(c)),
        "OAuth2Api",
        "revoke_o_auth2_login_sessions",
        lambda c: {"sid": c},
    ),
    "end of a person's sessions": (
        hydra(lambda h, c: h.end_sessions_of(c)),
        "OAuth2Api",
        "revoke_o_auth2_login_sessions",
        lambda c: {"subject": c},
    ),
    "what a person allowed": (
        grants,
        "OAuth2Api",
        "list_o_auth2_consent_sessions",
        lambda c: {"subject": c, "page_size": 10, "page_token": ""},
    ),
    "end of what one application may": (
        hydra(lambda h, c: h.revoke("ada", c)),
        "OAuth2Api",
        "revoke_o_auth2_consent_sessions",
        lambda c: {"subject": "ada", "client": c},
    ),
    "end of what all applications may": (
        hydra(lambda h, c: h.revoke_all(c)),
        "OAuth2Api",
        "revoke_o_auth2_consent_sessions",
        lambda c: {"subject": c, "all": True},
    ),
    "end of another session": (
        kratos(lambda k, c: k.end_session("a=b", c)),
        "FrontendApi",
        "disable_my_session",
        lambda c: {"id": c, "cookie": "a=b"},
    ),
    "end of all other sessions": (
        kratos(lambda k, c: k.end_other_sessions("a=b")),
        "FrontendApi",
        "disable_my_other_sessions",
        lambda c: {"cookie": "a=b"},
    ),
    "flow": (
        kratos(lambda k, c: k.flow("login", c, "a=b")),
        "FrontendApi",
        "get_login_flow",
        lambda c: {"id": c, "cookie": "a=b"},
    ),
    "error": (kratos(lambda k, c: k.error(c)), "FrontendApi", "get_flow_error", lambda c: {"id": c}),
    "identity": (kratos_admin, "IdentityApi", "get_identity", lambda c: {"id": c}),
    "whoami": (kratos(lambda k, c: k.whoami("a=b")), "FrontendApi", "to_session", lambda c: {"cookie": "a=b"}),
}


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
@each_case("name", CALLS)
def test_a_learned_request_is_ory_clients_own(name, value):
    act, api, operation, arguments = CALLS[name]
    headers = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}
    with responses.RequestsMock() as mock:
        for method in ("GET", "PUT", "DELETE"):
            mock.add(method, re.compile(".*"), json={"redirect_to": "http://x"}, headers=headers)
        mock.assert_all_requests_are_fired = False
        with suppress(UpstreamBadReply):  # the reply is of none of them
            act(value)
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
