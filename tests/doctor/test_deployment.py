"""`portico doctor`: a healthy deployment, and every way it can be broken."""

import pytest

import tests.web.conftest
from tests.doctor.world import (
    BROWSER_KRATOS,
    HYDRA,
    HYDRA_ADMIN,
    KRATOS,
    KRATOS_ADMIN,
    PUBLIC,
    SETTINGS,
)

ELSEWHERE = "https://other.example.com"


def levels(lines):
    return {line[:13].strip() for line in lines}


def said(lines, level, where):
    """The one finding of this level about this setting or key."""
    [line] = [line for line in lines if line.startswith(f"{level:<13}") and line.endswith(f"[{where}]")]
    return line


def test_a_healthy_deployment_has_nothing_to_change(world):
    lines, is_wrong = world.doctor().deployment()

    assert levels(lines) == {"ok", "cannot tell"}
    assert not is_wrong


def test_what_nobody_can_ask_is_said_with_what_it_should_be(world):
    lines = world.found()

    assert f"{PUBLIC}/settings" in said(lines, "cannot tell", "kratos.yml: selfservice.flows.settings.ui_url")
    assert f"{PUBLIC}/consent" in said(lines, "cannot tell", "hydra.yml: urls.consent")
    assert "admin API" in said(lines, "cannot tell", "hydra.yml: urls.identity_provider.url")


def test_it_only_reads_and_follows_no_redirect(world):
    """World refuses everything but GET."""
    world.found()

    assert not [url for url in world.asked if url.startswith(PUBLIC)]


def test_no_secret_is_ever_printed(world):
    assert SETTINGS["secret_key"] not in "\n".join(world.found())


@pytest.mark.parametrize(
    ("change", "level", "where"),
    [
        ({"ui": {"login": f"{ELSEWHERE}/login"}}, "wrong", "kratos.yml: selfservice.flows.login.ui_url"),
        ({"ui": {"recovery": f"{PUBLIC}/account"}}, "wrong", "kratos.yml: selfservice.flows.recovery.ui_url"),
        ({"ui": {"error": f"{ELSEWHERE}/error"}}, "wrong", "kratos.yml: selfservice.flows.error.ui_url"),
        (
            {"disabled": {"registration"}},
            "wrong",
            "kratos.yml: selfservice.flows.registration.enabled or PORTICO_KRATOS_FLOWS",
        ),
        ({"returns_allowed": False}, "wrong", "kratos.yml: selfservice.allowed_return_urls"),
        (
            {"action": "http://kratos:4433/self-service/login"},
            "wrong",
            "kratos.yml: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL",
        ),
        ({"origins": ELSEWHERE}, "wrong", "kratos.yml: serve.public.cors.enabled and allowed_origins"),
        ({"origins": "", "nodes": []}, "warning", "kratos.yml: serve.public.cors.enabled and allowed_origins"),
        ({"script": 404}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
        ({"unready": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
        ({"silent": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
        ({"silent": {BROWSER_KRATOS}}, "warning", "PORTICO_KRATOS_BROWSER_URL"),
        ({"silent": {HYDRA_ADMIN}}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
        ({"silent": {HYDRA}}, "warning", "PORTICO_HYDRA_PUBLIC_URL"),
        ({"urls": {"login": f"{ELSEWHERE}/login"}}, "wrong", "hydra.yml: urls.login"),
        ({"urls": {"login": f"{HYDRA}/oauth2/fallbacks/login"}}, "wrong", "hydra.yml: urls.login"),
        ({"urls": {"registration": f"{ELSEWHERE}/r"}}, "wrong", "hydra.yml: urls.registration"),
        ({"urls": {"error": f"{ELSEWHERE}/error"}}, "wrong", "hydra.yml: urls.error"),
        ({"urls": {"post_logout_redirect": f"{PUBLIC}/"}}, "wrong", "hydra.yml: urls.post_logout_redirect"),
        ({"urls": {"device": f"{HYDRA}/oauth2/fallbacks/device"}}, "warning", "hydra.yml: urls.device.verification"),
        ({"urls": {"device": f"{ELSEWHERE}/device"}}, "wrong", "hydra.yml: urls.device.verification"),
        ({"issuer": ELSEWHERE}, "wrong", "hydra.yml: urls.self.public or PORTICO_HYDRA_PUBLIC_URL"),
        ({"admin_is_public": True}, "wrong", "PORTICO_HYDRA_PUBLIC_URL"),
        ({"clients": []}, "cannot tell", "hydra.yml: urls.login"),
    ],
    ids=str,
)
def test_what_is_broken_is_named_with_the_place_to_change_it(world, change, level, where):
    for name, value in change.items():
        setattr(world, name, getattr(world, name) | value if isinstance(value, dict) else value)

    lines, is_wrong = world.doctor().deployment()

    assert said(lines, level, where)
    assert is_wrong == (level == "wrong")


def test_an_unset_registration_page_is_the_login_page_which_knows_what_to_do(world):
    world.urls["registration"] = world.urls["login"]

    assert "wrong" not in levels(world.found())


def test_a_flow_switched_off_on_both_sides_is_fine(world):
    world.disabled = {"registration"}

    lines = world.found(kratos_flows=["recovery", "verification"])

    assert "ok           Kratos' flow registration is switched off, and no page links to it." in lines


def test_a_flow_that_no_page_links_to_is_told(world):
    assert "registration" in said(
        world.found(kratos_flows=["recovery", "verification"]), "warning", "PORTICO_KRATOS_FLOWS"
    )


def test_without_passkeys_and_script_there_is_nothing_to_load(world):
    world.script, world.nodes = 404, []

    assert levels(world.found()) == {"ok", "cannot tell"}


class TestCookies:
    @pytest.mark.parametrize(
        ("cookie", "level", "where"),
        [
            ("Secure; SameSite=Lax", "wrong", "kratos.yml: cookies.domain"),
            ("Domain=kratos.example.org; Secure; SameSite=Lax", "wrong", "kratos.yml: cookies.domain"),
            ("Domain=example.com; Secure; SameSite=Lax", "wrong", "kratos.yml: cookies.domain"),
            ("Domain=ample.org; Secure; SameSite=Lax", "wrong", "kratos.yml: cookies.domain"),
            ("Domain=.example.org; Secure; SameSite=Strict", "wrong", "kratos.yml: cookies.same_site"),
            ("Domain=.example.org; SameSite=None", "wrong", "kratos.yml: cookies.same_site"),
            ("Domain=.example.org; SameSite=Lax", "warning", "kratos.yml: dev (or its option --dev)"),
        ],
    )
    def test_a_cookie_that_does_not_reach_portico_is_told(self, world, cookie, level, where):
        world.cookie = f"other=1; Path=/, csrf_token_0a=x; Path=/; Expires=Sat, 21 Nov 2026 10:00:00 GMT; {cookie}"

        assert said(world.found(), level, where)

    def test_a_domain_that_covers_both_hosts_is_fine(self, world):
        assert "ok           Browsers send Kratos' cookie to login.example.org." in world.found()

    def test_one_host_needs_no_domain(self, world):
        world.cookie, world.action = "csrf_token_0a=x; Secure; SameSite=Lax", f"{PUBLIC}/kratos"

        assert "ok           Browsers send Kratos' cookie to login.example.org." in world.found(
            kratos_browser_url=PUBLIC
        )

    def test_secure_on_http_is_told(self, world):
        """Safari keeps no Secure cookie of http://localhost."""
        lines = world.found(public_url="http://localhost:3000")

        assert said(lines, "warning", "kratos.yml: dev (or its option --dev)")

    def test_no_cookie_is_no_finding(self, world):
        world.cookie = ""

        assert "cannot tell  Kratos set no cookie to look at." in world.found()


class TestServers:
    @pytest.mark.parametrize(("told", "age"), [("v25.4.0", "older"), ("v1.3.1", "older"), ("v27.1.0", "newer")])
    @pytest.mark.parametrize("server", [KRATOS_ADMIN, HYDRA_ADMIN])
    def test_another_version_is_a_warning(self, world, server, told, age):
        world.versions[server] = told

        [line] = [line for line in world.found() if line.startswith("warning")]

        assert f"is {told}, {age} than v26.2.0" in line

    def test_without_kratos_admin_api_its_version_is_unknown(self, world):
        assert said(world.found(kratos_admin_url=""), "cannot tell", "PORTICO_KRATOS_ADMIN_URL")

    def test_an_odd_version_is_unknown(self, world):
        world.versions[HYDRA_ADMIN] = "main"

        assert "cannot tell  Hydra does not tell its version (status 200)." in world.found()

    @pytest.mark.parametrize(("ahead", "told"), [(30, "30 s ahead of"), (-30, "30 s behind")])
    @pytest.mark.parametrize("server", [KRATOS, HYDRA_ADMIN])
    def test_clocks_that_differ_are_a_warning(self, world, server, ahead, told):
        world.ahead[server] = ahead

        [line] = [line for line in world.found() if line.startswith("warning")]

        assert told in line or told.replace("30", "31") in line or told.replace("30", "29") in line

    def test_clocks_seconds_apart_are_fine(self, world):
        world.ahead[KRATOS] = 3

        assert "warning" not in levels(world.found())


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "level", "where"),
        [
            ({"secret_key": "a" * 40, "public_url": "http://localhost:3000"}, "warning", "PORTICO_SECRET_KEY"),
            (
                {"secret_key_fallbacks": ["ab" * 20], "public_url": "http://localhost:3000"},
                "warning",
                "PORTICO_SECRET_KEY",
            ),
            ({"forwarded_hops": 0}, "warning", "PORTICO_FORWARDED_HOPS"),
            ({"metrics_listen": "0.0.0.0:9090"}, "warning", "PORTICO_METRICS_LISTEN"),
            ({"metrics_listen": "[::]:9090"}, "warning", "PORTICO_METRICS_LISTEN"),
            ({"allowed_hosts": ["example.org", ".example.com"]}, "wrong", "PORTICO_ALLOWED_HOSTS"),
            ({"hydra_admin_url": HYDRA}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
            ({"kratos_browser_url": "http://kratos.example.org"}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
            ({"hydra_public_url": "http://hydra.example.org"}, "wrong", "PORTICO_HYDRA_PUBLIC_URL"),
            ({"hydra_public_url": ""}, "cannot tell", "PORTICO_HYDRA_PUBLIC_URL"),
        ],
        ids=str,
    )
    def test_what_can_be_used_and_still_should_not(self, world, settings, level, where):
        world.versions[HYDRA] = "v26.2.0"

        assert said(world.found(**settings), level, where)

    @pytest.mark.parametrize("allowed", ["login.example.org", "Login.Example.org", ".example.org"])
    def test_portico_answers_at_its_own_host(self, world, allowed):
        assert "wrong" not in levels(world.found(allowed_hosts=[allowed]))

    def test_the_key_of_our_tests_is_known_as_published(self, world):
        """Those of our guides and examples are refused at start (tests/test_settings.py)."""
        published = tests.web.conftest.SETTINGS["secret_key"]

        assert said(world.found(secret_key=published), "wrong", "PORTICO_SECRET_KEY")

    def test_a_published_key_is_fair_on_a_developers_machine(self, world):
        key = "only-for-this-machine-0123456789-change-me"

        assert said(world.found(secret_key=key, public_url="http://localhost:3000"), "warning", "PORTICO_SECRET_KEY")

    def test_without_hydra_there_is_nothing_of_it_to_look_at(self, world):
        lines = world.found(hydra_admin_url="")

        assert not [line for line in lines if "urls.login" in line]


@pytest.mark.parametrize("page", ["https://evil.example/\x1b7login", "https://[evil\x1b/login", "//\u202eevil/login"])
def test_what_a_terminal_would_obey_is_not_printed(world, page):
    world.urls["login"] = page

    assert not {"\x1b", "\u202e"}.intersection("\n".join(world.found()))
