"""What is noted in the browser between two sights of one login challenge, and what the note decides."""

from datetime import timedelta

import pytest

from tests.payloads.bodies import load
from tests.support.pages import heading
from tests.support.upstream import BROWSER_HYDRA, BROWSER_KRATOS, KRATOS, NOW, ago, authorize, proof, query

LOGIN = "/login?login_challenge=c"


@pytest.fixture
def at(upstream):
    """So many seconds after NOW somebody is signed in, owes a second factor, or `nobody` is; nobody else any more."""
    before = []

    def change(seconds, *proofs, nobody=False, **about):
        for old in before:
            upstream.mock.remove(old)
        now = NOW + timedelta(seconds=seconds)
        without = upstream.nobody if nobody else upstream.aal2_required
        before[:] = [upstream.signed_in(now=now, proofs=proofs, **about) if proofs else without(now)]

    return change


def test_two_factors_given_one_after_the_other_are_asked_for_once_each(client, upstream, at):
    upstream.asks("login", request_url=authorize(prompt="login", acr_values="aal2"))
    upstream.takes("login", "accept")
    at(0, proof(60), proof(50, "totp", "aal2"), aal="aal2")
    client.get(LOGIN)
    at(9, proof(-5), proof(50, "totp", "aal2"), aal="aal2")
    assert query(client.get(f"{LOGIN}&n=1").headers["Location"])["aal"] == "aal2"
    at(19, proof(-5), proof(-15, "totp", "aal2"), aal="aal2")
    assert client.get(f"{LOGIN}&n=2").headers["Location"].startswith(BROWSER_HYDRA)


def test_a_second_factor_that_was_set_up_on_the_way_does_not_count_when_it_is_used_either(client, upstream, at):
    """Whoever knows the password could set it up, and then show it."""
    upstream.asks("login", request_url=authorize(acr_values="aal2"))
    at(0)
    client.get(LOGIN)
    at(19, proof(-5), proof(-15, "totp", "aal2"), aal="aal2", authenticated_at=ago(-6))
    client.get(f"{LOGIN}&n=1")
    at(39, proof(-5), proof(-25, "totp", "aal2"), aal="aal2", authenticated_at=ago(-26))
    assert query(client.get(f"{LOGIN}&n=2").headers["Location"])["refresh"] == "true"


def test_the_next_person_may_use_the_second_factor_that_they_had_to_set_up(client, upstream, at):
    """The first one, whose session had ended, owed another: nothing that the next one showed was enough."""
    upstream.asks("login", request_url=authorize(acr_values="aal2"))
    upstream.takes("login", "accept")
    at(0)
    client.get(LOGIN)
    at(3, nobody=True)
    client.get(LOGIN)
    at(19, proof(-5), proof(-15, "totp", "aal2"), aal="aal2", authenticated_at=ago(-6))
    assert client.get(f"{LOGIN}&n=1").headers["Location"].startswith(BROWSER_HYDRA)


def test_what_was_proven_for_a_challenge_does_not_count_after_it_was_cancelled(client, upstream, at):
    upstream.asks("login", request_url=authorize(prompt="registration"))
    upstream.takes("login", "reject")
    at(0, proof(60))
    page = client.get(LOGIN)
    assert client.get_cookie("portico-way0")
    at(9, proof(-5))
    client.submit(page, "/login/cancel")
    assert not client.get_cookie("portico-way0")
    assert heading(client.get(LOGIN)) == heading(page)


def test_who_is_accepted_at_once_gets_no_cookie_but_how_they_signed_in(client, upstream, at):
    upstream.asks("login")
    upstream.takes("login", "accept")
    at(0, proof(60))
    cookies = client.get(LOGIN).headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["last-used"]
    assert "Set-Cookie" not in client.get(LOGIN).headers


class TestAfterARegistration:
    def back(self, client, upstream, path, state="signed_in"):
        upstream.asks("login", request_url=authorize(acr_values="aal2"))
        nobody = upstream.nobody()
        return_to = query(client.get(LOGIN).headers["Location"])["return_to"]
        flow = load("registration/unified") | {"return_to": return_to}
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, flow)
        client.get("/registration?flow=f")
        if path == "/login":
            upstream.mock.remove(nobody)
            getattr(upstream, state)()
        return client.get(f"{path}?login_challenge=c&n=1").headers["Location"]

    def test_who_is_signed_in_is_not_told_to_sign_in(self, client, upstream):
        assert "notice" not in query(self.back(client, upstream, "/login"))

    def test_nor_who_owes_a_second_factor(self, client, upstream):
        """They are signed in: what they chose just now is not asked for again."""
        assert "notice" not in query(self.back(client, upstream, "/login", "aal2_required"))

    def test_who_is_not_signs_in_and_not_up_again(self, client, upstream):
        location = self.back(client, upstream, "/registration")
        assert location.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(location)["notice"] == "ready"
        assert "notice" not in query(client.get(LOGIN).headers["Location"])  # said once


def test_who_has_to_prove_it_again_is_not_sent_to_sign_up(client, upstream, at):
    upstream.asks("login", request_url=authorize(prompt="login"))
    at(0, proof(60))
    location = client.get("/registration?login_challenge=c").headers["Location"]
    assert location.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")


def test_who_recovered_elsewhere_still_says_who_they_want_to_be(client, upstream, at):
    upstream.asks("login", request_url=authorize(prompt="registration"))
    at(0, proof(5, "code_recovery"))
    assert heading(client.get(f"{LOGIN}&n=1")) != "Continue where you started"
