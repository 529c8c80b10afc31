"""Which language a person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.languages import NAMES, choose


@pytest.mark.parametrize(
    ("wishes", "found"),
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
        (["uk-Latn"], "uk"),
        (["*"], ""),
        (["", "-", "de_DE", "d", "de\r\nX: y", "de" * 99], ""),
        ([], ""),
    ],
)
def test_the_first_wish_that_fits(wishes, found):
    """RFC 4647 section 3.4: a tag is shortened until it fits; another script does not."""
    assert choose(wishes, NAMES) == found


def test_a_script_is_not_taken_for_another():
    assert choose(["sr-Latn"], {"sr-Cyrl"}) == ""
    assert choose(["sr-Cyrl-RS"], {"sr-Cyrl"}) == "sr-Cyrl"


def test_hundreds_of_wishes_are_not_all_looked_at():
    assert choose(["tlh"] * 20 + ["de"], NAMES) == ""


@given(st.lists(st.text()))
def test_no_wish_is_too_odd(wishes):
    assert choose(wishes, NAMES) in {*NAMES, ""}
