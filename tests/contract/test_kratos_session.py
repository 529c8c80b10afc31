"""whoami, logout, error bodies and health: what the stand-in and the real Kratos answer alike."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.contract.kratos_people import Person
from tests.stack.browser import HTML, JSON, Browser
from tests.stack.kratos import Kratos
from tests.stack.servers import WANTED, version_of

BYE = "http://localhost:3000/bye?a=b"


def test_whoami_tells_the_session_and_whose_it_is(signed_in: Browser, person: Person) -> None:
    answer = signed_in.whoami()
    session = answer.json()
    assert answer.headers["X-Kratos-Authenticated-Identity-Id"] == session["identity"]["id"] == person.id
    assert (session["active"], session["authenticator_assurance_level"]) == (True, "aal1")
    assert session["identity"]["traits"] == {"email": person.email}
    assert [it["method"] for it in session["authentication_methods"]] == ["password"]
    times = [datetime.fromisoformat(session[key]) for key in ("authenticated_at", "expires_at")]
    assert times[1] - times[0] == timedelta(hours=24)


def test_whoami_keeps_secrets_and_metadata_admin_to_itself(signed_in: Browser) -> None:
    assert not {"credentials", "metadata_admin"} & set(signed_in.whoami().json()["identity"])


def test_whoami_carries_the_servers_clock(signed_in: Browser, kratos: Kratos) -> None:
    """Portico takes *now* from it, for 401 as for 200 (design section 4)."""
    answer = signed_in.whoami()
    now = parsedate_to_datetime(answer.headers["Date"])
    assert abs(now - datetime.fromisoformat(answer.json()["authenticated_at"])) < timedelta(seconds=5)
    assert parsedate_to_datetime(Browser(kratos.public_url).whoami().headers["Date"]) >= now


@pytest.mark.parametrize("headers", [JSON, HTML])
def test_whoami_without_a_session_is_401_without_an_error_id(headers: dict[str, str], visitor: Browser) -> None:
    answer = visitor.get("/sessions/whoami", headers)
    assert (answer.status_code, "id" in answer.json()["error"], answer.headers["Ory-Error-Id"]) == (401, False, "")


def test_whoami_of_a_forged_cookie_is_401(visitor: Browser) -> None:
    assert visitor.get("/sessions/whoami", JSON | {"Cookie": "ory_kratos_session=forged"}).status_code == 401


def test_a_session_of_a_disabled_person_is_none_until_enabled_again(
    kratos: Kratos, signed_in: Browser, person: Person
) -> None:
    for state, status in (("inactive", 401), ("active", 200)):
        change = [{"op": "replace", "path": "/state", "value": state}]
        requests.patch(f"{kratos.admin_url}/admin/identities/{person.id}", json=change, timeout=60)
        assert signed_in.whoami().status_code == status


def test_logout_ends_the_session_for_a_script(signed_in: Browser) -> None:
    begun = signed_in.get("/self-service/logout/browser").json()
    cookie = signed_in.http.cookies["ory_kratos_session"]
    answer = signed_in.get("/self-service/logout", JSON, token=begun["logout_token"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert "ory_kratos_session" not in signed_in.http.cookies
    assert signed_in.get("/sessions/whoami", JSON | {"Cookie": f"ory_kratos_session={cookie}"}).status_code == 401


def test_logout_sends_a_browser_to_the_configured_page(signed_in: Browser) -> None:
    url = signed_in.get("/self-service/logout/browser").json()["logout_url"]
    answer = signed_in.http.get(url, headers=HTML, allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://localhost:3000/signed-out")
    assert signed_in.whoami().status_code == 401


def test_logout_keeps_return_to(kratos: Kratos, signed_in: Browser) -> None:
    begun = signed_in.get("/self-service/logout/browser", return_to=BYE).json()
    assert begun["logout_url"].startswith(f"{kratos.public_url}/self-service/logout?")
    query = parse_qs(urlsplit(begun["logout_url"]).query)
    assert query == {"token": [begun["logout_token"]], "return_to": [BYE]}
    answer = signed_in.http.get(begun["logout_url"], headers=HTML, allow_redirects=False, timeout=60)
    assert answer.headers["Location"] == BYE


def test_logout_renews_the_csrf_cookie(signed_in: Browser) -> None:
    name = next(it for it in signed_in.http.cookies.keys() if it.startswith("csrf_token_"))  # noqa: SIM118
    before = signed_in.http.cookies[name]
    signed_in.get("/self-service/logout", token=signed_in.get("/self-service/logout/browser").json()["logout_token"])
    assert signed_in.http.cookies[name] != before


@pytest.mark.parametrize(
    ("token", "status"), [({}, 400), ({"token": "wrong"}, 403)], ids=["without a token", "with a wrong one"]
)
def test_a_bad_logout_link_signs_nobody_out(token: dict[str, str], status: int, signed_in: Browser) -> None:
    assert signed_in.get("/self-service/logout", JSON, **token).status_code == status
    page = signed_in.get("/self-service/logout", HTML, **token)
    assert page.headers["Location"].startswith("http://localhost:3000/error?id=")
    assert signed_in.whoami().status_code == 200


def test_a_logout_link_without_the_session_is_401(kratos: Kratos, signed_in: Browser) -> None:
    url = signed_in.get("/self-service/logout/browser").json()["logout_url"]
    answer = requests.get(url, headers=JSON, timeout=60)
    assert (answer.status_code, answer.json()["error"]["id"]) == (401, "session_inactive")
    assert signed_in.whoami().status_code == 200


def test_logout_without_a_session_is_401_for_a_script_and_an_error_page_for_a_browser(visitor: Browser) -> None:
    assert visitor.get("/self-service/logout/browser").json()["error"]["id"] == "session_inactive"
    page = visitor.get("/self-service/logout/browser", HTML)
    assert page.headers["Location"].startswith("http://localhost:3000/error?id=")


def test_logout_does_not_return_to_strangers(signed_in: Browser) -> None:
    answer = signed_in.get("/self-service/logout/browser", return_to="http://evil.example/")
    assert (answer.status_code, answer.json()["error"]["id"]) == (400, "self_service_flow_return_to_forbidden")


def test_the_stub_error_is_told_to_whoever_asks(kratos: Kratos) -> None:
    answer = requests.get(f"{kratos.public_url}/self-service/errors?id=stub:500", headers=HTML, timeout=60)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (200, "This is a stub error.")


@pytest.mark.parametrize("query", ["", "?id=x", "?id=00000000-0000-4000-8000-000000000000"])
def test_an_unknown_error_is_404(query: str, kratos: Kratos) -> None:
    assert requests.get(f"{kratos.public_url}/self-service/errors{query}", timeout=60).status_code == 404


@pytest.mark.parametrize("path", ["/health/alive", "/health/ready"])
def test_both_apis_tell_their_health(path: str, kratos: Kratos) -> None:
    for url in (kratos.public_url, kratos.admin_url):
        assert requests.get(url + path, timeout=60).json() == {"status": "ok"}


def test_the_admin_api_tells_the_version_and_the_public_one_does_not(kratos: Kratos) -> None:
    """One that was built from its sources may call itself master."""
    version = WANTED if kratos.name == "sandbox" else version_of("kratos")
    assert requests.get(f"{kratos.admin_url}/version", timeout=60).json() == {"version": version}
    assert requests.get(f"{kratos.public_url}/version", timeout=60).status_code == 404
