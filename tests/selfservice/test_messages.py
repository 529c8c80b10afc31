"""Kratos' messages in our words."""

import re

from app.ory.flows import Message
from app.selfservice.localization import Localizer, localized_text
from app.selfservice.messages import MESSAGES, TITLES
from tests.payloads.bodies import messages
from tests.support.cases import each_case

SOMEBODY_ELSES = {4000001, 5000001, 1070002}


def text_of(number, text="Kratos' text", **context):
    return localized_text(Message(number, text, "info", context), Localizer(str.upper, "+".join))


def test_every_message_of_kratos_has_words():
    assert {message.id for message in messages()} - MESSAGES.keys() == SOMEBODY_ELSES
    assert MESSAGES.keys() <= {message.id for message in messages()}


def test_the_values_are_those_kratos_sends():
    """A misspelt one would never be filled in."""
    sent = {message.id: set(re.findall(r"{(\w+)", message.text)) for message in messages()}
    for number, text in MESSAGES.items():
        assert set(re.findall(r"%\((\w+)\)s", text)) <= sent[number], number


def test_it_is_translated_with_its_values():
    assert (
        localized_text(Message(1010002, "", "info", {"provider": "X"}), Localizer(lambda t: f"[{t}]"))
        == "[Sign in with X]"
    )


@each_case("provider", [None, "", [], {}, True, ["", 5]])
def test_without_its_values_it_is_kratos_text(provider):
    text = localized_text(Message(1010002, "Sign in with it", "info", {"provider": provider}), Localizer(str))
    assert text == "Sign in with it"


def test_an_unknown_message_is_kratos_text():
    assert text_of(4999999) == "Kratos' text"
    assert text_of(0) == "Kratos' text"


@each_case("number", sorted(SOMEBODY_ELSES - {1070002}))
def test_somebody_elses_words_stay(number):
    assert text_of(number, reason="because") == "Kratos' text"


def test_a_fields_title_is_translated_where_it_is_known():
    assert text_of(1070002, "First name", title="First name") == "FIRST NAME"
    assert "First name" in TITLES


def test_a_field_without_title_has_none():
    """gettext's translation of nothing is its header."""
    assert text_of(1070002, "") == ""


def test_ways_to_sign_in_are_named():
    text = localized_text(
        Message(
            4000028,
            "",
            "error",
            {"credential_identifier_hint": "a@b.c", "available_credential_types": ["password", "code", "x"]},
        ),
        Localizer(str, " + ".join),
    )

    assert text.endswith("Sign in to it with: password + one-time code + x.")


def test_values_that_have_no_end_are_a_sentence_of_somebodys():
    sentence = "value must be one of " + "[" * 100_000
    assert text_of(4000001, sentence) == sentence


def test_values_are_no_placeholders():
    """N93."""
    text = localized_text(Message(1010002, "", "info", {"provider": "%(secret)s{x}%s"}), Localizer(str))
    assert text == "Sign in with %(secret)s{x}%s"


def test_a_translation_with_a_broken_placeholder_costs_no_page():
    text = localized_text(
        Message(1010002, "Kratos' text", "info", {"provider": "x"}), Localizer(lambda _: "100 % (wrong)s")
    )
    assert text == "Kratos' text"
