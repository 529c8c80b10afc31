"""`portico doctor`: a healthy deployment, and every way it can be broken."""

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.doctor.checks_hydra import DEVICE
from app.doctor.checks_proxies import INVENTED
from app.doctor.command import HOST
from app.doctor.report import UNSEEN
from app.ory.transport import Reply
from tests.doctor.servers import (
    BROWSER_KRATOS,
    CLIENT,
    HYDRA,
    HYDRA_ADMIN,
    KRATOS,
    KRATOS_ADMIN,
    PUBLIC,
    SETTINGS,
    Servers,
    schema,
)

ELSEWHERE = "https://other.example.com"
FLOWS, HYDRAS, COOKIES = "kratos.yml: selfservice.flows", "hydra.yml: urls", "hydra.yml: serve.cookies"
BASE_URL = "kratos.yml: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL"
CORS = "kratos.yml: serve.public.cors.enabled and allowed_origins"
ITSELF = "or PORTICO_HYDRA_PUBLIC_URL"
MAILS = "kratos.yml: courier, or kratos serve --watch-courier"
PASSKEY_NAME = "your identity schema: ory.sh/kratos, credentials, passkey, display_name"
TWO_HYDRAS = "PORTICO_HYDRA_ADMIN_URL, PORTICO_HYDRA_PUBLIC_URL, or hydra.yml: dsn and secrets.system"
HERE = "http://localhost:3000"
ROOM = "your proxy's room for request lines and headers: docs/operators.md"
PROXIES = "PORTICO_FORWARDED_HOPS, or X-Forwarded-For in your proxy"
HEALTHY = [f"Nothing wrong was seen. Warnings: none. {UNSEEN}"]
KRATOS_COOKIE = "other=1; Path=/, csrf_token_0a=x; Path=/; Expires=Sat, 21 Nov 2026 10:00:00 GMT"
HYDRA_COOKIE = "ory_hydra_login_csrf_1=x"
# What is changed in a healthy deployment, how bad that is, and the place to change it.
MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"ui": {"login": f"{ELSEWHERE}/login"}}, "wrong", f"{FLOWS}.login.ui_url"),
    ({"ui": {"login": "http://login.example.org/login"}}, "wrong", f"{FLOWS}.login.ui_url"),
    ({"ui": {"login": f"{PUBLIC}:8443/login"}}, "wrong", f"{FLOWS}.login.ui_url"),
    ({"ui": {"recovery": f"{PUBLIC}/account"}}, "wrong", f"{FLOWS}.recovery.ui_url"),
    ({"ui": {"error": f"{ELSEWHERE}/error"}}, "wrong", f"{FLOWS}.error.ui_url"),
    ({"disabled": {"registration"}}, "wrong", f"{FLOWS}.registration.enabled or PORTICO_KRATOS_FLOWS"),
    ({"without_method": {"verification"}}, "wrong", f"{FLOWS}.verification.use or selfservice.methods"),
    ({"failing": {"recovery": "sql: no rows"}}, "wrong", "Kratos' log: recovery"),
    ({"failing": {"login": "sql: no rows"}}, "wrong", "Kratos' log: login"),
    *(
        ({"schemas": [schema(password={"identifier": True})], "failing": failing}, "wrong", PASSKEY_NAME)
        for failing in ({}, {"registration": "no identifier found"})
    ),
    ({"failing": {"registration": "no identifier found"}}, "wrong", PASSKEY_NAME),  # two traits, or one within another
    *(
        ({"allowed_return": allowed}, "wrong", "kratos.yml: selfservice.allowed_return_urls")
        for allowed in (ELSEWHERE, f"{PUBLIC}/login", f"{PUBLIC}/settings")
    ),
    ({"action": f"{KRATOS}/self-service/login?flow=f"}, "wrong", BASE_URL),
    ({"action": f"{BROWSER_KRATOS}/kratos/self-service/login?flow=f"}, "wrong", BASE_URL),
    ({"action": "http://kratos.example.org/self-service/login?flow=f"}, "wrong", BASE_URL),
    ({"action": ""}, "cannot tell", "PORTICO_KRATOS_PUBLIC_URL"),
    ({"origins": ELSEWHERE}, "wrong", CORS),
    ({"origins": "", "nodes": []}, "warning", CORS),
    ({"script": 404}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
    ({"rp_id": "other.example.com"}, "wrong", "kratos.yml: selfservice.methods.passkey.config.rp.id"),
    ({"unready": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
    ({"unready": {KRATOS_ADMIN}}, "wrong", "PORTICO_KRATOS_ADMIN_URL"),
    ({"unready": {HYDRA_ADMIN}}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
    ({"silent": {KRATOS}}, "wrong", "PORTICO_KRATOS_PUBLIC_URL"),
    ({"silent": {KRATOS_ADMIN}}, "wrong", "PORTICO_KRATOS_ADMIN_URL"),
    ({"silent": {HYDRA_ADMIN}}, "wrong", "PORTICO_HYDRA_ADMIN_URL"),
    ({"silent": {BROWSER_KRATOS}}, "cannot tell", "PORTICO_KRATOS_BROWSER_URL"),
    ({"silent": {HYDRA}}, "cannot tell", "PORTICO_HYDRA_PUBLIC_URL"),
    ({"silent": {PUBLIC}}, "cannot tell", "PORTICO_PUBLIC_URL"),
    ({"tokens": {KRATOS_ADMIN: "Bearer t"}}, "wrong", "PORTICO_KRATOS_ADMIN_TOKEN"),
    ({"tokens": {HYDRA_ADMIN: "Bearer t"}}, "wrong", "PORTICO_HYDRA_ADMIN_TOKEN"),
    *(({"portico": Reply(status, {}, b"")}, "cannot tell", "PORTICO_PUBLIC_URL") for status in (502, 503, 504)),
    ({"portico": Reply(404, {}, b"")}, "wrong", "PORTICO_PUBLIC_URL"),
    ({"portico": Reply(200, {}, b'{"enroll": "http://localhost/settings"}')}, "wrong", "PORTICO_PUBLIC_URL"),
    ({"portico": Reply(400, {"X-Request-Id": "0123456789abcdef"}, b"Wrong web address")}, "wrong", HOST),
    ({"kratos_admin_is_public": True}, "wrong", "PORTICO_KRATOS_BROWSER_URL"),
    ({"admin_is_public": True}, "wrong", "PORTICO_HYDRA_PUBLIC_URL"),
    ({"open_at_portico": {"/admin/identities"}}, "wrong", "PORTICO_PUBLIC_URL"),
    ({"open_at_portico": {"/admin/clients"}}, "wrong", "PORTICO_PUBLIC_URL"),
    ({"urls": {"login": f"{ELSEWHERE}/login"}}, "wrong", f"{HYDRAS}.login"),
    ({"urls": {"login": f"{PUBLIC}/consent"}}, "wrong", f"{HYDRAS}.login"),
    ({"urls": {"login": f"{HYDRA}/oauth2/fallbacks/login"}}, "wrong", f"{HYDRAS}.login"),
    ({"urls": {"login": f"{PUBLIC}/sign-in", "registration": f"{PUBLIC}/sign-in"}}, "wrong", f"{HYDRAS}.login"),
    ({"urls": {"registration": f"{ELSEWHERE}/r"}}, "wrong", f"{HYDRAS}.registration"),
    ({"urls": {"error": f"{ELSEWHERE}/error"}}, "wrong", f"{HYDRAS}.error"),
    ({"urls": {"post_logout_redirect": f"{PUBLIC}/"}}, "wrong", f"{HYDRAS}.post_logout_redirect"),
    (
        {"clients": [CLIENT | {"grant_types": [DEVICE]}], "urls": {"device": f"{HYDRA}/oauth2/fallbacks/device"}},
        *("wrong", f"{HYDRAS}.device.verification"),
    ),
    ({"urls": {"device": f"{ELSEWHERE}/device"}}, "wrong", f"{HYDRAS}.device.verification"),
    *(
        ({"issuer": issuer}, "wrong", f"{HYDRAS}.self.issuer, {ITSELF}")
        for issuer in (ELSEWHERE, HYDRA.replace("https", "http"), f"{HYDRA}/oidc", f"{HYDRA}:4444", "hydra")
    ),
    ({"hydra_calls_itself": ELSEWHERE}, "wrong", f"{HYDRAS}.self.public, {ITSELF}"),
    (
        {"issuer": ELSEWHERE, "hydra_calls_itself": ELSEWHERE},
        *("wrong", f"{HYDRAS}.self.issuer and urls.self.public, {ITSELF}"),
    ),
    ({"hydra_cookie": f"{HYDRA_COOKIE}; Domain=example.com; Secure"}, "wrong", f"{COOKIES}.domain"),
    ({"hydra_cookie": f"{HYDRA_COOKIE}; Secure; SameSite=Strict"}, "wrong", f"{COOKIES}.same_site_mode"),
    ({"hydra_cookie": f"{HYDRA_COOKIE}; SameSite=Lax"}, "warning", "hydra.yml: dev (or its option --dev)"),
    *(
        ({"cookie": f"{KRATOS_COOKIE}; {attributes}"}, level, f"kratos.yml: {key}")
        for attributes, level, key in (
            ("Secure; SameSite=Lax", "wrong", "cookies.domain"),
            ("Domain=kratos.example.org; Secure; SameSite=Lax", "wrong", "cookies.domain"),
            ("Domain=example.com; Secure; SameSite=Lax", "wrong", "cookies.domain"),
            ("Domain=ample.org; Secure; SameSite=Lax", "wrong", "cookies.domain"),
            ("Domain=.example.org; Secure; SameSite=Strict", "wrong", "cookies.same_site"),
            ("Domain=.example.org; SameSite=None", "wrong", "cookies.same_site"),
            ("Domain=.example.org; SameSite=Lax", "warning", "dev (or its option --dev)"),
        )
    ),
    *(
        (changes, "wrong", "your proxy, which has to pass cookies on as they are")
        for changes in (
            {"cookie": ""},
            {"cookie_outside": "other=1"},
            {"hydra_cookie": ""},
            {"hydra_cookie": "other=1"},
        )
    ),
    (
        {"cookie_outside": f"{KRATOS_COOKIE}; Path=/kratos; Domain=example.org; Secure; SameSite=Lax"},
        *("wrong", "your proxy, which has to pass cookies on as they are"),
    ),
    *(
        ({"clients": clients}, "cannot tell", f"{HYDRAS}.login")
        for clients in ([], [CLIENT | {"response_types": ["token"]}], [CLIENT | {"redirect_uris": []}])
    ),
    *(
        ({"versions": {server: version}}, "warning", f"the version of {name}")
        for server, name in ((KRATOS_ADMIN, "Kratos"), (HYDRA_ADMIN, "Hydra"))
        for version in ("v25.4.0", "v1.3.1", "v27.1.0")
    ),
    *(
        ({"ahead": {server: s}}, "warning", "NTP on both machines")
        for server in (KRATOS, HYDRA_ADMIN)
        for s in (30, -30)
    ),
    ({"nodes": [], "rp_id": ""}, "wrong", "kratos.yml: selfservice.methods"),
    (
        {
            "schemas": [{"id": "person", "schema": {"properties": {"traits": {"$ref": "#/definitions/traits"}}}}],
            "rp_id": "",
        },
        *("warning", "your identity schema: ory.sh/kratos, credentials, password, identifier"),
    ),
    *(
        ({"mails": [{"status": status, "created_at": "2026-01-01T10:00:00.8Z"}]}, "warning", MAILS)
        for status in ("queued", "abandoned")
    ),
    ({"is_one_hydra": False}, "wrong", TWO_HYDRAS),
    ({"refusal": "invalid_client"}, "wrong", TWO_HYDRAS),
    ({"other_replica": True}, "wrong", "PORTICO_SECRET_KEY of each replica"),
    ({"forwarded": INVENTED}, "wrong", PROXIES),
    ({"forwarded": f"{INVENTED}, 198.51.100.7, 198.51.100.8"}, "warning", PROXIES),
    ({"forwarded": ""}, "warning", PROXIES),
    ({"forwarded": None}, "cannot tell", "PORTICO_SECRET_KEY"),
    ({"room": 8192}, "wrong", ROOM),
    ({"cache_control": "max-age=60"}, "wrong", "your proxy, which has to pass Cache-Control on"),
    # The same of settings, in a healthy deployment.
    ({"forwarded_hops": 0}, "warning", PROXIES),
    ({"forwarded_hops": 2}, "warning", PROXIES),
    ({"metrics_listen": "0.0.0.0:9090"}, "warning", "PORTICO_METRICS_LISTEN"),
    ({"metrics_listen": "[::]:9090"}, "warning", "PORTICO_METRICS_LISTEN"),
    ({"rate_limit_storage": "redis://:the-password@127.0.0.1:1/0"}, "wrong", "PORTICO_RATE_LIMIT_STORAGE"),
    ({"hydra_public_url": ""}, "cannot tell", "PORTICO_HYDRA_PUBLIC_URL"),
    ({"kratos_flows": ["recovery", "verification"]}, "warning", "PORTICO_KRATOS_FLOWS"),
    ({"clients": {"demo": {"required_aal": "aal2"}}}, "warning", f"{FLOWS}.settings.required_aal"),
    (
        {"clients": {"demo": {"identity_providers": ["google", "githup"]}}},
        *("warning", "PORTICO_CLIENTS, or portico.toml: clients.demo.identity_providers"),
    ),
    ({"clients": {"demo": {}, "bank": {}}}, "warning", "PORTICO_CLIENTS, or portico.toml: clients.bank"),
]
# What differs from the healthy deployment and is fine, of the servers and in the settings.
FINE = {
    "a slash at the end": ({"ui": {"login": f"{PUBLIC}/login/"}, "urls": {"login": f"{PUBLIC}/login//"}}, {}),
    "a slash at the beginning": ({"ui": {"login": f"{PUBLIC}//login"}, "urls": {"login": f"{PUBLIC}//login"}}, {}),
    "the other address of the error page": ({"urls": {"error": f"{PUBLIC}/oauth2/error"}}, {}),
    "no page for devices, which no client is": ({"urls": {"device": f"{HYDRA}/oauth2/fallbacks/device"}}, {}),
    "an issuer with a slash": ({"issuer": f"{HYDRA}/"}, {}),
    "no registration page: the login page knows what to do": ({"urls": {"registration": f"{PUBLIC}/login"}}, {}),
    "a flow that is off on both sides": (
        {"disabled": {"registration"}},
        {"kratos_flows": ["recovery", "verification"]},
    ),
    "no passkeys and no script": ({"script": 404, "nodes": []}, {}),
    "a server built from source": ({"versions": {HYDRA_ADMIN: "master"}}, {}),
    "another name for Hydra's cookie": ({"hydra_cookie": "mine_1069141265=x; Path=/; Secure; SameSite=Lax"}, {}),
    "clocks seconds apart": ({"ahead": {KRATOS: 3}}, {}),
    "a passkey's name in WebAuthn's words": (
        {"schemas": [schema(password={"identifier": True}, webauthn={"identifier": True})]},
        {},
    ),
    "no passkeys, which then need no name": ({"rp_id": "", "schemas": [schema(password={"identifier": True})]}, {}),
    "nothing to type": ({"schemas": [schema(passkey={"display_name": True})], "nodes": []}, {}),
    "a schema with parts elsewhere": ({"schemas": [{"schema": {"$ref": "https://example.org/person.json"}}]}, {}),
    "a guard of Kratos' admin API that does not let mails be seen": ({"schemas": None, "mails": None}, {}),
    "a mail of now, one that was sent, and others that could not be": (
        {
            "mails": [
                {"status": "queued", "created_at": "2199-01-01T10:00:00Z"},
                {"status": "abandoned", "created_at": "2026-01-01T10:00:00Z"},
                {"status": "sent", "created_at": "2026-01-01T09:00:00Z"},
                "odd",
            ]
        },
        {},
    ),
    "a first mail that is just being sent": (
        {"mails": [{"status": "queued", "created_at": "2199-01-01T10:00:00Z"}]},
        {},
    ),
    "clients that sign nobody in before one that does": (
        {
            "clients": [
                CLIENT | {"client_id": "job", "redirect_uris": []},
                *[CLIENT | {"client_id": "other", "response_types": ["id_token"]}] * 5,
                CLIENT | {"client_id": "other"},
                CLIENT | {"response_types": []},
            ]
        },
        {},
    ),
    "a proxy that adds to X-Forwarded-For": ({"forwarded": f"{INVENTED},198.51.100.7"}, {}),
    "a proxy that keeps /health to itself": ({"unready": {BROWSER_KRATOS, HYDRA}}, {}),
    "a guard of the admin API that lets nobody ask for a client": (
        {"missing": None},
        {"clients": {"anybody": {"consent_lifetime": 60}}},
    ),
    "an application that shows the providers there are, or none": (
        {"nodes": [{"type": "script", "attributes": {}}, {"attributes": {"name": "provider", "value": "google"}}]},
        {"clients": {"demo": {"identity_providers": ["google"]}}},
    ),
    "no admin API of Kratos": ({}, {"kratos_admin_url": ""}),
    "no Hydra": ({}, {"hydra_admin_url": ""}),
    "Kratos at Portico's host, whose cookie needs no domain and whose script no CORS": (
        {"action": f"{PUBLIC}/self-service/login?flow=f", "cookie": "csrf_token_0a=x; Secure", "origins": ""},
        {"kratos_browser_url": PUBLIC},
    ),
}


def changed(changes):
    """The servers of a healthy deployment with these changes."""
    servers = Servers()
    for name, value in changes.items():
        assert hasattr(servers, name), name
        setattr(servers, name, getattr(servers, name) | value if isinstance(value, dict) else value)
    return servers


def test_a_correct_deployment_has_nothing_to_change(servers):
    assert servers.deployment() == (HEALTHY, 0)
    paths = [urlsplit(url).path for url in servers.calls if url.startswith(PUBLIC)]
    assert paths == [*["/.well-known/passkey-endpoints"] * 2, "/admin/identities", "/admin/clients"]


@pytest.mark.parametrize("name", FINE)
def test_what_is_fine_is_not_told(name):
    changes, settings = FINE[name]
    assert changed(changes).deployment(**settings) == (HEALTHY, 0)


def test_one_mistake_is_one_line_that_names_the_place_to_change_it():
    findings, secrets = [], [SETTINGS["secret_key"], "the-password"]
    for changes, *_ in MISTAKES:
        is_setting = changes.keys() <= SETTINGS.keys() | {"metrics_listen", "rate_limit_storage", "kratos_flows"}
        is_setting = is_setting or isinstance(changes.get("clients"), dict)
        lines, status = (Servers() if is_setting else changed(changes)).deployment(**changes if is_setting else {})
        findings.append([(line[:13].strip(), line.partition("  [")[2].rstrip("]")) for line in lines[:-1]])
        assert status == {"wrong": 1, "cannot tell": 3, "warning": 0}[lines[0][:13].strip()]
        assert not [secret for secret in secrets if secret in "".join(lines)]
    assert findings == [[(level, where)] for _, level, where in MISTAKES]


def test_more_proxies_believed_than_add_an_address_let_everybody_choose_their_own(servers):
    servers.forwarded = f"{INVENTED}, 198.51.100.7"
    assert servers.deployment(forwarded_hops=2)[0][0] == (
        "wrong        Whoever asks can choose their own address: 1 in front tells who asks, and 2 believed."
        f"  [{PROXIES}]"
    )


@pytest.mark.parametrize("forwarded", [None, "", INVENTED])
def test_where_no_proxy_is_seen_https_says_that_there_may_be_one(servers, forwarded):
    servers.forwarded = forwarded
    [finding, _], status = servers.deployment(forwarded_hops=0)
    assert (status, finding[:13].strip(), finding.partition("  [")[2]) == (0, "warning", "PORTICO_FORWARDED_HOPS]")


ADDRESSES = {
    "kratos_public_url": (KRATOS, "Kratos' public API"),
    "kratos_admin_url": (KRATOS_ADMIN, "Kratos' admin API"),
    "hydra_public_url": (HYDRA, "Hydra's public API"),
    "hydra_admin_url": (HYDRA_ADMIN, "Hydra's admin API"),
}


def test_the_address_of_another_api_is_told_with_its_name():
    """Each of the four answers /health/ready, so that only what it alone can answer tells them apart."""
    for (setting, (_, name)), (other, other_name) in itertools.product(ADDRESSES.items(), ADDRESSES.values()):
        lines, _ = Servers().deployment(**{setting: other})
        finding = f"wrong        {other} is the address of {other_name}, not of {name}.  [PORTICO_{setting.upper()}]"
        assert lines == (HEALTHY if name == other_name else [finding, "Things to change: 1."])


def test_two_addresses_that_are_swapped_are_two_mistakes():
    for left, right in itertools.combinations(ADDRESSES, 2):
        lines, _ = Servers().deployment(**{left: ADDRESSES[right][0], right: ADDRESSES[left][0]})
        assert sorted(line.partition("  [")[2].rstrip("]") for line in lines[:-1]) == sorted(
            (f"PORTICO_{left.upper()}", f"PORTICO_{right.upper()}")
        )
        assert all(" is the address of " in line for line in lines[:-1])


def test_an_address_of_something_else_is_told_with_what_it_says(servers):
    servers.versions["https://www.example.org"] = "1"
    assert "(status 404)" in servers.deployment(kratos_public_url="https://www.example.org")[0][0]


def test_a_redirect_is_told_with_where_it_goes(servers):
    """An address in a proxy that sends everybody to https."""
    servers.moved = {KRATOS: "https://kratos.example.org/moved"}
    assert "(status 301, on to https://kratos.example.org)" in servers.deployment()[0][0]


@pytest.mark.parametrize("status", [401, 403])
def test_each_admin_api_is_shown_its_own_token_and_nobody_else_is_shown_any(servers, status):
    servers.tokens = {KRATOS_ADMIN: "Bearer k-token-1", HYDRA_ADMIN: "Bearer h-token-1"}
    servers.without_token = status
    assert servers.deployment(kratos_admin_token="k-token-1", hydra_admin_token="h-token-1") == (HEALTHY, 0)
    assert servers.token_shown == set(servers.tokens.items())
    assert f"does not let Portico in (status {status})" in servers.deployment()[0][0]


def test_pages_that_all_lead_to_one_other_place_are_one_mistake_of_each_server(servers):
    """Portico's address is mistyped, or the servers are those of another deployment."""
    lines, _ = servers.deployment(public_url="https://sign-in.example.org")
    assert [line.partition("  [")[2] for line in lines if line.startswith("wrong ")] == [
        "PORTICO_PUBLIC_URL, or every page in kratos.yml]",
        "PORTICO_PUBLIC_URL, or every page in hydra.yml]",
    ]


def test_on_a_developers_machine_secure_cookies_are_told(servers):
    """Safari keeps no Secure cookie of http://localhost."""
    servers.at(HERE)
    servers.rp_id = "localhost"
    servers.action, servers.cookie = f"{HERE}/self-service/login?flow=f", "csrf_token_0a=x; Secure"
    lines, status = servers.deployment(public_url=HERE, kratos_browser_url=HERE)
    assert (status, [line.partition("  [")[2] for line in lines[:-1]]) == (
        0,
        ["kratos.yml: dev (or its option --dev)]"],
    )


def test_forms_and_codes_that_are_sent_in_clear_are_told(servers):
    """The servers and Portico's settings agree, so that only the scheme is wrong."""
    kratos, hydra = "http://kratos.example.org", "http://hydra.example.org"
    servers.action = f"{kratos}/self-service/login?flow=f"
    servers.hydra = servers.issuer = servers.hydra_calls_itself = hydra
    lines, _ = servers.deployment(kratos_browser_url=kratos, hydra_public_url=hydra)
    assert [line.partition("  [")[2] for line in lines if line.startswith("wrong")] == [
        "PORTICO_KRATOS_BROWSER_URL]",
        "PORTICO_HYDRA_PUBLIC_URL]",
    ]


@pytest.mark.parametrize("page", ["https://evil.example/\x1b7login", "https://[evil\x1b/login", "//\u202eevil/login"])
def test_what_a_terminal_would_obey_is_not_printed(servers, page):
    servers.urls["login"] = page
    assert not {"\x1b", "\u202e"}.intersection("".join(servers.deployment()[0]))
