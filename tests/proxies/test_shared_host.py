"""A host that has a site of its own: Portico, Kratos and Hydra below a path each, told apart by nginx."""

import os
from collections.abc import Callable, Iterator

import pytest

from app.config.settings import Settings
from app.doctor import command
from app.doctor.probe import Probe
from app.doctor.report import exit_status, lines
from app.ory.transport import Transport
from tests.journeys.site import Person, Site, Visitor, site_of
from tests.journeys.test_device import DONE, Television
from tests.proxies.raw import talk
from tests.proxies.samples import find
from tests.proxies.stack import ProxiedStack


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    if not find("nginx"):
        pytest.skip("needs nginx on PATH (Debian: apt-get install nginx)")
    admin = {"PORTICO_ACCOUNT_DELETION": "true"}
    stack = ProxiedStack(os.environ.get("STACK") or "auto", "shared host", portico_env=admin)
    stack._portico_env["PORTICO_KRATOS_ADMIN_URL"] = stack.urls["kratos_admin"]
    with site_of(stack) as site:
        yield site


def get(site: Site, path: str):
    """The answer to exactly this path."""
    return talk(site, b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())


def test_a_person_signs_in_allows_and_signs_out(site: Site, visitor: Visitor, ada: Person) -> None:
    login = visitor.ask()
    assert login.at(f"{site.portico}/login")
    consent = visitor.sign_in(login, ada)
    assert consent.at(f"{site.portico}/consent")
    assert visitor.claims(consent.press("action=accept"))["sub"] == ada.id
    assert visitor.claims(visitor.ask("first-party"), "first-party")["sub"] == ada.id  # without a question

    question = visitor.open(f"{site.demo}/demo").click("Sign out")
    assert question.at(f"{site.portico}/logout")
    assert question.press("action=accept").at(f"{site.demo}/demo")
    assert visitor.whoami() is None


def test_a_device_gets_its_tokens(site: Site, new_visitor: Callable[[], Visitor], ada: Person) -> None:
    television, visitor = Television(site, new_visitor()), new_visitor()

    code = visitor.open(television.shown["verification_uri_complete"])
    assert code.at(f"{site.portico}/device")
    consent = visitor.sign_in(code.press("Continue"), ada)

    assert consent.press("action=accept").title == DONE
    assert television.claims()["sub"] == ada.id


def test_who_forgot_the_password_comes_back_into_the_application(site: Site, visitor: Visitor, ada: Person) -> None:
    """By recovery and settings, whose return_to is ours only below our path."""
    page = visitor.ask().click("Forgot your password?")
    page = page.press("method=code", {"email": ada.email})
    page = page.press("method=code", {"code": site.mailed_code(ada)})
    assert page.at(f"{site.portico}/settings")
    page = page.press("method=password", {"password": f"another-{ada.password}"})

    assert visitor.claims(page.press("action=accept"))["sub"] == ada.id


def test_all_pages_of_the_account_are_reached_from_it(site: Site, visitor: Visitor, ada: Person) -> None:
    home = visitor.sign_in(visitor.open(f"{site.portico}/sessions"), ada)
    assert home.at(f"{site.portico}/sessions")

    for link, path in (
        ("Your details and how you sign in", "settings"),
        ("Your devices", "sessions"),
        ("Connected apps", "apps"),
    ):
        assert visitor.open(f"{site.portico}/").click(link).at(f"{site.portico}/{path}")
    gone = visitor.open(f"{site.portico}/leave").press("Delete account", {"sure": "yes"})

    assert gone.title == "Your account is deleted"
    assert visitor.whoami() is None


def test_cookies_are_for_the_host_and_named_by_the_path(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)

    names = {cookie.name: cookie.path for cookie in visitor.http.cookies}
    ours = {name for name in names if "portico" in name or "last-used" in name}
    assert "__Host-portico.auth" in ours
    assert all(name.startswith("__Host-") and ".auth" in name for name in ours)
    assert set(names.values()) == {"/"}, "Kratos' has to come to /auth, and a __Host- has no other path"


NOBODYS = [
    "/",
    "/login",
    "/static/app.css",
    "/health/ready",
    "/auth/health/ready",
    "/auth/%68ealth/ready",
    "/authx/login",
]
NOBODYS += ["/kratos/admin/identities", "/kratos/health/ready", "/kratos/self-service/../admin/identities", "/kratos"]
NOBODYS += [
    "/hydra/admin/clients",
    "/hydra/oauth2/auth/../../admin/clients",
    "/hydra//admin/clients",
    "/self-service/login",
]
# The same as others may spell it.
NOBODYS += [
    "/hydra/oauth2/auth/..%2f..%2fadmin/clients",
    "/hydra/oauth2/auth/..;/..;/admin/clients",
    "/kratos/self-service/..%2fadmin/identities",
    "/kratos/schemas/..\\admin\\identities",
    "/auth/..%2fhydra/admin/clients",
    "/auth/..%2fkratos%2fadmin%2fidentities",
    "//auth/health/ready",
    "/auth//health/ready",
    "/%61uth/health/ready",
    "/auth%2fhealth%2fready",
]


@pytest.mark.parametrize("path", NOBODYS)
def test_what_is_no_page_and_no_public_api_is_the_sites_own(site: Site, path: str) -> None:
    answer = get(site, path)

    assert answer.status == 404
    assert answer.request_ids == []


@pytest.mark.parametrize("path", ["/.well-known/change-password", "/.well-known/passkey-endpoints"])
def test_what_browsers_ask_the_origin_for_is_ours(site: Site, path: str) -> None:
    answer = get(site, path)

    assert (answer.status, len(answer.request_ids)) in ((200, 1), (303, 1))
    assert f"{site.portico}/settings#".encode() in answer.data


def test_applications_find_hydra_both_ways(site: Site) -> None:
    """OpenID Connect Discovery adds to the issuer, RFC 8414 inserts before its path."""
    origin = site.portico.removesuffix("/auth")
    for name in ("openid-configuration", "oauth-authorization-server"):
        for path in (f"/hydra/.well-known/{name}", f"/.well-known/{name}/hydra"):
            assert site.http.get(origin + path, timeout=60).json()["issuer"].rstrip("/") == site.hydra


def test_the_doctor_finds_nothing_to_change(site: Site) -> None:
    values = site.stack.settings()
    own = {name.removeprefix("PORTICO_").lower(): values[name] for name in values if name.startswith("PORTICO_")}
    settings = Settings(**own | {"kratos_admin_url": site.urls["kratos_admin"]})
    ask = Probe(Transport(str(site.stack.authority)))

    report = command.deployment(settings, ask, ask)

    assert exit_status(report) == 0, lines(report)
