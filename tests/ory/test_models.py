"""What Kratos and Hydra say, parsed without ever raising: an unknown value must not cost a page.

Each of the oddities makes ory-client's own models raise (design D4).
"""

import base64
import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ory.challenges import Client, ConsentRequest, LoginRequest, LogoutRequest
from app.ory.flows import Flow, Message
from app.ory.identity_names import display_name
from app.ory.models import Session, micros, moment, strings
from app.selfservice.flow_kinds import has_method
from tests.support.builders import ADA, CLIENT, authorize_url, forms_of, identity, jwt, rfc3339
from tests.support.cases import each_case

FLOW: dict[str, Any] = {
    "id": "f1",
    "type": "browser",
    "request_url": "http://localhost:4433/self-service/login/browser?return_to=http%3A%2F%2Flocalhost%3A3000%2Fx",
    "active": "password",
    "state": "choose_method",
    "requested_aal": "aal1",
    "refresh": False,
    "oauth2_login_request": {"client": {"client_id": "demo"}},
    "ui": {
        "action": "http://localhost:4433/self-service/login?flow=f1",
        "method": "POST",
        "messages": [{"id": 4000006, "text": "The provided credentials are invalid.", "type": "error"}],
        "nodes": [
            {
                "type": "input",
                "group": "password",
                "attributes": {"name": "method", "type": "submit", "value": "password", "node_type": "input"},
                "messages": [{"id": 4000002, "text": "Property is missing.", "type": "error"}],
                "meta": {"label": {"id": 1010022, "text": "Sign in with password", "type": "info"}},
            },
            {"type": "script", "group": "webauthn", "attributes": {"node_type": "script", "src": "https://h/x.js"}},
            {"type": "div", "group": "captcha", "attributes": {"node_type": "div", "id": "d", "data": {"a": "b"}}},
        ],
    },
}
SESSION: dict[str, Any] = {
    "id": "s1",
    "active": True,
    "expires_at": "2026-11-20T10:00:00Z",
    "authenticator_assurance_level": "aal1",
    "authentication_methods": [{"method": "password", "aal": "aal1", "completed_at": "2026-11-19T10:00:00Z"}],
    "devices": [{"id": "d"}],
    "identity": {
        "id": ADA,
        "state": "active",
        "schema_url": "http://h",
        "traits": {"email": "ada@example.org"},
        "verifiable_addresses": [{"value": "ada@example.org", "via": "email"}],
        "credentials": {"password": {"type": "password"}},
        "metadata_public": {},
    },
}
HYDRA: dict[str, Any] = {
    "challenge": "c",
    "skip": True,
    "subject": ADA,
    "client": CLIENT,
    "request_url": authorize_url(),
    "requested_scope": ["openid"],
    "requested_access_token_audience": [],
    "oidc_context": {"id_token_hint_claims": {"sub": ADA}},
    "context": {"kratos_session": "s1"},
    "session_id": "h1",
    "login_session_id": "h1",
    "acr": "aal1",
    "amr": ["pwd"],
}


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The body with one value replaced; `...` takes it away."""
    made = copy.deepcopy(body)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner: Any = made
    for part in way:
        inner = inner[part]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


FLOW_ODDITIES = [
    ("ui.nodes.0.type", "brand_new"),
    ("ui.nodes.0.attributes.node_type", "brand_new"),
    ("ui.nodes.0.attributes.node_type", ...),
    ("ui.nodes.0.group", "brand_new"),
    ("ui.nodes.0.attributes.type", "brand_new"),
    ("ui.nodes.0.attributes.autocomplete", "brand_new"),
    ("ui.nodes.0.attributes.onclickTrigger", "brandNew"),
    ("ui.nodes.0.messages.0.type", "brand_new"),
    ("ui.nodes.0.messages.0.id", "4000002"),
    ("ui.nodes.0.messages", None),
    ("ui.nodes.0.meta", None),
    ("ui.nodes.1.attributes.src", ...),
    ("ui.nodes.2.attributes.data", {"a": 1}),
    ("ui.nodes", None),
    ("ui.messages", None),
    ("active", ""),
    ("active", "brand_new"),
    ("state", "brand_new"),
    ("state", ...),
    ("requested_aal", ""),
    ("oauth2_login_request.client", None),
]
SESSION_ODDITIES = [
    ("authentication_methods.0.method", "brand_new"),
    ("authentication_methods.0.method", ""),
    ("authentication_methods.0.aal", ""),
    ("identity.state", ""),
    ("identity.state", "brand_new"),
    ("identity.verifiable_addresses.0.via", "brand_new"),
    ("identity.credentials.password.type", "brand_new"),
    ("identity.metadata_public", []),
    ("identity.schema_url", ...),
    ("identity.traits", ["x"]),
    ("devices", None),
]
HYDRA_ODDITIES = [
    ("context", ["x"]),
    ("client", CLIENT | {"metadata": ["x"]}),
    ("client", CLIENT | {"authorization_code_grant_access_token_lifespan": "1 hour"}),
    ("client", CLIENT | {"client_secret_expires_at": 0.0}),
    ("client", None),
    ("oidc_context", None),
]


@each_case("path, value", FLOW_ODDITIES)
def test_an_oddity_in_a_flow_costs_nothing_but_itself(path, value):
    flow = Flow.parse(changed(FLOW, path, value))
    assert flow.id == "f1"
    assert flow.action.endswith("flow=f1")
    assert isinstance(forms_of("login", flow), tuple)


@each_case("path, value", SESSION_ODDITIES)
def test_an_oddity_in_a_session_costs_nothing_but_itself(path, value):
    session = Session.parse(changed(SESSION, path, value))
    assert session is not None
    assert (session.id, session.identity.id) == ("s1", ADA)


@each_case("path, value", HYDRA_ODDITIES)
def test_an_oddity_in_a_hydra_request_costs_nothing_but_itself(path, value):
    raw = changed(HYDRA, path, value)
    assert LoginRequest.parse("c", raw).subject == ADA
    assert ConsentRequest.parse("c", raw).requested_scope == ("openid",)
    assert isinstance(LogoutRequest.parse("c", raw), LogoutRequest)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(body: object, before: str = "") -> list[str]:
    """Every place in a JSON body."""
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path for key, value in pairs for path in (f"{before}{key}", *paths(value, f"{before}{key}."))]


bounded = settings(derandomize=True, database=None)


@bounded
@given(st.sampled_from(paths(FLOW)), anything)
def test_any_json_anywhere_in_a_flow_is_survived(path, value):
    flow = Flow.parse(changed(FLOW, path, value))
    forms_of("login", flow), has_method(flow)


@bounded
@given(st.sampled_from(paths(SESSION)), anything)
def test_any_json_anywhere_in_a_session_is_survived(path, value):
    session = Session.parse(changed(SESSION, path, value))
    assert session is None or isinstance(display_name(session.identity.raw), str)


@bounded
@given(st.sampled_from([path for path in paths(HYDRA) if path != "request_url"]), anything)
def test_any_json_anywhere_in_a_hydra_request_is_survived(path, value):
    raw = changed(HYDRA, path, value)
    assert isinstance(LoginRequest.parse("c", raw).subject, str)
    assert isinstance(ConsentRequest.parse("c", raw).requested_scope, tuple)
    assert isinstance(LogoutRequest.parse("c", raw).sid, str)


@bounded
@given(anything)
def test_a_body_that_is_something_else_altogether_is_survived(body):
    assert Flow.parse(body).nodes == ()
    assert Session.parse(body) is None


# A session is one only when it is alive and somebody's


@each_case(
    "path, value",
    [
        *(("active", value) for value in (False, None, "true", 1, ...)),
        *(("identity", value) for value in (None, {}, [], ...)),
        *(("identity.id", value) for value in (None, "", 7, ...)),
        *(("id", value) for value in (None, "", 7, ...)),
    ],
)
def test_what_is_not_surely_a_live_session_of_somebody_is_nobody(path, value):
    """N44."""
    assert Session.parse(changed(SESSION, path, value)) is None


@each_case("level", ["aal0", "aal3", "AAL2", "", None, 2, ["aal2"]])
def test_a_level_nobody_knows_is_the_lowest(level):
    session = Session.parse(changed(SESSION, "authenticator_assurance_level", level))
    assert session is not None
    assert session.aal == "aal1"


@each_case(
    "traits, name",
    [
        ({"email": "a@b", "username": "u"}, "a@b"),
        ({"username": "u", "phone": "+1"}, "u"),
        ({"email": 7, "phone": "+1"}, "+1"),
        ({"email": ""}, ""),
        (["x"], ""),
        (None, ""),
    ],
)
def test_a_person_is_called_by_what_they_sign_in_with(traits, name):
    assert display_name({"traits": traits}) == name


def test_a_person_does_not_show_in_a_log_line():
    assert "ada@example.org" not in repr(identity({"email": "ada@example.org"}))


# Flows


def test_the_way_back_is_read_from_the_flow_or_else_its_request():
    assert Flow.parse(FLOW).return_to == "http://localhost:3000/x"
    assert Flow.parse(FLOW | {"return_to": "http://localhost:3000/y"}).return_to == "http://localhost:3000/y"


@each_case("given_, used", [("GET", "get"), ("get", "get"), ("POST", "post"), ("DELETE", "post")])
def test_a_form_is_sent_by_get_or_post(given_, used):
    """A verification that is over has method GET."""
    assert Flow.parse(changed(FLOW, "ui.method", given_)).method == used


@each_case("kind", ["error", "success", "info"])
def test_a_message_keeps_its_type(kind):
    assert Message.parse({"id": 1, "text": "t", "type": kind}) == Message(1, "t", kind)


@each_case("kind", ["brand_new", "", None, 1])
def test_a_message_of_unknown_type_is_information(kind):
    assert Message.parse({"id": 1, "text": "t", "type": kind}).kind == "info"


# Hydra's requests


@each_case("value", ["true", 1, [True], None])
def test_only_a_literal_true_is_true(value):
    """N36: a registry edited by hand has "false" strings."""
    client = CLIENT | {"skip_consent": value, "skip_logout_consent": value}
    raw = HYDRA | {"skip": value, "rp_initiated": value, "client": client}
    login, logout = LoginRequest.parse("c", raw), LogoutRequest.parse("c", raw)
    assert (login.skip, login.client.skip_consent, login.client.skip_logout_consent) == (False, False, False)
    assert logout.rp_initiated is False


def test_a_logout_that_we_began_has_no_client():
    raw = {"subject": ADA, "sid": "h1", "rp_initiated": False, "client": None, "request_url": "/oauth2/sessions/logout"}
    assert LogoutRequest.parse("c", raw) == LogoutRequest(
        "c", ADA, "h1", False, Client.parse(None), "/oauth2/sessions/logout"
    )


@each_case(
    "client, title", [({"client_name": "Demo", "client_id": "d"}, "Demo"), ({"client_id": "d"}, "d"), (None, "?")]
)
def test_an_application_is_always_called_something(client, title):
    assert LoginRequest.parse("c", HYDRA | {"client": client}).client.title == title


def test_a_scope_requested_twice_is_one():
    """N65: scope="openid openid"."""
    raw = HYDRA | {"requested_scope": ["openid", "openid", "", None, "email"]}
    assert ConsentRequest.parse("c", raw).requested_scope == ("openid", "email")


def test_acr_values_have_an_end():
    raw = HYDRA | {"request_url": authorize_url(acr_values=" ".join(map(str, range(1000))))}
    assert len(LoginRequest.parse("c", raw).parameters.acr_values) == 20


def test_a_request_object_of_ten_thousand_levels_is_survived():
    """N73."""
    token = jwt({}).split(".")
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
    raw = HYDRA | {"request_url": authorize_url(request=f"{token[0]}.{deep}.")}
    assert LoginRequest.parse("c", raw).parameters.hidden is True


# Times and lists


@each_case(
    "written, expected",
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00", 0),
        ("2026-11-20T10:00:00.123456Z", 1795168800123456),
        ("2026-11-20T10:00:00.123456789Z", 1795168800123456),
        ("2026-11-20T10:00:00.1Z", 1795168800100000),
        ("0001-01-01T00:00:00Z", -62135596800000000),
        ("0001-01-01T00:00:00+23:59", -62135683140000000),
        ("9999-12-31T23:59:59-23:59", 253402387139000000),
        ("2038-06-02T17:39:18.85945266-00:30", 2159114958859452),
        ("9999-10-03T18:13:57.05646Z", 253394590437056460),
    ],
)
def test_a_time_is_read_to_the_microsecond(written, expected):
    assert micros(written) == expected


def test_a_time_after_the_last_that_python_has_is_an_unknown_one():
    """F03: /sessions was a 500."""
    assert moment(micros("9999-12-31T23:59:59-23:59")) is None


@each_case("junk", ["", "x", "2026-13-01T00:00:00Z", "10000-01-01T00:00:00Z", None, 0, 1.5, [], "NaN"])
def test_what_is_no_time_is_none(junk):
    assert micros(junk) is None


@bounded
@given(st.integers(1_600_000_000_000_000, 2_000_000_000_000_000))
def test_no_microsecond_is_lost(at):
    """Two proofs a microsecond apart must stay apart: freshness is decided by `>`."""
    assert micros(rfc3339(at)) == at


@each_case("value", [None, "openid", {"openid": 1}, 7])
def test_what_is_no_list_has_no_strings(value):
    assert strings(value) == ()


def test_nothing_of_it_is_changed_by_a_round_through_json():
    assert Flow.parse(json.loads(json.dumps(FLOW))) == Flow.parse(FLOW)
