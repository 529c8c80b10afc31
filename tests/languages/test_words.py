"""Nothing that a person reads is left out of the catalogues; test_literals.py and test_pseudo.py look for what is."""

import re
from dataclasses import fields
from pathlib import Path

from app.account.devices import METHODS
from app.http import error_texts
from app.oauth2.consent_policy import SCOPES
from app.selfservice.flow_kinds import KINDS, OTHER_METHODS
from app.selfservice.messages import MESSAGES, TITLES
from tests.languages.catalogues import ROOT, extracted
from tests.support.cases import each_case

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def shown():
    """The texts of the tables that templates translate by variable."""
    pages = error_texts.ERROR_TEXTS.values()
    yield from (text for page in pages for text in (page.title, page.happened, page.next, page.button))
    yield from (
        *error_texts.OAUTH2.values(),
        *error_texts.NOTICES.values(),
        *SCOPES.values(),
        *METHODS.values(),
        *OTHER_METHODS.values(),
    )
    yield from (title for kind in KINDS.values() for title in (kind.title, *kind.titles.values()))
    yield from (*TITLES, *(text for text in MESSAGES.values() if not re.fullmatch(r"%\(\w+\)s", text)))


def test_every_text_of_a_table_is_in_the_catalogues():
    ids = {message.id for message in extracted()}
    assert not [text for text in shown() if text not in ids]
    names = {"status", "title", "happened", "next", "advice", "button"}
    assert {field.name for field in fields(error_texts.ErrorText)} == names


@each_case("path", TEMPLATES)
def test_no_sentence_is_put_together(path: Path):
    """Other languages have another order of words."""
    assert not re.findall(r'_\("[^"]*"\)\s*~|~\s*_\(', path.read_text())


def test_the_script_has_no_words():
    """app.js takes them from templates/macros/words.html."""
    code = re.sub(r"//.*", "", (ROOT / "static" / "app.js").read_text())
    assert not [
        text for text in re.findall(r'"([^"]*)"|`([^`]*)`', code) if re.search(r"[A-Z][a-z]+ [a-z]+", "".join(text))
    ]


NEVER = re.compile(
    r"\b(please|sign up|register|log ?in|application|disconnect|unlink|switch(ed)? o(n|ff)|press|click|type|go on|"
    r"beg[aiu]n|anew|people who run|second (step|factor)|mail|e-mail|user name|cannot|(can|do|is|was|are) not|"
    r"it is|you are|you will|we have)\b",
    re.IGNORECASE,
)


def test_english_keeps_to_the_vocabulary_of_the_docs():
    """docs/languages.md: one word for one thing, contractions, none of the words that stand in its last column."""
    texts = (text for message in extracted() for text in ([message.id] if isinstance(message.id, str) else message.id))
    assert not [text for text in texts if NEVER.search(re.sub(r"%\(\w+\)s", "", text))]
