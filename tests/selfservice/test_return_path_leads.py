"""What the return path is found by: the flow's own address, the settings behind it, what our cookie knows."""

import pytest
from flask import g

from app.http import browser_session
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.flows import Flow
from app.selfservice.return_path import pending_return_paths, return_path_of
from tests.payloads.bodies import load
from tests.selfservice.test_return_path import BACK, begin, opened
from tests.selfservice.test_return_path_by_cookie import RECOVERED, SECOND_FIRST
from tests.support.pages import parsed
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, authorize


@pytest.fixture
def in_request(client):
    """A request of a browser that has begun to sign in to two applications."""
    with client.application.test_request_context():
        for name in ("older", "newer"):
            browser_session.remember_pending_login(name, browser_session.Application(name, name, ""))
            browser_session.remember_login_attempt(name, LoginAttempt(1, flow=short_hash(f"flow-{name}")))
        yield


def way_back(return_to):
    """The way back of a flow with this address."""
    return return_path_of(Flow.parse(load("login/unified") | {"return_to": return_to, "request_url": ""}))


def challenges(flow_id=""):
    return [path.challenge for path in pending_return_paths(flow_id)]


def test_all_sign_ins_are_known_the_newest_first(in_request, upstream):
    upstream.asks("login")
    assert challenges() == ["newer", "older"]


def test_hydra_is_asked_for_those_alone_that_are_wanted(in_request, upstream):
    """An error page leads to the newest, and is in the language which that one wishes for."""
    upstream.asks("login")
    assert next(pending_return_paths()).challenge == "newer"
    assert len(upstream.mock.calls) == 1


def test_a_flow_leads_to_the_sign_in_that_it_was_a_page_of(in_request, upstream):
    upstream.asks("login")
    assert challenges("flow-older") == ["older"]
    assert challenges("another") == ["newer", "older"]


def test_where_hydra_is_not_used_a_sign_in_of_before_leads_nowhere(client_with, in_request):
    """The operator has taken Hydra away while the browser kept its cookie."""
    known = g.pending_logins
    with client_with(hydra_admin_url="").application.test_request_context():
        g.pending_logins = known
        assert challenges() == []


def test_a_page_is_in_a_language_the_application_wishes_for(client, upstream):
    upstream.asks("login", request_url=authorize(ui_locales="de"))
    assert parsed(opened(client, upstream, "login/unified")).find("html")["lang"] == "de"


def test_while_hydra_cannot_say_which_application_nothing_of_it_is_known(in_request, upstream):
    upstream.on("GET", upstream.url("login"), 503, {})
    path = way_back(BACK)
    assert (path.client.id, path.login_hint, path.popup, path.logo) == ("", "", False, "")


@pytest.mark.parametrize(
    "return_to", [RECOVERED.replace("=s", "="), f"{PUBLIC}/settings?x=s", f"{BROWSER_KRATOS}/self-service/settings"]
)
def test_settings_without_a_flow_are_not_looked_up(in_request, upstream, return_to):
    """Kratos is not asked: the fake upstream would fail."""
    assert way_back(return_to) is None


def test_behind_a_second_factor_after_a_recovery_the_newest_sign_in_starts_anew(in_request, upstream):
    """None of its turns are counted: that the browser came back from there says nothing."""
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, SECOND_FIRST)
    upstream.asks("login")
    assert way_back(RECOVERED).url == f"{PUBLIC}/login?login_challenge=newer&n=0"


def test_a_challenge_that_was_too_long_to_keep_leads_nowhere_from_there(client, upstream):
    """Hydra is not asked: the fake upstream would fail."""
    begin(client, upstream, "c" * 4000)
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, SECOND_FIRST)
    page = opened(client, upstream, "login/aal2_totp", RECOVERED, request_url="")
    assert parsed(page).h1.find("span") is None
