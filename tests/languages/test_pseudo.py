"""Every page in a language nobody speaks: a text that translators never get to see is the only one that can be read.

It finds literals without `N_`, wherever they come from: a view, a table, a template, a value put into a sentence.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest

from app.account.devices import BROWSERS, SYSTEMS
from app.http import error_texts
from app.preview.player import OURS_ONLY, State
from tests.gallery.entries import ENTRIES
from tests.gallery.entry import answer, bodies, served
from tests.languages import pseudo
from tests.support.pages import parsed

# Names, and what somebody types at a shell.
NAMES = {
    *BROWSERS,
    *SYSTEMS,
    *("Ada Lovelace", "Portico", "UTC", "portico doctor --authorize-url"),
    *(page.advice for page in error_texts.ERROR_TEXTS.values()),
}


@pytest.fixture(autouse=True)
def _everybody_speaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for app in {served(entry) for entry in ENTRIES}:
        language = pseudo.language(app)
        monkeypatch.setattr(app.extensions["languages"], "get", lambda _, language=language: language)


def strings(value: Any) -> Iterator[str]:
    """Every string in a value of JSON, as `pseudo.untranslated` reads it."""
    if isinstance(value, str):
        yield pseudo.plain(value)
    elif isinstance(value, dict):
        yield from (text for part in value.items() for text in strings(list(part)))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in strings(part))


def foreign(entry: State) -> set[str]:
    """What others say on a page: Kratos, Hydra, the operator, the browser."""
    ours = [OURS_ONLY | dict(entry.settings), unquote_plus(entry.path)]
    theirs = [dict(part) for part in (entry.form or {}, entry.cookie, entry.headers)]
    return {*strings([bodies(entry), ours, theirs, list(entry.pending_logins)])}


def leaks(entry: State) -> list[str]:
    """What is on the page in English and nobody's but ours."""
    page = answer(entry)
    names = [*NAMES, *foreign(entry), page.headers["X-Request-Id"]]
    texts = dict.fromkeys(pseudo.untranslated(parsed(page)))
    return [text for text in texts if not all(any(part in name for name in names) for part in re.split("[,:] ", text))]


@pytest.mark.no_cover  # tracing these pages is slower than making them; see tests/stack/coverage_in_process.py
def test_nothing_of_ours_is_left_in_english() -> None:
    by_entry = {entry.id: leaks(entry) for entry in ENTRIES}
    assert {name: texts for name, texts in by_entry.items() if texts} == {}
