"""The admin API's bodies, key by key, and its errors, on the stand-in and on the real Hydra."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from requests import get
from requests.utils import parse_header_links

from tests.contract.hydra_stacks import Browser, Hydra, Running, query
from tests.stack.clock import later
from tests.stack.servers import WANTED, version_of

REQUESTS = "/oauth2/auth/requests"
SESSIONS = "/oauth2/auth/sessions"


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; of a list those of its first item."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in sorted(value.items())}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def admin_answers(hydra: Hydra) -> Iterator[tuple[str, Any]]:
    """Every kind of answer of the admin API: (name, body)."""
    created = hydra.create_client()
    yield "client created", created
    path = f"/clients/{created['client_id']}"
    yield "client", hydra.call("GET", path).json()
    yield "client patched", hydra.call("PATCH", path, json=[{"op": "replace", "path": "/owner", "value": "x"}]).json()
    yield "client replaced", hydra.call("PUT", path, json={"scope": "openid", "client_secret": "another-secret"}).json()
    yield "client replaced, secret kept", hydra.call("PUT", path, json={"client_name": "x"}).json()
    yield "client from nothing", hydra.call("POST", "/clients", json={}).json()
    yield "clients", hydra.call("GET", "/clients").json()
    browser, person = Browser(hydra), f"shape {time.time()}"
    challenge = browser.login_challenge(acr_values="1", login_hint="ada")
    yield "login request", hydra.ask("login", challenge)
    after_login = browser.log_in(challenge, subject=person, acr="aal1", amr=["pwd"], context={"a": "b"})
    consent_challenge = query(after_login)["consent_challenge"]
    yield "consent request", hydra.ask("consent", consent_challenge)
    session = {"id_token": {"email": "x"}, "access_token": {"role": "y"}}
    callback = query(browser.consent(consent_challenge, remember=True, session=session))
    yield "consent sessions", hydra.call("GET", f"{SESSIONS}/consent", params={"subject": person}).json()
    tokens = hydra.exchange(callback["code"])
    yield "tokens", tokens
    yield "userinfo", hydra.userinfo(tokens["access_token"]).json()
    introspected = hydra.call("POST", "/oauth2/introspect", data={"token": tokens["access_token"]}).json()
    yield "introspection", introspected
    yield "skipped login request", hydra.ask("login", browser.login_challenge(id_token_hint=tokens["id_token"]))
    logout = browser.log_out(id_token_hint=tokens["id_token"])
    yield "logout request of an application", hydra.ask("logout", query(logout)["logout_challenge"])
    yield "logout request", hydra.ask("logout", query(browser.log_out())["logout_challenge"])


@pytest.mark.real
def test_every_answer_has_the_keys_and_types_of_the_real_one(sandbox_hydra: Hydra, real_hydra: Hydra) -> None:
    sandbox = {name: shape(body) for name, body in admin_answers(sandbox_hydra)}
    real = {name: shape(body) for name, body in admin_answers(real_hydra)}
    assert sandbox == real


def test_a_login_request_has_exactly_these_keys(browser: Browser, hydra: Hydra) -> None:
    request = hydra.ask("login", browser.login_challenge())
    names = "challenge client oidc_context request_url requested_access_token_audience requested_scope session_id skip"
    assert request.keys() == {*names.split(), "subject"}


def test_a_consent_request_has_exactly_these_keys(browser: Browser, hydra: Hydra, subject: str) -> None:
    answer = browser.log_in(browser.login_challenge(), subject=subject)
    request = hydra.ask("consent", query(answer)["consent_challenge"])
    names = (
        "acr amr challenge client consent_request_id context login_challenge login_session_id oidc_context request_url "
        "requested_access_token_audience requested_scope skip subject"
    )
    assert request.keys() == set(names.split())


@pytest.mark.parametrize("kind", ["login", "consent"])
def test_a_missing_challenge_is_400(hydra: Hydra, kind: str) -> None:
    for method, suffix in (("GET", ""), ("PUT", "/accept"), ("PUT", "/reject")):
        answer = hydra.call(method, f"{REQUESTS}/{kind}{suffix}", json={"subject": "x"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["login", "consent"])
@pytest.mark.parametrize("garbage", ["garbage", "ä", "Z2FyYmFnZQ==", "."])
def test_a_garbage_challenge_is_404(hydra: Hydra, kind: str, garbage: str) -> None:
    for method, suffix in (("GET", ""), ("PUT", "/accept"), ("PUT", "/reject")):
        parameters = {f"{kind}_challenge": garbage}
        answer = hydra.call(method, f"{REQUESTS}/{kind}{suffix}", params=parameters, json={"subject": "x"})
        expected = {"error": "Not Found", "error_description": "Unable to locate the requested resource"}
        assert (answer.status_code, answer.json()) == (404, expected)


def test_a_challenge_opens_nothing_but_its_own_kind(browser: Browser, hydra: Hydra, subject: str) -> None:
    login = browser.login_challenge()
    consent = query(browser.log_in(login, subject=subject))["consent_challenge"]
    for kind, challenge in (("consent", login), ("login", consent)):
        answer = hydra.call("GET", f"{REQUESTS}/{kind}", params={"challenge": challenge})
        assert answer.status_code == 404
    assert hydra.call("GET", f"{REQUESTS}/login", params={"challenge": login}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_unknown_logout_challenge_is_404(hydra: Hydra, method: str) -> None:
    path = f"{REQUESTS}/logout" + ("/accept" if method == "PUT" else "")
    for parameters in ({}, {"logout_challenge": "garbage"}):
        answer = hydra.call(method, path, params=parameters)
        expected = {"error": "Unable to locate the resource", "error_description": ""}
        assert (answer.status_code, answer.json()) == (404, expected)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("login/accept", "{", "invalid_request"),
        ("login/accept", "{}", "invalid_request"),
        ("login/accept", '{"subject": 5}', "invalid_request"),
        ("login/accept", "[]", "invalid_request"),
        ("login/reject", "{", "invalid_request"),
        ("consent/accept", "{", "error"),
        ("consent/reject", "[]", "error"),
    ],
)
def test_an_unreadable_body_is_400(hydra: Hydra, path: str, body: str, error: str) -> None:
    answer = hydra.call("PUT", f"{REQUESTS}/{path}", params={"challenge": "garbage"}, data=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_unknown_fields_of_an_accept_are_ignored(browser: Browser, hydra: Hydra) -> None:
    assert "login_verifier" in query(
        hydra.decide("login", "accept", browser.login_challenge(), subject="x", unheard_of=1)
    )


@pytest.mark.parametrize("kind", ["sandbox", pytest.param("real", marks=pytest.mark.real)])
def test_a_challenge_is_401_once_it_is_too_old(kind: str) -> None:
    """A server of its own, because `ttl.login_consent_request` is one for all."""
    with Running(kind, {"login_consent_request": "2s"}) as running:
        browser = Browser(running.hydra)
        login = browser.login_challenge()
        with later(running.hydra.admin, 2.1):
            answer = running.hydra.call("GET", f"{REQUESTS}/login", params={"login_challenge": login})
        assert (answer.status_code, answer.json()["error"]) == (401, "request_unauthorized")
        assert answer.json()["error_description"].endswith("The login request has expired, please try again.")


def test_consent_sessions_are_told_once_each_and_without_skipped_ones(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    browser.sign_in(subject, consent={"remember": True, "session": {"id_token": {"email": "x"}}})
    browser.sign_in(subject)
    rows = hydra.call("GET", f"{SESSIONS}/consent", params={"subject": subject}).json()
    assert len(rows) == 1
    assert (rows[0]["grant_scope"], rows[0]["remember"], rows[0]["remember_for"]) == (["openid", "profile"], True, 0)
    assert rows[0]["session"] == {"id_token": {"email": "x"}, "access_token": {}}
    assert rows[0]["consent_request"]["client"]["client_id"] == "demo"


def test_consent_sessions_can_be_told_of_one_login_session(browser: Browser, hydra: Hydra, subject: str) -> None:
    browser.sign_in(subject)
    browser.sign_in(subject, prompt="login")
    sid = hydra.ask("login", browser.login_challenge())["session_id"]
    parameters = {"subject": subject, "login_session_id": sid}
    sessions = hydra.call("GET", f"{SESSIONS}/consent", params=parameters).json()
    assert [session["consent_request"]["login_session_id"] for session in sessions] == [sid]


@pytest.mark.parametrize("parameters", [{"client": "demo"}, {"all": "true"}])
def test_revoked_consent_is_asked_again(
    browser: Browser, hydra: Hydra, subject: str, parameters: dict[str, str]
) -> None:
    browser.sign_in(subject, consent={"remember": True})
    answer = hydra.call("DELETE", f"{SESSIONS}/consent", params={"subject": subject, **parameters})
    assert (answer.status_code, answer.text) == (204, "")
    assert hydra.call("GET", f"{SESSIONS}/consent", params={"subject": subject}).json() == []
    challenge = query(browser.log_in(browser.login_challenge()))["consent_challenge"]
    assert hydra.ask("consent", challenge)["skip"] is False


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"subject": "x"}, 400),
        ({"client": "demo"}, 400),
        ({"subject": "x", "client": "demo", "all": "true"}, 400),
        ({"subject": "x", "consent_request_id": "y"}, 400),
        ({"subject": "nobody", "all": "true"}, 204),
        ({"consent_request_id": "unknown"}, 204),
    ],
)
def test_revoking_consent_wants_one_of_three_combinations(
    hydra: Hydra, parameters: dict[str, str], status: int
) -> None:
    assert hydra.call("DELETE", f"{SESSIONS}/consent", params=parameters).status_code == status


@pytest.mark.parametrize("parameters", [{"client": "demo"}, {"all": "true"}])
def test_revoking_consent_ends_what_was_granted_without_asking_too(
    browser: Browser, hydra: Hydra, subject: str, parameters: dict[str, str]
) -> None:
    browser.sign_in(subject, consent={"remember": True})
    token = browser.tokens(subject)["access_token"]  # its consent was skipped, so it is not listed
    hydra.call("DELETE", f"{SESSIONS}/consent", params={"subject": subject, **parameters})
    assert hydra.userinfo(token).status_code == 401


def test_revoking_consent_leaves_other_persons_and_other_clients_alone(browser: Browser, hydra: Hydra) -> None:
    other = Browser(hydra)
    mine, theirs = str(uuid4()), str(uuid4())
    browser.sign_in(mine)
    kept = other.tokens(theirs)["access_token"]
    other.session.close()
    hydra.call("DELETE", f"{SESSIONS}/consent", params={"subject": mine, "all": "true"})
    hydra.call("DELETE", f"{SESSIONS}/consent", params={"subject": theirs, "client": "first-party"})
    assert hydra.userinfo(kept).status_code == 200
    assert len(hydra.call("GET", f"{SESSIONS}/consent", params={"subject": theirs}).json()) == 1


def test_a_remembered_consent_that_has_run_out_is_not_told_though_its_tokens_live(
    browser: Browser, hydra: Hydra, subject: str
) -> None:
    """Why Portico always offers to end everything."""
    token = browser.tokens(subject, consent={"remember": True, "remember_for": 1})["access_token"]
    parameters = {"subject": subject}
    with later(hydra.admin, 2.1):
        assert hydra.call("GET", f"{SESSIONS}/consent", params=parameters).json() == []
    assert hydra.userinfo(token).status_code == 200
    hydra.call("DELETE", f"{SESSIONS}/consent", params=parameters | {"all": "true"})
    assert hydra.userinfo(token).status_code == 401


def test_consent_sessions_are_told_in_pages(browser: Browser, hydra: Hydra, subject: str) -> None:
    for _ in range(3):
        browser.sign_in(subject)
    ids, parameters = [], {"subject": subject, "page_size": "2", "page_token": ""}
    for wanted in (2, 1):
        answer = hydra.call("GET", f"{SESSIONS}/consent", params=parameters)
        assert len(answer.json()) == wanted
        ids += [session["consent_request_id"] for session in answer.json()]
        links = {
            parse_header_link["rel"]: query(parse_header_link["url"])
            for parse_header_link in parse_header_links(answer.headers["Link"])
        }
        parameters = links.get("next", {})
        assert links["first"].items() >= {"subject": subject, "page_size": "2"}.items()
    assert (len(set(ids)), parameters) == (3, {})


def test_a_consent_that_was_refused_is_not_told(browser: Browser, hydra: Hydra, subject: str) -> None:
    challenge = query(browser.log_in(browser.login_challenge(), subject=subject))["consent_challenge"]
    assert query(browser.open(hydra.decide("consent", "reject", challenge, error="access_denied")))["error"]
    assert hydra.call("GET", f"{SESSIONS}/consent", params={"subject": subject}).json() == []


def test_of_nobody_no_page_is_linked(hydra: Hydra) -> None:
    answer = hydra.call("GET", f"{SESSIONS}/consent", params={"subject": "nobody"})
    assert (answer.status_code, answer.json(), "Link" in answer.headers) == (200, [], False)


@pytest.mark.parametrize("parameters", [{"page_size": "x"}, {"page_token": "x"}])
def test_a_page_that_cannot_be_meant_is_400(hydra: Hydra, parameters: dict[str, str]) -> None:
    answer = hydra.call("GET", f"{SESSIONS}/consent", params={"subject": "nobody", **parameters})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_listing_consent_sessions_needs_a_subject(hydra: Hydra) -> None:
    assert hydra.call("GET", f"{SESSIONS}/consent").status_code == 400


def test_health_and_version_are_told(hydra: Hydra) -> None:
    for base in (hydra.public, hydra.admin):
        for name in ("alive", "ready"):
            assert get(f"{base}/health/{name}", timeout=60).json() == {"status": "ok"}
    version = WANTED if hydra.kind == "sandbox" else version_of("hydra")  # built from its sources: perhaps master
    assert get(f"{hydra.admin}/version", timeout=60).json() == {"version": version}
