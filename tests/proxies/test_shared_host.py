"""A host that has a site of its own: Portico, Kratos and Hydra below a path each, told apart by each proxy."""

import pytest

from app.config.settings import Settings
from app.doctor import command
from app.doctor.probe import Probe
from app.doctor.report import exit_status, lines
from app.ory.transport import Transport
from tests.journeys.site import Person, Site, Visitor
from tests.proxies.raw import send_without_end, talk
from tests.proxies.samples import SHARED_HOST
from tests.proxies.stack import ProxiedStack

pytestmark = pytest.mark.parametrize("proxy", SHARED_HOST, indirect=True, scope="session")


def get(site: Site, path: str):
    """The answer to exactly this path."""
    return talk(site, b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())


def test_all_pages_of_the_account_are_reached_from_it(site: Site, visitor: Visitor, ada: Person) -> None:
    home = visitor.sign_in(visitor.open(f"{site.portico}/sessions"), ada)
    assert home.at(f"{site.portico}/sessions")

    for link, path in (
        ("Your details and sign-in", "settings"),
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
    *("/hydra/oauth2/auth/..%2f..%2fadmin/clients", "/hydra/oauth2/auth/..;/..;/admin/clients"),
    *("/kratos/self-service/..%2fadmin/identities", "/kratos/schemas/..\\admin\\identities"),
    *("/auth/..%2fhydra/admin/clients", "/auth/..%2fkratos%2fadmin%2fidentities"),
    *("//auth/health/ready", "/auth//health/ready", "/%61uth/health/ready", "/auth%2fhealth%2fready"),
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


@pytest.mark.parametrize("document", ["openid-configuration", "oauth-authorization-server"])
def test_applications_find_hydra_both_ways(site: Site, document: str) -> None:
    """OpenID Connect Discovery adds to the issuer, RFC 8414 inserts before its path."""
    for path in (f"/hydra/.well-known/{document}", f"/.well-known/{document}/hydra"):
        answer = site.http.get(site.portico.removesuffix("/auth") + path, timeout=60)
        assert answer.json()["issuer"].rstrip("/") == site.hydra


def test_a_form_without_end_fills_no_memory(site: Site, stack: ProxiedStack) -> None:
    """F24."""
    before = stack.memory_of_proxy()
    send_without_end(site, b"/auth/login")
    assert stack.memory_of_proxy() - before < 64


@pytest.mark.parametrize("path", ["/auth/login", "/kratos/self-service/login/browser", "/hydra/oauth2/auth"])
def test_nobody_gets_a_tunnel(site: Site, path: str) -> None:
    """N42: what is sent through it would go past the rules for paths."""
    answer = talk(site, b"CONNECT %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
    assert answer.status in (400, 405)
    assert answer.request_ids == []


def doctor(site: Site, **changes: object) -> tuple[list[str], int]:
    """What it says, with these settings in place of the stack's."""
    values = site.stack.settings()
    own = {name.removeprefix("PORTICO_").lower(): values[name] for name in values if name.startswith("PORTICO_")}
    settings = Settings(**own | {"kratos_admin_url": site.urls["kratos_admin"]} | changes)
    ask = Probe(Transport(str(site.stack.authority)))
    report = command.examine_deployment(settings, ask, ask)
    return lines(report), exit_status(report)


def test_the_doctor_finds_nothing_to_change(site: Site) -> None:
    report, status = doctor(site)
    assert status == 0, report
    assert "PORTICO_FORWARDED_HOPS" not in "".join(report)


@pytest.mark.parametrize("hops", [0, 2])
def test_the_doctor_counts_the_proxies(site: Site, hops: int) -> None:
    """By what has become of an address that it made up."""
    [finding] = [line for line in doctor(site, forwarded_hops=hops)[0] if "PORTICO_FORWARDED_HOPS" in line]
    assert f"1 in front tells who asks, and {hops} believed" in finding
