"""A secret key can be changed without anybody noticing (F14)."""

from tests.web.upstream import (
    BROWSER_HYDRA,
    query,
    seen_and_proven,
)

LOGIN = "/login?login_challenge="
OLD_KEY, NEW_KEY = "the-old-secret-key-0123456789-0123456789", "the-new-secret-key-0123456789-0123456789"


class TestKeyRotation:
    def test_a_cookie_of_the_old_key_still_counts(self, client_with, upstream):
        before = client_with(secret_key=OLD_KEY)
        cookie = seen_and_proven(before, upstream)
        upstream.takes("login", "accept")
        after = client_with(secret_key=NEW_KEY, secret_key_fallbacks=["x" * 32, OLD_KEY])
        after.set_cookie("portico", cookie)

        assert after.get(f"{LOGIN}c&n=1").headers["Location"].startswith(BROWSER_HYDRA)

    def test_a_key_that_is_gone_means_to_sign_in_again(self, client_with, upstream):
        cookie = seen_and_proven(client_with(secret_key=OLD_KEY), upstream)
        after = client_with(secret_key=NEW_KEY)
        after.set_cookie("portico", cookie)

        assert query(after.get(f"{LOGIN}c&n=1").headers["Location"])["refresh"] == "true"

    def test_a_consent_page_opened_before_can_be_answered_after(self, client_with, upstream):
        """Its cookie, its CSRF token and its ticket were all made with the old key."""
        upstream.asks("consent", requested_scope=["openid", "email"])
        upstream.signed_in()
        before = client_with(secret_key=OLD_KEY)
        page = before.get("/consent?consent_challenge=c")
        after = client_with(secret_key=NEW_KEY, secret_key_fallbacks=[OLD_KEY])
        after.set_cookie("portico", before.get_cookie("portico").value)
        upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")

        response = after.submit(page, "/consent", ("action", "accept"))

        assert response.status_code == 303
        assert upstream.body("consent/accept")["grant_scope"] == ["openid", "email"]

    def test_without_the_old_key_the_page_asks_to_press_again_and_sends_nothing(self, client_with, upstream):
        upstream.asks("consent")
        upstream.signed_in()
        before = client_with(secret_key=OLD_KEY)
        page = before.get("/consent?consent_challenge=c")
        after = client_with(secret_key=NEW_KEY)
        after.set_cookie("portico", before.get_cookie("portico").value)

        again = after.submit(page, "/consent", ("action", "accept"))

        assert again.status_code == 400
        assert "Please press again" in again.text

    def test_a_page_made_during_the_change_can_be_answered_after_it(self, client_with, upstream):
        """It is signed with the new key already."""
        upstream.asks("consent")
        upstream.signed_in()
        during = client_with(secret_key=NEW_KEY, secret_key_fallbacks=[OLD_KEY])
        page = during.get("/consent?consent_challenge=c")
        after = client_with(secret_key=NEW_KEY)
        after.set_cookie("portico", during.get_cookie("portico").value)
        upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")

        assert after.submit(page, "/consent", ("action", "accept")).status_code == 303
