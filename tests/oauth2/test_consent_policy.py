"""What may be granted, and whether anybody is asked (design section 5)."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.oauth2.consent_policy import SCOPES, granted, scopes, session_of_login, without_asking
from app.ory.visible_names import in_form
from tests.support.builders import ADA, BOB, authorize_url, consent_request, jwt, nobody, owes, someone
from tests.support.cases import each_case
from tests.support.counting import Counted, calls

bounded = settings(derandomize=True, database=None)
names = st.sampled_from(["openid", "profile", "email", "admin", "offline_access", "a:b", "<b>", ""])
lists = st.lists(names, max_size=6)


# What is granted


@bounded
@given(lists, lists, lists)
@example(["openid", "email"], ["openid", "email", "admin"], []).via("posted, and nobody requested it")
@example(["openid", "email"], [], []).via("an optional one left unticked")
@example(["openid", "email"], [], ["email"]).via("required: a disabled box is not posted")
@example(["openid"], [], ["email"]).via("required, and nobody requested it")
@example(["email"], ["email"], []).via("plain OAuth 2.0: openid is not invented")
def test_what_was_requested_and_chosen_or_required_is_granted_once_in_its_order(requested, posted, required):
    """N10: and nothing else; Hydra grants whatever it is told, so this is the only gate."""
    request = consent_request(requested_scope=requested)
    wanted = [name for name in request.requested_scope if name in {*posted, *required, "openid"}]
    assert list(granted(request, posted, required)) == wanted
    assert set(wanted) <= set(requested)


@bounded
@given(st.sets(st.text("ab01%\0\r\n\t\u200b\u2028é<", max_size=4)), st.data())
def test_of_odd_scopes_those_are_granted_that_were_ticked(requested, data):
    """Hydra takes any that its client's scope allows, as `read.*` does; browsers change some letters of a form."""
    request = consent_request(requested_scope=sorted(requested))
    ticked = [row for row in scopes(request, {}) if data.draw(st.booleans())]
    assert set(granted(request, [as_a_browser_sends(in_form(row.name)) for row in ticked])) == {
        row.name for row in ticked
    }


def as_a_browser_sends(value):
    """HTML 13.2.5.36, 4.10.22.4."""
    return re.sub("\r\n?|\n", "\r\n", value.replace("\0", "\ufffd"))


@bounded
@given(st.sets(names), st.data())
def test_no_part_of_a_form_grants_more_than_the_whole_form(posted, data):
    """Invariant I8: bodies get cut on their way (N40)."""
    part = data.draw(st.sets(st.sampled_from(sorted(posted)))) if posted else set()
    request = consent_request(scope="openid profile email admin")
    assert set(granted(request, part)) <= set(granted(request, posted))


# Whether anybody is asked

FIRST_PARTY = {"skip_consent": True}
PUBLIC = {"skip_consent": True, "token_endpoint_auth_method": "none"}
DEVICE = "http://localhost:4444/oauth2/device/verify?client_id=demo&device_verifier=x"


def test_an_ordinary_application_asks():
    assert not without_asking(consent_request())


def test_a_consent_that_hydra_remembers_is_not_asked_again():
    assert without_asking(consent_request(skip=True))


@each_case("value", ["true", "false", 1, "1", [True], {"skip": True}, None])
def test_only_a_literal_true_is_hydras_skip(value):
    assert not without_asking(consent_request(skip=value))


def test_a_first_party_application_does_not_ask():
    assert without_asking(consent_request(client=FIRST_PARTY))


@each_case("value", ["true", "false", 1, "1", [True], None])
def test_only_a_literal_true_is_skip_consent(value):
    """N12: type confusion in the client registry must not skip the page."""
    assert not without_asking(consent_request(client={"skip_consent": value}))


@each_case("prompt", ["consent", "login consent"])
def test_prompt_consent_outranks_skip_consent(prompt):
    assert not without_asking(consent_request(client=FIRST_PARTY, query={"prompt": prompt}))


def test_prompt_consent_in_a_request_object_outranks_skip_consent():
    assert not without_asking(consent_request(client=FIRST_PARTY, query={"request": jwt({"prompt": "consent"})}))


@each_case("request_url", ["http://localhost:4444/oauth2/auth", authorize_url(request_uri="urn:par:1"), ""])
def test_hidden_parameters_may_hide_prompt_consent(request_url):
    assert not without_asking(consent_request(client=FIRST_PARTY, request_url=request_url))


@each_case("raw", [{"skip": True}, {"client": FIRST_PARTY}, {"skip": True, "client": FIRST_PARTY}])
def test_a_device_is_never_granted_without_asking(raw):
    """N13, RFC 8628 section 5.4: whoever shows the code would only need a click."""
    assert not without_asking(consent_request(request_url=DEVICE, **raw))


def test_a_parameter_that_looks_like_a_device_is_none():
    url = authorize_url() + "&state=/oauth2/device/verify"
    assert without_asking(consent_request(client=FIRST_PARTY, request_url=url))


@each_case(
    "redirect_uri",
    [
        *("com.example.app:/callback", "com.example.app://callback", "http://app.example.org/callback"),
        *("http://localhost.evil.example/callback", "http://127.0.0.1.evil.example/callback"),
        *("http://localhost@evil.example/callback", "not an address"),
    ],
)
def test_a_public_client_anybody_may_impersonate_asks(redirect_uri):
    """N13, RFC 8252 section 8.6: a custom scheme or plain http proves nothing about who listens."""
    registered = ["https://app.example.org/callback", redirect_uri]
    for requested in registered:
        request = consent_request(client=PUBLIC | {"redirect_uris": registered}, query={"redirect_uri": requested})
        assert not without_asking(request)


@each_case(
    "redirect_uri",
    ["https://app.example.org/callback", "http://127.0.0.1:51004/callback", "http://[::1]/cb", "http://localhost:1/cb"],
)
def test_a_public_client_whose_answer_only_reaches_it_does_not_ask(redirect_uri):
    client = PUBLIC | {"redirect_uris": [redirect_uri]}
    assert without_asking(consent_request(client=client, query={"redirect_uri": redirect_uri}))


@each_case(
    "url",
    [
        "http://localhost:4444/oauth2/auth?client_id=demo",
        authorize_url(),
        authorize_url(redirect_uri="") + "&redirect_uri=https://app.example.org/callback;&redirect_uri=app:/callback",
        "http://localhost:4444/oauth2/auth?client_id=demo&redirect_uri=com.example.app:/callback&scope=profile&request="
        + jwt({"redirect_uri": "https://app.example.org/callback"}),
    ],
)
def test_whatever_the_request_says_every_registered_redirect_uri_has_to_be_safe(url):
    """Hydra decides which of them it is, by its own reading of the request."""
    safe, unsafe = "https://app.example.org/callback", "com.example.app:/callback"
    assert without_asking(consent_request(client=PUBLIC | {"redirect_uris": [safe]}, request_url=url))
    assert not without_asking(consent_request(client=PUBLIC | {"redirect_uris": [safe, unsafe]}, request_url=url))
    assert not without_asking(consent_request(client=PUBLIC | {"redirect_uris": []}, request_url=url))


def test_a_confidential_client_proves_itself_by_its_secret():
    client = FIRST_PARTY | {"redirect_uris": ["com.example.app:/callback"]}
    assert without_asking(consent_request(client=client, query={"redirect_uri": "com.example.app:/callback"}))


# Whose consent it is


def test_the_session_that_answered_the_login_may_consent():
    whoami = someone()
    assert session_of_login(consent_request(), whoami) is whoami.session


@each_case(
    "request_, whoami",
    [
        (consent_request(), nobody()),
        (consent_request(), owes()),
        (consent_request(), someone(of=BOB)),
        (consent_request(), someone(id="another-session")),
        (consent_request(), someone(identity={"id": ADA, "state": "inactive", "traits": {}})),
        (consent_request(context=None), someone()),
        (consent_request(context={"kratos_session": ""}), someone()),
        (consent_request(context=[]), someone()),
        (consent_request(context={"kratos_session": ["session-ada"]}), someone()),
        (consent_request(subject=BOB), someone()),
    ],
)
def test_nobody_else_may(request_, whoami):
    """N03: none of the reference UIs compares the two, so B's email would be sent under A's sub."""
    assert not session_of_login(request_, whoami)


# The lines of the page


def test_required_scopes_come_first_and_are_locked():
    rows = scopes(consent_request(scope="email openid profile"), {}, ["profile"])
    assert [(row.name, row.required) for row in rows] == [("openid", True), ("profile", True), ("email", False)]


@each_case("lasting", ["offline_access", "offline"])
def test_lasting_access_comes_last_unless_it_is_required(lasting):
    request = consent_request(scope=f"{lasting} email openid")
    assert [row.name for row in scopes(request, {})] == ["openid", "email", lasting]
    assert [row.name for row in scopes(request, {}, [lasting])] == ["openid", lasting, "email"]


def test_what_was_left_out_before_is_not_ticked_but_for_what_is_required():
    rows = scopes(consent_request(scope="openid email phone"), {}, ["email"], {"openid", "email", "phone"})
    assert [(row.name, row.chosen) for row in rows] == [("openid", True), ("email", True), ("phone", False)]
    assert all(row.chosen for row in scopes(consent_request(scope="openid phone"), {}))


def test_every_requested_scope_is_shown_and_no_other():
    """A required scope that was not requested is not shown, so it cannot be granted either."""
    rows = scopes(consent_request(scope="openid admin"), {}, ["email"])
    assert {row.name for row in rows} == {"openid", "admin"}


def test_the_operators_words_win_over_the_built_in_ones():
    row, *_ = scopes(consent_request(scope="email"), {"email": "Write to you"})
    assert row.words == "Write to you"


@each_case("scope", ["openid", "profile", "email", "address", "phone", "offline_access", "offline"])
def test_every_scope_of_openid_connect_has_words(scope):
    row, *_ = scopes(consent_request(scope=scope), {})
    assert row.words == SCOPES[scope]
    assert row.words.strip()


def test_a_scope_nobody_described_has_no_words():
    row, *_ = scopes(consent_request(scope="<b>admin</b>"), {})
    assert (row.name, row.words) == ("<b>admin</b>", "")


def test_five_hundred_scopes_are_all_shown_once():
    """N65."""
    requested = [f"scope-{number}" for number in range(500)] * 2
    assert len(scopes(consent_request(requested_scope=requested), {})) == 500


def test_many_resources_are_not_compared_with_many_audiences_one_by_one():
    """N65 N78: 20,000 of each, which one address and a registration have room for, were 15 seconds of a worker."""
    names = [f"https://api.example.org/{number}" for number in range(300)]
    url = authorize_url() + "".join(f"&resource={name}" for name in reversed(names))
    request = consent_request(request_url=url, client={"client_id": "c", "audience": list(map(Counted, names))})
    audience, cost = calls(lambda: request.audience)
    assert set(audience) == set(names)
    assert cost < 10 * len(names)
