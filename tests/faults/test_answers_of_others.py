"""Answers to another request, as a broken proxy or a connection out of step brings them, are not believed."""

import json
from typing import Any

import pytest

from tests.faults import oauth2_sites, wire
from tests.faults.call_site import WHOAMI, CallSite
from tests.faults.test_every_call import accepts
from tests.support.upstream import ADA, BOB, CLIENT, KRATOS, authorize, identity, session

OTHERS: dict[str, Any] = {
    "challenge": "d",
    "skip": True,
    "subject": BOB,
    "client": CLIENT | {"client_id": "other", "skip_consent": True},
    "request_url": authorize(client_id="other"),
    "requested_scope": ["openid", "email"],
    "login_session_id": "hydra-9",
    "context": {"kratos_session": "session-9"},
    "sid": "hydra-1",
    "rp_initiated": True,
}
REQUESTS = ("login_request", "consent_request", "logout_request")
READING = [site for site in oauth2_sites.SITES if site.asks in REQUESTS]
DATE = {"Date": "Sat, 21 Nov 2026 12:00:00 GMT"}


def saying(body: Any) -> Any:
    """This in place of the real answer."""
    return wire.body(json.dumps(body).encode())


def row(asks: str, way: str) -> CallSite:
    """The one of that call on that way."""
    return next(site for site in oauth2_sites.SITES if (site.asks, site.way.__name__) == (asks, way))


@pytest.mark.parametrize("site", READING, ids=lambda site: site.name)
@pytest.mark.parametrize("subject", [ADA, BOB])
def test_hydras_request_of_another_challenge_is_none(servers, site, subject):
    """Whosever it is: its rules and its scopes would decide about this one."""
    page = servers.try_(site, saying(OTHERS | {"subject": subject}))
    assert page.status_code == 502
    assert "other" not in page.headers.get("Location", "")
    assert not servers.sent("PUT", "DELETE")


@pytest.mark.parametrize("way", ["consent_page", "allowed"])
def test_somebody_elses_session_at_consent_is_not_the_one_that_signed_in(servers, way):
    """The right person in another session is not, either."""
    for who in (session(BOB, id="session-9"), session(ADA, id="session-9")):
        servers.try_(row("asking_whoami", way), saying(who))
        assert not accepts(servers)


def test_an_identity_of_another_person_lends_nobody_its_claims(servers):
    page = servers.try_(row("identity", "consent_by_skip"), saying(identity(BOB)))
    assert page.status_code == 502
    assert not accepts(servers)


def test_what_is_no_session_signs_nobody_out(servers):
    """Whoami's 200 has a session; what has none is the answer to something else (F03, F11)."""
    for body in ({}, {"redirect_to": authorize()}, {"status": "ok"}, {"id": "flow-1", "ui": {}}):
        assert servers.try_(row("asking_whoami", "login"), saying(body)).status_code == 502
        assert not servers.sent("PUT")


def test_kratos_cookie_stays_with_its_person(client_with, upstream):
    """A shared cookie jar would hand one person's session to the next."""
    upstream.on(*WHOAMI, 401, {}, headers=DATE | {"Set-Cookie": "ory_kratos_session=stolen; Path=/"})
    client_with().get("/")
    client_with().without_jar().get("/")
    assert "Cookie" not in upstream.sent("GET", f"{KRATOS}/sessions/whoami")[-1].headers
