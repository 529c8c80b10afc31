"""What a page's markup does with traits, so that a browser posts them without loss."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.urls import query
from tests.payloads.bodies import load
from tests.support.builders import node
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS

LIST = {"type": "array", "title": "Tags", "items": {"type": "string"}}
KINDS = pytest.mark.parametrize("kind", ["registration", "settings"])
GROUPS = {"registration": "password", "settings": "profile"}


def titled(raw: dict[str, Any], title: str) -> dict[str, Any]:
    return raw | {"meta": {"label": {"id": 1070002, "text": title, "type": "info"}}}


@pytest.fixture
def page(client, upstream):
    """Make the page of a flow with these nodes, whose schema has these traits."""

    def make(kind, *nodes, schema=None, query="", **stored):
        schema_id = f"schema-{uuid4().hex}"  # schemas are kept for a while
        if schema:
            upstream.schema(schema_id, schema)
        every = [node("csrf_token", "hidden", value="t"), *nodes, node("method", "submit", GROUPS[kind], value="x")]
        action = f"{BROWSER_KRATOS}/self-service/{kind}?flow=f"
        body = {"id": "f", "identity_schema": schema_id, "ui": {"action": action, "method": "POST", "nodes": every}}
        body |= {"identity": {"schema_id": schema_id, "traits": stored}} if kind == "settings" else {}
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
        answer = client.get(f"/{kind}?flow=f{query}")
        assert answer.status_code == 200
        return parsed(answer)

    return make


def trait(kind: str, name: str, type: str = "text", **attributes: Any) -> dict[str, Any]:  # noqa: A002 - Kratos' word
    return node(f"traits.{name}", type, group="profile" if kind == "settings" else "default", **attributes)


@KINDS
def test_an_empty_list_posts_nothing(page, kind):
    document = page(kind, trait(kind, "tags"), schema={"tags": LIST})
    assert not document.find_all(attrs={"name": "traits.tags"})
    assert document.find("a", {"data-add": True})["href"] == f"/{kind}?flow=f&add=traits.tags"


@KINDS
def test_each_item_of_a_list_is_posted_by_itself(page, kind):
    items = [trait(kind, f"tags.{number}", value=value) for number, value in enumerate("ab")]
    document = page(kind, trait(kind, "tags"), *items)
    boxes = document.find_all(attrs={"name": lambda name: name and name.startswith("traits.")})
    posted = [(box["name"], box["value"], box.has_attr("checked")) for box in boxes]
    assert posted == [("traits.tags", "a", True), ("traits.tags", "b", True)]


@KINDS
def test_the_field_for_one_more_stops_an_empty_form(page, kind):
    document = page(kind, trait(kind, "tags"), schema={"tags": LIST}, query="&add=traits.tags")
    more = document.find("input", {"name": "traits.tags"})
    assert more.has_attr("required")
    assert not more.find_parent("form").has_attr("novalidate")


@KINDS
@pytest.mark.parametrize(("value", "off"), [(None, ""), (False, "false"), (True, "false")], ids=["unsaid", "no", "yes"])
def test_a_box_that_was_never_ticked_is_not_said_to_be_no(page, kind, value, off):
    document = page(kind, trait(kind, "news", "checkbox", value=value))
    hidden, box = document.find_all("input", {"name": "traits.news"})
    assert (hidden["type"], hidden["value"], box.has_attr("checked")) == ("hidden", off, value is True)


@KINDS
def test_a_moment_keeps_its_zone_and_says_how_it_is_written(page, kind):
    moment = "2026-11-21T09:30:18.5+02:00"
    document = page(kind, titled(trait(kind, "at", "datetime-local", value=moment), "Seen"))
    field = document.find("input", {"name": "traits.at"})
    assert (field["type"], field["value"]) == ("text", moment)
    assert "2026-11-21T09:30:00Z" in words(document.find(id=field["aria-describedby"]))


@KINDS
def test_a_choice_of_the_schema_is_a_choice_on_the_page(page, kind):
    plan = {"type": "string", "enum": ["free", "team"]}
    document = page(kind, trait(kind, "plan", value="gone"), schema={"plan": plan}, plan="gone")
    options = document.find("select", {"name": "traits.plan"}).find_all("option")
    shown = [(option["value"], option.has_attr("selected")) for option in options]
    assert shown == [("", False), ("gone", True), ("free", False), ("team", False)]


@KINDS
def test_a_title_may_have_a_link(page, kind):
    title = "I accept the [terms & conditions](https://example.org/?a=1&b=2) and [<b>](javascript:alert(1))"
    document = page(kind, titled(trait(kind, "ok", "checkbox"), title))
    box = document.find("input", {"type": "checkbox", "name": "traits.ok"})
    [link] = document.find("label", {"for": box["id"]}).find_all("a")
    assert (link["href"], link["rel"]) == ("https://example.org/?a=1&b=2", ["noopener", "noreferrer"])
    assert words(link) == "terms & conditions (opens in a new tab)"
    assert "[<b>](javascript:alert(1))" in words(link.find_parent("label"))


@KINDS
def test_what_must_be_filled_in_says_so_in_words(page, kind):
    document = page(kind, trait(kind, "a", required=True), trait(kind, "b"))
    around = [words(document.find(attrs={"data-testid": f"node/input/traits.{name}"})) for name in "ab"]
    assert ["required" in text for text in around] == [True, False]


@KINDS
def test_where_all_must_be_filled_in_no_field_says_so(page, kind):
    document = page(kind, trait(kind, "a", required=True), trait(kind, "b", required=True))
    around = [words(document.find(attrs={"data-testid": f"node/input/traits.{name}"})) for name in "ab"]
    assert ["required" in text for text in around] == [False, False]


@each_case(
    "name, required",
    [
        ("login/unified", [True, False]),
        ("login/code_sent", [True]),
        ("recovery/email", [True]),
        ("registration/credentials", [True]),
    ],
)
def test_where_nothing_can_be_left_out_nothing_is_marked(client, upstream, name, required):
    """Screen readers are told all the same, but not of a password that another button does without."""
    kind, body = name.partition("/")[0], load(name) | {"return_to": "", "request_url": ""}
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    document = parsed(client.get(f"/{kind}?flow=f"))
    typed = document.select("main form .field input:not([type=hidden])")
    assert "required" not in words(document.main)
    assert [field.get("aria-required") == "true" for field in typed] == required


def test_a_schema_that_cannot_be_had_costs_no_page(page):
    assert page("settings", trait("settings", "tags", value="x")).find("input", {"name": "traits.tags"})


@each_case(
    "trait, value, kind", [("loginName", "zoë.m", "string"), ("matrikel", 1156667, "integer"), ("k", "km", "string")]
)
def test_a_person_is_called_by_what_the_schema_has_them_sign_in_with(client, upstream, trait, value, kind):
    """Whatever the trait is called; no guess by its name would find these."""
    schema_id, uses = f"schema-{uuid4().hex}", {"credentials": {"password": {"identifier": True}}}
    upstream.schema(schema_id, {trait: {"type": kind, "ory.sh/kratos": uses}})
    identity = {"id": str(uuid4()), "schema_id": schema_id, "traits": {trait: value}}
    upstream.signed_in(identity=identity)
    text = words(parsed(client.get("/")).main)
    assert f"You're signed in as {value}." in text.replace(" .", ".")
    assert str(identity["id"]) not in text


@each_case(
    "groups, identifier",
    [(("code",), "ada@example.org"), (("password",), "countess"), (("password", "code"), "countess")],
)
def test_who_proves_it_again_does_so_with_a_name_that_the_methods_take(client, upstream, groups, identifier):
    """A code goes to no user name: Kratos would not find who is signed in."""
    uses = {"username": "password", "email": "code"}
    schema = {name: {"ory.sh/kratos": {"credentials": {use: {"identifier": True}}}} for name, use in uses.items()}
    upstream.schema(schema_id := f"schema-{uuid4().hex}", schema)
    traits = {"username": "countess", "email": "ada@example.org"}
    upstream.signed_in(identity={"id": str(uuid4()), "schema_id": schema_id, "traits": traits})
    ways = [node("method", "submit", group, value=group) for group in groups]
    ui = {
        "action": f"{BROWSER_KRATOS}/self-service/login?flow=f",
        "method": "POST",
        "nodes": [node("identifier"), *ways],
    }
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, {"id": "f", "refresh": True, "ui": ui})

    assert parsed(client.get("/login?flow=f")).find("input", {"name": "identifier"})["value"] == identifier


@each_case("more, is_visible", [([], True), ([node("screen", "submit", "profile", value="x")], False)])
def test_a_list_that_kratos_forgot_is_filled_in_beside_the_code(client, upstream, more, is_visible):
    """A sign-up by code keeps no item of any list while it waits for the code, unless it has two steps."""
    upstream.schema(schema_id := f"schema-{uuid4().hex}", {"tags": LIST, "town": {"type": "string"}})
    hidden = [trait("registration", name, "hidden") for name in ("tags", "town")]
    nodes = [*hidden, node("code", group="code"), node("method", "submit", "code", value="code"), *more]
    ui = {"action": f"{BROWSER_KRATOS}/self-service/registration?flow=f", "method": "POST", "nodes": nodes}
    body = {"id": "f", "state": "sent_email", "active": "code", "identity_schema": schema_id, "ui": ui}
    upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)

    document = parsed(client.get("/registration?flow=f&add=traits.tags"))

    assert bool(document.select("input[name='traits.tags']:not([type=hidden])")) is is_visible
    assert not document.select("input[name='traits.town']:not([type=hidden])")


FIRST_STEP = f"{BROWSER_KRATOS}/self-service/registration/browser?identity_schema=member&return_to=%2Fapp"


@pytest.fixture
def tried(upstream):
    """The first step of a sign-up, shown again with these nodes after somebody tried."""

    def show(*nodes, request_url=FIRST_STEP):
        every = [node("csrf_token", "hidden", value="old-token"), *nodes]
        action = f"{BROWSER_KRATOS}/self-service/registration?flow=old"
        body = {"id": "old", "request_url": request_url, "ui": {"action": action, "method": "POST", "nodes": every}}
        upstream.on("GET", f"{KRATOS}/self-service/registration/flows", 200, body)

    return show


@pytest.fixture
def fresh(upstream):
    """Kratos begins another registration for this browser."""
    nodes = [node("csrf_token", "hidden", value="new-token"), trait("registration", "nickname")]
    ui = {"action": f"{BROWSER_KRATOS}/self-service/registration?flow=new", "method": "POST", "nodes": nodes}
    for answer in [
        answer for answer in upstream.mock.registered() if str(answer.url).endswith("/registration/browser")
    ]:
        upstream.mock.remove(answer)
    return upstream.on("GET", f"{KRATOS}/self-service/registration/browser", 200, {"id": "new", "ui": ui})


NICKNAME = trait("registration", "nickname", value="Countess")
PROFILE = node("method", "submit", "profile", value="profile")


ANYTHING = {"url": "a", "kind": "b", "cookie": "c", "self": "d", "utm_source": "e"}


def form_of(client) -> Any:
    return parsed(client.get("/registration?flow=old")).form


def test_a_second_try_at_the_first_step_goes_to_a_flow_that_has_no_values_yet(client, upstream, tried, fresh):
    tried(NICKNAME, PROFILE)

    form = form_of(client)

    assert form["action"] == f"{BROWSER_KRATOS}/self-service/registration?flow=new"
    assert form.find("input", {"name": "csrf_token"})["value"] == "new-token"
    assert form.find("input", {"name": "traits.nickname"})["value"] == "Countess"
    [begun] = upstream.sent("GET", "registration/browser")
    assert query(begun.url) == {"identity_schema": "member", "return_to": "/app"}
    assert "csrf_token_0123=the-csrf-cookie" in begun.headers["Cookie"]
    assert begun.headers["Accept"] == "application/json"  # else Kratos sends the browser to the new flow


def test_a_new_flow_has_all_that_the_old_one_was_begun_with(client, upstream, tried, fresh):
    """N36: anybody's link may have parameters of any name, and Kratos keeps them."""
    tried(NICKNAME, PROFILE, request_url=f"{FIRST_STEP}&{urlencode(ANYTHING)}")
    assert form_of(client)["action"] == f"{BROWSER_KRATOS}/self-service/registration?flow=new"
    [begun] = upstream.sent("GET", "registration/browser")
    assert query(begun.url) == {"identity_schema": "member", "return_to": "/app", **ANYTHING}


@pytest.mark.parametrize(
    "nodes",
    [
        [trait("registration", "nickname"), PROFILE],
        [trait("registration", "nickname", "hidden", value="Countess"), node("method", "submit", value="password")],
        [NICKNAME, node("provider", "submit", "oidc", value="google")],
    ],
    ids=["nothing typed yet", "second step", "coming from a provider"],
)
def test_any_other_page_of_a_sign_up_stays_with_its_flow(client, upstream, tried, nodes):
    tried(*nodes)
    assert form_of(client)["action"].endswith("?flow=old")
    assert not upstream.sent("GET", "registration/browser")


@pytest.mark.parametrize("status", [400, 503])
def test_where_no_second_flow_can_be_had_the_first_one_serves(client, upstream, tried, fresh, status):
    upstream.mock.remove(fresh)
    upstream.on("GET", fresh.url, status, {"error": {"id": "session_already_available"}})
    tried(NICKNAME, PROFILE)
    assert form_of(client)["action"].endswith("?flow=old")
