"""Values on pages are escaped as MarkupSafe does it, whatever they are."""

from flask import Flask
from markupsafe import Markup, escape

from app.http.escaping import written
from app.http.templates import Templates
from tests.support.cases import each_case

PAGES = Templates(Flask(__name__), autoescape=True)


class Page:
    def __html__(self):
        return "<b>bold</b>"


class Words(str):
    __slots__ = ()


class Bold(Markup):
    __slots__ = ()


VALUES = ["", "plain", "<a href='x'>\"&", Words("<i>"), Markup("<b>&amp;</b>"), Bold("<b>"), Page(), 7, None, True]


@each_case("value", VALUES)
def test_a_value_is_written_as_markupsafe_escapes_it(value):
    assert str(written(value)) == str(escape(value))


@each_case("value", VALUES)
def test_so_does_a_template(value):
    page = PAGES.from_string("{{ value }}{% macro m(v) %}{{ v }}{% endmacro %}{{ m(value) }}{{ m(value) ~ '<' }}")
    assert page.render(value=value) == f"{escape(value)}{escape(value)}{escape(value)}&lt;"


def test_what_is_kept_for_later_is_markup_and_escaped_once():
    page = PAGES.from_string("{% set kept %}{{ value }}{% endset %}{{ kept }}{{ kept ~ value }}")
    assert page.render(value="<") == "&lt;&lt;&lt;"
