"""Clocks that disagree by ten minutes (F13): what is fresh is told by Kratos' clock alone."""

import re
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from app.oauth2 import consent, login
from tests.support.cases import each_of
from tests.support.upstream import ADA, BROWSER_KRATOS, NOW, authorize, proof, seen_and_proven

APART = [-600, 0, 600]  # seconds


@pytest.fixture(params=APART, ids=lambda seconds: f"ours {seconds:+}")
def ours(request, monkeypatch):
    """Our own clock, so many seconds from Kratos'; the time that signatures and cookies go by is the same."""
    moment = NOW.timestamp() + request.param
    monkeypatch.setattr(time, "time", lambda: moment)
    for module in (login, consent):
        monkeypatch.setattr(module, "time", lambda: moment)
    return SimpleNamespace(seconds=request.param)


@pytest.mark.parametrize("hydras", APART)
@pytest.mark.parametrize(("age", "is_accepted"), [(50, True), (70, False)])
def test_max_age_is_counted_by_kratos_clock(client, upstream, ours, hydras, age, is_accepted):
    requested_at = (NOW + timedelta(seconds=hydras)).isoformat()
    upstream.asks("login", request_url=authorize(max_age="60"), requested_at=requested_at)
    upstream.signed_in(proofs=[proof(age)])
    if is_accepted:
        upstream.takes("login", "accept")
    page = client.get("/login?login_challenge=c")
    assert bool(upstream.sent("PUT")) == is_accepted
    assert is_accepted or page.headers["Location"].startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")


def test_a_proof_after_the_challenge_was_seen_is_new(client, upstream, ours):
    """For prompt=login; seen and proven are moments of one clock."""
    seen_and_proven(client, upstream)
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=c")
    assert upstream.body("login/accept")["subject"] == ADA


@each_of([3, 3600])
def test_a_note_of_a_replica_whose_clock_is_ahead_is_kept(ahead, client, upstream, monkeypatch):
    """F13, or of this one before its clock went back: the person proved it again, and what else was noted was lost."""
    monkeypatch.setattr(time, "time", lambda: NOW.timestamp() + ahead)
    seen_and_proven(client, upstream)
    monkeypatch.setattr(time, "time", NOW.timestamp)
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=c")
    assert upstream.body("login/accept")["subject"] == ADA


def test_and_none_before_it_is(client, upstream, ours):
    upstream.asks("login", request_url=authorize(prompt="login"))
    upstream.signed_in(proofs=[proof(1)])
    for _ in range(2):
        page = client.get("/login?login_challenge=c")
        assert re.search("[?&]refresh=true", page.headers["Location"])
    assert not upstream.sent("PUT")


def test_how_long_hydra_remembers_goes_by_kratos_clock(client, upstream, ours):
    upstream.asks("login")
    upstream.signed_in(expires_in=3600)
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=c")
    assert upstream.body("login/accept")["remember_for"] == 3600
