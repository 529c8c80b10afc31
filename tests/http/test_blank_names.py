"""An application whose name shows as nothing is called by its id, on every page (N77)."""

from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import BOB, BROWSER_HYDRA, GRANTS, PUBLIC, authorize, flow
from tests.support.upstream import KRATOS as KRATOS_URL

BLANK = ["", "   ", "\u200b\u2060\ufeff", "\u202e\u202c", "\u3164\u2800", "\u00a0\t\n", "\u0301\ufe0f"]
DEVICE = f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo"


def login_page(client, upstream, about):
    body = flow("login/choose_method", return_to=f"{PUBLIC}/login?login_challenge=c&n=1")
    upstream.on("GET", f"{KRATOS_URL}/self-service/login/flows", 200, body)
    upstream.asks("login", client=about)
    return client.get("/login?flow=flow-1")


def account_page(client, upstream, about):
    upstream.asks("login", client=about, oidc_context={"id_token_hint_claims": {"sub": BOB}})
    upstream.signed_in()
    return client.get("/login?login_challenge=c")


def late_login_page(client, upstream, about):
    reply = upstream.asks("login", client=about, request_url=authorize(prompt="login"))
    upstream.signed_in()
    client.get("/login?login_challenge=c")
    upstream.mock.remove(reply)
    upstream.asks("login", status=401)
    return client.get("/login?login_challenge=c")


def consent_page(client, upstream, about):
    upstream.asks("consent", client=about)
    upstream.signed_in()
    return client.get("/consent?consent_challenge=c")


def device_consent_page(client, upstream, about):
    upstream.asks("consent", client=about, request_url=DEVICE)
    upstream.signed_in()
    return client.get("/consent?consent_challenge=c")


def other_persons_page(client, upstream, about):
    upstream.asks("consent", client=about)
    upstream.signed_in(BOB)
    return client.get("/consent?consent_challenge=c")


def late_consent_page(client, upstream, about):
    reply = upstream.asks("consent", client=about)
    upstream.signed_in()
    client.get("/consent?consent_challenge=c")
    upstream.mock.remove(reply)
    upstream.asks("consent", status=401)
    return client.get("/consent?consent_challenge=c")


def logout_page(client, upstream, about):
    upstream.asks("logout", client=about)
    upstream.signed_in()
    return client.get("/logout?logout_challenge=c")


def apps_page(client, upstream, about):
    grant = {"consent_request": {"client": {"client_id": "demo"} | about}, "grant_scope": ["openid"]}
    upstream.on("GET", GRANTS, 200, [grant])
    upstream.signed_in()
    return client.get("/apps")


PAGES = [
    *(login_page, account_page, late_login_page, consent_page, device_consent_page),
    *(other_persons_page, late_consent_page, logout_page, apps_page),
]


@each_case("page", PAGES)
@each_case("name", BLANK)
def test_a_name_that_shows_as_nothing_gives_way_to_the_id(client, upstream, page, name):
    text = words(parsed(page(client, upstream, {"client_id": "billing-1", "client_name": name})))
    assert "billing-1" in text


@each_case("page", PAGES)
def test_what_turns_the_text_around_a_name_is_left_out(client, upstream, page):
    text = page(client, upstream, {"client_name": "\u202eknaB\u202c\u2066 Bank\x07"}).text
    assert "knaB" in text
    assert not set(text) & set("\u202e\u202c\u2066\x07")
