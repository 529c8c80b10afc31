"""`portico doctor` beside running servers: a healthy deployment, broken ones, a client, an application's request."""

import itertools
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from app import urls
from app.config.settings import Settings
from app.doctor import command
from app.doctor.client import Applications
from app.doctor.command import HOST
from app.doctor.probe import Probe
from app.doctor.report import UNSEEN, exit_status, lines
from app.ory.transport import Transport
from tests.journeys.site import Person, Site, Visitor, site_of
from tests.stack.stack import ROOT, Stack

ELSEWHERE = "http://localhost:9"


def settings_of(stack: Stack, **changes: object) -> Settings:
    """The stack's settings with these changes."""
    names = {name: name.removeprefix("PORTICO_").lower() for name in stack.settings() if name.startswith("PORTICO_")}
    settings = {setting: stack.settings()[name] for name, setting in names.items()}
    return Settings(**settings | {"kratos_admin_url": stack.urls["kratos_admin"]} | changes)  # type: ignore[arg-type]


def deployment(stack: Stack, **changes: object) -> tuple[list[str], int]:
    """What the doctor says in this process."""
    ask = Probe(Transport())
    report = command.examine_deployment(settings_of(stack, **changes), ask, ask)
    return lines(report), exit_status(report)


def of_client(stack: Stack, client_id: str) -> list[str]:
    """What it says of a client."""
    return lines([*applications(stack).client(client_id)])


def of_request(stack: Stack, url: str) -> tuple[list[str], int]:
    """What it says of an application's request."""
    report = [*applications(stack).request(url)]
    return lines(report), exit_status(report)


def applications(stack: Stack) -> Applications:
    ask = Probe(Transport())
    return Applications(settings_of(stack), ask, ask)


def to_change(report: list[str]) -> list[str]:
    """Level and place of each finding that is none of "ok"."""
    findings = [line for line in report if line.startswith(("wrong ", "warning ", "cannot tell "))]
    return [f"{line[:13].strip()}: {line.partition('  [')[2].rstrip(']')}" for line in findings]


@pytest.fixture(scope="module")
def broken(kind: str) -> Iterator[Stack]:
    """A stack whose Kratos and Hydra are told other things than Portico's address, each of them once."""
    kratos = {
        "selfservice.flows.login.ui_url": "http://127.0.0.1:9/login",
        "selfservice.flows.recovery.ui_url": f"{ELSEWHERE}/recovery",
        "selfservice.flows.error.ui_url": f"{ELSEWHERE}/error",
        "selfservice.allowed_return_urls": [ELSEWHERE],
        "serve.public.cors.enabled": False,
        "cookies.domain": "portico.example",
    }
    hydra = {
        "urls.login": f"{ELSEWHERE}/login",
        "urls.registration": f"{ELSEWHERE}/registration",
        "urls.error": f"{ELSEWHERE}/error",
        "urls.post_logout_redirect": f"{ELSEWHERE}/bye",
        "urls.device.verification": "http://127.0.0.1:9/device",
        "urls.self.issuer": f"{ELSEWHERE}/",
    }
    with Stack(kind, kratos=kratos, hydra=hydra) as stack:
        yield stack


def test_a_healthy_deployment_has_nothing_to_change(site: Site) -> None:
    """As the command, in a process of its own."""
    command = [sys.executable, "-m", "app", "doctor"]
    env = site.stack.settings() | {"PORTICO_KRATOS_ADMIN_URL": site.urls["kratos_admin"]}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Nothing wrong was seen. Warnings: none. {UNSEEN}\n", "")


def test_what_is_broken_is_named_with_the_place_to_change_it(broken: Stack) -> None:
    report, status = deployment(broken)
    real = broken.kind == "real"  # the sandbox has no script for passkeys, and cookies and issuer as it pleases

    assert status == 1
    assert [line.removeprefix("wrong: ") for line in to_change(report)] == [
        "kratos.yml: selfservice.flows.login.ui_url",
        "kratos.yml: selfservice.flows.recovery.ui_url",
        "kratos.yml: selfservice.flows.error.ui_url",
        "kratos.yml: selfservice.allowed_return_urls",
        *(["kratos.yml: cookies.domain"] if real else []),
        *(["kratos.yml: serve.public.cors.enabled and allowed_origins"] if real else []),
        "hydra.yml: urls.self.issuer, or PORTICO_HYDRA_PUBLIC_URL",
        *("hydra.yml: urls.login", "hydra.yml: urls.registration", "hydra.yml: urls.error"),
        *("hydra.yml: urls.post_logout_redirect", "hydra.yml: urls.device.verification"),
    ], report


APIS = ("kratos_public", "kratos_admin", "hydra_public", "hydra_admin")


def test_the_address_of_another_api_is_the_one_thing_to_change(site: Site) -> None:
    """All four answer /health/ready."""
    for api, other in itertools.permutations(APIS, 2):
        report, status = deployment(site.stack, **{f"{api}_url": site.urls[other]})
        name = {"kratos": "Kratos'", "hydra": "Hydra's"}[other.partition("_")[0]]
        assert (status, to_change(report)) == (1, [f"wrong: PORTICO_{api.upper()}_URL"]), report
        assert f"{site.urls[other]} is the address of {name} {other.partition('_')[2]} API" in report[0]


def test_two_addresses_that_are_swapped_are_two_things_to_change(site: Site) -> None:
    for left, right in itertools.combinations(APIS, 2):
        swapped = {f"{left}_url": site.urls[right], f"{right}_url": site.urls[left]}
        report, _ = deployment(site.stack, **swapped)
        assert sorted(to_change(report)) == sorted(f"wrong: PORTICO_{api.upper()}_URL" for api in (left, right)), report


def test_a_wrong_setting_is_the_one_thing_to_change(site: Site) -> None:
    there, kratos, hydra = site.portico, site.urls["kratos_public"], site.hydra
    elsewhere = {name: url.replace("localhost", "127.0.0.1") for name, url in (("kratos", kratos), ("hydra", hydra))}
    base_url = "wrong: kratos.yml: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL"
    itself = "wrong: hydra.yml: urls.self.issuer and urls.self.public, or PORTICO_HYDRA_PUBLIC_URL"
    expected = {
        "a Kratos that is down": ({"kratos_public_url": "http://127.0.0.1:9"}, "wrong: PORTICO_KRATOS_PUBLIC_URL"),
        "a Hydra that is down": ({"hydra_admin_url": "http://127.0.0.1:9"}, "wrong: PORTICO_HYDRA_ADMIN_URL"),
        "Portico's own address": ({"kratos_public_url": there}, "wrong: PORTICO_KRATOS_PUBLIC_URL"),
        "https": ({"hydra_admin_url": f"https{site.urls['hydra_admin'][4:]}"}, "wrong: PORTICO_HYDRA_ADMIN_URL"),
        "another name of Kratos": ({"kratos_browser_url": elsewhere["kratos"]}, base_url),
        "another path of Kratos": ({"kratos_browser_url": f"{kratos}/kratos"}, base_url),
        "Kratos' admin API": ({"kratos_browser_url": site.urls["kratos_admin"]}, base_url),
        "another name of Hydra": ({"hydra_public_url": elsewhere["hydra"]}, itself),
        "Redis": ({"rate_limit_storage": "redis://127.0.0.1:9/0"}, "wrong: PORTICO_RATE_LIMIT_STORAGE"),
        "a flow": ({"kratos_flows": ["recovery", "verification"]}, "warning: PORTICO_KRATOS_FLOWS"),
    }

    places = {name: to_change(deployment(site.stack, **changes)[0]) for name, (changes, _) in expected.items()}

    assert places == {name: [place] for name, (_, place) in expected.items()}


def test_another_name_of_the_same_machine_is_the_one_thing_to_change(site: Site) -> None:
    """`localhost` and 127.0.0.1 are two hosts, and this Portico does not answer to the second one."""
    there = site.portico.replace("localhost", "127.0.0.1")
    report, status = deployment(site.stack, public_url=there)
    assert status == 1
    assert to_change(report) == [f"wrong: {HOST}"], report


def test_a_portico_that_neither_server_sends_browsers_to_is_one_mistake_of_each(site: Site) -> None:
    report, _ = deployment(site.stack, public_url="http://localhost:9")
    assert to_change(report) == [
        "cannot tell: PORTICO_PUBLIC_URL",
        "wrong: PORTICO_PUBLIC_URL, or every page in kratos.yml",
        "wrong: PORTICO_PUBLIC_URL, or every page in hydra.yml",
    ], report


@pytest.fixture(scope="module")
def slashed(kind: str) -> Iterator[Site]:
    """A site whose pages were all written with a slash too many, and two of them in each other's place."""
    at = "http://localhost:{portico}"
    pages = {f"selfservice.flows.{flow}.ui_url": f"{at}/{flow}/" for flow in ("login", "registration", "settings")}
    hydra = {"urls.login": f"{at}/login/", "urls.consent": f"{at}/logout/", "urls.logout": f"{at}/login/"}
    hydra |= {"urls.error": f"{at}/oauth2/error", "urls.post_logout_redirect": f"{at}/signed-out/"}
    with site_of(SlashedStack(kind, kratos=pages, hydra=hydra)) as site:
        yield site


class SlashedStack(Stack):
    """A stack whose settings may name Portico's port before it is known."""

    def _write_configuration(self) -> None:
        port = str(self.ports.portico)
        for changes in (self._kratos, self._hydra):
            changes.update({key: value.replace("{portico}", port) for key, value in changes.items()})
        super()._write_configuration()


def test_with_slashes_too_many_and_pages_in_each_others_place_people_sign_in_and_out(slashed: Site) -> None:
    ada, visitor = slashed.person("Ada"), Visitor(slashed)
    try:
        visitor.enter(ada, "demo")
        page = visitor.open(f"{slashed.demo}/demo").click("Sign out").press("action=accept")
        assert page.at(f"{slashed.demo}/demo")
        assert visitor.whoami() is None
        assert visitor.open(f"{slashed.hydra}/oauth2/auth?client_id=nobody").title.endswith("couldn't sign you in")
    finally:
        visitor.close()

    report, status = deployment(slashed.stack)

    assert (status, to_change(report)) == (0, []), report
    lines = [line for line in slashed.stack.logs("portico").splitlines() if "challenge_elsewhere" in line]
    assert any("hydra.yml: urls.consent" in line for line in lines)
    assert any("hydra.yml: urls.logout" in line for line in lines)


class TestLogout:
    """What Hydra says of a logout it refuses, on its error page and in the doctor's words."""

    def test_a_request_without_a_good_token_is_explained(self, site: Site, visitor: Visitor, ada: Person) -> None:
        for parameters, explanation in (
            ({"id_token_hint": "garbage"}, "id_token_hint cannot be read"),
            ({"id_token_hint": "e30.e30.AAAA"}, "id_token_hint cannot be read"),
            ({"state": "12345678"}, "state is set but id_token_hint is missing"),
            ({"post_logout_redirect_uri": f"{ELSEWHERE}/"}, "redirect_uri is set but id_token_hint is missing"),
        ):
            visitor.enter(ada, "demo")
            url = urls.with_query(f"{site.hydra}/oauth2/sessions/logout", **parameters)

            page = visitor.open(url)
            assert page.title == "The app couldn't sign you out"
            report, status = of_request(site.stack, url)
            assert (status, to_change(report)) == (1, ["wrong: the request: id_token_hint"]), report
            assert explanation in "".join(report)

            assert page.press("action=accept").at(f"{site.portico}/signed-out")
            assert visitor.whoami() is None

    def test_an_address_that_is_not_registered_is_shown_above_the_one_that_is(
        self, site: Site, visitor: Visitor, ada: Person
    ) -> None:
        visitor.enter(ada, "demo")
        hint, back = visitor.state("demo")["raw"]["id_token"], f"{site.demo}/demo/signed-out/"
        url = urls.with_query(f"{site.hydra}/oauth2/sessions/logout", id_token_hint=hint, post_logout_redirect_uri=back)
        assert visitor.open(url).title == "The app couldn't sign you out"
        report, _ = of_request(site.stack, url)
        assert to_change(report) == ["wrong: the client: post_logout_redirect_uris"]
        assert report[-2].split() == ["registered", back.rstrip("/")]

    def test_a_sign_out_that_is_opened_twice_is_called_over(self, site: Site, visitor: Visitor, ada: Person) -> None:
        visitor.enter(ada, "demo")
        visitor.open(f"{site.demo}/demo").click("Sign out").press("action=accept")
        assert (
            visitor.open(f"{site.hydra}/oauth2/sessions/logout?logout_verifier=used").title
            == "This sign-out request is over"
        )


@pytest.mark.parametrize("client", ["demo", "first-party"])
def test_the_request_it_prints_and_the_way_to_the_token_work(site: Site, client: str) -> None:
    """As printed, with the secret and a code that was never issued: only the way of authentication is tried."""
    report = of_client(site.stack, client)
    [request] = [line for line in report if line.startswith(f"{site.hydra}/oauth2/auth?")]
    [curl] = [shlex.split(line) for line in report if line.startswith("curl ")]
    assert of_request(site.stack, request) == (
        [f"ok           Hydra takes the request and sends the browser to {site.portico}/login."],
        0,
    )
    assert exchange(curl, client) == "invalid_grant"


def exchange(curl: list[str], client: str) -> str:
    """The error Hydra answers to a printed curl line."""
    secret = f"{client}-secret-for-localhost-only"
    words = [part.replace("<client secret>", secret) for part in curl]
    data = dict(words[place + 1].split("=", 1) for place, part in enumerate(words) if part == "--data-urlencode")
    user = tuple(words[words.index("-u") + 1].split(":")) if "-u" in words else None
    answer = requests.post(words[-1], data=data, auth=user, timeout=60)  # type: ignore[arg-type]
    return str(answer.json()["error"])


def test_why_hydra_refuses_a_request_is_told_in_its_words_with_the_place_to_change(site: Site) -> None:
    callback = f"{site.demo}/demo/callback"
    good = {"client_id": "demo", "redirect_uri": callback, "response_type": "code", "scope": "openid"}
    good |= {"state": "0123456789", "nonce": "0123456789"}
    for change, error, where, words in (
        ({"client_id": "demoo"}, "invalid_client", "the request: client_id", "Did you mean demo?"),
        ({"redirect_uri": f"{callback}/"}, "invalid_request", "the client: redirect_uris", "^ differs from here"),
        ({"redirect_uri": ""}, "invalid_request", "the client: redirect_uris", "redirect_uri"),
        ({"scope": "openid fax"}, "invalid_scope", "the client: scope", "fax"),
        ({"response_type": "token"}, "unsupported_response_type", "the client: response_types", "token"),
        ({"response_mode": "letter"}, "unsupported_response_mode", "the request: response_mode", "letter"),
        ({"state": "short"}, "invalid_state", "the request: state, 8 random characters or more", "8 characters"),
        ({"audience": "https://api.example.org"}, "invalid_request", "the client: audience", "https://api.example.org"),
    ):
        url = urls.with_query(f"{site.hydra}/oauth2/auth", **good | change)
        report, status = of_request(site.stack, url)
        [line] = [line for line in report if f"Hydra refuses the request with {error}." in line] or report

        assert status == 1
        assert line.endswith(f"{where}]"), report
        assert words in "".join(report), report
