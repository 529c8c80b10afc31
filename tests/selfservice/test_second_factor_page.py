"""The page of a second factor: one way to give it, the others folded, and whose account it is."""

from tests.payloads.bodies import load, messages
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, query

MESSAGES = {message.id: message.text for message in messages()}
ADA = "You're signed in as ada@example.org."


def opened(client, upstream, name, **change):
    body = load(name) | {"return_to": "", "request_url": ""} | change
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    return parsed(client.get("/login?flow=f"))


@each_case(
    "name, first, folded",
    [
        ("login/aal2_all", "totp", ["webauthn", "lookup_secret"]),
        ("login/aal2_code_or_totp", "totp", ["code"]),
        ("login/aal2_lookup", "lookup_secret", []),
        ("login/refresh_aal2", "totp", ["webauthn", "lookup_secret"]),
        ("login/aal2_code_sent", "code", []),
    ],
)
def test_one_way_is_shown(client, upstream, name, first, folded):
    upstream.signed_in()
    page = opened(client, upstream, name)
    assert [form["data-group"] for form in page.select("main > form[data-group]")] == [first]
    assert [form["data-group"] for form in page.select("details form[data-group]")] == folded
    summaries = [words(summary) for summary in page.main("summary")]
    assert summaries == ["Try another way"] * bool(folded)


def test_what_went_wrong_is_shown(client, upstream):
    upstream.signed_in()
    page = opened(client, upstream, "login/aal2_all", active="lookup_secret")
    assert page.select_one("main > form[data-group]")["data-group"] == "lookup_secret"


@each_case("name", ["login/aal2_totp", "login/refresh_password", "login/refresh_nothing"])
def test_the_account_is_named_beside_the_way_to_another(client, upstream, name):
    upstream.signed_in()
    page = opened(client, upstream, name)
    [who] = page.select(".who")
    assert words(who) == f"{ADA} Not you? Sign out"
    assert len(page.select("[data-testid=logout-link]")) == 1


def test_on_the_way_into_an_application_the_other_account_goes_there_too(client, upstream):
    upstream.signed_in()
    upstream.asks("login")
    page = opened(client, upstream, "login/aal2_totp", return_to="http://localhost:3000/login?login_challenge=c&n=1")
    form = page.select_one(".who form")
    assert form["action"] == "/login/account"
    assert words(form) == "Not you? Use a different account"


BEGIN = f"{KRATOS}/self-service/login/browser"


def test_before_the_second_factor_the_account_is_named_by_a_flow_for_the_first(client, upstream):
    """Kratos' whoami refuses a session with one of two factors (`required_aal: highest_available`)."""
    upstream.aal2_required()
    begun = upstream.on("GET", BEGIN, 200, load("login/refresh_password"))
    [who] = opened(client, upstream, "login/aal2_totp").select(".who")
    assert words(who) == f"{ADA} Not you? Sign out"
    assert begun.calls[0].request.params == {"refresh": "true"}


def test_a_flow_for_anybody_names_nobody(client, upstream):
    """Kratos begins one without `refresh` if the session has just ended: its identifier is what somebody typed."""
    upstream.aal2_required()
    upstream.on("GET", BEGIN, 200, load("login/refresh_password") | {"refresh": False})
    assert not opened(client, upstream, "login/aal2_totp").select(".who")


@each_case("answer", [(200, "login/refresh_nothing"), (400, {}), (401, {}), (403, {}), (500, {})])
def test_where_kratos_does_not_say_who_it_is_nobody_is_named(client, upstream, answer):
    status, body = answer
    upstream.aal2_required()
    upstream.on("GET", BEGIN, status, load(body) if isinstance(body, str) else body)
    page = opened(client, upstream, "login/aal2_totp")
    assert not page.select(".who")
    assert words(page.select_one("[data-testid=logout-link]")) == "Not you? Sign out"


def test_nobody_is_named_where_nobody_is_signed_in(client, upstream):
    upstream.nobody()
    page = opened(client, upstream, "login/aal2_totp")
    assert not page.select(".who")
    assert words(page.select_one("[data-testid=logout-link]")) == "Not you? Sign out"


@each_case("status", [500, 503, 429])
def test_that_kratos_fails_to_say_it_costs_nobody_the_page(client, upstream, status):
    upstream.on("GET", f"{KRATOS}/sessions/whoami", status, {})
    assert opened(client, upstream, "login/aal2_totp").select("[name=totp_code]")


def test_a_name_is_not_put_into_what_is_sent(client, upstream):
    """Of a code that was sent the identifier says where."""
    upstream.signed_in()
    page = opened(client, upstream, "login/aal2_code_wrong")
    assert "ada@example.org" not in {field["value"] for field in page.select("form[data-group] [name=identifier]")}


@each_case("message", [4000011, 4000013, 4000014])
def test_a_factor_that_was_removed_meanwhile_is_not_asked_for_again(client, upstream, message):
    """Kratos shows the same form again; a login that begins anew leads whoever is signed in on."""
    back = "http://localhost:3000/login?login_challenge=c&n=1"
    upstream.asks("login")
    body = load("login/aal2_totp") | {"return_to": back, "request_url": ""}
    body["ui"]["messages"] = [{"id": message, "type": "error", "text": MESSAGES[message]}]
    known = upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    where, _, parameters = client.get("/login?flow=f").headers["Location"].partition("?")
    assert (where, query(f"?{parameters}")) == (f"{BROWSER_KRATOS}/self-service/login/browser", {"return_to": back})
    upstream.mock.remove(known)


def test_what_a_hook_says_by_that_number_is_not_taken_for_it(client, upstream):
    upstream.signed_in()
    body = load("login/aal2_totp")
    body["ui"]["messages"] = [{"id": 4000011, "type": "error", "text": "Your contract has ended."}]
    assert "Your contract has ended." in words(opened(client, upstream, "login/aal2_totp", ui=body["ui"]))
