"""The page of a Kratos login flow, from bodies recorded from Kratos v26.2.0, and the way to a new flow."""

import json
import re
from functools import cached_property
from typing import Any

import responses

from app.ory.schemas import MAX_UNTOLD
from app.selfservice.flow_kinds import REPLACED_BY_TITLE
from kratos.bodies import library
from tests.payloads.bodies import load, nodes
from tests.support.cases import each_case, each_of
from tests.support.counting import calls
from tests.support.fixtures import _default_app, browser
from tests.support.pages import heading, ours, parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, MayBeAsked, Upstream, flow, without_schemas

PAGE = "/login?flow=flow-1"
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
KINDS = ("login", "refresh", "aal2", "refresh_aal2", "bare_aal2", "bare_refresh_aal2")
LED_ON = ("bare_aal2/totp_none", "bare_aal2/lookup_secret_none")  # no page: nothing is left to ask for
FLOWS = [name for name in library.names("demo") if name.split("/")[0] in KINDS and name not in LED_ON]


class Shown:
    """A recorded login flow and its page, for somebody who is signed in where it says who has to prove more."""

    def __init__(self, name):
        self.name, self.body = name, flow(name)
        for node in nodes(self.body, "password"):
            node["attributes"]["value"] = "typed-before"

    def __str__(self):
        return self.name

    @property
    def names_who(self):
        """Whether the page says who has to prove more; a flow that is over asks nobody."""
        demanded = self.body.get("refresh") is True or self.body["requested_aal"] == "aal2"
        return demanded and self.body["state"] != "passed_challenge"

    @cached_property
    def answer(self):
        with responses.RequestsMock() as mock:
            upstream = Upstream(mock)
            without_schemas(mock)
            upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, self.body)
            if self.names_who:
                upstream.signed_in()
            answer = browser(_default_app()).get(PAGE)
            upstream.check()
        return answer

    @cached_property
    def page(self):
        return parsed(self.answer)


REMOVED = ("bare_aal2/lookup_secret_none", "bare_aal2/totp_none")  # their page begins anew (test_views.py)
SHOWN = [Shown(name) for name in FLOWS if name not in REMOVED]


def title(body):
    if body["requested_aal"] == "aal2":
        return "Two-step verification"
    if body["refresh"]:
        return "Verify it's you"
    return "Enter your code" if body["state"] == "sent_email" else "Sign in"


def forms_of_kratos(page):
    return [form for form in page.find_all("form") if not form["action"].startswith("/")]


@each_of(SHOWN)
def test_every_recorded_flow_is_a_page_that_keeps_the_rules(shown):
    """The client checks the page."""
    assert shown.answer.status_code == 200
    assert heading(shown.answer) == title(shown.body)


@each_of(SHOWN)
def test_every_message_is_shown_exactly_once(shown):
    body = shown.body["ui"]
    step = "aal2" if shown.body["requested_aal"] == "aal2" else "refresh"
    said = REPLACED_BY_TITLE[step] if shown.names_who else ()
    messages = [message for message in body.get("messages", []) if message["id"] not in said]
    sent = [ours(message, flow=shown.body) for message in messages]
    sent += [ours(message, node, shown.body) for node in body["nodes"] for message in node["messages"]]

    on_page = shown.page.select("p[data-testid^='ui/message/']")

    assert sorted(words(field) for field in on_page) == sorted(" ".join(call.split()) for call in sent)
    in_title = [f"ui/message/{message['id']}" for message in body.get("messages", []) if message not in messages]
    assert [heading["data-testid"] for heading in shown.page.select("h1[data-testid]")] == in_title[:1]


@each_of(SHOWN)
def test_every_form_posts_to_kratos_and_holds_its_token(shown):
    for form in forms_of_kratos(shown.page):
        assert form["action"].startswith(f"{BROWSER_KRATOS}/self-service/login?flow=")
        assert form["method"] == "post"
        assert [control["value"] for control in form.find_all("input", {"name": "csrf_token"})] == ["kratos-csrf-token"]


@each_of([shown for shown in SHOWN if nodes(shown.body, "password")])
def test_no_password_is_ever_printed(shown):
    assert "typed-before" not in shown.answer.text


def test_one_form_asks_for_the_identifier_once_and_enter_signs_in_with_the_password(client, upstream):
    """D6: a browser's Enter presses the first submit button."""
    upstream.flow("login/choose_method")
    page = parsed(client.get(PAGE))
    form = forms_of_kratos(page)[0]
    assert len(page.find_all("input", {"name": "identifier"})) == 1
    assert form.find("input", {"name": "identifier"})
    assert [button["value"] for button in form.find_all("button", {"type": "submit"})] == ["password", "code"]


def test_what_browsers_and_password_managers_look_for_is_there(client, upstream):
    upstream.flow("login/choose_method")
    page = parsed(client.get(PAGE))
    assert page.find("input", {"name": "identifier"})["autocomplete"].split()[0] == "username"
    assert page.find("input", {"name": "password"})["autocomplete"] == "current-password"
    assert page.find("input", {"name": "password"})["type"] == "password"
    assert all(form.has_attr("novalidate") for form in forms_of_kratos(page))


def test_the_code_page_asks_for_a_code_before_it_offers_another(client, upstream):
    upstream.flow("login/sent_email")
    page = parsed(client.get(PAGE))
    code = page.find("input", {"name": "code"})
    assert (code["autocomplete"], code["inputmode"]) == ("one-time-code", "numeric")
    assert [button["name"] for button in page.main.find_all("button")][-1] == "resend"


def test_an_error_is_summed_up_and_named_in_the_title(client, upstream):
    upstream.flow("login/wrong_password")
    page = parsed(client.get(PAGE))
    assert words(page.title).startswith("Error: Sign in")
    summary = page.find(class_="error-summary")
    assert summary["role"] == "alert"
    assert "Wrong " in words(summary)


def test_an_error_of_a_field_is_tied_to_it(client, upstream):
    upstream.flow("login/no_identifier")
    field = parsed(client.get(PAGE)).find("input", {"name": "identifier"})
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"]


def test_refresh_says_that_it_is_a_confirmation_and_of_whom(client, upstream):
    upstream.flow("refresh/choose_method", identifier="")
    upstream.signed_in()
    page = client.get(PAGE)
    assert heading(page) == "Verify it's you"
    field = parsed(page).find("input", {"name": "identifier"})
    assert field is None or field["value"] == "ada@example.org"


class TestInsideAnApplicationsLogin:
    def test_the_page_names_the_application(self, client, upstream):
        upstream.flow("login/choose_method", return_to=BACK)
        upstream.asks("login")
        page = client.get(PAGE)
        assert heading(page) == "Sign in to continue to Demo"
        assert words(parsed(page).title) == "Sign in to continue to Demo – Portico"

    def test_it_can_be_cancelled(self, client, upstream):
        upstream.flow("login/choose_method", return_to=BACK)
        upstream.asks("login")
        upstream.takes("login", "reject")
        page = client.get(PAGE)
        client.submit(page, "/login/cancel")
        assert upstream.body("login/reject")["error"] == "access_denied"

    def test_the_challenge_is_found_in_the_address_of_the_flow_too(self, client, upstream):
        body = flow("login/choose_method", request_url=f"{BROWSER_KRATOS}/x?return_to={BACK.replace('&', '%26')}")
        del body["return_to"]
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
        upstream.asks("login")
        assert heading(client.get(PAGE)) == "Sign in to continue to Demo"

    @each_case("status", [400, 401, 404, 410, 429, 500, 503])
    def test_when_hydra_cannot_say_only_its_name_is_missing(self, client, upstream, status):
        upstream.flow("login/choose_method", return_to=BACK)
        upstream.on("GET", upstream.url("login"), status, {})
        assert heading(client.get(PAGE)) == "Sign in"

    @each_case(
        "back",
        [
            "https://evil.example/login?login_challenge=c",
            "http://localhost:3000@evil.example/login?login_challenge=c",
            f"{PUBLIC}/other?login_challenge=c",
            f"{PUBLIC}/login",
            f"{PUBLIC}\\@evil.example/login?login_challenge=c",
        ],
    )
    def test_a_way_back_that_is_not_ours_names_nobody(self, client, upstream, back):
        upstream.flow("login/choose_method", return_to=back)
        assert heading(client.get(PAGE)) == "Sign in"


def test_hydras_words_are_only_the_name(client, upstream):
    """N16 on the login page."""
    upstream.flow("login/choose_method", return_to=BACK)
    upstream.asks("login", client={"client_name": "<script>alert(1)</script>" + "x" * 5000})
    page = client.get(PAGE)
    assert "x" * 61 not in page.text


def labels_of_the_identifier(client, upstream, path, answer, **about):
    """What two pages call the field that Kratos calls "ID" if it answers this for its schemas."""
    for unused in [each for each in upstream.mock.registered() if isinstance(each, MayBeAsked)]:
        upstream.mock.remove(unused)
    upstream.on("GET", f"{KRATOS}/{path}", 200, answer)
    body = load("login/code_only") | {"return_to": "", "request_url": ""} | about
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    pages = [parsed(client.get(PAGE)) for _ in range(2)]
    return {words(page.find("input", {"name": "identifier"}).find_previous("label")) for page in pages}


def schema(**formats):
    """One in which a code knows people by traits of these names and formats."""
    by_code = {"credentials": {"code": {"identifier": True}}}
    traits = {name: {"format": of, "ory.sh/kratos": by_code} for name, of in formats.items()}
    return {"properties": {"traits": {"properties": traits}}}


@each_case(
    "traits, label",
    [
        ({"mobile": "tel"}, "Phone number"),
        ({"mail": "email", "work": "email"}, "Email"),
        ({"name": ""}, "Username"),
        ({"mail": "email", "mobile": "tel"}, "Email or phone number"),
        ({"mail": "email", "name": ""}, "Email or username"),
        ({"mobile": "tel", "name": ""}, "Phone number or username"),
        ({"mail": "email", "mobile": "tel", "name": ""}, "Email, phone number or username"),
    ],
)
def test_what_people_sign_in_with_is_called_what_it_is_in_the_schema(client, upstream, traits, label):
    """Kratos calls several of them "ID", and one that has no title; the second page is drawn from the cache."""
    name = "-".join(traits)
    assert labels_of_the_identifier(client, upstream, f"schemas/{name}", schema(**traits), identity_schema=name) == {
        label
    }


@each_case(
    "schemas, label",
    [
        ([schema(mail="email", mobile="tel"), schema(phone="tel", email="email")], "Email or phone number"),
        ([schema(mail="email"), schema(mobile="tel")], "Email or username"),
        ([], "Email or username"),
    ],
)
def test_if_kratos_does_not_say_which_schema_it_is_all_have_to_agree(client_with, upstream, schemas, label):
    client = client_with(default_language="en")  # which has not asked yet
    assert labels_of_the_identifier(client, upstream, "schemas", [{"schema": each} for each in schemas]) == {label}


def test_a_schema_that_kratos_cannot_tell_is_not_waited_for_on_each_page(client_with, upstream, monkeypatch):
    """F23: it may come from a server of its own, which hangs; until then the field has the name it had before."""
    seconds = [1000.0]
    monkeypatch.setattr("app.ory.schemas.monotonic", lambda: seconds[0])
    client, about = client_with(default_language="en"), {"identity_schema": "mobile"}
    answers = [(503, {}), (200, schema(mobile="tel")), (503, {}), (200, schema(name=""))]
    served = [upstream.on("GET", f"{KRATOS}/schemas/mobile", *answer) for answer in answers]
    body = load("login/code_only") | {"return_to": "", "request_url": ""} | about
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)

    seen = []
    for later in (0, 4, 2, 61, 4, 2):
        seconds[0] += later
        label = words(parsed(client.get(PAGE)).find("input", {"name": "identifier"}).find_previous("label"))
        seen.append((label, sum(each.call_count for each in served)))

    phone = "Phone number"
    assert seen == [
        ("Email or username", 1),
        ("Email or username", 1),
        (phone, 2),
        (phone, 3),
        (phone, 3),
        ("Username", 4),
    ]


def test_of_ever_new_ids_of_schemas_few_are_noted(client_with, upstream):
    """Anybody can put one into the address of a flow; each was kept for as long as the process lived."""
    upstream.on("GET", re.compile(f"{KRATOS}/schemas/"), 503)
    schemas = client_with(default_language="en").application.extensions["portico"].schemas
    for number in range(MAX_UNTOLD + 9):
        assert schemas.of_id(f"id-{number}") == ()
    assert len(schemas._kept) == MAX_UNTOLD


def test_a_schema_that_another_page_was_told_meanwhile_is_not_forgotten(client_with, upstream):
    schemas, answers = client_with(default_language="en").application.extensions["portico"].schemas, list[Any]()

    def answer(_):
        answers.append(len(answers))
        if len(answers) == 1:
            answers.append(schemas.of_id("mobile"))
            return 503, {}, ""
        return 200, {}, json.dumps(schema(mobile="tel"))

    upstream.mock.add_callback("GET", f"{KRATOS}/schemas/mobile", answer)
    assert schemas.of_id("mobile") == answers[-1] != ()


def test_a_schema_of_many_traits_is_read_once(client, upstream):
    """Not for each login page: to look through fifteen traits costs as much as the rest of it."""

    def cost(number):
        known = schema(mobile="tel")
        known["properties"]["traits"]["properties"] |= {f"t{n}": {"type": "string"} for n in range(number)}
        path = f"schemas/{number}"
        assert labels_of_the_identifier(client, upstream, path, known, identity_schema=f"{number}") == {"Phone number"}
        return calls(lambda: client.get(PAGE))[1]

    assert cost(200) < cost(2) + 300
