"""The demo application believes only what an OpenID Connect client may believe, and shows nothing unescaped."""

import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from hydra.relying_party.provider import Provider
from hydra.relying_party.web import create_app
from tests.stack.stack import ROOT

ISSUER = "http://localhost:4444"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKENS = {"id_token": "raw", "access_token": "raw", "scope": "openid"}


@cache
def key(_whose: str = "ours") -> RSAKey:
    """Made where it is needed: in each process that collects tests it would cost a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "current"})


@cache
def provider() -> Provider:
    return Provider("http://localhost:5555/demo-id", "http://localhost:4433", key())


@pytest.fixture
def relying_party() -> Flask:
    app = create_app(json.loads((ROOT / "hydra/clients.json").read_text()), ISSUER, [], provider())
    app.testing = True
    for client in app.extensions["clients"].values():
        client.oauth.server_metadata |= {  # what discovery would fetch
            "_loaded_at": 1,
            "authorization_endpoint": f"{ISSUER}/oauth2/auth",
            "end_session_endpoint": f"{ISSUER}/oauth2/sessions/logout",
            "id_token_signing_alg_values_supported": ["RS256"],
            "jwks": {"keys": [key().as_dict(private=False)]},
        }
    return app


@pytest.fixture
def browser(relying_party: Flask) -> FlaskClient:
    """A browser signed in to both clients in the login session `s1`."""
    browser = relying_party.test_client()
    with browser.session_transaction() as session:
        for name in ("demo", "first-party"):
            claims = {"sub": "ada", "sid": "s1", "iss": ISSUER}
            session[name] = {"tokens": TOKENS, "id_token": claims, "userinfo": {"sub": "ada", "name": "<b>Ada</b>"}}
    return browser


def logout_token(signing: RSAKey | None = None, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """A logout token as Hydra v26.2.0 sends it (without exp), with some claims changed, or left out where None."""
    claims = {"iss": ISSUER, "aud": ["demo"], "iat": int(time.time()), "jti": "1", "events": {EVENT: {}}, "sid": "s1"}
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "current"} | (header or {}), kept, signing or key())


def signed_in(browser: FlaskClient, name: str) -> bool:
    answer: bool = browser.get(f"/{name}.json").get_json()["signed_in"]
    return answer


def test_a_logout_token_ends_the_session_of_its_client_and_sid_only(relying_party: Flask, browser: FlaskClient) -> None:
    answer = relying_party.test_client().post("/demo/backchannel-logout", data={"logout_token": logout_token()})
    assert answer.status_code == 200
    assert (signed_in(browser, "demo"), signed_in(browser, "first-party")) == (False, True)


def test_a_logout_token_of_another_sid_ends_nothing(relying_party: Flask, browser: FlaskClient) -> None:
    token = logout_token(sid="s2")
    assert relying_party.test_client().post("/demo/backchannel-logout", data={"logout_token": token}).status_code == 200
    assert signed_in(browser, "demo")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: "", id="nothing"),
        pytest.param(lambda: "eyJhbGciOiJub25lIn0.e30.", id="unsigned"),
        pytest.param(lambda: logout_token(key("theirs")), id="signed by another key"),
        pytest.param(lambda: logout_token(iss="http://localhost:4445"), id="another issuer"),
        pytest.param(lambda: logout_token(aud=["first-party"]), id="meant for another client"),
        pytest.param(lambda: logout_token(iat=int(time.time()) - 3600), id="an hour old"),
        pytest.param(lambda: logout_token(iat=int(time.time()) + 3600), id="from the future"),
        pytest.param(lambda: logout_token(jti=None), id="without jti"),
        pytest.param(lambda: logout_token(events=None), id="without events"),
        pytest.param(lambda: logout_token(events={"other": {}}), id="another event"),
        pytest.param(lambda: logout_token(events=[EVENT]), id="events is no object"),
        pytest.param(lambda: logout_token(sid=None), id="neither sid nor sub"),
        pytest.param(lambda: logout_token(nonce="n"), id="a nonce, so an ID token"),
    ],
)
def test_a_logout_token_that_breaks_a_rule_ends_nothing(browser: FlaskClient, make: Callable[[], str]) -> None:
    """OpenID Connect Back-Channel Logout 1.0, section 2.6."""
    answer = browser.post("/demo/backchannel-logout", data={"logout_token": make()})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert signed_in(browser, "demo")


def test_a_claim_with_parts_is_shown_as_it_was_written_and_never_as_html(browser: FlaskClient) -> None:
    with browser.session_transaction() as session:
        session["demo"]["userinfo"]["address"] = {"street_address": "Zoë's <b>"}
    page = browser.get("/demo").get_data(as_text=True)
    assert "{&#34;street_address&#34;: &#34;Zoë&#39;s &lt;b&gt;&#34;}" in page


def test_an_authorization_request_has_pkce_state_and_nonce_and_what_the_visitor_added(browser: FlaskClient) -> None:
    location = browser.get("/demo/login?prompt=login&max_age=0&id_token_hint=same&redirect_uri=x").location
    for part in ("code_challenge_method=S256", "state=", "nonce=", "prompt=login", "max_age=0", "id_token_hint=raw"):
        assert part in location
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A5555%2Fdemo%2Fcallback&" in location


@pytest.mark.parametrize("query", ["code=c&state=unknown", "error=access_denied&state=unknown", ""])
def test_an_answer_to_no_question_of_this_browser_changes_nothing_and_is_told(browser: FlaskClient, query: str) -> None:
    assert browser.get(f"/demo/callback?{query}").location == "/demo"
    state = browser.get("/demo.json").get_json()
    assert (state["signed_in"], state["error"]["error"]) == (True, "mismatching_state")


def test_an_error_of_hydra_is_told_in_plain_words(browser: FlaskClient) -> None:
    state = browser.get("/demo/login").location.partition("&state=")[2].partition("&")[0]
    browser.get(f"/demo/callback?error=access_denied&error_description=%3Ci%3E&state={state}")
    page = browser.get("/demo").text
    assert "the sign-in was cancelled" in page
    assert "&lt;i&gt;" in page


def test_claims_are_shown_escaped(browser: FlaskClient) -> None:
    page = browser.get("/demo").text
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<b>" not in page


def test_signing_out_ends_the_session_here_and_asks_hydra(browser: FlaskClient) -> None:
    location = browser.get("/demo/logout").location
    assert location.startswith(f"{ISSUER}/oauth2/sessions/logout?id_token_hint=raw&post_logout_redirect_uri=http%3A")
    assert not signed_in(browser, "demo")


def test_only_a_logout_begun_here_is_called_done(browser: FlaskClient) -> None:
    state = browser.get("/demo/logout").location.rpartition("state=")[2]
    browser.get("/demo/signed-out?state=other")
    assert browser.get("/demo.json").get_json()["notice"] is None
    browser.get(f"/demo/signed-out?state={state}")
    assert browser.get("/demo.json").get_json()["notice"] == "You're signed out of Demo and at Hydra."


def test_the_mailbox_shows_the_newest_mail_first_with_its_code_and_keeps_fifty(browser: FlaskClient) -> None:
    for number in range(51):
        mail = {
            "recipient": "ada@example.org",
            "subject": "Code",
            "body": f"The code is {100000 + number}, <b>quick</b>",
        }
        assert browser.post("/mailbox", json=mail).status_code == 204
    kept = browser.get("/mailbox.json?recipient=ada@example.org").get_json()
    assert (len(kept), kept[0]["code"]) == (50, "100050")
    assert browser.get("/mailbox.json?recipient=grace@example.org").get_json() == []
    assert "&lt;b&gt;quick" in browser.get("/mailbox").text


def test_a_form_of_another_site_cannot_put_mail_into_the_mailbox(browser: FlaskClient) -> None:
    assert browser.post("/mailbox", data={"recipient": "ada@example.org"}).status_code == 415


def test_only_localhost_is_answered(browser: FlaskClient) -> None:
    """A name somebody else points at 127.0.0.1 must not read the codes."""
    assert browser.get("/mailbox", headers={"Host": "rebound.example"}).status_code == 400


def test_pages_run_no_script_and_are_not_stored(browser: FlaskClient) -> None:
    headers = browser.get("/demo").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["Cache-Control"] == "no-store"


def test_when_hydra_does_not_answer_a_page_says_so() -> None:
    unreachable = create_app(
        json.loads((ROOT / "hydra/clients.json").read_text()), "http://127.0.0.1:1", [], provider()
    )
    answer = unreachable.test_client().get("/demo/login")
    assert answer.status_code == 502
    assert "Hydra does not answer" in answer.text
