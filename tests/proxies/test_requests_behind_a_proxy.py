"""What each proxy says of a browser, and what of a request it lets through: the samples of docs/proxies as they are."""

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_device import Television
from tests.proxies.raw import connections_at, holding, send_without_end, talk
from tests.proxies.stack import ProxiedStack
from tests.stack.stack import ROOT

LIES = dict.fromkeys(("True-Client-Ip", "X-Real-Ip", "X-Forwarded-For", "X-Client-Ip"), "192.0.2.66")
LIES |= {"Forwarded": "for=192.0.2.66;host=evil.example;proto=http", "X-Forwarded-Host": "evil.example"}
LIES |= {"Cf-Ipcity": "Nowhere", "Cf-Region-Code": "NW", "Cf-Ipcountry": "ZZ"}
LIES |= {"X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "1"}


class From(HTTPAdapter):
    """Connections that come from an address of this machine's own."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options) -> None:
        super().init_poolmanager(*arguments, **options, source_address=(self.address, 0))


def tries(new_visitor: Callable[[], Visitor], address: str, number: int) -> list[int]:
    """How wrong codes are answered, ten in each browser; each says that it comes from elsewhere."""
    statuses = []
    for first in range(0, number, 10):
        visitor = new_visitor()
        visitor.http.mount("https://", From(address))
        page = visitor.open(Television(visitor.site, new_visitor()).shown["verification_uri"])
        for place in range(first, min(first + 10, number)):
            visitor.http.headers.update(dict.fromkeys(("X-Forwarded-For", "X-Real-Ip"), f"192.0.2.{place}"))
            page = page.press("Continue", {"user_code": "WRNGCODE"})
            statuses.append(page.status)
            if page.status == 429:
                return statuses
    return statuses


def test_tries_are_counted_by_the_address_that_the_proxy_sees(new_visitor: Callable[[], Visitor]) -> None:
    """N28 N29: sixty from one, whatever it says of itself; nobody else is held back by them."""
    spent = tries(new_visitor, "127.0.0.3", 61)
    assert (len(spent), spent[-1], 429 in spent[:-1]) == (61, 429, False)
    assert 429 not in tries(new_visitor, "127.0.0.4", 1)


def test_where_somebody_signed_in_from_is_the_proxys_word_too(site: Site, visitor: Visitor, ada: Person) -> None:
    """Kratos believes True-Client-IP and X-Real-IP before X-Forwarded-For, and Cf-Ip* about the place; people read both
    under Sessions."""
    visitor.http.headers.update(LIES)
    visitor.enter(ada)
    [session] = site.admin("GET", "kratos", f"/admin/identities/{ada.id}/sessions")
    addresses = {device["ip_address"] for device in session["devices"]}
    assert addresses <= {"127.0.0.1", ""}
    assert site.stack.kind == "sandbox" or addresses == {"127.0.0.1"}
    assert {device.get("location", "") for device in session["devices"]} <= {""}


def test_a_request_has_one_id_in_every_log(site: Site, visitor: Visitor) -> None:
    """The proxy's, not one that a browser made up; nor does a browser choose a trace."""
    visitor.http.headers["X-Request-Id"] = "made-up-by-a-browser"
    visitor.http.headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    address = next(step.url for step in visitor.ask().steps if "login_challenge=" in step.url)

    number = visitor.http.get(address, allow_redirects=False, timeout=60).headers["X-Request-Id"]

    assert number in site.stack.logs("portico")
    if site.stack.kind == "real":  # the sandbox logs nothing
        assert number in site.stack.logs("kratos")
        assert number in site.stack.logs("hydra")
    assert "made-up-by-a-browser" not in site.stack.logs("portico")
    assert "trace_id" not in site.stack.logs("portico")


SLOW = {
    "nothing": b"",
    "half a head": b"POST /language HTTP/1.1\r\nHost: localhost\r\n",
    "half a body": b"POST /language HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlanguage=de",
    "half a chunk": b"POST /language HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n32\r\nlanguage",
}


@pytest.mark.parametrize("data", SLOW.values(), ids=SLOW)
def test_slow_clients_do_not_get_as_far_as_portico(site: Site, visitor: Visitor, data: bytes) -> None:
    """F15: what it holds itself are the proxy's few kept connections."""
    before = connections_at(site.stack.ports.portico)
    with holding(site, data, 150):
        assert visitor.open(f"{site.portico}/robots.txt").status == 200
        assert connections_at(site.stack.ports.portico) - before < 75


def test_a_form_without_end_fills_no_memory(site: Site, stack: ProxiedStack, visitor: Visitor) -> None:
    """F24: to read a request whole before it is passed on is to keep it."""
    before = stack.memory_of_proxy()
    send_without_end(site, b"/login")
    assert stack.memory_of_proxy() - before < 64
    assert visitor.open(f"{site.portico}/robots.txt").status == 200


NOT_PUBLIC = [
    *("/health", "/health/ready", "/health/alive", "/admin", "/admin/", "/admin/clients", "/admin/identities"),
    *("//admin/clients", "/%61dmin/clients", "/./admin/clients", "/x/../admin/clients", "/ADMIN/clients"),
    *("/self-service/../admin/identities", "/self-service/%2e%2e/admin/identities", "/admin%2fclients"),
    *("/oauth2/auth/../../admin/clients", "/oauth2/auth/..%2f..%2fadmin/clients", "/oauth2/auth/..;/..;/admin/clients"),
    *("/schemas/..//../admin/identities", "/schemas/..\\admin\\identities"),
    *("//health/ready", "/%68ealth/ready", "/health%2fready", "/static/../health/ready"),
]


@pytest.mark.parametrize("path", NOT_PUBLIC)
def test_health_and_admin_apis_are_nowhere(site: Site, path: str) -> None:
    """Nor under any other spelling of their paths; a redirect to a plain one ends there too."""
    answer = get(site, path)
    assert 300 <= answer.status < 500
    assert b"client_id" not in answer.data
    assert b'"traits"' not in answer.data
    if answer.location.startswith(("/", site.portico)):
        assert get(site, urlsplit(answer.location).path).status in (400, 404)


def test_each_path_of_the_table_in_the_docs_goes_where_it_says(site: Site) -> None:
    """Of Portico's answers each has an id; Kratos' and Hydra's have none."""
    guide = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    rows = guide.partition("<!-- paths -->")[2].partition("<!-- /paths -->")[0].splitlines()
    elsewhere = [path for row in rows if "public API" in row for path in re.findall(r"`(/[^`]+)`", row)]
    assert len(elsewhere) > 10
    assert [path for path in elsewhere if get(site, path).request_ids] == []
    assert all(get(site, path).request_ids for path in ("/", "/sessions", "/oauth2/error", "/robots.txt", "/nowhere"))


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_applications_find_hydra_at_the_host_name(site: Site, name: str) -> None:
    """Those of OpenID Connect by the first, those of plain OAuth, as MCP's, by the second (RFC 8414)."""
    issuer = site.http.get(f"{site.portico}/.well-known/{name}", timeout=60).json()["issuer"]
    assert issuer.rstrip("/") == site.portico


ODD = ["//login", "///login", "//evil.example/login", "/login/", "/login%2f", "/%2flogin", "/login//", "/./login"]
ODD += [
    *("/login/..", "/login/../consent", "/login;a=b", "/login%00"),
    *("/%2e%2e/login", "/\\evil.example", "/login%0d%0aX:1"),
]


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_leads_nowhere_else(site: Site, path: str) -> None:
    """N42: whatever is made of it, browsers stay here, and nothing of it becomes a header."""
    answer = get(site, path)
    assert 200 <= answer.status < 500
    assert b"\r\nX:1" not in answer.data
    target = urlsplit(urljoin(site.portico, answer.location))
    assert (target.scheme, target.netloc) == ("https", urlsplit(site.portico).netloc)


def get(site: Site, path: str):
    """The answer to exactly this path: clients tidy it up."""
    return talk(site, b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())


def test_static_files_are_whole_and_may_be_kept(site: Site, stack: ProxiedStack, visitor: Visitor) -> None:
    direct = site.http.get(f"{stack.direct['portico']}/static/app.css", timeout=60)
    answer = visitor.http.get(f"{site.portico}/static/app.css", timeout=60)
    assert answer.content == direct.content
    assert answer.headers["Cache-Control"] == direct.headers["Cache-Control"]
    assert "X-Request-Id" in answer.headers


def test_http_leads_to_https(stack: ProxiedStack) -> None:
    """With the whole address: challenges have more than a thousand characters."""
    query = f"login_challenge={'c' * 3000}"
    answer = requests.get(f"http://localhost:{stack.place.http}/login?{query}", allow_redirects=False, timeout=60)
    assert answer.status_code in (301, 308)
    target = urlsplit(answer.headers["Location"])
    assert (target.scheme, target.hostname, target.path, target.query) == ("https", "localhost", "/login", query)
