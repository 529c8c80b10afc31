"""A consent page is rendered once for all who are asked the same, and nobody is shown anything of another person's."""

import re

import pytest

from app.brand.theme import Theme
from app.oauth2 import consent_page
from app.oauth2.consent_page import GAPS, Asked, Question, Registered
from app.oauth2.consent_policy import Scope
from tests.gallery.entries import BY_ID
from tests.gallery.entry import answer
from tests.support.fixtures import browser
from tests.support.pages import fields, parsed
from tests.support.upstream import ADA, BOB, session

SHOWN = Question(
    Asked(Registered("demo", "Demo", "Demo", "https://app.example.org/privacy", ""), False),
    ("app.example.org",),
    (Scope("openid", "See your account ID", True, True), Scope("photos", "", False, True)),
    ("https://api.example.org",),
    True,
    "",
    False,
)
# Another value for each part of a question, at any depth.
OTHERS = [
    *(SHOWN._replace(consent_request=SHOWN.consent_request._replace(**other)) for other in (
        {"for_device": True},
        *({"client": SHOWN.consent_request.client._replace(**{name: "https://other.example"})}
          for name in Registered._fields),
    )),
    *(SHOWN._replace(scopes=(SHOWN.scopes[0], SHOWN.scopes[1]._replace(**other)))
      for other in ({"name": "mail"}, {"words": "See your photos"}, {"required": True}, {"chosen": False})),
    *(SHOWN._replace(**other) for other in (
        {"hosts": ("other.example",)}, {"used_with": ("other",)}, {"can_remember": False},
        {"logo": "https://logos.example.org/demo.svg"}, {"popup": True},
    )),
]  # fmt: skip


def kept(language):
    return language.page_once.cache_info()


def without_new(page):
    """A page without what is new on each: its nonce, and our own tokens, which have the time in them."""
    nonce = page.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    return re.sub(r'value="\.?[\w-]+\.[\w-]+\.[\w-]+"', "", page.get_data(as_text=True).replace(nonce, ""))


@pytest.fixture
def english(client):
    """The client's language, in which no page is kept yet: other tests have the same application."""
    language = client.application.extensions["languages"].get("en")
    language.page_once.cache_clear()
    return language


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_consent_page_is_as_one_that_is_made_for_itself(language, monkeypatch):
    states = [state for id_, state in BY_ID.items() if id_.startswith("consent/")]
    from_cache = [without_new(answer(state, language)) for state in states for _ in range(2)]
    monkeypatch.setattr(consent_page, "MAX_NAMES", -1)
    assert from_cache == [without_new(answer(state, language)) for state in states for _ in range(2)]


def test_it_is_made_without_a_person_or_a_request(client, english):
    """Outside of a request all that looks at one fails."""
    with client.application.app_context():
        for question in (SHOWN, *OTHERS):
            parts = consent_page._parts(english, Theme(), question)
            assert {*parts[1::2]} == GAPS.keys()
            assert not [part for part in parts[::2] if any(gap.encode() in part for gap in GAPS.values())]


def test_whatever_a_page_depends_on_makes_it_another(client, english):
    with client.application.app_context():
        pages = [consent_page._parts(english, Theme(), question) for question in (SHOWN, *OTHERS)]
    assert len({*pages}) == len(pages) == len({SHOWN, *OTHERS})


def test_it_is_rendered_once_and_each_has_their_own_values(client, upstream, english):
    pages = {}
    for person, challenge in ((ADA, "first"), (BOB, "second=")):
        upstream.asks("consent", challenge=challenge, subject=person, requested_scope=["openid", "photos"])
        upstream.signed_in(person)
        mine = pages[person] = browser(client.application).get(f"/consent?consent_challenge={challenge}")
        text = mine.get_data(as_text=True)
        assert ("ada@example.org" in text, "bob@example.org" in text) == (person == ADA, person == BOB)
        assert parsed(mine).select_one(".initial.person")["data-initial"] == ("A" if person == ADA else "B")
        assert {value for name, value in fields(mine, "/consent") if name == "consent_challenge"} == {challenge}
        nonce = mine.headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
        assert {script["nonce"] for script in parsed(mine).find_all("script")} == {nonce}
        assert not [gap for gap in GAPS.values() if gap in text]
    assert (kept(english).misses, kept(english).hits) == (1, 1)
    tokens = [dict(fields(page, "/consent"))["csrf_token"] for page in pages.values()]
    assert tokens[0] != tokens[1]


def test_values_are_escaped(client, upstream):
    for name in ('"><script>alert(1)</script>@example.org', "<b>&amp;"):
        upstream.asks("consent")
        body = session()
        body["identity"]["traits"] = {"email": name}
        upstream.whoami(body)
        page = client.get("/consent?consent_challenge=c")
        assert parsed(page).select(".facts dd")[-1].get_text() == name
        assert parsed(page).select_one(".initial.person")["data-initial"] == name[0].upper()
        assert not parsed(page).select("main script")


def test_what_is_long_or_says_something_more_is_not_kept(client, upstream, english):
    for scopes in ([f"scope-{number}" for number in range(consent_page.MAX_NAMES)], ["x" * consent_page.MAX_LETTERS]):
        upstream.asks("consent", requested_scope=scopes)
        upstream.signed_in()
        boxes = parsed(client.get("/consent?consent_challenge=c")).select("fieldset input[type=checkbox]")
        assert [box["value"] for box in boxes] == scopes
    upstream.asks("consent")
    assert client.send("/consent", [("consent_challenge", "c"), ("csrf_token", "forged")]).status_code == 400
    assert kept(english).currsize == 0


def test_templates_of_an_operator_could_print_anything(client_with, upstream, tmp_path):
    (tmp_path / "oauth2").mkdir()
    (tmp_path / "oauth2/consent.html").write_text(
        '{% extends "portico/oauth2/consent.html" %}'
        '{% block head %}<meta name="who" content="{{ account }}">{% endblock %}'
    )
    client = client_with(templates_dir=str(tmp_path))
    upstream.asks("consent")
    upstream.signed_in()
    assert (
        parsed(client.get("/consent?consent_challenge=c")).select_one("meta[name=who]")["content"] == "ada@example.org"
    )
    assert kept(client.application.extensions["languages"].get("en")).currsize == 0
