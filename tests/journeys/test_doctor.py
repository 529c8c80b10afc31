"""`portico doctor` beside running servers: a healthy deployment, broken ones, a client, an application's request."""

import itertools
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from app.doctor.command import Doctor
from app.doctor.probe import Probe
from app.domain import urls
from app.settings import Settings
from app.upstream.wire import Wire
from tests.journeys.site import Person, Site, Visitor
from tests.stack.stack import ROOT, Stack

ELSEWHERE = "http://localhost:9"


def doctor(stack: Stack, **changes: object) -> Doctor:
    """The doctor with the stack's settings, in this process."""
    names = {name: name.removeprefix("PORTICO_").lower() for name in stack.settings() if name.startswith("PORTICO_")}
    given = {setting: stack.settings()[name] for name, setting in names.items()}
    settings = given | {"kratos_admin_url": stack.urls["kratos_admin"]} | changes
    return Doctor(Settings(**settings), Probe(Wire()))  # type: ignore[arg-type]


def to_change(lines: list[str]) -> list[str]:
    """Level and place of each finding that is none of "ok"."""
    found = [line for line in lines if line.startswith(("wrong ", "warning ", "cannot tell "))]
    return [f"{line[:13].strip()}: {line.partition('  [')[2].rstrip(']')}" for line in found]


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
    lines = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, ""), lines
    assert to_change(lines) == []
    assert lines[-1] == "Nothing has to be changed. Warnings: none."


def test_what_is_broken_is_named_with_the_place_to_change_it(broken: Stack) -> None:
    lines, status = doctor(broken).deployment()
    real = broken.kind == "real"  # the sandbox has no script for passkeys, and cookies and issuer as it pleases

    assert status == 1
    assert [line.removeprefix("wrong: ") for line in to_change(lines)] == [
        "kratos.yml: selfservice.flows.login.ui_url",
        "kratos.yml: selfservice.flows.recovery.ui_url",
        "kratos.yml: selfservice.flows.error.ui_url",
        "kratos.yml: selfservice.allowed_return_urls",
        *(["kratos.yml: cookies.domain"] if real else []),
        *(["kratos.yml: serve.public.cors.enabled and allowed_origins"] if real else []),
        "hydra.yml: urls.self.issuer, or PORTICO_HYDRA_PUBLIC_URL",
        "hydra.yml: urls.login",
        "hydra.yml: urls.registration",
        "hydra.yml: urls.error",
        "hydra.yml: urls.post_logout_redirect",
        "hydra.yml: urls.device.verification",
    ], lines


APIS = ("kratos_public", "kratos_admin", "hydra_public", "hydra_admin")


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(APIS, 2)))
def test_an_address_of_another_api_is_the_one_thing_to_change(site: Site, one: str, other: str) -> None:
    """All four answer /health/ready."""
    lines, status = doctor(site.stack, **{f"{one}_url": site.urls[other]}).deployment()

    assert status == 1
    assert to_change(lines) == [f"wrong: PORTICO_{one.upper()}_URL"], lines
    name = {"kratos": "Kratos'", "hydra": "Hydra's"}[other.partition("_")[0]]
    assert f"{site.urls[other]} is the address of {name} {other.partition('_')[2]} API" in "".join(lines)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(APIS, 2)))
def test_two_addresses_that_are_swapped_are_two_things_to_change(site: Site, one: str, other: str) -> None:
    swapped = {f"{one}_url": site.urls[other], f"{other}_url": site.urls[one]}

    lines, _ = doctor(site.stack, **swapped).deployment()

    assert sorted(to_change(lines)) == sorted(f"wrong: PORTICO_{name.upper()}_URL" for name in (one, other)), lines


def test_a_wrong_setting_is_the_one_thing_to_change(site: Site) -> None:
    there, kratos, hydra = site.portico, site.urls["kratos_public"], site.hydra
    elsewhere = {name: url.replace("localhost", "127.0.0.1") for name, url in (("kratos", kratos), ("hydra", hydra))}
    base_url = "wrong: kratos.yml: serve.public.base_url or PORTICO_KRATOS_BROWSER_URL"
    itself = "wrong: hydra.yml: urls.self.issuer and urls.self.public, or PORTICO_HYDRA_PUBLIC_URL"
    told = {
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
        "a host": ({"allowed_hosts": ["login.example.org"]}, "wrong: PORTICO_ALLOWED_HOSTS"),
    }

    found = {name: to_change(doctor(site.stack, **changes).deployment()[0]) for name, (changes, _) in told.items()}

    assert found == {name: [place] for name, (_, place) in told.items()}


def test_another_name_of_the_same_machine_is_the_one_thing_to_change(site: Site) -> None:
    """`localhost` and 127.0.0.1 are two hosts, and this Portico does not answer to the second one."""
    there = site.portico.replace("localhost", "127.0.0.1")

    lines, status = doctor(site.stack, public_url=there).deployment()

    assert status == 1
    assert to_change(lines) == ["wrong: the header Host that your proxy passes on, or PORTICO_PUBLIC_URL"], lines


def test_a_portico_that_neither_server_sends_browsers_to_is_one_mistake_of_each(site: Site) -> None:
    lines, _ = doctor(site.stack, public_url="http://localhost:9").deployment()

    assert to_change(lines) == [
        "cannot tell: PORTICO_PUBLIC_URL",
        "wrong: PORTICO_PUBLIC_URL, or every page in kratos.yml",
        "wrong: PORTICO_PUBLIC_URL, or every page in hydra.yml",
    ], lines


@pytest.fixture(scope="module")
def slashed(kind: str) -> Iterator[Site]:
    """A site whose pages were all written with a slash too many, and two of them in each other's place."""
    at = "http://localhost:{portico}"
    pages = {f"selfservice.flows.{flow}.ui_url": f"{at}/{flow}/" for flow in ("login", "registration", "settings")}
    hydra = {"urls.login": f"{at}/login/", "urls.consent": f"{at}/logout/", "urls.logout": f"{at}/login/"}
    hydra |= {"urls.error": f"{at}/oauth2/error", "urls.post_logout_redirect": f"{at}/signed-out/"}
    with SlashedStack(kind, kratos=pages, hydra=hydra) as stack:
        site = Site(stack)
        yield site
        site.http.close()


class SlashedStack(Stack):
    """A stack whose settings may name Portico's port before it is known."""

    def _write_configuration(self) -> None:
        port = str(self.ports.portico)
        for changes in (self._kratos, self._hydra):
            changes.update({key: value.replace("{portico}", port) for key, value in changes.items()})
        super()._write_configuration()


def test_with_slashes_too_many_and_pages_in_each_others_place_people_sign_in_and_out(
    slashed: Site,
) -> None:
    ada, visitor = slashed.person("Ada"), Visitor(slashed)
    try:
        visitor.enter(ada, "demo")
        page = visitor.open(f"{slashed.demo}/demo").click("Sign out").press("action=accept")
        assert page.at(f"{slashed.demo}/demo")
        assert visitor.whoami() is None
        assert visitor.open(f"{slashed.hydra}/oauth2/auth?client_id=nobody").title.endswith("could not sign you in")
    finally:
        visitor.close()

    lines, status = doctor(slashed.stack).deployment()

    assert (status, to_change(lines)) == (0, []), lines
    told = [line for line in slashed.stack.logs("portico").splitlines() if "challenge_elsewhere" in line]
    assert any("hydra.yml: urls.consent" in line for line in told)
    assert any("hydra.yml: urls.logout" in line for line in told)


class TestLogout:
    """What Hydra says of a logout it refuses, on its error page and in the doctor's words."""

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            ({"id_token_hint": "garbage"}, "id_token_hint cannot be read"),
            ({"id_token_hint": "e30.e30.AAAA"}, "id_token_hint cannot be read"),
            ({"state": "12345678"}, "state and post_logout_redirect_uri need an id_token_hint"),
            ({"post_logout_redirect_uri": f"{ELSEWHERE}/"}, "state and post_logout_redirect_uri need an id_token_hint"),
        ],
        ids=str,
    )
    def test_a_request_without_a_good_token_is_explained(
        self, site: Site, visitor: Visitor, ada: Person, parameters: dict[str, str], words: str
    ) -> None:
        visitor.enter(ada, "demo")
        url = urls.with_query(f"{site.hydra}/oauth2/sessions/logout", **parameters)

        page = visitor.open(url)
        assert page.title == "This application could not sign you out"
        lines, status = doctor(site.stack).authorize_url(url)
        assert status == 1
        assert any(line.startswith("wrong ") and words in line for line in lines), lines

        assert page.press("action=accept").at(f"{site.portico}/signed-out")
        assert visitor.whoami() is None

    def test_an_address_that_is_not_registered_is_shown_above_the_one_that_is(
        self, site: Site, visitor: Visitor, ada: Person
    ) -> None:
        visitor.enter(ada, "demo")
        hint, back = visitor.state("demo")["raw"]["id_token"], f"{site.demo}/demo/signed-out/"
        url = urls.with_query(f"{site.hydra}/oauth2/sessions/logout", id_token_hint=hint, post_logout_redirect_uri=back)

        assert visitor.open(url).title == "This application could not sign you out"
        lines, _ = doctor(site.stack).authorize_url(url)
        assert any("post_logout_redirect_uri is not registered" in line for line in lines), lines
        assert any(line.split()[0] == "registered" for line in lines), lines

    def test_a_sign_out_that_is_opened_twice_is_called_over(self, site: Site, visitor: Visitor, ada: Person) -> None:
        visitor.enter(ada, "demo")
        question = visitor.open(f"{site.demo}/demo").click("Sign out")
        question.press("action=accept")

        assert (
            visitor.open(f"{site.hydra}/oauth2/sessions/logout?logout_verifier=used").title == "This sign-out is over"
        )


@pytest.mark.parametrize("client", ["demo", "first-party"])
def test_the_request_it_prints_works_and_the_registered_way_to_the_token_is_the_right_one(
    site: Site, client: str
) -> None:
    """As printed, with the secret and a code that was never issued: only the way of authentication is tried."""
    lines, is_wrong = doctor(site.stack).client(client)
    registered, other = [shlex.split(line) for line in lines if line.startswith("curl ")]

    assert not is_wrong, lines
    assert exchange(registered, client) == "invalid_grant"
    assert exchange(other, client) == "invalid_client"


def exchange(curl: list[str], client: str) -> str:
    """The error Hydra answers to a printed curl line."""
    secret = f"{client}-secret-for-localhost-only"
    given = [part.replace("<client secret>", secret) for part in curl]
    data = dict(given[place + 1].split("=", 1) for place, part in enumerate(given) if part == "--data-urlencode")
    user = tuple(given[given.index("-u") + 1].split(":")) if "-u" in given else None
    answer = requests.post(given[-1], data=data, auth=user, timeout=10)  # type: ignore[arg-type]
    return str(answer.json()["error"])


def test_a_request_that_hydra_takes_has_nothing_to_change(site: Site) -> None:
    lines, _ = doctor(site.stack).client("demo")
    [request] = [line for line in lines if line.startswith(f"{site.hydra}/oauth2/auth?")]

    lines, is_wrong = doctor(site.stack).authorize_url(request)

    assert not is_wrong, lines
    assert {line[:13].strip() for line in lines} == {"ok"}, lines


@pytest.mark.parametrize(
    ("changes", "words", "error"),
    [
        ({"client_id": "demoo"}, "Did you mean demo?", "invalid_client"),
        ({"redirect_uri": "http://localhost:9/demo/callback"}, "redirect_uri is not registered.", "invalid_request"),
        ({"scope": "openid fax"}, "scope has fax", "invalid_scope"),
        ({"response_type": "token"}, "response_type is token", "unsupported_response_type"),
        ({"state": "short"}, "state has 5 characters", "invalid_state"),
        ({"audience": "https://api.example.org"}, "audience has https://api.example.org", "invalid_request"),
    ],
    ids=str,
)
def test_why_hydra_refuses_a_request_is_told_twice(site: Site, changes: dict[str, str], words: str, error: str) -> None:
    """By the registration, before Hydra is asked, and by Hydra: both have to agree."""
    callback = f"{site.demo}/demo/callback"
    good = {"client_id": "demo", "redirect_uri": callback, "response_type": "code", "scope": "openid"}
    asked = good | {"state": "0123456789", "nonce": "0123456789"} | changes

    lines, is_wrong = doctor(site.stack).authorize_url(urls.with_query(f"{site.hydra}/oauth2/auth", **asked))

    assert is_wrong
    assert any(line.startswith("wrong ") and words in line for line in lines), lines
    assert any(f"Hydra refuses the request with {error}:" in line for line in lines), lines
