"""What is fuzzed: each target takes bytes and fails where a promise of Portico's does not hold."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, urljoin

from app import urls
from app.claims.rules import MAX_BYTES, RESERVED, STANDARD, claims, parse_rules
from app.ory import models, redirect_uris
from app.ory.authorization_request import Parameters
from app.ory.challenges import Grant, LoginRequest, LogoutRequest
from app.ory.identity_names import display_name
from app.ory.transport import Reply
from tests.fuzz.choices import Choices, changed
from tests.fuzz.wire import served, wire
from tests.payloads.bodies import NAMES, load
from tests.support.hostile_nodes import answer_for
from tests.support.pages import as_a_browser_reads, fields
from tests.support.upstream import ADA, PUBLIC, Upstream, authorize, session

SITE = "https://portico.example"
URLS = (urls.Urls(SITE, "https://kratos.example", "https://hydra.example"), urls.Urls("", "http://localhost:4433"))


def addresses(data: bytes) -> None:
    """No address breaks a reader; what passes leads where it says."""
    url = Choices(data).rest()
    parts, read = urls.split(url), redirect_uris.target(url)
    if parts:
        assert urls.origin(urls.origin(url)) == urls.origin(url) != ""
        host = (parts.hostname or "").removesuffix(".")
        assert read is None or read.host.strip("[]") in (host, redirect_uris._address(host))
    if urls.is_path(url):
        assert urljoin(SITE, as_a_browser_reads(url)).startswith(f"{SITE}/")
    assert urls.https_link(url) == "" or urls.https_link(url).startswith("https://")
    for deployment in URLS:
        if target := deployment.return_to_of(url):
            assert deployment.return_to_of(deployment.login(target.challenge, target.round_trips)) is not None
        deployment.can_return_to(url), deployment.is_at_kratos(url), deployment.is_at_hydra(url, url)
    redirect_uris.hosts([url], "de"), redirect_uris.are_safe_from_interception([url])
    redirect_uris.matches(url, ["http://127.0.0.1/cb", url[:20]])


def queries(data: bytes) -> None:
    """A parameter that is set is read again, and the others stay."""
    url = Choices(data).rest()
    before = [pair for pair in urls.pairs(url) if pair[0] != "prompt"]
    changed_url = urls.with_query(url, prompt="a b&c=#é")
    assert urls.pairs(changed_url) == [*before, ("prompt", "a b&c=#é")]
    assert "login" in urls.query(urls.with_prompt_login(url))["prompt"].split(" ")
    assert "registration" not in urls.words(urls.query(urls.without_registration(url)).get("prompt", ""))
    assert urls.query(url) == dict(reversed(urls.pairs(url)))


def authorization_requests(data: bytes) -> None:
    """No query and no request object breaks the reader; what it reads is bounded and can be shown."""
    choices = Choices(data)
    text, payload = choices.text(), choices.rest()
    token = urlsafe_b64encode(payload.encode(errors="replace")).decode().rstrip("=")
    for request in (f"&request=e30.{token}.", f"&request={quote(payload, errors='replace')}", f"&{payload}"):
        url = f"http://localhost:4444/oauth2/auth?client_id=x&scope=openid&{text}{request}"
        read = Parameters.parse(url)
        assert len(read.login_hint) <= 320
        assert read.login_hint.isprintable()
        assert read.max_age is None or read.max_age >= 0
        assert not read.hidden or not read.redirect_uri
        assert read.redirect_uri.isascii() or redirect_uris.hosts([read.redirect_uri], "de") is not None
        read.can_be_repeated(0)
        if "login" in read.prompt:
            assert "login" in Parameters.parse(urls.with_prompt_login(url)).prompt


def answers(data: bytes) -> None:
    """No JSON breaks a model."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    LoginRequest.parse("c", models.mapping(value)), LogoutRequest.parse("c", models.mapping(value)), Grant.parse(value)
    models.Session.parse(value), models.micros(value), display_name(models.mapping(value))
    identity = models.Identity.parse({"traits": value, "verifiable_addresses": value, "updated_at": value})
    values = claims(identity, ["openid", "profile", "email", "phone", "address"], parse_rules(STANDARD)).values
    assert len(json.dumps(values, ensure_ascii=False).encode(errors="replace")) <= MAX_BYTES
    assert RESERVED.isdisjoint(values)


def flows(data: bytes) -> None:
    """Whatever Kratos sends for a flow, there is a page, and it keeps what every page keeps."""
    choices = Choices(data)
    name = choices.of(NAMES)
    body = changed(load(name), choices)
    with wire() as (client, upstream):
        client.checking = sum(data) % 4 == 0  # to parse a page takes ten times as long as to make it
        served(answer_for(client, upstream, name, body))


def logins(data: bytes) -> None:
    """Whatever Hydra and Kratos send, nobody is signed in but who is there."""
    choices = Choices(data)
    whoami = changed(session(), choices, 3)
    with wire() as (client, upstream):
        upstream.on("GET", Upstream.url("login"), 200, changed(challenge(), choices))
        upstream.whoami(whoami)
        upstream.ends_sessions()
        upstream.takes("login", "accept")
        upstream.takes("login", "reject")
        served(client.get("/login?login_challenge=c"))
        if upstream.sent("PUT", "accept"):
            assert upstream.body("accept")["subject"] == whoami["identity"]["id"]
            assert whoami["active"] is True


def consents(data: bytes) -> None:
    """Whatever Hydra sends and a form holds, nothing is granted that was not asked for and posted."""
    choices = Choices(data)
    request = changed(challenge() | {"requested_scope": ["openid", "email", "photos"]}, choices)
    with wire() as (client, upstream):
        upstream.on("GET", Upstream.url("consent"), 200, request)
        upstream.chose()
        upstream.ends_sessions()
        upstream.signed_in()
        upstream.takes("consent", "accept")
        upstream.takes("consent", "reject")
        page = served(client.get("/consent?consent_challenge=c"))
        if page.status_code == 200 and b'action="/consent"' in page.data:
            form = [
                (name, choices.of([value, value, value, choices.text()])) for name, value in fields(page, "/consent")
            ]
            form = [(name, value.encode(errors="replace").decode()) for name, value in form if choices.number(9) != 1]
            served(client.send("/consent", [*form, ("action", "accept")]))
        if upstream.sent("PUT", "accept"):
            request = Reply(200, {}, json.dumps(request).encode()).json()
            assert set(upstream.body("accept")["grant_scope"]) <= set(models.strings(request.get("requested_scope")))
            assert request["subject"] == ADA


def requests(data: bytes) -> None:
    """Whatever a browser or a proxy sends, the answer is a page."""
    choices = Choices(data)
    path = choices.of(
        ["/login", "/consent", "/logout", "/device", "/error", "/settings", "/", "/language", "/sessions"]
    )
    method = choices.of(["GET", "POST", "HEAD"])
    names = ["Cookie", "X-Forwarded-For", "Accept-Language", "Referer", "Origin", "X-Request-Id", "Sec-Purpose", "Host"]
    headers = {choices.of(names): _header(choices.text()) for _ in range(choices.number(4))}
    query, body = choices.text(120).encode(errors="replace").decode("latin-1"), choices.text(120)
    with wire() as (client, upstream):
        upstream.nobody()
        form = "application/x-www-form-urlencoded"
        address = f"{PUBLIC}{path}"
        sent = body.encode(errors="replace")
        options = {"data": sent, "content_type": form} if method == "POST" else {}
        answer = client.open(address, method=method, query_string=query, headers=headers, **options)
        assert answer.status_code != 500


def _header(text: str) -> str:
    """Text as a header can carry it."""
    return "".join(sign for sign in text.encode(errors="replace").decode("latin-1") if sign not in "\r\n\x00")


def challenge() -> dict[str, object]:
    """A login or consent request of Hydra's for Ada."""
    return {
        "challenge": "c",
        "subject": ADA,
        "skip": False,
        "request_url": authorize(),
        "client": {"client_id": "demo", "client_name": "Demo", "redirect_uris": [], "audience": [], "metadata": {}},
        "requested_scope": ["openid"],
        "requested_access_token_audience": [],
        "oidc_context": {"acr_values": ["aal1"], "login_hint": "", "id_token_hint_claims": {"sub": ADA}},
        "login_session_id": "hydra-1",
        "context": {"kratos_session": "session-1"},
    }


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (addresses, queries, authorization_requests, answers, flows, logins, consents, requests)
}
