"""The catalogues: complete, with the placeholders and the markup of the texts they stand for, and nothing else."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog

from app.http.i18n import has_name
from tests.languages.catalogues import catalogue, extracted, files, untranslated
from tests.support.cases import each_of

PLACEHOLDER = re.compile(r"%\([a-z_A-Z]+\)s|%%|\{[a-z_]+\}|%")
TAG = re.compile(r"</?[a-z]+[^>]*>")
BY_LANGUAGE = each_of(files())
PROMISED = {*("ar", "de", "es", "fr", "he", "it", "ja", "nl", "pl", "pt-BR", "sv", "tr", "uk", "zh-Hans")}
SHORT = 20  # characters; what is short in English may become a longer word
SCRIPTS = {
    "ar": "[\u0600-\u06ff]",
    "he": "[\u0590-\u05ff]",
    "ja": "[\u3040-\u30ff\u4e00-\u9fff]",
    "uk": "[\u0400-\u04ff]",
    "zh-Hans": "[\u4e00-\u9fff]",
}


@pytest.fixture(scope="module")
def source():
    return extracted()


@pytest.fixture(scope="module")
def read():
    return {path: catalogue(path) for path in files()}


def pairs(made: Catalog):
    """(English, translation) of what is translated, each plural form for itself; a form may leave out the number."""
    for field in made:
        if isinstance(field.id, tuple):
            yield from ((field.id[1], form) for form in field.string if form)
        elif field.id and field.string:
            yield field.id, field.string


def test_there_is_one_for_every_language_we_promise():
    assert {path.stem for path in files()} == PROMISED


@BY_LANGUAGE
def test_every_text_is_translated_and_none_that_is_not_used(path, read, source):
    theirs = {message.id for message in read[path] if message.id}
    assert theirs == {message.id for message in source if message.id}, "run `make translations`"
    assert untranslated(read[path]) == [], f"translate these in {path.name}"
    assert not [message.id for message in read[path] if message.fuzzy and message.id]


@BY_LANGUAGE
def test_placeholders_are_those_of_the_text(path, read):
    for text, translation in pairs(read[path]):
        wanted, used = Counter(PLACEHOLDER.findall(text)), Counter(PLACEHOLDER.findall(translation))
        used.update({"%(number)s": "%(number)s" in wanted and "%(number)s" not in used})  # "one", "two" may be words
        assert +wanted == +used or wanted.keys() == (+used).keys(), (text, translation)


@BY_LANGUAGE
def test_markup_is_that_of_the_text(path, read):
    for text, translation in pairs(read[path]):
        assert sorted(TAG.findall(text)) == sorted(TAG.findall(translation)), (text, translation)
        assert "<" not in TAG.sub("", translation), (text, translation)
        assert "&" not in translation, (text, translation)


@BY_LANGUAGE
def test_nothing_grows_out_of_its_place(path, read):
    """A button of four words cannot become two lines of them."""
    for text, translation in pairs(read[path]):
        assert len(translation) <= max(2 * len(text), len(text) + SHORT), (text, translation)


@BY_LANGUAGE
def test_the_same_white_space_stands_around_it(path, read):
    for text, translation in pairs(read[path]):
        assert translation == translation.strip(), (text, translation)
        assert "  " not in translation, (text, translation)


@BY_LANGUAGE
def test_sentences_end_as_sentences(path, read):
    for text, translation in pairs(read[path]):
        if text[-1] in ".?":
            assert translation[-1] in ".?。？؟!>؛" or translation.endswith(")s"), (text, translation)


NAMED = {
    "Enter your email.": "Email",
    "Enter a full email address, such as name@example.org.": "Email",
    "Enter your password.": "Password",
    "Enter your phone number.": "Phone number",
    "Enter a full phone number with the country code, such as +49 30 123456.": "Phone number",
    "Enter your username.": "Username",
    "Enter your email or username.": "Email or username",
    "Enter the code.": "Code",
}


@BY_LANGUAGE
def test_what_is_to_be_entered_is_named_as_its_field_is(path, read):
    """Else the summary of mistakes has both: "Email: Enter your e-mail address."."""
    words = dict(pairs(read[path]))
    assert not {*NAMED, *NAMED.values()} - words.keys(), "not translated"
    for text, field in NAMED.items():
        assert has_name(words[text], words[field]), (words[field], words[text])


@each_of(path for path in files() if path.stem in ("ar", "he"))
def test_numbers_with_signs_are_kept_apart_from_letters_that_run_the_other_way(path, read):
    """Else "+49 30 123456" is shown as "123456 30 49+", and a date in a wrong order."""
    for _, translation in pairs(read[path]):
        signed = re.findall(r"\+\d[\d ]+|\d{4}-\d\d-[\dTZ:]+", translation)
        assert all(f"\u2066{number}\u2069" in translation for number in signed), translation


@BY_LANGUAGE
def test_it_is_in_that_language(path, read):
    """Few texts read the same in two languages, and a script of its own is seen in nearly all."""
    texts = [both for both in pairs(read[path]) if re.search("[a-z]{3}", TAG.sub("", PLACEHOLDER.sub("", both[0])))]
    same = [text for text, words in texts if text == words]
    assert len(same) <= 0.04 * len(texts), same
    script = SCRIPTS.get(path.stem)
    if script:
        assert not [(text, words) for text, words in texts if not re.search(script, words)]


def test_a_text_with_a_wrong_placeholder_is_found(source):
    """The lint can fail."""
    assert PLACEHOLDER.findall("to %(aplication)s, {field}") == ["%(aplication)s", "{field}"]
    assert any("%(application)s" in str(message.id) for message in source)
