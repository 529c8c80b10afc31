"""`portico doctor` beside running servers: a healthy deployment, broken ones, a client, an application's request."""

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
from tests.journeys.site import Site
from tests.stack.stack import ROOT, Stack

ELSEWHERE = "http://localhost:9"


def doctor(stack: Stack, **changes: str) -> Doctor:
    """The doctor with the stack's settings, in this process."""
    names = {name: name.removeprefix("PORTICO_").lower() for name in stack.settings() if name.startswith("PORTICO_")}
    given = {setting: stack.settings()[name] for name, setting in names.items()}
    settings = given | {"kratos_admin_url": stack.urls["kratos_admin"]} | changes
    return Doctor(Settings(**settings), Probe(Wire()))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def broken(kind: str) -> Iterator[Stack]:
    """A stack whose Kratos and Hydra are told other things than Portico's address."""
    kratos = {
        "selfservice.flows.recovery.ui_url": f"{ELSEWHERE}/recovery",
        "selfservice.allowed_return_urls": [ELSEWHERE],
        "serve.public.cors.enabled": False,
    }
    hydra = {"urls.login": f"{ELSEWHERE}/login", "urls.post_logout_redirect": f"{ELSEWHERE}/bye"}
    with Stack(kind, kratos=kratos, hydra=hydra) as stack:
        yield stack


def test_a_healthy_deployment_has_nothing_to_change(site: Site) -> None:
    """As the command, in a process of its own."""
    command = [sys.executable, "-m", "app", "doctor"]
    env = site.stack.settings() | {"PORTICO_KRATOS_ADMIN_URL": site.urls["kratos_admin"]}

    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, ""), lines
    assert {line[:13].strip() for line in lines} == {"ok", "cannot tell"}, lines


def test_what_is_broken_is_named_with_the_place_to_change_it(broken: Stack) -> None:
    lines, is_wrong = doctor(broken).deployment()
    wrong = [line.partition("  [")[2].rstrip("]") for line in lines if line.startswith("wrong ")]

    assert is_wrong
    assert wrong == [
        "kratos.yml: selfservice.flows.recovery.ui_url",
        "kratos.yml: selfservice.allowed_return_urls",
        # the sandbox has no script for passkeys
        *(["kratos.yml: serve.public.cors.enabled and allowed_origins"] if broken.kind == "real" else []),
        "hydra.yml: urls.login",
        "hydra.yml: urls.post_logout_redirect",
    ], lines


def test_another_host_name_than_kratos_is_told_as_the_reason_for_lost_cookies(site: Site) -> None:
    """`localhost` and 127.0.0.1 are two hosts."""
    there = site.portico.replace("localhost", "127.0.0.1")

    lines, is_wrong = doctor(site.stack, public_url=there).deployment()

    assert is_wrong
    assert any("Browsers do not send Kratos' cookie to 127.0.0.1" in line for line in lines), lines


def test_a_server_that_is_down_is_told(site: Site) -> None:
    lines, is_wrong = doctor(site.stack, kratos_public_url="http://127.0.0.1:9").deployment()

    assert is_wrong
    assert any(line.endswith("[PORTICO_KRATOS_PUBLIC_URL]") and line.startswith("wrong ") for line in lines), lines


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
