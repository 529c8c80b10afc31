"""Compiles templates once for all languages, and marks what is not in the page's language.

If an operator's language lacks a text, the English one has marks until they become `lang="en"` for screen readers
(WCAG 3.1.2).
"""

import re
from collections.abc import Container
from gettext import NullTranslations
from types import CodeType
from typing import Any

from flask.templating import Environment
from jinja2 import Template
from jinja2.runtime import Context

from app.http.escaping import written

MARKS = "\ufdd0", "\ufdd1"  # Unicode noncharacters, which no template has, unlike private-use characters
_START, _END = MARKS
_STRIPPED = str.maketrans("", "", _START + _END)
_TAG = re.compile(rf"<([a-z0-9]+)[^<>]*[{_START}{_END}][^<>]*>")  # a single mark comes from a person's name
# An element that contains only one such text; an element that cannot contain others, with its text.
_CONTENT = re.compile(rf"(<([a-z0-9]+)[^<>]*)>{_START}([^{_START}{_END}]*){_END}(?=</\2>)")
_TEXT = re.compile(rf"(<(?:title|option|textarea)\b[^<>]*)>([^<]*[{_START}{_END}][^<]*)")
# Elements whose only text is the attribute; lists and forms contain others in the page's language.
_NAMED = ("a", "button", "img", "input")


class _Template(Template):
    @classmethod
    def from_code(cls, *args: Any) -> Template:
        """Return the template of this code, with a faster `escape` than Jinja's."""
        template = super().from_code(*args)
        template.root_render_func.__globals__["escape"] = written
        return template


class _Context(Context):
    def call(
        self, function: Any, /, *args: Any, _block_vars: object = None, _loop_vars: object = None, **more: Any
    ) -> Any:
        """Call a function for a template; Jinja would first look if it wants the context, which none of ours does."""
        return function(*args, **more)


class Templates(Environment):
    """The templates of one language; the application's own instance uses those of the request's language."""

    context_class, template_class = _Context, _Template

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.compiled: dict[object, CodeType] = {}  # shared by all languages

    def compile(self, source: Any, name: Any = None, filename: Any = None, *_: Any) -> Any:
        """Compile a template, once for all languages."""
        key = source, name, filename
        if key not in self.compiled:
            self.compiled[key] = super().compile(*key)
        return self.compiled[key]

    def make_globals(self, _: object) -> Any:
        """Return one dict for all templates: Jinja's ChainMaps are slow, and pages look up many names."""
        return self.globals

    def get_or_select_template(self, name: Any, *more: Any) -> Template:
        """Return the template in the language of the request; Flask's `render_template` calls this."""
        language: Any = self.globals["language"]
        return super(Templates, language().templates).get_or_select_template(name, *more)


class FallingBack(NullTranslations):
    """A catalogue that returns the `missing` texts in marks, because they are English."""

    def __init__(self, catalogue: NullTranslations, missing: Container[str]) -> None:
        super().__init__()
        self.catalogue, self.missing = catalogue, missing

    def gettext(self, message: str) -> str:
        """Return the translation, in marks if it is English."""
        return self._marked(message, self.catalogue.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the translation for a number, in marks if it is English."""
        return self._marked(msgid1, self.catalogue.ngettext(msgid1, msgid2, n))

    def _marked(self, message: str, text: str) -> str:
        return f"{_START}{text}{_END}" if message in self.missing else text


class MarkingTemplate(Template):
    """A template in a language that lacks texts."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Render the page, with `lang` on its English texts."""
        language: Any = self.globals["language"]
        return mark_english(super().render(*args, **kwargs), language().direction)


def mark_english(page: str, direction: str) -> str:
    """Replace the marks of a page with `lang` attributes; `direction` is that of the page."""
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
