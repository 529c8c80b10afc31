"""Whatever Kratos says, a person reads: all its messages, and those it will learn, about the flow and about a field."""

from dataclasses import replace

import pytest

from tests.payloads.bodies import Said, load, messages, name_of, nodes
from tests.payloads.pages import SHOWN
from tests.support.cases import each_case
from tests.support.pages import ours, parsed, words
from tests.support.upstream import KRATOS

pytestmark = pytest.mark.no_cover  # tracing these pages is slower than making them: tests/stack/coverage_in_process.py

UNKNOWN = Said(4999999, "error", "A sentence Kratos has learned since this was written.")
EVERY = each_case("message", [*messages(), UNKNOWN])


def shown(client, upstream, body):
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    page = client.get("/login?flow=f")
    assert page.status_code == 200
    return parsed(page)


def about_the_flow(client, upstream, *messages):
    body = load("login/password_only")
    body["ui"]["messages"] = [message.as_json() if isinstance(message, Said) else message for message in messages]
    return shown(client, upstream, body)


def about_a_field(client, upstream, message):
    body = load("login/password_only")
    for node in nodes(body):
        node["messages"] = [message.as_json()] if name_of(node) == "identifier" else []
    return shown(client, upstream, body)


def printed(page, message):
    """The one element with this message."""
    [element] = page.find_all(attrs={"data-testid": f"ui/message/{message.id}"})
    assert words(element) == ours(message.as_json(), flow=load("login/password_only"))
    return element


def test_the_list_is_whole():
    """145 of v26.2.0 and 14 of Kratos' HEAD, each once."""
    assert len({message.id for message in messages()}) == len(messages()) == 159


def test_what_the_bodies_say_is_in_the_list():
    listed = {(message.id, message.kind) for message in messages()}
    sent = [message for shown in SHOWN for message, _ in shown.messages()]
    assert {(message["id"], message["type"]) for message in sent} <= listed


@EVERY
def test_a_message_about_the_flow_is_read_once(client, upstream, message):
    page = about_the_flow(client, upstream, message)
    element = printed(page, message)
    assert bool(element.find_parent(attrs={"role": "alert"})) == (message.kind == "error"), (
        "errors are read out at once"
    )
    assert words(page.title).startswith("Error: ") == (message.kind == "error")


@EVERY
def test_a_message_about_a_field_is_read_with_it(client, upstream, message):
    page = about_a_field(client, upstream, message)
    field = page.find("input", {"name": "identifier"})
    assert printed(page, message).find_parent(id=field["aria-describedby"])
    assert field.has_attr("aria-invalid") == (message.kind == "error")


@each_case(
    "name, number, wrong",
    [
        ("login/unified_wrong_password", 4000006, ["password"]),
        ("login/refresh_password_wrong", 4000006, ["password"]),
        ("login/code_wrong", 4010008, ["code"]),
        ("login/code_unknown_identifier", 4000035, ["identifier"]),
        ("login/aal2_code_wrong", 4010008, ["code"]),
        ("login/aal2_totp_wrong", 4000008, ["totp_code"]),
        ("login/aal2_lookup_wrong", 4000016, ["lookup_secret"]),
        ("login/webauthn_wrong_key", 4000008, []),  # nothing was typed
        ("login/unified", 0, []),
        ("registration/code_wrong", 4040003, ["code"]),
        ("recovery/code_wrong", 4060006, ["code"]),
        ("verification/code_wrong", 4070006, ["code"]),
    ],
)
def test_what_is_wrong_is_said_at_the_field_it_is_about(client, upstream, name, number, wrong):
    """WCAG 3.3.1; the message stays where it was, and is the link to the field."""
    kind = name.partition("/")[0]
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, load(name) | {"return_to": "", "request_url": ""})
    upstream.nobody()
    upstream.mock.assert_all_requests_are_fired = False

    page = parsed(client.get(f"/{kind}?flow=f"))

    marked = page.select("[aria-invalid=true]")
    assert [field["name"] for field in marked] == wrong
    for field in marked:
        [message] = page.select(f".error-summary [data-testid='ui/message/{number}']")
        assert field["aria-describedby"].split() == [message["id"]]
        assert [link["href"] for link in message("a")] == [f"#{field['id']}"]


def test_a_hooks_own_words_are_about_no_field_whatever_their_number(client, upstream):
    page = about_the_flow(client, upstream, Said(4000006, "error", "Our office is closed."))
    assert not page.select("[aria-invalid], .error-summary a")


def test_messages_with_the_same_words_are_each_read(client, upstream):
    """An id may come twice: two fields can lack something."""
    first, second = messages()[0], replace(messages()[0], text="Other words")
    page = about_the_flow(client, upstream, first, second)
    assert len(page.find_all(attrs={"data-testid": f"ui/message/{first.id}"})) == 2


@each_case(
    "odd",
    [{}, {"id": 1}, {"text": "Hello"}, {"id": "1", "text": "Hello", "type": "info"}, {"id": 1, "text": 5, "type": []}],
)
def test_a_message_of_odd_shape_costs_nothing_else(client, upstream, odd):
    page = about_the_flow(client, upstream, odd, UNKNOWN)
    printed(page, UNKNOWN)
    assert page.find("input", {"name": "password"})
    assert str(odd.get("text", "")) == "5" or str(odd.get("text", "")) in words(page)


def test_a_message_of_unknown_type_is_read_as_information(client, upstream):
    page = about_the_flow(client, upstream, replace(UNKNOWN, kind="shout"))
    element = printed(page, UNKNOWN)
    assert not element.find_parent(attrs={"role": "alert"})
    assert "message-info" in element["class"]


def test_what_to_choose_from_is_joined_by_or(client, upstream):
    page = about_the_flow(client, upstream, Said(4000001, "error", 'value must be one of "free", "team", "pro"'))
    assert "Choose one of these: free, team or pro." in words(page)
