"""Texts that an operator's language lacks: what is shown in English instead says that it is (WCAG 3.1.2)."""

import re
from gettext import NullTranslations

import pytest
from babel import Locale
from bs4 import BeautifulSoup, Tag

from app.http.catalogues import Language
from app.http.templates import MARKS, FallingBack, mark_english
from app.preview.player import State
from tests.gallery.entries import ENTRIES
from tests.gallery.entry import answer, served
from tests.languages import pseudo
from tests.languages.test_pseudo import NAMES, foreign
from tests.support.cases import each_case
from tests.support.pages import heading, parsed

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\n'
# Elements that hold words of their own beside those in their attributes (docs/languages.md names them).
HOLDERS = ("nav", "ul", "section", "div")
FIRST, LAST = MARKS


def page(body: str, direction: str = "ltr") -> str:
    """A page after what is in braces was English."""
    return mark_english(body.replace("{", FIRST).replace("}", LAST), direction)


class TestWhereItStands:
    def test_all_of_an_element(self) -> None:
        assert page("<h1>{Sign in}</h1>") == '<h1 lang="en">Sign in</h1>'

    def test_a_part_of_an_element(self) -> None:
        assert page("<p>{Page} <b>2</b></p>") == '<p><bdi lang="en">Page</bdi> <b>2</b></p>'

    def test_with_markup_in_it(self) -> None:
        assert page("<p>{Hello <bdi>Ada</bdi>}</p>") == '<p lang="en">Hello <bdi>Ada</bdi></p>'

    def test_several_in_one_element(self) -> None:
        assert page("<p>{A} {B}</p>") == '<p><bdi lang="en">A</bdi> <bdi lang="en">B</bdi></p>'

    def test_a_text_in_a_text(self) -> None:
        assert page("<p>{Since {now}}</p>") == '<p><bdi lang="en">Since <bdi lang="en">now</bdi></bdi></p>'

    @pytest.mark.parametrize("name", ["title", "option"])
    def test_where_no_element_may_stand(self, name: str) -> None:
        assert page(f"<{name}>{{Sign in}} – Portico</{name}>") == f'<{name} lang="en">Sign in – Portico</{name}>'

    @each_case("name", ["title", "option", "textarea"])
    def test_a_part_of_it_there_is_not_said_to_be_english(self, name: str) -> None:
        """N94: nor is it markup that somebody would read, or post back as their own words."""
        assert page(f"<{name}>Ensaluti {{to}} b – {{c}}</{name}>") == f"<{name}>Ensaluti to b – c</{name}>"
        assert page(f"<{name}>a{{&lt;b&gt;</{name}>") == f"<{name}>a&lt;b&gt;</{name}>"

    def test_what_an_element_is_called_by(self) -> None:
        assert page('<a href="/" aria-label="{Verify x}">y</a>') == '<a lang="en" href="/" aria-label="Verify x">y</a>'

    def test_but_not_where_other_words_stand_in_it(self) -> None:
        assert page('<nav aria-label="{Pages}"><a>y</a></nav>') == '<nav aria-label="Pages"><a>y</a></nav>'

    def test_in_a_page_that_runs_the_other_way(self) -> None:
        assert page("<h1>{Sign in}</h1>", "rtl") == '<h1 lang="en" dir="ltr">Sign in</h1>'

    def test_a_lone_mark_is_none(self) -> None:
        assert FIRST not in page("<p>{a</p>") + page('<p title="{a">') + page("<title>{a</title>")


@pytest.fixture
def _a_language_that_has_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for app in {served(entry) for entry in ENTRIES}:
        catalogue = FallingBack(NullTranslations(), pseudo.catalogue().texts)
        empty = Language("uk", Locale.parse("uk"), catalogue, app.jinja_env)  # type: ignore[arg-type]
        monkeypatch.setattr(app.extensions["languages"], "get", lambda _, empty=empty: empty)


def unmarked(soup: BeautifulSoup) -> list[str]:
    """What a page says in English without saying so; without what stands in attributes of whole parts of a page."""
    for tag in soup.find_all(True):
        assert isinstance(tag, Tag)
        if (tag.get("lang") and tag.name != "html") or tag.name in HOLDERS:
            for name in (*pseudo.READ, *[name for name in tag.attrs if tag.get("id") == "words"]):
                tag.attrs.pop(name, None)
    return pseudo.untranslated(soup)


def leaks(entry: State) -> list[str]:
    """The same of one page, but for what others say."""
    reply = answer(entry)
    assert not set(MARKS) & set(reply.text)
    names = [*NAMES, *foreign(entry), reply.headers["X-Request-Id"]]
    texts = dict.fromkeys(unmarked(parsed(reply)))
    return [text for text in texts if not all(any(part in name for name in names) for part in re.split("[,:] ", text))]


@pytest.mark.no_cover  # tracing these pages is slower than making them; see tests/stack/coverage_in_process.py
@pytest.mark.usefixtures("_a_language_that_has_nothing")
def test_pages_say_what_is_english_in_them() -> None:
    """Every third page of the gallery: pages of one template are neighbours there."""
    by_entry = {entry.id: leaks(entry) for entry in ENTRIES[::3]}
    assert {name: texts for name, texts in by_entry.items() if texts} == {}


class TestTheOperatorsOwn:
    def test_what_a_language_lacks_is_marked_and_nothing_else(self, client_with, upstream, tmp_path) -> None:
        (tmp_path / "fi.po").write_text(HEADER + 'msgid "Welcome"\nmsgstr "Tervetuloa"\n')
        upstream.nobody()
        soup = parsed(client_with(languages_dir=tmp_path).get("/", headers={"Accept-Language": "fi"}))
        assert str(soup.h1) == "<h1>Tervetuloa</h1>"
        assert str(soup.find("p", lang="en")) == '<p lang="en">Sign in to see your account.</p>'

    def test_words_of_the_operators_own_are_in_a_language_nobody_knows(self, client_with, upstream, tmp_path) -> None:
        (tmp_path / "fi.po").write_text(HEADER + 'msgid "Welcome"\nmsgstr "Tervetuloa"\n')
        upstream.asks("consent", requested_scope=["photos"])
        upstream.signed_in()
        client = client_with(languages_dir=tmp_path, scopes={"photos": "Valokuvasi"})
        reply = client.get("/consent?consent_challenge=c", headers={"Accept-Language": "fi"})
        assert "Valokuvasi" in reply.text
        assert not [tag for tag in parsed(reply).find_all(lang="en") if "Valokuvasi" in tag.text]

    @pytest.mark.parametrize("tag", ["de", "en-GB"])
    def test_what_is_whole_has_no_marks(self, client_with, upstream, tmp_path, tag) -> None:
        (tmp_path / f"{tag}.po").write_text(HEADER + 'msgid "Welcome"\nmsgstr "Hoi"\n')
        upstream.nobody()
        reply = client_with(languages_dir=tmp_path).get("/", headers={"Accept-Language": tag})
        assert heading(reply) == "Hoi"
        assert not parsed(reply).main.find_all(lang=True)

    def test_another_region_of_a_language_of_ours_says_what_that_says(self, client_with, upstream, tmp_path) -> None:
        (tmp_path / "de-AT.po").write_text(HEADER + 'msgid "Welcome"\nmsgstr "Servus"\n')
        upstream.nobody()
        reply = client_with(languages_dir=tmp_path).get("/", headers={"Accept-Language": "de-AT"})
        assert heading(reply) == "Servus"
        assert "Melden Sie sich an" in reply.text
        assert not parsed(reply).main.find_all(lang=True)


@each_case("name", [MARKS[0], MARKS[1], "".join(MARKS), "".join(reversed(MARKS)), f"{MARKS[1]} onclick"])
def test_marks_that_somebody_sent_change_no_attribute(name: str) -> None:
    """A name of an app, a person or a flow of Kratos' may hold them, too."""
    ours = f"<p>{MARKS[0]}Sign in{MARKS[1]}</p>"
    html = f'{ours}<p title="a{name}b">a{name}b</p><input value="a{name}b"/>'
    page = BeautifulSoup(mark_english(html, "rtl"), "html.parser")
    plain = f"a{name.translate(dict.fromkeys(map(ord, MARKS)))}b"
    assert page.find("p", string="Sign in")["lang"] == "en"
    assert page.find("p", title=True).attrs == {"title": plain}
    assert page.find("input")["value"] == plain
    assert page.find("p", title=True).text == plain
