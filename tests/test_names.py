"""Things are called as Ory, OAuth and the field call them (docs/decisions/0007-house.md)."""

import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for folder in ("app", "tests", "kratos", "hydra") for path in (ROOT / folder).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Words that stood over the field's own; `one` and its like stand for a thing that has a name.
RETIRED = {
    *("Wire", "Operation", "Way", "FirstSight", "Unfinished", "Look"),
    *("wear", "words_of", "scope_words", "audience_words", "in_words", "heard", "spoken"),
    *("owes_second_factor", "by_other_provider", "only_looking", "takes_away", "aside", "urgent", "told_apart"),
    *("first_sight", "remember_sight", "forget_sight", "behind_settings", "pressed_by", "show_again"),
    *("one", "found", "asked", "given", "told"),
    *("onward", "said_by_title", "SAID_BY_TITLE"),
    *("Traveller", "traveller", "new_traveller"),
    *("LOOKED_AT", "TAKES_AWAY", "wants_a_page", "forgets", "keeping", "returning"),
}


def names(path: Path) -> set[str]:
    """The identifiers of a module, private ones too, but Hypothesis' `given`; texts and comments are English."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    identifiers = {token.string.lstrip("_") for token in tokens if token.type == tokenize.NAME}
    return identifiers - {"given"} if "from hypothesis import" in source else identifiers


def test_no_module_uses_a_retired_name():
    used = {str(path.relative_to(ROOT)): names(path) & RETIRED for path in SOURCES}
    assert {path: words for path, words in used.items() if words} == {}


def test_no_template_uses_a_retired_name():
    used = {}
    for path in TEMPLATES:
        code = re.findall(r"\{[{%](.*?)[%}]\}", path.read_text(encoding="utf-8"), re.DOTALL)
        plain = [re.sub(r"\"[^\"]*\"|'[^']*'", "", part) for part in code]
        used[path.name] = {word for part in plain for word in re.findall(r"\b[a-zA-Z_]+\b", part)} & RETIRED
    assert {name: words for name, words in used.items() if words} == {}
