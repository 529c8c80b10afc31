"""Texts in English, where an operator's language lacks them: marked at the end for screen readers (WCAG 3.1.2)."""

import re
from collections.abc import Container
from gettext import NullTranslations
from typing import Any

from jinja2 import Template

from app.http.templates import MARKS

_START, _END = MARKS
_STRIPPED = str.maketrans("", "", _START + _END)
_TAG = re.compile(rf"<([a-z0-9]+)[^<>]*[{_START}{_END}][^<>]*>")  # a single mark is part of somebody's name
# An element with nothing in it but one such text; what may have no element in it, with all its text.
_CONTENT = re.compile(rf"(<([a-z0-9]+)[^<>]*)>{_START}([^{_START}{_END}]*){_END}(?=</\2>)")
_TEXT = re.compile(rf"(<(?:title|option|textarea)\b[^<>]*)>([^<]*[{_START}{_END}][^<]*)")
# Elements that have no words but the attribute; a list or a form has others in it, in the page's language.
_NAMED = ("a", "button", "img", "input")


class FallingBack(NullTranslations):
    """A catalogue that puts these texts of ours between marks."""

    def __init__(self, catalogue: NullTranslations, missing: Container[str]) -> None:
        super().__init__()
        self.catalogue, self.missing = catalogue, missing

    def gettext(self, message: str) -> str:
        """The text, in marks where it is English."""
        return self._marked(message, self.catalogue.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Likewise."""
        return self._marked(msgid1, self.catalogue.ngettext(msgid1, msgid2, n))

    def _marked(self, message: str, text: str) -> str:
        return f"{_START}{text}{_END}" if message in self.missing else text


class MarkingTemplate(Template):
    """A template in a language that lacks texts."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The page, with its English texts marked as English."""
        language: Any = self.globals["language"]
        return said_to_be_english(super().render(*args, **kwargs), language().direction)


def said_to_be_english(page: str, direction: str) -> str:
    """A page with markup for the marks in it; `direction` is the page's."""
    english = ' lang="en"' if direction == "ltr" else ' lang="en" dir="ltr"'

    def called(tag: re.Match[str]) -> str:
        plain = tag[0].translate(_STRIPPED)
        return f'<{tag[1]} lang="en"{plain[len(tag[1]) + 1 :]}' if tag[1] in _NAMED else plain

    def of_text(element: re.Match[str]) -> str:
        begins = english if element[2].startswith(_START) else ""
        return f"{element[1]}{begins}>{element[2].translate(_STRIPPED)}"

    if _START not in page:
        return page
    page = _TEXT.sub(of_text, _TAG.sub(called, page))
    page = _CONTENT.sub(rf"\1{english}>\3", page)
    return page.replace(_START, f"<bdi{english}>").replace(_END, "</bdi>")
