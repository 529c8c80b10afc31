"""One page, one time: its calls to Kratos and Hydra share it (F28; the clock is the test's)."""

import json
from types import SimpleNamespace

import pytest
import requests

from app.http import time_budget
from app.ory import transport
from app.ory.transport import connections
from tests.stack.stack import ROOT
from tests.support.pages import heading
from tests.support.upstream import BROWSER_HYDRA, GRANTS, HYDRA, KRATOS, authorize, owning

SESSIONS = f"{HYDRA}/admin/oauth2/auth/sessions/login"


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only in slow answers."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(time_budget, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def slow(upstream, clock, method, url, seconds, answer):
    """An answer that takes its time; an exception as answer comes after that time, as timeouts do."""

    def take(request):
        clock.seconds += seconds
        if isinstance(answer, Exception):
            raise answer
        return answer

    upstream.mock.add_callback(method, url, callback=take)


def sent(upstream, url):
    return [call for call in upstream.mock.calls if call.request.url.startswith(url)]


def test_the_calls_of_a_page_share_its_time(client, upstream, clock):
    """Each of them could wait its own time; the person would wait for all."""
    request = {"challenge": "c", "client": {"client_id": "demo"}, "request_url": authorize()}
    slow(upstream, clock, "GET", upstream.url("login"), time_budget.PAGE, (200, {}, json.dumps(request)))
    page = client.get("/login?login_challenge=c")
    assert page.status_code == 503
    assert len(upstream.mock.calls) == 1


def test_without_time_left_no_more_calls_are_made(client, upstream, clock):
    owning(client, upstream, "hydra-1", "hydra-2", "hydra-3", "hydra-4")
    upstream.signed_in()
    page = client.get("/logout")
    slow(upstream, clock, "DELETE", SESSIONS, 1.0, requests.ReadTimeout())
    upstream.signs_out()
    answer = client.submit(page, "/logout", ("action", "accept"))
    assert heading(answer) == "You're not fully signed out"
    assert len(sent(upstream, SESSIONS)) == 3  # of four, in half of the time


def test_a_hydra_that_hangs_does_not_keep_the_person_signed_in_at_kratos(client, upstream, clock):
    owning(client, upstream, "hydra-1", "hydra-2")
    upstream.signed_in()
    page = client.get("/logout")
    slow(upstream, clock, "DELETE", SESSIONS, time_budget.PAGE / 2, requests.ReadTimeout())
    upstream.signs_out()
    client.submit(page, "/logout", ("action", "accept"))
    assert sent(upstream, f"{KRATOS}/self-service/logout?")


@pytest.mark.parametrize(
    "answer", [(200, {"Link": f'<{GRANTS}?page_token=p>; rel="next"'}, "[]"), requests.ReadTimeout()]
)
def test_a_long_list_of_grants_leaves_time_for_the_answer(client, upstream, clock, answer):
    """Applications with much metadata, or a Hydra that lists slowly; a silent request has to get its error."""
    upstream.asks("consent", request_url=authorize(prompt="none"))
    upstream.signed_in()
    slow(upstream, clock, "GET", GRANTS, time_budget.PAGE / 2, answer)
    upstream.takes("consent", "reject", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")
    assert client.get("/consent?consent_challenge=c").status_code == 303
    assert upstream.body("consent/reject")["error"] == "consent_required"


def test_a_long_list_of_grants_leaves_time_to_end_one(client, upstream, clock):
    upstream.signed_in()
    listed = upstream.on("GET", GRANTS, body=[])
    page = client.get("/apps")
    upstream.mock.remove(listed)
    slow(
        upstream,
        clock,
        "GET",
        GRANTS,
        time_budget.PAGE / 2,
        (
            200,
            {"Link": f'<{GRANTS}?page_token=p>; rel="next"'},
            '[{"consent_request": {"client": {"client_id": "other"}}}]',
        ),
    )
    upstream.on("DELETE", GRANTS, 204)

    client.submit(page, "/apps", ("client", "demo"))

    assert len(upstream.sent("DELETE")) == 1


def test_the_next_request_has_its_own_time(client, upstream, clock):
    upstream.nobody()
    for _ in range(4):
        assert client.get("/").status_code == 200
        clock.seconds += time_budget.PAGE


def test_readiness_has_less(client, upstream, clock):
    for server in (KRATOS, HYDRA):
        upstream.on("GET", f"{server}/health/ready", 200, {})
    assert client.get("/health/ready").status_code == 200
    assert time_budget.READINESS < 2 < time_budget.PAGE < 6


def test_limits_are_those_that_operators_read():
    """Tests of all else raise them (tests/stack/patience.py), so this one says what is shipped."""
    page = " ".join((ROOT / "docs/operators.md").read_text(encoding="utf-8").split())
    assert f"share {time_budget.PAGE:g} seconds, and one call has {transport.CALL_TIMEOUT:g}." in page
    assert f"up to {connections.POOL_SIZE} calls under way to one server" in page
    assert f"up to {connections.MAX_WAITING} that wait, for a second at most" in page
    assert connections.CONNECT_TIMEOUT == connections.MAX_WAIT == 1
