"""What the policy, the referrer rule and the cookies of our answers do in a real browser.

Portico runs in this process, before faked upstreams; beside it is a third party's site, by https as links demand."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlencode

import playwright.sync_api as playwright
import pytest
import trustme
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.preview.site import Silent
from tests.support.browser_tabs import without_third_parties
from tests.support.fixtures import _app
from tests.support.upstream import Upstream

pytestmark = pytest.mark.browser

REPORTS = """() => {
  window.blocked = []
  addEventListener("securitypolicyviolation", event => blocked.push(event.effectiveDirective))
}"""


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@dataclass
class ThirdParty:
    """Somebody's site: its address, and what every request to it said of where it came from."""

    url: str = ""
    referrers: dict[str, str | None] = field(default_factory=dict)


@pytest.fixture
def third_party(tls: ssl.SSLContext) -> Iterator[ThirdParty]:
    site = ThirdParty()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.referrers[self.path] = self.headers["Referer"]
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "theirs=1; Secure; SameSite=None")
            self.end_headers()
            frame = f'<iframe src="{site.url.replace("127.0.0.1", "localhost")}/framed"></iframe>'
            self.wfile.write(b"<title>theirs</title>" + (frame.encode() if self.path == "/framing" else b""))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        site.url = f"https://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()


@contextmanager
def serving(make: Callable[[str], Flask], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a Portico in this process, which is made for it."""
    server = make_server("127.0.0.1", 0, Flask("nobody"), threaded=True, request_handler=Silent, ssl_context=tls)
    address = f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    portico = make(address)
    # Read whole: werkzeug's server leaves a file open where the browser breaks the connection off.
    server.app = Request.application(lambda request: Response.from_app(portico, request.environ, buffered=True))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tab(chromium: playwright.Browser) -> Iterator[playwright.Page]:
    """A tab that believes this machine's certificates; its console may complain: that is what is looked for here."""
    with chromium.new_context(ignore_https_errors=True) as context:
        yield without_third_parties(context.new_page())


def markup(third_party: str) -> dict[str, str]:
    """What would run or be fetched on a page without a policy, by the directive that stops it."""
    owned = "document.title = 'owned'"
    return {
        "script": f"<script>{owned}</script>",
        "another's script": f'<script src="{third_party}/script.js"></script>',
        "a script with a made-up nonce": f'<script nonce="AAAAAAAAAAAAAAAAAAAAAA">{owned}</script>',
        "a handler": f'<img src="/nowhere" onerror="{owned}">',
        "a handler in a drawing": f'<svg onload="{owned}"></svg>',
        "a picture": f'<img src="{third_party}/picture.png">',
        "a style": f'<style>@import "{third_party}/style.css"; h1 {{ display: none }}</style>',
        "a style sheet": f'<link rel="stylesheet" href="{third_party}/sheet.css">',
        "a frame": f'<iframe src="{third_party}/frame"></iframe>',
        "a document in a frame": f'<iframe srcdoc="<script>parent.{owned}</script>"></iframe>',
        "an object": f'<object data="{third_party}/object"></object>',
        "a base": f'<base href="{third_party}/">',
    }


@pytest.fixture(scope="module")
def unescaped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Portico whose error page has a mistake in it, as it could be one of ours: an operator's template."""
    templates = tmp_path_factory.mktemp("templates")
    (templates / "error.html").write_text(
        '{% extends "portico/error.html" %}'
        "{% block content %}{{ request.args.error_description | safe }}{{ super() }}{% endblock %}"
    )
    with serving(lambda url: _app(public_url=url, templates_dir=str(templates))) as portico:
        yield portico


@pytest.mark.parametrize("kind", markup(""))
def test_markup_that_slipped_through_escaping_is_stopped_by_the_policy(
    tab: playwright.Page, unescaped: str, third_party: ThirdParty, kind: str
) -> None:
    """B02."""
    tab.add_init_script(f"({REPORTS})()")
    query = urlencode({"error": "invalid_request", "error_description": markup(third_party.url)[kind]})
    tab.goto(f"{unescaped}/error?{query}")
    tab.wait_for_function("blocked.length || frames[0].blocked.length")  # where it was let into a frame
    assert tab.title().startswith("The app couldn't sign you in")
    assert tab.locator("h1").is_visible()
    assert tab.evaluate("document.baseURI").startswith(unescaped)
    assert third_party.referrers == {}, "nothing was fetched"


@pytest.mark.parametrize("words", ["Privacy policy", "Terms of use"])
def test_a_link_to_a_policy_tells_nobody_where_it_was_followed(
    tab: playwright.Page, upstream: Upstream, third_party: ThirdParty, words: str
) -> None:
    """B05: neither as a referrer nor by window.opener."""
    links = {"policy_uri": f"{third_party.url}/page", "tos_uri": f"{third_party.url}/page"}
    upstream.asks("consent", client=links)
    upstream.signed_in()
    with serving(lambda url: _app(public_url=url)) as portico:
        tab.goto(f"{portico}/consent?consent_challenge=c")
        with tab.expect_popup() as opened:
            tab.get_by_role("link", name=words).click()
        opened.value.wait_for_load_state()

        assert opened.value.title() == "theirs"
        assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]
        assert third_party.referrers["/page"] is None


def test_the_page_itself_tells_no_other_site_where_somebody_came_from(
    tab: playwright.Page, upstream: Upstream, third_party: ThirdParty
) -> None:
    """B05: an operator's own link may have no rel."""
    upstream.nobody()
    with serving(lambda url: _app(public_url=url)) as portico:
        tab.goto(f"{portico}/")
        with tab.expect_navigation():
            tab.evaluate("url => { location = url }", f"{third_party.url}/page")
        assert third_party.referrers["/page"] is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_form_finds_its_cookie_which_no_neighbour_can_set(
    tab: playwright.Page, upstream: Upstream, third_party: ThirdParty, tls: ssl.SSLContext, scheme: str
) -> None:
    """B06: `__Host-` where there is https; on a developer's machine there is none."""
    upstream.asks("consent")
    upstream.signed_in()
    upstream.takes("consent", "accept", f"{third_party.url}/answer")
    tab.clock.install()
    make = lambda url: _app(public_url=url, hydra_public_url=third_party.url)  # noqa: E731
    with serving(make, tls if scheme == "https" else None) as portico:
        tab.goto(f"{portico}/consent?consent_challenge=c")
        [cookie] = tab.context.cookies(portico)
        assert cookie["name"] == ("__Host-portico" if scheme == "https" else "portico")
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["domain"] == "localhost"
        tab.clock.fast_forward(1000)
        with tab.expect_navigation(url=f"{third_party.url}/answer"):
            tab.get_by_role("button", name="Allow", exact=True).click()


def test_these_browsers_keep_no_cookie_of_a_third_party(tab: playwright.Page, third_party: ThirdParty) -> None:
    """B06: so every journey shows that none is needed."""
    tab.goto(f"{third_party.url}/framing")
    assert "/framed" in third_party.referrers
    assert [cookie["domain"] for cookie in tab.context.cookies()] == ["127.0.0.1"]
