"""What Hydra asks and tells becomes these fields; whatever is missing or of another type becomes the safe value."""

from app.ory.challenges import FOREVER, Client, ConsentRequest, Grant, LoginRequest, LogoutRequest, Reject
from app.ory.models import SECOND
from tests.support.builders import authorize_url
from tests.support.cases import each_case

URI, API = "https://app.example/cb", "https://api.example"
APPLICATION = {
    "client_id": "demo",
    "client_name": "Demo",
    "skip_consent": True,
    "skip_logout_consent": True,
    "token_endpoint_auth_method": "none",
    "subject_type": "pairwise",
    "redirect_uris": [URI],
    "audience": [API],
    "client_uri": "https://app.example/",
    "client_secret": "never-printed",
}
HANDLED, AT = "2026-11-20T10:00:00Z", 1795168800 * SECOND


def test_an_application_is_read_as_it_is_registered():
    client = Client.parse(APPLICATION)
    assert (client.id, client.name, client.title, client.redirect_uris) == ("demo", "Demo", "Demo", (URI,))
    assert (client.skip_consent, client.skip_logout_consent, client.public, client.pairwise) == (True,) * 4
    assert client.audience == {API}
    assert (client.link("client_uri"), client.link("tos_uri")) == ("https://app.example/", "")
    assert not client.can_be_impersonated


@each_case("data", [None, "x", [], {}, dict.fromkeys(APPLICATION, "true"), dict.fromkeys(APPLICATION, 1)])
def test_of_an_application_nothing_is_believed_that_is_not_literally_true(data):
    client = Client.parse(data)
    assert (client.skip_consent, client.skip_logout_consent, client.public, client.pairwise) == (False,) * 4
    assert (client.redirect_uris, client.audience) == ((), frozenset())


@each_case("data, title", [({"client_name": "Demo", "client_id": "d"}, "Demo"), ({"client_id": "d"}, "d"), ({}, "?")])
def test_an_application_is_called_by_its_name_else_by_its_id(data, title):
    assert Client.parse(data).title == title


def test_what_else_is_registered_is_not_printed():
    """Whatever prints an application, a log or an error page of a debugger, would print its secret too."""
    assert "never-printed" not in repr(Client.parse(APPLICATION))


@each_case("method, uri, can_be", [("none", "app:/cb", True), ("none", URI, False), ("x", "app:/cb", False)])
def test_a_public_application_can_be_impersonated_at_an_address_anybody_takes(method, uri, can_be):
    raw = {"token_endpoint_auth_method": method, "redirect_uris": [uri]}
    assert Client.parse(raw).can_be_impersonated is can_be


COMMON = {"skip": True, "subject": "ada", "client": APPLICATION, "request_url": authorize_url(prompt="login")}


def test_a_login_request_is_read_whole():
    context = {"id_token_hint_claims": {"sub": "bob"}, "login_hint": "ada@app.example"}
    request = LoginRequest.parse("c", COMMON | {"session_id": "s", "oidc_context": context})
    assert (request.challenge, request.skip, request.subject, request.client.id) == ("c", True, "ada", "demo")
    assert (request.session_id, request.hint_subject, request.request_url) == ("s", "bob", COMMON["request_url"])
    assert (request.parameters.prompt, request.parameters.login_hint) == (frozenset({"login"}), "ada@app.example")
    assert not request.for_device


def test_a_consent_request_is_read_whole():
    raw = {"requested_scope": ["openid"], "requested_access_token_audience": [API], "login_session_id": "s"}
    request = ConsentRequest.parse("c", COMMON | raw | {"context": {"kratos_session": "k"}})
    assert (request.challenge, request.skip, request.subject, request.client.id) == ("c", True, "ada", "demo")
    assert (request.requested_scope, request.requested_audience) == (("openid",), (API,))
    assert (request.login_session_id, request.kratos_session) == ("s", "k")


def test_the_answer_of_a_device_goes_to_no_address():
    device = "http://hydra/oauth2/device/verify?client_id=demo"
    assert ConsentRequest.parse("c", COMMON | {"request_url": device}).redirect_uris == ()
    assert ConsentRequest.parse("c", COMMON).redirect_uris == (URI,)


@each_case("began, expected", [(True, True), (False, False), ("true", False), (None, False)])
def test_a_logout_request_is_read_whole(began, expected):
    raw = {"subject": "ada", "sid": "s", "rp_initiated": began, "client": APPLICATION, "request_url": "/x"}
    request = LogoutRequest.parse("c", raw)
    assert (request.challenge, request.subject, request.sid, request.request_url) == ("c", "ada", "s", "/x")
    assert (request.rp_initiated, request.client.id) == (expected, "demo")
    assert LogoutRequest.parse("c", raw | {"client": None}).client.id == ""


ANYWHERE = APPLICATION | {"redirect_uris": ["https://other.example/cb", URI]}
ASKED = {"client": ANYWHERE, "request_url": authorize_url(redirect_uri=URI), "requested_scope": ["openid", "email"]}
GIVEN = {
    "consent_request": ASKED,
    "grant_scope": ["openid"],
    "grant_access_token_audience": [API],
    "handled_at": HANDLED,
}


@each_case(
    "remembered, until",
    [
        ({}, 0),
        ({"remember": "true", "remember_for": 60}, 0),
        ({"remember": True, "remember_for": 60}, AT + 60 * SECOND),
        ({"remember": True, "remember_for": 1}, AT + SECOND),
        ({"remember": True, "remember_for": 0}, FOREVER),
        ({"remember": True, "remember_for": "60"}, FOREVER),
        ({"remember": True, "remember_for": 60, "handled_at": None}, FOREVER),
    ],
)
def test_a_consent_that_was_given_is_read_whole(remembered, until):
    grant = Grant.parse(GIVEN | remembered)
    assert (grant.client.id, grant.requested, grant.scopes) == ("demo", ("openid", "email"), ("openid",))
    assert (grant.audience, grant.redirect_uris, grant.until) == ((API,), (URI,), until)
    assert grant.at == (0 if "handled_at" in remembered else AT)


@each_case("data", [None, {}, {"consent_request": {"client": {"client_name": "Demo"}}}])
def test_a_consent_for_no_application_is_none(data):
    assert Grant.parse(data) is None


def test_hydra_forgets_nobody_unless_it_is_told_to():
    assert not Reject("access_denied", "No.").ends_session


def test_nobody_pressed_anything_where_nothing_says_so():
    assert not Reject("access_denied", "No.").by_person


@each_case(
    "error, answer",
    [
        *(("login_required", True), ("consent_required", True), ("interaction_required", True)),
        *(("access_denied", False), ("invalid_request", False)),
    ],
)
def test_three_errors_say_that_the_person_has_to_act(error, answer):
    assert Reject(error, "No.").needs_interaction is answer


@each_case("word", ["x", "two words", "two\nlines", "it's"])
def test_the_reason_in_the_log_quotes_no_word_of_the_request(word):
    assert Reject("invalid_request", f"The prompt value '{word}' is not known.").reason == (
        "The prompt value '...' is not known."
    )
