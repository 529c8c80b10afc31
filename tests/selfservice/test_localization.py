"""No word of a program's reaches people, and no word of a hook's is lost."""

import re
from typing import Any

from app.ory.flows import Message
from app.selfservice.localization import Localizer, humanised, message_text
from app.selfservice.messages import MESSAGES, is_from_hook
from app.selfservice.nodes import fields_of
from tests.payloads.bodies import messages
from tests.support.builders import flow, node
from tests.support.cases import each_case

ENGLISH = Localizer(str, " or ".join, lambda when: f"{when:%d %B %Y}")


def text_of(number: int, text: str, **context: Any) -> str:
    """What people read for this message."""
    return message_text(Message(number, text, "error", context), ENGLISH)


def error(number: int, text: str, **context: Any) -> dict[str, Any]:
    return {"id": number, "text": text, "type": "error", "context": context}


def labelled(name: str, label: str, **more: Any) -> dict[str, Any]:
    meta = {"label": {"id": 1070002, "text": label, "type": "info"}} if label else {}
    return node(name) | {"meta": meta} | more


@each_case("message", [message for message in messages() if message.id in MESSAGES and message.id > 4000000])
def test_kratos_own_text_is_known_as_its_own(message):
    written = re.sub(r"{[^}]*}", "7", message.text)
    assert not is_from_hook(Message(message.id, written, "error"))


@each_case("number", [*MESSAGES, 4000001, 5000001, 1070002, 99])
def test_a_hooks_own_words_stay_whatever_number_it_gives(number):
    """N93."""
    words = "Only employees of Example Ltd may sign up. Write to help@example.org."
    assert text_of(number, words, property="email", reason=words, min_length=3, expected="x") == words


@each_case(
    "number, words",
    [
        (4000006, "The provided credentials are blocked until Monday. Write to help@example.org."),
        (4000007, "An account with the same address waits for approval."),
        (4000010, "Account not active yet. Your team leader has to allow it."),
        (4000005, "The password can not be your employee number."),
    ],
)
def test_a_hooks_own_words_stay_also_where_they_begin_as_kratos_do(number, words):
    assert text_of(number, words, reason=words) == words


@each_case("number", [4000001, 5000001, 99])
def test_an_error_without_a_word_still_says_something(number):
    """As Kratos has for an address where codes go to phones only."""
    assert text_of(number, "") == "The format isn't right. Check it."


@each_case(
    "text, shown",
    [
        ('"yesterday" is not valid "date"', "2026-11-21"),
        ('"a \\"quoted\\" one" is not valid "date-time"', "2026-11-21T09:30:00Z"),
        ('"" is not valid "email"', "full email address"),
        ('"x" is not valid "tel"', "phone number"),
        ("the phone number supplied is not a number", "with the country code"),
        ("the string supplied is too short to be a phone number", "with the country code"),
        ("the string supplied is too long to be a phone number", "with the country code"),
        (
            "phone number had an IDD, but after this was not long enough to be a viable phone number",
            "with the country code",
        ),
        ("the provided number is not a valid phone number", "with the country code"),
        ("invalid country code", "with the country code"),
        ('"x" is not valid "uri"', "web address"),
        ('"x" is not valid "time"', "time zone"),
        ('"x" is not valid "ipv4"', "The format isn't right"),
        ('value must be one of "free", "team", 3, true, <nil>', "Choose one of these: free or team or 3 or true."),
        ('value must be "free"', "Choose one of these: free."),
        ("value must be true", "Tick this box to continue."),
        ("enum failed", "fit together"),
        ('additionalProperties "x", "y" not allowed', "Reload the page"),
        # Of a page that another tab has overtaken.
        ("You tried to remove a WebAuthn credential which does not exist.", "Reload the page"),
        ("You tried to remove a passkey which does not exist.", "Reload the page"),
        ("Can not reveal lookup codes because you have none.", "Reload the page"),
        ("You must (re-)generate recovery backup codes before you can save them.", "Reload the page"),
        (  # a form's address opened by itself; a change whose cookie did not outlive the proof that it needed
            'Unable to decode body because HTTP Request Method was "GET" but only [POST PUT PATCH] are supported.',
            "Something was missing.",
        ),
        ("oneOf failed", "fit together"),
        ("valid against schemas at indexes 0 and 1", "fit together"),
        ("minimum 2 properties allowed, but found 1 properties", "fit together"),
        ('property "zip" is required, if "street" property exists', "Fill in “zip”."),
        (
            'Unable to complete OpenID Connect flow because the Provider returned error "access_denied": No\nway',
            "cancelled at the other service",
        ),
        (
            'Unable to complete OpenID Connect flow because the OpenID Provider returned error "server_error": ',
            "couldn't sign you in",
        ),
        ("Unable to complete OpenID Connect flow because the state parameter is invalid.", "couldn't sign you in"),
        ('oidc: expected audience "portico" got ["another"]', "couldn't sign you in"),
        ("oidc: token is expired (Token Expiry: 2026-11-29 14:28:58 +0000 UTC)", "couldn't sign you in"),
        ("failed to verify signature: failed to verify id token signature", "couldn't sign you in"),
        # Of a code that expired before its flow: Kratos begins another flow and leaves out what it was for.
        (
            "A valid session was detected and thus login is not possible. Did you forget to set `?refresh=true`?",
            "code has expired",
        ),
        ("The request was submitted too often. Please request another code.", "tried too often"),
        ("You cannot remove the last first factor credential.", "only sign-in method"),
    ],
)
@each_case("number", [4000001, 5000001])
def test_the_validators_and_protocols_language_becomes_plain(number, text, shown):
    sentence = text_of(number, text, reason=text)
    assert shown in sentence
    assert text not in sentence


@each_case(
    "number, text, context, shown",
    [
        (4000029, "must be equal to constant true", {"expected": "true"}, "Tick this box to continue."),
        (4000029, "must be equal to constant true", {"expected": True}, "Tick this box to continue."),
        (4000029, 'must be equal to constant "yes"', {"expected": '"yes"'}, "Enter yes here."),
        (4000029, "must be equal to constant 3", {"expected": "3"}, "Enter 3 here."),
        (4000026, "expected integer, but got string", {"allowed_types": ["integer"]}, "Enter a whole number."),
        (4000026, "expected number or null, but got string", {"allowed_types": ["number", "null"]}, "a number."),
        (
            4000026,
            "expected object, but got string",
            {"allowed_types": ["object"]},
            "The format isn't right. Check it.",
        ),
    ],
)
def test_what_has_to_be_there_is_said_in_words(number, text, context, shown):
    assert text_of(number, text, **context).endswith(shown)


def test_what_is_missing_is_called_by_its_label():
    missing = error(4000002, "Property given-name is missing.", property="given-name")
    [field], _ = fields_of(flow(labelled("traits.given-name", "First name", messages=[missing])), ENGLISH)
    assert field.messages[0].text == "Fill in “First name”."


def test_what_is_missing_is_called_by_its_label_in_the_summary_too():
    missing = error(4000002, "Property first is missing.", property="first")
    ui = {"action": "x", "nodes": [labelled("traits.name.first", "First name")], "messages": [missing]}
    _, [message] = fields_of(flow(ui=ui), ENGLISH)
    assert message.text == "Fill in “First name”."


def test_a_label_that_ends_in_a_full_stop_does_not_bring_a_second_one():
    missing = error(4000002, "Property nr is missing.", property="nr")
    [field], _ = fields_of(flow(labelled("traits.nr", "Personnel no.", messages=[missing])), ENGLISH)
    assert field.messages[0].text == "Fill in “Personnel no”."


def test_a_box_that_was_left_out_is_to_be_ticked():
    missing = error(4000002, "Property terms is missing.", property="terms")
    [field], _ = fields_of(flow(node("traits.terms", "checkbox") | {"messages": [missing]}), ENGLISH)
    assert field.messages[0].text == "Tick this box to continue."


def test_the_label_in_a_message_is_translated():
    missing = error(4000002, "Property nickname is missing.", property="nickname")
    german = Localizer(lambda text: text.replace("Nickname", "Spitzname"))
    [field], _ = fields_of(flow(labelled("traits.nickname", "Nickname", messages=[missing])), german)
    assert field.messages[0].text == "Fill in “Spitzname”."


@each_case(
    "name, words",
    [
        ("traits.nolabel", "Nolabel"),
        ("traits.given-name", "Given name"),
        ("traits.name.firstName", "First name"),
        ("traits.street_address", "Street address"),
        ("traits.VAT", "VAT"),
        ("identifier", "Identifier"),
    ],
)
def test_a_key_becomes_words(name, words):
    assert humanised(name) == words


def test_a_trait_without_title_has_a_label():
    [field], _ = fields_of(flow(labelled("traits.nolabel", "")), ENGLISH)
    assert field.label == "Nolabel"


@each_case("name", ["unnamed", "", None])
@each_case("number", [1050018, 1050020])
def test_a_key_without_a_name_is_called_by_its_day(number, name):
    context = {"display_name": name, "added_at": "2026-11-21T09:30:18Z", "added_at_unix": 1}
    label = {"id": number, "text": f'Remove passkey "{name}"', "type": "info", "context": context}
    [field], _ = fields_of(flow(node("passkey_remove", "submit") | {"meta": {"label": label}}), ENGLISH)
    assert field.label.endswith("added on 21 November 2026")


def test_the_constants_of_a_one_of_are_what_to_choose_from_and_not_each_wanted():
    """As Kratos v26.2.0 says it of `oneOf: [{const: free}, {const: pro}]`: a message for each."""
    constants = [error(4000029, f"must be equal to constant {value}", expected=value) for value in ('"free"', '"pro"')]
    hooks = error(4000029, "Not this one.")
    for said, shown in (
        (constants, ["Choose one of these: free or pro."]),
        (constants[:1], ["Enter free here."]),
        ([constants[0], hooks], ["Enter free here.", "Not this one."]),
    ):
        (field,), _ = fields_of(flow(labelled("traits.plan", "Plan", messages=said)), ENGLISH)
        assert [message.text for message in field.messages] == shown
