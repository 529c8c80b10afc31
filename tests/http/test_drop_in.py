"""Portico in the place of Ory's reference UI: its variables, its proxy, no address of our own (design D12).

The proxy of Kratos' own end-to-end tests is at localhost:4455 and asks us at localhost:4456.
"""

import json

import pytest

from app.config import settings
from app.config.sources import ALIASES
from app.factory import create_app
from tests.http.test_language_of_pages import AWAY
from tests.payloads.bodies import load
from tests.support.pages import CheckedClient, fields, heading, parsed
from tests.support.upstream import ADA, BROWSER_HYDRA, BROWSER_KRATOS, HYDRA, KRATOS, query

PROXY = "http://localhost:4455"
VARIABLES = {
    "KRATOS_PUBLIC_URL": f"{KRATOS}/",
    "KRATOS_BROWSER_URL": f"{BROWSER_KRATOS}/",
    "KRATOS_ADMIN_URL": "http://localhost:4434/",
    "HYDRA_ADMIN_URL": f"{HYDRA}/",
    "COOKIE_SECRET": "changeme12345678",
    "CSRF_COOKIE_NAME": "__HOST-localhost.com-x-csrf-token",
    "CSRF_COOKIE_SECRET": "8f0e61d44ff6d7",
    "PORT": "4456",
}
PAGE, BACK = "/login?flow=flow-1", "/login?login_challenge=c&n=1"


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Start a Portico with the reference UI's variables, some of them different (None: not set)."""
    monkeypatch.chdir(tmp_path)
    for name in ALIASES.values():
        monkeypatch.delenv(name, raising=False)

    def started(**variables):
        for name, value in (VARIABLES | variables).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        app = create_app(settings.load())
        app.test_client_class = CheckedClient
        client = app.test_client()
        client.set_cookie("ory_kratos_session", "the-session-cookie", domain="localhost")
        client.set_cookie("csrf_token_0123", "the-csrf-cookie", domain="localhost")
        return client

    return started


@pytest.fixture
def client(start):
    return start()


@pytest.fixture
def flow(upstream):
    """Kratos answers with a login flow whose form posts through the proxy."""
    return lambda public_url=PROXY, **more: upstream.flow("login/choose_method", public_url=public_url, **more)


class TestLinks:
    def test_kratos_begins_flows_where_the_browser_reaches_it(self, client):
        assert client.get("/login").headers["Location"] == f"{BROWSER_KRATOS}/self-service/login/browser"

    def test_without_another_address_that_is_where_we_reach_it(self, start):
        client = start(KRATOS_PUBLIC_URL="http://localhost:4433/", KRATOS_BROWSER_URL=None)
        assert client.get("/login").headers["Location"] == "http://localhost:4433/self-service/login/browser"

    def test_the_way_back_is_a_path_which_kratos_completes(self, client, upstream):
        """With the origin of selfservice.default_browser_return_url (Kratos' x/redir.SecureRedirectTo)."""
        upstream.asks("login")
        upstream.nobody()
        assert query(client.get("/login?login_challenge=c").headers["Location"])["return_to"] == BACK

    def test_the_page_names_the_application_that_this_path_leads_to(self, client, upstream, flow):
        flow(return_to=BACK)
        upstream.asks("login")
        assert heading(client.get(PAGE)) == "Sign in to continue to Demo"

    @pytest.mark.parametrize("evil", ["//evil.example", "/\\evil.example", "http://evil.example", "//localhost:4455"])
    def test_the_same_path_elsewhere_is_no_way_back(self, client, flow, evil):
        flow(return_to=evil + BACK)
        assert heading(client.get(PAGE)) == "Sign in"

    def test_a_flow_that_is_over_begins_again_with_its_way_back(self, client, upstream):
        over = {"error": {"id": "self_service_flow_expired", "code": 410, "details": {"return_to": BACK}}}
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 410, over)
        assert query(client.get(PAGE).headers["Location"])["return_to"] == BACK

    def test_settings_are_shown_after_the_login_that_they_need(self, client, upstream):
        upstream.nobody()
        assert query(client.get("/settings").headers["Location"])["return_to"] == "/settings?n=1"

    def test_what_browsers_ask_every_site_for_leads_here(self, client):
        assert client.get("/.well-known/change-password").headers["Location"] == "/settings#password"
        place = "/settings#passkey"
        assert client.get("/.well-known/passkey-endpoints").json == {"enroll": place, "manage": place}


class TestLanguage:
    """The way back is a bare path here: what a browser takes for a host in it would be another site."""

    @pytest.mark.parametrize("back", AWAY)
    def test_nobody_is_sent_away(self, client, back):
        answer = client.send("/language", [("language", "de"), ("back", back)])
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)

    @pytest.mark.parametrize("back", ["/", "/login?flow=flow-1", "/.//evil.example", "/%5Cevil.example"])
    def test_the_page_is_shown_again(self, client, back):
        answer = client.send("/language", [("language", "de"), ("back", back)])
        assert (answer.status_code, answer.headers["Location"]) == (303, back)


class TestKratos:
    def test_its_form_may_be_behind_a_proxy(self, client, flow):
        flow()
        assert parsed(client.get(PAGE)).find("form", action=f"{PROXY}/self-service/login?flow=flow-1")

    def test_each_method_of_a_sign_up_has_a_form_with_all_details(self, client, upstream):
        """Ory's suites look for them; with an address of our own they are asked once (design D6)."""
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, load("registration/unified"))
        forms = parsed(client.get("/registration?flow=flow-1")).select("form:has([name='traits.email'])")
        assert len(forms) == 3

    def test_its_form_may_not_be_on_another_machine(self, client, flow):
        """N97."""
        flow("http://kratos.evil.example")
        assert client.get(PAGE).status_code == 502

    def test_where_it_sends_the_browser_may_be_behind_a_proxy(self, client, upstream):
        stepping = f"{PROXY}/self-service/login/browser?aal=aal2"
        more = {"error": {"id": "session_aal2_required", "code": 403}, "redirect_browser_to": stepping}
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, more)
        client.checking = False  # that would follow nobody to the proxy
        to = client.get("/settings?flow=flow-1").headers["Location"]
        assert to.startswith(stepping)
        assert query(to)["return_to"] == "/settings?flow=flow-1&n=1"


class TestForms:
    """N97: without an address of ours a form has to come from the host it went to, before or behind the proxy."""

    def post(self, client, upstream, origin, **headers):
        upstream.signed_in()
        page = client.get("/logout")
        body = [*fields(page, "/logout"), ("action", "deny")]
        return client.send("/logout", body, headers={"Origin": origin, **headers}).status_code

    def test_through_the_proxy(self, client, upstream):
        assert self.post(client, upstream, PROXY, **{"X-Forwarded-Host": "localhost:4455"}) == 303

    def test_without_a_proxy(self, client, upstream):
        assert self.post(client, upstream, "http://localhost:4456") == 303

    @pytest.mark.parametrize("origin", ["http://localhost:9999", "http://evil.example", "null", "http://localhost"])
    def test_from_elsewhere(self, client, upstream, origin):
        assert self.post(client, upstream, origin, **{"X-Forwarded-Host": "localhost:4455"}) == 400

    def test_from_elsewhere_with_a_proxy_that_names_it(self, client, upstream):
        assert self.post(client, upstream, "http://evil.example", **{"X-Forwarded-Host": "evil.example"}) == 400

    def test_from_another_port_as_the_browser_says(self, client, upstream):
        assert self.post(client, upstream, "http://localhost:4456", **{"Sec-Fetch-Site": "same-site"}) == 400

    def test_with_an_address_of_ours_a_proxy_is_not_believed(self, start, upstream, monkeypatch):
        monkeypatch.setenv("PORTICO_PUBLIC_URL", "http://localhost:3000")
        client = start(COOKIE_SECRET="0123456789abcdef" * 2)
        assert self.post(client, upstream, PROXY, **{"X-Forwarded-Host": "localhost:4455"}) == 400


class TestHosts:
    """N97."""

    @pytest.mark.parametrize("host", ["localhost:4456", "localhost:4455", "127.0.0.1:1", "[::1]:4456", "LOCALHOST"])
    def test_this_machine_is_answered(self, client, host):
        assert client.get("/login", environ_overrides={"HTTP_HOST": host}).status_code == 303

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.7", ""])
    def test_another_name_is_not(self, client, host):
        page = client.get("/login", environ_overrides={"HTTP_HOST": host})
        assert (page.status_code, heading(page)) == (400, "Wrong web address")


class TestOAuth2:
    def test_an_application_gets_its_consent(self, client, upstream):
        upstream.asks("consent")
        upstream.signed_in()
        upstream.takes("consent", "accept")
        answer = client.submit(client.get("/consent?consent_challenge=c"), "/consent", ("action", "accept"))
        assert answer.headers["Location"].startswith(f"{BROWSER_HYDRA}/oauth2/auth")

    def test_hydra_sends_nobody_away_from_where_the_request_came(self, client, upstream):
        upstream.asks("login")
        upstream.signed_in()
        upstream.takes("login", "accept", to="http://evil.example/")
        assert client.get("/login?login_challenge=c").status_code == 502

    def test_a_logout_ends_both_sessions(self, client, upstream):
        upstream.asks("logout")
        upstream.signed_in()
        upstream.signs_out()
        upstream.takes("logout", "accept", to=f"{BROWSER_HYDRA}/oauth2/sessions/logout?logout_verifier=v")
        page = client.get("/logout?logout_challenge=c")
        assert client.submit(page, "/logout", ("action", "accept")).headers["Location"].startswith(BROWSER_HYDRA)

    @pytest.mark.parametrize("path", ["/login?login_challenge=c", "/consent?consent_challenge=c"])
    def test_without_hydra_there_is_none_of_it(self, start, path):
        assert start(HYDRA_ADMIN_URL=None).get(path).status_code == 404


def test_a_person_signs_out(client, upstream):
    upstream.signed_in(ADA)
    upstream.signs_out()
    assert client.submit(client.get("/logout"), "/logout", ("action", "accept")).headers["Location"] == "/signed-out"


@pytest.mark.parametrize(("path", "status"), [("/error?error=access_denied", 400), ("/nowhere", 404)])
def test_errors_have_their_pages(client, path, status):
    assert client.get(path).status_code == status


class TestLog:
    @pytest.fixture
    def events(self, logs):
        return lambda: {line["event"]: line for line in map(json.loads, logs.getvalue().splitlines())}

    def test_it_says_what_is_weak(self, start, events):
        start()
        assert events()["drop_in_mode"]["level"] == "warning"
        assert "changeme" not in str(events())


def test_scripts_of_captchas_run_from_the_hosts_the_operator_names(client_with):
    client = client_with(captcha_hosts=["challenges.example.org", "a.example.org"])
    client.checking = False  # its policy is that of a Portico without captchas
    policy = client.get("/nowhere").headers["Content-Security-Policy"].split("; ")
    hosts = "https://a.example.org https://challenges.example.org"
    assert f"frame-src {hosts}" in policy
    assert f"connect-src {hosts}" in policy
    assert next(directive for directive in policy if directive.startswith("script-src 'nonce-")).endswith(f"' {hosts}")


@pytest.mark.parametrize(
    ("path", "target"),
    [("/login/", "/login"), ("//login/", "/login"), ("//evil.example/", None), ("//evil.example//login/", None)],
)
def test_a_slash_too_many_leads_to_a_page_and_never_to_another_host(client, path, target):
    """Without an address of our own the redirect is a path, and `//evil.example/` would be none."""
    answer = client.open(path="/", environ_overrides={"PATH_INFO": path})
    assert answer.headers.get("Location") == target
