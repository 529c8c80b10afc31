"""What every answer of Portico has to keep to, whatever it says (the checks of the `client` fixture)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import html5lib
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.ory.flows import Flow, Message
from app.selfservice.localization import Localizer, localized_text
from app.selfservice.situations import Situation
from app.urls import origin
from tests.support.log_scan import LOG

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
POLICY = re.compile(
    r"default-src 'none'; script-src 'nonce-([A-Za-z0-9_-]{20,})'; style-src 'self'; "
    r"img-src 'self' data:((?: https://[^ ;]+)*); base-uri 'none'; frame-ancestors 'none'"
)
OF_FILES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
REDIRECTS = 303
DROP_IN = "http://localhost:4456"  # where a Portico is asked that has no address of its own: its links are paths
KRATOS, HYDRA = "http://localhost:4433", "http://localhost:4444"  # as browsers reach them
UNLABELLED = ("hidden", "submit", "button", "image", "reset")
OF_ONE_ANSWER = re.compile(r'(?<=<input type="hidden" name="csrf_token" value=")[^"]+')
IN_ORDER: set[str] = set()  # pages that were looked over
SHAPES_IN_ORDER: set[str] = set()  # the same, whatever is said on them
VALID: set[str] = set()  # their markup, whatever is said in it
TEXTS = re.compile(r'(>)[^<]*[^<\s][^<]*|( (?:alt|aria-label|content|data-testid|dir|href|lang|value)=")[^"]+')
MASTHEAD = re.compile(r'class="masthead"[^>]*>(.*?)</header>', re.DOTALL)
ADDRESS = re.compile(r'\b(?:href|src|action)="([^"]*)"')
H1 = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
BETWEEN_TAGS = re.compile(r"(?<=>)[^<]+|(?<==\")[^\"]+")  # texts, and values of attributes
ODD = r"&\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what may not stand in a page
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)  # to parse a page takes as long as to make it
INPUT = re.compile(r"<input\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
WORDS = re.compile(rf"(&[^;]*;)|[^\s{ODD}][^{ODD}]*")


def check(response: TestResponse, public_url: str, nonces: set[str]) -> None:
    """The invariants of an answer; `nonces` are those of the answers before it."""
    check_headers(response, public_url, nonces)
    if 300 <= response.status_code < 400 and response.status_code != 304:
        _check_redirect(response, public_url)
    if response.mimetype == "text/html" and response.data:
        _check_once(response)


def check_headers(response: TestResponse, public_url: str, nonces: set[str]) -> None:
    """What every answer carries, page or not."""
    headers = response.headers
    sent = {name: headers.get(name) for name in HEADERS}
    assert sent == HEADERS
    request = response.request
    of_a_brand = request.path.startswith("/static/brand/") and request.method in ("GET", "HEAD")
    if of_a_brand and response.status_code in (200, 304):
        assert headers.getlist("Content-Security-Policy") == [OF_FILES]
    else:
        policy = POLICY.fullmatch(headers["Content-Security-Policy"])
        assert policy, headers["Content-Security-Policy"]
        assert policy.group(1) not in nonces, "a nonce is good for one answer"
        nonces.add(policy.group(1))
    assert ("Strict-Transport-Security" in headers) == public_url.startswith("https:")
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", headers["X-Request-Id"])
    assert str(headers).isascii(), "the server answers 500 by itself where a header is not Latin-1 (N26)"
    is_asset = response.request.path.startswith("/static/") and response.status_code in (200, 304)
    is_asset = is_asset and response.request.method in ("GET", "HEAD")
    if is_asset:
        assert "no-store" not in headers.get("Cache-Control", "")
        assert "Set-Cookie" not in headers
    else:
        assert headers.getlist("Cache-Control") == ["no-store"]
        assert "ETag" not in headers
    for cookie in headers.getlist("Set-Cookie"):
        _check_cookie(cookie, public_url)


def _check_cookie(cookie: str, public_url: str) -> None:
    https = public_url.startswith("https:")
    name, _, attributes = cookie.partition("; ")
    prefix = "__Host-" if https else ""
    place = urlsplit(public_url).path.replace("/", ".")
    assert re.match(rf"{prefix}(portico{place}(-way[0-2]|-passkey)?|(language|last-used){place})=", name)
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes.split("; "))
    assert ("Secure" in attributes) == https
    assert "Domain" not in attributes
    assert len(cookie) < 4096


def _check_redirect(response: TestResponse, public_url: str) -> None:
    """303 only, so that nothing posted is sent again, and only to ourselves, Kratos and Hydra."""
    assert response.status_code == REDIRECTS
    location = as_a_browser_reads(response.headers["Location"])
    parts = urlsplit(urljoin(DROP_IN, location) if public_url == DROP_IN else location)
    assert location.startswith(f"{public_url}/") or f"{parts.scheme}://{parts.netloc}" in (public_url, KRATOS, HYDRA)
    assert response.data == b""


def as_a_browser_reads(location: str) -> str:
    """An address as browsers parse it: without control characters, a backslash for a slash (WHATWG URL)."""
    return re.sub(r"[\x00-\x20]", "", location).replace("\\", "/")


def _check_once(response: TestResponse) -> None:
    """Check a page unless the same one was found in order before, its nonce, token and request id apart."""
    nonce = POLICY.fullmatch(response.headers["Content-Security-Policy"])
    assert nonce
    page = OF_ONE_ANSWER.sub("token", response.get_data(as_text=True))
    page = page.replace(nonce[1], "nonce").replace(response.headers["X-Request-Id"], "id")
    if page in IN_ORDER:
        return
    _check_markup(response.get_data(as_text=True))
    _check_title(page)
    for address in ADDRESS.findall(page):
        assert not re.match(r"\s*(javascript|vbscript|data:text)", unescape(address), re.IGNORECASE)
    shape = TEXTS.sub(r"\1\2x", page)
    if shape not in SHAPES_IN_ORDER:
        _check_page(response)
    IN_ORDER.add(page)
    SHAPES_IN_ORDER.add(shape)


def _check_title(page: str) -> None:
    """It says what the heading says, and whose page it is."""
    (title,), (heading,) = re.findall("<title[^>]*>(.*?)</title>", page, re.DOTALL), H1.findall(page)
    before, shared, after = _said(title).partition(_said(heading))
    assert shared, "the title says what the heading says"
    how = re.search('class="[^"]*error-summary|role="status"', page)
    assert not before or how, "and nothing before it but that something is wrong or done"
    brand = MASTHEAD.search(page)
    assert brand
    alt = re.search(' alt="([^"]*)"', brand[1])
    assert after.endswith(f" – {_said(brand[1]) or (alt and _said(alt[1]))}"), "the service's name is its end"


def _said(html: str) -> str:
    """The text of a part of a page with single spaces."""
    return " ".join(unescape(re.sub("<[^>]*>", "", html)).split())


def _check_page(response: TestResponse) -> None:
    page = parsed(response)
    root = page.find("html")
    assert isinstance(root, Tag)
    assert root.get("lang")
    assert root.get("dir")
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), f"ids occur twice: {sorted(ids)}"
    assert not [id_ for id_ in ids if re.search(r"\s", id_)], "an id holds white space"
    _check_scripts(page, response.headers["Content-Security-Policy"])
    _check_controls(page)
    for form in page.find_all("form"):
        assert form.get("action")
        if form["action"].endswith("/language"):
            continue  # changes only what is shown (security.HARMLESS)
        if form["action"].startswith("/") and form.get("method", "").lower() == "post":
            focusable = [button for button in form.find_all("button") if {"id", "autofocus"} & button.attrs.keys()]
            assert not focusable, "a fragment would put the focus there, and an Enter held down presses it (B04)"
            assert form.find("input", {"name": "csrf_token", "type": "hidden", "value": True})


def _check_markup(page: str) -> None:
    """Valid HTML; pages that differ in words alone are alike."""
    markup = BETWEEN_TAGS.sub(lambda text: WORDS.sub(lambda word: word[1] or "x", text[0]), page)
    if markup not in VALID:
        html5lib.HTMLParser(strict=True).parse(page)
        VALID.add(markup)


def _check_scripts(page: BeautifulSoup, policy: str) -> None:
    for script in page.find_all("script"):
        assert f"'nonce-{script.get('nonce')}'" in policy
        assert not script.string, "scripts are files"
    assert not page.find_all("style")
    for tag in page.find_all(True):
        bad = [name for name in tag.attrs if name == "style" or name.startswith("on")]
        assert not bad, f"{tag.name} has {bad}"


def _check_controls(page: BeautifulSoup) -> None:
    for control in page.find_all(["input", "select", "textarea"]):
        if control.get("type") in UNLABELLED:
            continue
        label = control.find_parent("label") or (control.get("id") and page.find("label", {"for": control["id"]}))
        assert label, f"no label: {control}"
        assert words(label)
        for described in control.get("aria-describedby", "").split():
            assert page.find(id=described)
    for button in page.find_all("button"):
        assert words(button) or button.get("aria-label")


def words(tag: Tag) -> str:
    """The text of an element with single spaces."""
    return " ".join(tag.get_text().split())


def ours(
    message: Mapping[str, Any], node: Mapping[str, Any] | None = None, flow: Mapping[str, Any] | None = None
) -> str:
    """What a page says for a message or label of Kratos, in English; a message of a node calls that by its label.

    `flow`: the one it belongs to, which may tell more than the message does.
    """
    situation = Situation.of(Flow.parse(flow or {}))
    meant = situation.meant(Message.parse(message))
    context = dict(meant.context)
    if flow and (words := situation.words(meant)):
        return words.replace("%(sent_to)s", context.get("masked_address") or situation.sent_to)
    if node and "property" in context:
        context["property"] = ours(node["meta"]["label"])
    english = Localizer(str, " or ".join, lambda when: f"{when.day} {when:%B %Y}")
    return localized_text(replace(meant, context=context), english)


def parsed(response: TestResponse) -> BeautifulSoup:
    """The page of an answer."""
    return _parsed(response.get_data(as_text=True))


@lru_cache(maxsize=4)  # an answer is looked at several times: when it comes, and by the test
def _parsed(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser", store_line_numbers=False)  # who reads them waits a tenth longer


def heading(response: TestResponse) -> str:
    """The h1 of a page."""
    h1 = parsed(response).h1
    assert h1, response.get_data(as_text=True)
    return words(h1)


def fields(response: TestResponse, action: str) -> list[tuple[str, str]]:
    """What a browser would post of the page's form with this action, its button apart."""
    forms = FORM.findall(response.get_data(as_text=True))
    form = next((inside for tag, inside in forms if attributes_of(tag).get("action") == action), None)
    assert form is not None, f"no form {action}"
    controls = [attributes_of(control) for control in INPUT.findall(form)]
    on = [each for each in controls if "disabled" not in each and (each["type"] != "checkbox" or "checked" in each)]
    return [(each["name"], each.get("value", "on")) for each in on if each.get("name")]


def attributes_of(tag: str) -> dict[str, str]:
    """What stands in a tag of ours, all of whose values are in double quotes."""
    return {name: unescape(value) for name, value in ATTRIBUTE.findall(tag)}


def _note(response: TestResponse) -> None:
    """Remember the secrets of a request and its answer, which no log line may hold."""
    request, wire = response.request, LOG.wire
    wire.url(f"?{request.query_string.decode('latin-1')}")
    wire.cookies(request.headers.get("Cookie", ""))
    wire.url(response.headers.get("Location", ""))
    for cookie in response.headers.getlist("Set-Cookie"):
        wire.cookies(cookie.partition(";")[0])
    if response.mimetype == "text/html":
        wire.page(response.text)


class CheckedClient(FlaskClient):
    """Flask's test client as a browser at Portico's public address; every answer it gets keeps the invariants."""

    checking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nonces: set[str] = set()
        self.public_url: str = self.application.extensions["portico"].urls.public or DROP_IN

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request, check the answer."""
        kwargs.setdefault("base_url", self.public_url)
        kwargs.setdefault("buffered", True)
        response = super().open(*args, **kwargs)
        _note(response)
        if self.checking:
            check(response, self.public_url, self.nonces)
        return response

    def without_jar(self) -> "CheckedClient":
        """The same browser keeping no cookies: what it sends is the Cookie header a test gives it."""
        client = self.application.test_client(use_cookies=False)
        assert isinstance(client, CheckedClient)
        return client

    def send(self, action: str, body: list[tuple[str, str]], **kwargs: Any) -> TestResponse:
        """Post a form as a browser does, from a page of ours."""
        headers = {"Origin": origin(self.public_url), "Sec-Fetch-Site": "same-origin", **kwargs.pop("headers", {})}
        form = "application/x-www-form-urlencoded"
        LOG.wire.pairs(body)
        return self.post(action, data=urlencode(body), content_type=form, headers=headers, **kwargs)

    def submit(self, page: TestResponse, action: str, press: tuple[str, str] | None = None) -> TestResponse:
        """Press a button of the page's form with this action."""
        return self.send(action, fields(page, action) + ([press] if press else []))
