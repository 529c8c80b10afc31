"""What static/app.js says comes from templates/macros/words.html, in the language of the page."""

import re
from pathlib import Path

import pytest

from tests.support.pages import parsed

APP_JS = Path("static/app.js").read_text() + Path("static/traits.js").read_text()
# The names of DOMException that Web Authentication has (section 5.1.3 and 5.1.4) and people can do something about.
ERRORS = {"notallowederror", "invalidstateerror", "securityerror"}


@pytest.fixture
def words(client) -> dict[str, str]:
    """The words of a page by name."""
    attributes = parsed(client.get("/signed-out")).select_one("#words").attrs
    return {name.removeprefix("data-"): str(text) for name, text in attributes.items() if name.startswith("data-")}


def test_a_page_has_every_word_the_script_asks_for(words):
    matches = set(re.findall(r'word\("(\w+)"|WORDS\.(\w+)', APP_JS))
    assert {argument or member for argument, member in matches} <= set(words)
    assert all(words.values())


def test_a_page_carries_no_word_the_script_never_says(words):
    strings = set(re.findall(r'"(\w+)"', APP_JS))
    assert set(words) == (set(words) & strings) | ERRORS


def test_words_with_a_value_have_a_place_for_it(words):
    placed = {name: re.findall(r"\{(\w+)\}", text) for name, text in words.items() if "{" in text}
    assert placed == {"fill": ["field"], "resend": ["seconds"]}


def test_the_script_has_no_words_of_its_own():
    assert not re.search(r"""(?:textContent(?::| =)|say\([\w.]+,) ["'`]\w""", APP_JS)
