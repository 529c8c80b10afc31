"""A secret key can be changed without anybody noticing (F14)."""

import types

import pytest

from tests.support.upstream import BROWSER_HYDRA, query, seen_and_proven

LOGIN = "/login?login_challenge="
OLD_KEY, NEW_KEY = "the-old-secret-key-0123456789-0123456789", "the-new-secret-key-0123456789-0123456789"


class TestKeyRotation:
    def test_a_key_that_is_gone_means_to_sign_in_again(self, client_with, upstream):
        cookie = seen_and_proven(client_with(secret_key=OLD_KEY), upstream)
        after = client_with(secret_key=NEW_KEY)
        after.set_cookie("portico", cookie)
        assert query(after.get(f"{LOGIN}c&n=1").headers["Location"])["refresh"] == "true"

    def test_without_the_old_key_the_page_asks_to_press_again_and_sends_nothing(self, client_with, upstream):
        upstream.asks("consent")
        upstream.signed_in()
        before = client_with(secret_key=OLD_KEY)
        page = before.get("/consent?consent_challenge=c")
        after = client_with(secret_key=NEW_KEY)
        after.set_cookie("portico", before.get_cookie("portico").value)

        again = after.submit(page, "/consent", ("action", "accept"))

        assert again.status_code == 400
        assert "so nothing has been decided yet" in again.text


class TestSeveralReplicas:
    """Any replica serves any step while keys are changed: first all believe the new key, then sign with it."""

    OLD = types.MappingProxyType({"secret_key": OLD_KEY})
    PREPARED = types.MappingProxyType({"secret_key": OLD_KEY, "secret_key_fallbacks": [NEW_KEY]})
    CHANGED = types.MappingProxyType({"secret_key": NEW_KEY, "secret_key_fallbacks": ["x" * 32, OLD_KEY]})
    NEW = types.MappingProxyType({"secret_key": NEW_KEY})
    STEPS = types.MappingProxyType(
        {
            "prepare": (OLD, PREPARED),
            "change": (PREPARED, CHANGED),
            "change back": (CHANGED, PREPARED),
            "change all at once": (OLD, CHANGED),
            "forget": (CHANGED, NEW),
        }
    )

    @pytest.fixture
    def replicas(self, client_with):
        """Browsers at two replicas that share their cookies."""

        def made(first, second):
            here, there = client_with(**first), client_with(**second)
            return here, there, lambda: there.set_cookie("portico", here.get_cookie("portico").value)

        return made

    @pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
    def test_a_consent_page_of_one_is_answered_by_the_other(self, replicas, upstream, step):
        """Cookie, CSRF token and ticket."""
        here, there, share = replicas(*step)
        upstream.asks("consent", requested_scope=["openid", "email"])
        upstream.signed_in()
        page = here.get("/consent?consent_challenge=c")
        share()
        upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")
        assert there.submit(page, "/consent", ("action", "accept")).status_code == 303
        assert upstream.body("consent/accept")["grant_scope"] == ["openid", "email"]

    @pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
    def test_a_sign_in_begun_at_one_is_finished_at_the_other(self, replicas, upstream, step):
        here, there, share = replicas(*step)
        seen_and_proven(here, upstream)
        upstream.takes("login", "accept")
        share()
        assert there.get(f"{LOGIN}c&n=1").headers["Location"].startswith(BROWSER_HYDRA)

    @pytest.mark.parametrize("step", [(PREPARED, OLD), (CHANGED, OLD)], ids=["prepare", "without preparing"])
    def test_only_without_the_first_step_is_anything_lost(self, replicas, upstream, step):
        here, there, share = replicas(*step)
        upstream.asks("consent", requested_scope=["openid", "email"])
        upstream.signed_in()
        page = here.get("/consent?consent_challenge=c")
        share()
        lost = step[0] is self.CHANGED
        if not lost:
            upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")
        assert there.submit(page, "/consent", ("action", "accept")).status_code == (400 if lost else 303)
