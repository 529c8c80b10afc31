"""What our cookie knows of the way back where Kratos cannot say: behind a second factor."""

from tests.payloads.bodies import load
from tests.support.pages import heading
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC

RECOVERED = f"{PUBLIC}/settings?flow=s"
SECOND_FIRST = {"redirect_browser_to": f"{BROWSER_KRATOS}/self-service/login/browser?aal=aal2"}


class TestASecondFactorAfterARecovery:
    """Kratos does not show the settings that come next before the second factor is given."""

    def second_step(self, client, upstream, return_to=RECOVERED):
        body = load("login/aal2_totp") | {"return_to": return_to, "request_url": ""}
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
        upstream.half_signed_in()
        return client.get(f"/login?flow={body['id']}")

    def begin(self, client, upstream):
        login_request, who = upstream.asks("login"), upstream.nobody()
        client.get("/login?login_challenge=c")
        for answer in (login_request, who):
            upstream.mock.remove(answer)

    def test_it_names_the_application_of_the_newest_sign_in(self, client, upstream):
        self.begin(client, upstream)
        upstream.asks("login")
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, SECOND_FIRST)
        assert heading(self.second_step(client, upstream)) == "Two-step verification to continue to Demo"

    def test_without_a_sign_in_it_names_none(self, client, upstream):
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, SECOND_FIRST)
        assert heading(self.second_step(client, upstream)) == "Two-step verification"

    def test_settings_opened_by_hand_belong_to_none(self, client, upstream):
        """They have no flow yet, and Kratos is not asked: the fake upstream would fail."""
        self.begin(client, upstream)
        assert heading(self.second_step(client, upstream, f"{PUBLIC}/settings")) == "Two-step verification"
