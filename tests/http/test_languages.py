"""Which language a person reads."""

from hypothesis import given
from hypothesis import strategies as st

from app.http.i18n import has_name
from app.http.languages import choose, language_name
from tests.support.cases import each_case

OURS = ("ar", "de", "en", "es", "fr", "he", "it", "ja", "nl", "pl", "pt-BR", "sv", "tr", "uk", "zh-Hans")


@each_case(
    "wishes, expected",
    [
        (["de"], "de"),
        (["DE-at"], "de"),
        (["de-Latn-DE-1996"], "de"),
        (["fr-CA", "de"], "fr"),
        (["tlh", "de"], "de"),
        (["pt"], "pt-BR"),
        (["pt-PT"], "pt-BR"),
        (["pt-br"], "pt-BR"),
        (["zh"], "zh-Hans"),
        (["zh-CN"], "zh-Hans"),
        (["zh-Hans-SG"], "zh-Hans"),
        (["iw"], "he"),
        (["iw-IL"], "he"),
        (["zh-TW"], ""),
        (["zh-Hant-HK"], ""),
        (["zh-HK", "en"], "en"),
        (["zh-MO"], ""),
        (["zh-cmn-Hant"], ""),
        (["zh-cmn-Hans-CN"], "zh-Hans"),
        (["uk-Latn", "de"], "de"),
        (["es-419"], "es"),
        (["de-DE-u-co-phonebk"], "de"),
        (["de-x-latn"], "de"),
        (["en-ZZ"], "en"),
        (["*"], ""),
        (["", "-", "de_DE", "d", "de\r\nX: y", "de" * 99], ""),
        ([], ""),
    ],
)
def test_the_first_wish_that_fits(wishes, expected):
    """Another region fits, another script does not."""
    assert choose(wishes, OURS) == expected


def test_a_script_is_not_taken_for_another():
    assert choose(["sr-Latn"], {"sr-Cyrl"}) == ""
    assert choose(["sr-Cyrl-RS"], {"sr-Cyrl"}) == "sr-Cyrl"


@each_case(
    "wish, available, expected",
    [
        ("de-AT", ("de", "de-AT", "de-CH"), "de-AT"),
        ("de-AT-1996", ("de", "de-AT", "de-CH"), "de-AT"),
        ("de-LI", ("de-CH", "de"), "de"),
        ("pt", ("pt-BR", "pt-PT"), "pt-BR"),
        ("pt-PT", ("pt-BR", "pt-PT"), "pt-PT"),
        ("zh-TW", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("sr", ("sr-Latn", "sr-Cyrl"), "sr-Cyrl"),
    ],
)
def test_of_several_the_closest_is_taken(wish, available, expected):
    assert choose([wish], available) == expected


@each_case(
    "tag, name",
    [
        ("pt-BR", "Português (Brasil)"),
        ("uk", "Українська"),
        ("zh-Hans", "中文 (简体)"),
        ("en", "English"),
        ("ar", "العربية"),
    ],
)
def test_every_language_is_called_as_it_calls_itself(tag, name):
    assert language_name(tag) == name


def test_hundreds_of_wishes_are_not_all_looked_at():
    """N68."""
    assert choose(["tlh"] * 20 + ["de"], OURS) == ""


@given(st.lists(st.text()))
def test_no_wish_is_too_odd(wishes):
    """N68."""
    assert choose(wishes, OURS) in {*OURS, ""}


@each_case(
    "words, name, has",
    [
        ("Enter a number.", "Num", False),
        ("Enter your username.", "Name", False),
        ("Enter your email.", "Email", True),
        ("Fill in “(x)”.", "(x)", True),
        ("Parolanızı girin.", "Parola", True),
        ("名を入力してください。", "名", True),
        ("メールアドレスを入力してください。", "メールアドレス", True),
    ],
)
def test_a_message_has_a_fields_name_as_a_word_of_its_language(words, name, has):
    assert has_name(words, name) is has
