"""`portico doctor`: a healthy deployment, and every way it can be broken."""

import itertools

import pytest

import tests.web.conftest
from app.doctor import server_checks
from app.doctor.answer import Answer
from app.upstream.wire import Reply
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
COOKIES = "hydra.yml: serve.cookies"
LEVELS = ("ok", "cannot tell", "warning", "wrong")


def levels(lines):
    return {line[:13].strip() for line in lines if line[:13].strip() in LEVELS}


def said(lines, level, where):
    """The one finding that is none of "ok", and it is of this level about this setting or key."""
    [line] = [line for line in lines if line.startswith(LEVELS) and not line.startswith("ok ")]
    assert line.startswith(f"{level:<13}"), line
    assert line.endswith(f"[{where}]"), line
    return line


def test_a_correct_deployment_has_nothing_to_change_and_no_warning(world):
    lines, status = world.doctor().deployment()

    assert levels(lines) == {"ok"}
    assert status == 0
    assert lines[-1] == "Nothing has to be changed. Warnings: none."


def test_what_nobody_can_ask_is_listed_with_what_it_should_be(world):
    lines = [line.strip() for line in world.found()]

    assert f"kratos.yml: selfservice.flows.settings.ui_url: {PUBLIC}/settings" in lines
    assert f"hydra.yml: urls.consent: {PUBLIC}/consent" in lines
    assert not [line for line in lines if "required_aal" in line]


def test_where_an_application_demands_a_second_factor_the_key_that_lets_a_password_enrol_one_is_named(world):
    [line] = [line for line in world.found(clients={"bank": {"required_aal": "aal2"}, "demo": {}}) if "_aal" in line]

    assert "kratos.yml: selfservice.flows.settings.required_aal: highest_available" in line
    assert line.endswith("of bank")


def test_it_only_reads_and_follows_no_redirect(world):
    """World refuses everything but GET."""
    world.found()

    assert [url for url in world.asked if url.startswith(PUBLIC)] == [f"{PUBLIC}/.well-known/passkey-endpoints"]


def test_no_secret_is_ever_printed(world):
    lines = world.found(rate_limit_storage="redis://:the-password@127.0.0.1:1/0")

    assert not [one for one in (SETTINGS["secret_key"], "the-password") if one in "\n".join(lines)]


@pytest.mark.parametrize(
    ("change", "level", "where"),
    [
        ({"ui": {"login": f"{ELSEWHERE}/login"}}, "wrong", "kratos.yml: selfservice.flows.login.ui_url"),
        ({"ui": {"login": "http://login.example.org/login"}}, "wrong", "kratos.yml: selfservice.flows.login.ui_url"),
        ({"ui": {"login": f"{PUBLIC}:8443/login"}}, "wrong", "kratos.yml: selfservice.flows.login.ui_url"),
        ({"ui": {"recovery": f"{PUBLIC}/account"}}, "wrong", "kratos.yml: selfservice.flows.recovery.ui_url"),
        ({"ui": {"error": f"{ELSEWHERE}/error"}}, "wrong", "kratos.yml: selfservice.flows.error.ui_url"),
        (
            {"disabled": {"registration"}},
            "wrong",
            "kratos.yml: selfservice.flows.registration.enabled or PORTICO_KRATOS_FLOWS",
        ),
        ({"returns_allowed": False}, "wrong", "kratos.yml: selfservice.allowed_return_urls"),
        *(
            (
                {"action": f"{posts_to}/self-service/login?flow=f"},
                "wrong",
                "kratos.yml: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL",
            )
            for posts_to in (KRATOS, f"{BROWSER_KRATOS}/kratos", BROWSER_KRATOS.replace("https", "http"))
        ),
        ({"origins": ELSEWHERE}, "wrong", "kratos.yml: serve.public.cors.enabled and allowed_origins"),
        ({"origins": "", "nodes": []}, "warning", "kratos.yml: serve.public.cors.enabled and allowed_origins"),
        ({"script": 404}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
        ({"unready": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
        ({"unready": {KRATOS_ADMIN}}, "wrong", "PORTICO_KRATOS_ADMIN_URL"),
        ({"unready": {HYDRA_ADMIN}}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
        ({"silent": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
        ({"silent": {KRATOS_ADMIN}}, "wrong", "PORTICO_KRATOS_ADMIN_URL"),
        ({"silent": {BROWSER_KRATOS}}, "cannot tell", "PORTICO_KRATOS_BROWSER_URL"),
        ({"silent": {HYDRA_ADMIN}}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
        ({"silent": {HYDRA}}, "cannot tell", "PORTICO_HYDRA_PUBLIC_URL"),
        ({"silent": {PUBLIC}}, "cannot tell", "PORTICO_PUBLIC_URL"),
        ({"portico": Reply(404, {}, b"")}, "wrong", "PORTICO_PUBLIC_URL"),
        ({"portico": Reply(200, {}, b'{"enroll": "http://localhost:3000/settings"}')}, "wrong", "PORTICO_PUBLIC_URL"),
        (
            {"portico": Reply(400, {"X-Request-Id": "0123456789abcdef"}, b"This address is not in use")},
            "wrong",
            server_checks.HOST,
        ),
        ({"kratos_admin_is_public": True}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
        ({"urls": {"login": f"{ELSEWHERE}/login"}}, "wrong", "hydra.yml: urls.login"),
        ({"urls": {"login": f"{PUBLIC}/consent"}}, "wrong", "hydra.yml: urls.login"),
        ({"urls": {"login": f"{HYDRA}/oauth2/fallbacks/login"}}, "wrong", "hydra.yml: urls.login"),
        ({"urls": {"registration": f"{ELSEWHERE}/r"}}, "wrong", "hydra.yml: urls.registration"),
        ({"urls": {"error": f"{ELSEWHERE}/error"}}, "wrong", "hydra.yml: urls.error"),
        ({"urls": {"post_logout_redirect": f"{PUBLIC}/"}}, "wrong", "hydra.yml: urls.post_logout_redirect"),
        ({"urls": {"device": f"{HYDRA}/oauth2/fallbacks/device"}}, "warning", "hydra.yml: urls.device.verification"),
        ({"urls": {"device": f"{ELSEWHERE}/device"}}, "wrong", "hydra.yml: urls.device.verification"),
        *(
            ({"issuer": issuer}, "wrong", "hydra.yml: urls.self.issuer, or PORTICO_HYDRA_PUBLIC_URL")
            for issuer in (ELSEWHERE, HYDRA.replace("https", "http"), f"{HYDRA}/oidc", f"{HYDRA}:4444", "hydra")
        ),
        (
            {"issuer": ELSEWHERE, "hydra_calls_itself": ELSEWHERE},
            "wrong",
            "hydra.yml: urls.self.issuer and urls.self.public, or PORTICO_HYDRA_PUBLIC_URL",
        ),
        (
            {"hydra_calls_itself": ELSEWHERE},
            "wrong",
            "hydra.yml: urls.self.public, or PORTICO_HYDRA_PUBLIC_URL",
        ),
        ({"hydra_cookie": "ory_hydra_login_csrf_1=x; Domain=example.com; Secure"}, "wrong", f"{COOKIES}.domain"),
        ({"hydra_cookie": "ory_hydra_login_csrf_1=x; Secure; SameSite=Strict"}, "wrong", f"{COOKIES}.same_site_mode"),
        ({"hydra_cookie": "ory_hydra_login_csrf_1=x; SameSite=Lax"}, "warning", "hydra.yml: dev (or its option --dev)"),
        ({"admin_is_public": True}, "wrong", "PORTICO_HYDRA_PUBLIC_URL"),
        ({"clients": []}, "cannot tell", "hydra.yml: urls.login"),
    ],
    ids=str,
)
def test_one_mistake_is_one_line_that_names_the_place_to_change_it(world, change, level, where):
    for name, value in change.items():
        setattr(world, name, getattr(world, name) | value if isinstance(value, dict) else value)

    lines, status = world.doctor().deployment()

    assert said(lines, level, where)
    assert status == {"wrong": 1, "cannot tell": 3, "warning": 0}[level]


ADDRESSES = {
    "kratos_public_url": (KRATOS, "Kratos' public API"),
    "kratos_admin_url": (KRATOS_ADMIN, "Kratos' admin API"),
    "hydra_public_url": (HYDRA, "Hydra's public API"),
    "hydra_admin_url": (HYDRA_ADMIN, "Hydra's admin API"),
}


class TestSwappedAddresses:
    """Each of the four answers /health/ready, so that only what it alone can answer tells them apart."""

    @pytest.mark.parametrize("setting", ADDRESSES)
    @pytest.mark.parametrize("other", ADDRESSES)
    def test_the_address_of_another_api_is_told_with_its_name(self, world, setting, other):
        lines, status = world.doctor(**{setting: ADDRESSES[other][0]}).deployment()
        there = f"{ADDRESSES[other][0]} is the address of {ADDRESSES[other][1]}, not of {ADDRESSES[setting][1]}."

        assert status == (setting != other)
        assert setting == other or there in said(lines, "wrong", f"PORTICO_{setting.upper()}")

    @pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ADDRESSES, 2)))
    def test_two_that_are_swapped_are_two_mistakes(self, world, one, other):
        lines = world.found(**{one: ADDRESSES[other][0], other: ADDRESSES[one][0]})
        found = [line for line in lines if line.startswith("wrong ")]

        assert [f"[PORTICO_{name.upper()}]" in "".join(found) for name in (one, other)] == [True, True]
        assert len(found) == 2
        assert all(" is the address of " in line for line in found)

    def test_an_address_of_something_else_is_told_with_what_it_says(self, world):
        world.versions["https://www.example.org"] = "1"

        assert "(status 404)" in said(
            world.found(kratos_public_url="https://www.example.org"), "wrong", "PORTICO_KRATOS_PUBLIC_URL"
        )

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("api", [server_checks.KRATOS_ADMIN, server_checks.HYDRA_ADMIN])
    def test_an_admin_api_that_does_not_let_portico_in_is_told_with_the_setting_for_its_token(self, status, api):
        told = server_checks.reached(api, "http://x", {api: Answer(status)}, Answer(200), "x_admin_url")

        assert f"does not let Portico in (status {status})" in told.what
        assert told.where == "PORTICO_X_ADMIN_TOKEN"

    def test_each_admin_api_is_shown_its_own_token_and_nobody_else_is_shown_any(self, world):
        world.tokens = {KRATOS_ADMIN: "Bearer k-token-1", HYDRA_ADMIN: "Bearer h-token-1"}
        tokens = {"kratos_admin_token": "k-token-1", "hydra_admin_token": "h-token-1"}

        found = world.found(kratos_admin_url=KRATOS_ADMIN, **tokens)

        assert not [line for line in found if line.startswith("wrong")]
        assert world.token_shown == set(world.tokens.items())
        assert not [line for line in found if "token-1" in line]

    def test_a_redirect_is_told_with_where_it_goes(self, world):
        """The address begins with http, and a proxy sends everybody to https."""
        told = server_checks.reached(
            server_checks.HYDRA_ADMIN,
            "http://admin.example.org",
            {server_checks.HYDRA_ADMIN: Answer(301, "", "https://admin.example.org/admin/clients")},
            Answer(301),
            "hydra_admin_url",
        )

        assert told.what.endswith("(status 301, on to https://admin.example.org).")


class TestPorticosOwnAddress:
    def test_pages_that_all_lead_to_one_other_place_are_one_mistake_of_each_server(self, world):
        """The address is mistyped, or the servers are those of another deployment."""
        lines = world.found(public_url="https://sign-in.example.org")
        found = [line for line in lines if line.startswith("wrong ")]

        assert [line.partition("  [")[2] for line in found] == [
            "PORTICO_PUBLIC_URL, or every page in kratos.yml]",
            "PORTICO_PUBLIC_URL, or every page in hydra.yml]",
        ]
        assert all(f"to {PUBLIC} with all its pages" in line for line in found)

    def test_where_something_else_answers_no_page_is_compared_with_it(self, world):
        world.portico = Reply(404, {}, b"")

        assert said(world.found(), "wrong", "PORTICO_PUBLIC_URL")
        assert not [line for line in world.found() if "ui_url" in line]


class TestSlashes:
    @pytest.mark.parametrize("path", ["/login/", "//login", "/login//"])
    def test_a_slash_too_many_is_fine_because_portico_leads_it_to_the_page(self, world, path):
        world.urls["login"] = world.ui["login"] = PUBLIC + path

        assert levels(world.found()) == {"ok"}

    def test_the_other_address_of_the_error_page_is_fine(self, world):
        world.urls["error"] = f"{PUBLIC}/oauth2/error"

        assert levels(world.found()) == {"ok"}

    def test_an_issuer_with_a_slash_at_its_end_is_fine(self, world):
        world.issuer = f"{HYDRA}/"

        assert levels(world.found()) == {"ok"}


def test_an_unset_registration_page_is_the_login_page_which_knows_what_to_do(world):
    world.urls["registration"] = world.urls["login"]

    assert levels(world.found()) == {"ok"}


def test_a_wrong_login_page_is_told_once_where_the_registration_page_is_unset(world):
    world.urls["registration"] = world.urls["login"] = f"{PUBLIC}/sign-in"

    said(world.found(), "wrong", "hydra.yml: urls.login")


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

    assert levels(world.found()) == {"ok"}


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
        world.cookie, world.action = "csrf_token_0a=x; Secure; SameSite=Lax", f"{PUBLIC}/self-service/login?flow=f"

        assert "ok           Browsers send Kratos' cookie to login.example.org." in world.found(
            kratos_browser_url=PUBLIC
        )

    def test_secure_on_http_is_told(self, world):
        """Safari keeps no Secure cookie of http://localhost."""
        world.at("http://localhost:3000")
        lines = world.found(public_url="http://localhost:3000")

        assert [
            line
            for line in lines
            if line.startswith("warning ") and line.endswith("[kratos.yml: dev (or its option --dev)]")
        ]

    def test_no_cookie_is_no_finding(self, world):
        world.cookie = ""

        assert "cannot tell  Kratos' cookie was not set, so it could not be looked at." in world.found()

    def test_on_one_origin_the_script_for_passkeys_needs_no_cors(self, world):
        world.action, world.cookie, world.origins = f"{PUBLIC}/self-service/login?flow=f", "csrf_token_0a=x; Secure", ""

        assert levels(world.found(kratos_browser_url=PUBLIC)) == {"ok"}


class TestServers:
    @pytest.mark.parametrize(("told", "age"), [("v25.4.0", "older"), ("v1.3.1", "older"), ("v27.1.0", "newer")])
    @pytest.mark.parametrize("server", [KRATOS_ADMIN, HYDRA_ADMIN])
    def test_another_version_is_a_warning(self, world, server, told, age):
        world.versions[server] = told

        [line] = [line for line in world.found() if line.startswith("warning")]

        assert f"is {told}, {age} than v26.2.0" in line

    def test_kratos_admin_api_is_no_duty(self, world):
        assert levels(world.found(kratos_admin_url="")) == {"ok"}

    def test_a_server_built_from_source_is_no_mistake(self, world):
        world.versions[HYDRA_ADMIN] = "master"

        assert "ok           Hydra calls its version master, which is none to compare." in world.found()

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
            ({"rate_limit_storage": "redis://127.0.0.1:1/0"}, "wrong", "PORTICO_RATE_LIMIT_STORAGE"),
            ({"hydra_public_url": ""}, "cannot tell", "PORTICO_HYDRA_PUBLIC_URL"),
        ],
        ids=str,
    )
    def test_what_can_be_used_and_still_should_not(self, world, settings, level, where):
        world.at(settings.get("public_url", PUBLIC))
        lines = world.found(**settings)

        assert [line for line in lines if line.startswith(f"{level:<13}") and line.endswith(f"[{where}]")]

    def test_forms_that_are_posted_in_clear_are_told(self, world):
        """Kratos and Portico's setting agree, so that only the scheme is wrong."""
        world.action = "http://kratos.example.org/self-service/login?flow=f"

        lines = world.found(kratos_browser_url="http://kratos.example.org")

        assert said(lines, "wrong", "PORTICO_KRATOS_BROWSER_URL")

    def test_an_address_whose_scheme_hydra_does_not_use_is_told(self, world):
        world.issuer = world.hydra_calls_itself = "http://hydra.example.org"
        world.admin_is_public = False

        assert said(
            world.found(), "wrong", "hydra.yml: urls.self.issuer and urls.self.public, or PORTICO_HYDRA_PUBLIC_URL"
        )

    @pytest.mark.parametrize("allowed", ["login.example.org", "Login.Example.org", ".example.org"])
    def test_portico_answers_at_its_own_host(self, world, allowed):
        assert "wrong" not in levels(world.found(allowed_hosts=[allowed]))

    def test_the_key_of_our_tests_is_known_as_published(self, world):
        """Those of our guides and examples are refused at start (tests/test_settings.py)."""
        published = tests.web.conftest.SETTINGS["secret_key"]

        assert said(world.found(secret_key=published), "wrong", "PORTICO_SECRET_KEY")

    def test_a_published_key_is_fair_on_a_developers_machine(self, world):
        key = "only-for-this-machine-0123456789-change-me"

        world.at("http://localhost:3000")
        lines = world.found(secret_key=key, public_url="http://localhost:3000")

        assert [line for line in lines if line.startswith("warning ") and line.endswith("[PORTICO_SECRET_KEY]")]

    def test_without_hydra_there_is_nothing_of_it_to_look_at(self, world):
        lines = world.found(hydra_admin_url="")

        assert not [line for line in lines if "urls.login" in line]


@pytest.mark.parametrize("page", ["https://evil.example/\x1b7login", "https://[evil\x1b/login", "//\u202eevil/login"])
def test_what_a_terminal_would_obey_is_not_printed(world, page):
    world.urls["login"] = page

    assert not {"\x1b", "\u202e"}.intersection("\n".join(world.found()))
