"""The badge on the way to sign in that worked last in this browser, by a cookie of its own."""

from tests.payloads.bodies import load, name_of, nodes
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import KRATOS, proof, session

PAGE = "/login?flow=f"
SOCIAL = {"method": "oidc", "aal": "aal1", "provider": "demo-id", "completed_at": proof(60)["completed_at"]}


def signs_in(client, upstream, *proofs):
    """A person whose session has these proofs opens their own page."""
    upstream.whoami(session(authentication_methods=list(proofs)))
    return client.get("/")


def badges(client, upstream, name="login/unified"):
    """The buttons with the badge on the next login page."""
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, load(name) | {"return_to": "", "request_url": ""})
    return [button["value"] or button["name"] for button in parsed(client.get(PAGE)).select("button:has(.last-used)")]


@each_case(
    "proofs, marked",
    [
        ([proof(60)], ["password"]),
        ([proof(60, "code")], ["code"]),
        ([SOCIAL], ["demo-id"]),
        ([proof(90), SOCIAL], ["demo-id"]),
        ([proof(60), proof(60, "totp", "aal2")], ["password"]),
        ([proof(60, "code_recovery")], []),
        ([proof(60, "link_recovery")], []),
        ([proof(60, "something_new")], []),
        ([], []),
    ],
)
def test_what_signed_the_person_in_has_it(client, upstream, proofs, marked):
    signs_in(client, upstream, *proofs)
    assert badges(client, upstream) == marked


def test_a_passkey_has_it_too(client, upstream):
    signs_in(client, upstream, proof(60, "passkey"))
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, load("login/unified"))
    [button] = parsed(client.get(PAGE)).select("button:has(.last-used)")
    assert button["name"] == "passkey_login_trigger"
    assert words(button).endswith(" Last used")


def test_a_sign_in_for_an_application_counts(client, upstream):
    upstream.asks("login")
    upstream.whoami(session(authentication_methods=[SOCIAL]))
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=c")
    assert badges(client, upstream) == ["demo-id"]


def test_nothing_is_marked_before_or_by_a_page_alone(client, upstream):
    assert badges(client, upstream) == []
    assert client.get_cookie("last-used") is None


def test_who_signs_in_again_the_same_way_gets_no_cookie_anew(client, upstream):
    first, second = signs_in(client, upstream, proof(60)), signs_in(client, upstream, proof(60))
    assert "last-used" in first.headers["Set-Cookie"]
    assert "last-used" not in second.headers.get("Set-Cookie", "")


def test_where_there_is_one_way_nothing_is_marked(client, upstream):
    signs_in(client, upstream, proof(60))
    assert badges(client, upstream, "login/password_only") == []


def test_nor_on_the_page_of_a_second_factor(client, upstream):
    signs_in(client, upstream, proof(60, "totp", "aal1"))
    assert badges(client, upstream, "login/aal2_all") == []


def test_of_many_providers_it_comes_first(client, upstream):
    body = load("login/unified")
    provider = next(node for node in nodes(body) if name_of(node) == "provider")
    others = [provider | {"attributes": provider["attributes"] | {"value": f"p{number}"}} for number in range(8)]
    body["ui"]["nodes"] = [node for node in nodes(body) if name_of(node) != "provider"] + others
    signs_in(client, upstream, SOCIAL | {"provider": "p7"})
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)

    page = parsed(client.get(PAGE))

    assert [button["value"] for button in page.select("button:has(.last-used)")] == ["p7"]
    assert page.select_one("button[name=provider]")["value"] == "p7"
    assert not page.select("details button:has(.last-used)")


def test_who_does_not_want_it_never_sees_it_again_until_they_do(client, upstream):
    upstream.whoami(session(authentication_methods=[proof(60)]))
    upstream.on("GET", f"{KRATOS}/sessions", body=[])
    client.submit(client.get("/sessions"), "/sessions", ("action", "last_used_off"))
    client.get("/")
    assert badges(client, upstream) == []
    client.submit(client.get("/sessions"), "/sessions", ("action", "last_used_on"))
    assert badges(client, upstream) == []
    client.get("/")
    assert badges(client, upstream) == ["password"]


@each_case("value", ["off", "x" * 4000, "password", '"', "%00"])
def test_a_cookie_of_anybodys_marks_nothing(client, upstream, value):
    client.set_cookie("last-used", value)
    assert badges(client, upstream) == []


def test_on_https_no_neighbour_can_set_it(client_with, upstream):
    client = client_with(public_url="https://login.example.org")
    signs_in(client, upstream, proof(60))
    assert client.get_cookie("__Host-last-used", domain="login.example.org").secure
