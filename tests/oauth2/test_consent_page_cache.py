"""A consent page is rendered once for all who are asked the same, and nobody is shown anything of another person's."""

import re
from typing import Any

import pytest

from app.brand.theme import Theme
from app.http import page_cache
from app.http.browser_session import Application
from app.http.error_texts import NOTICES
from app.oauth2.consent_policy import Scope
from tests.gallery.entries import BY_ID
from tests.gallery.entry import answer
from tests.support.fixtures import browser
from tests.support.pages import fields, parsed
from tests.support.upstream import ADA, BOB, session

TEMPLATE = "oauth2/consent.html"
NEW = ("account", "account_initial", "ticket", "challenge")
DEMO = Application("demo", "Demo", "")
SCOPES = (Scope("openid", "See your account ID", True, True), Scope("photos", "", False, True))
SHOWN: dict[str, Any] = {
    "application": DEMO,
    "full_name": "Demo",
    "policy_uri": "https://app.example.org/privacy",
    "tos_uri": "",
    "for_device": False,
    "hosts": ("app.example.org",),
    "scopes": SCOPES,
    "used_with": ("https://api.example.org",),
    "can_remember": True,
    "logo": "",
    "popup": False,
    "notice": "",
}
# Another value for each part of a question, at any depth.
OTHERS: list[Any] = [
    {"application": DEMO._replace(title="Other")}, {"application": DEMO._replace(client_id="other")},
    *({name: "https://other.example"} for name in ("full_name", "policy_uri", "tos_uri")),
    {"for_device": True},
    *({"scopes": (SCOPES[0], SCOPES[1]._replace(**other))}
      for other in ({"name": "mail"}, {"words": "See your photos"}, {"required": True}, {"chosen": False})),
    {"hosts": ("other.example",)}, {"used_with": ("other",)}, {"can_remember": False},
    {"logo": "https://logos.example.org/demo.svg"}, {"popup": True}, {"notice": NOTICES["expired"]},
]  # fmt: skip
QUESTIONS = [SHOWN, *(SHOWN | other for other in OTHERS)]


def made(language, question):
    """The parts of the page that is kept for this question."""
    return page_cache._parts(language, Theme(), TEMPLATE, tuple(question.items()), NEW)


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
    monkeypatch.setattr(page_cache, "page", lambda *_: None)
    assert from_cache == [without_new(answer(state, language)) for state in states for _ in range(2)]


def test_it_is_made_without_a_person_or_a_request(client, english):
    """Outside of a request all that looks at one fails."""
    with client.application.app_context():
        for question in QUESTIONS:
            parts = made(english, question)
            assert {*parts[1::2]} == {*NEW, *page_cache.OF_REQUEST}
            assert page_cache._MARK.encode() not in b"".join(parts[::2])


def test_whatever_a_page_depends_on_makes_it_another(client, english):
    with client.application.app_context():
        pages = [made(english, question) for question in QUESTIONS]
    assert len({*pages}) == len(QUESTIONS)


def test_the_view_gives_it_nothing_else(client, upstream, monkeypatch):
    calls = []
    monkeypatch.setattr(page_cache, "page", lambda *values: calls.append(values))
    upstream.asks("consent")
    upstream.signed_in()
    assert client.get("/consent?consent_challenge=c").status_code == 200
    [(template, same, new)] = calls
    assert (template, same.keys(), new.keys()) == (TEMPLATE, SHOWN.keys(), {*NEW})


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
        assert page_cache._MARK not in text
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
    for scopes in ([f"scope-{number}" for number in range(60)], ["x" * page_cache.MAX_LETTERS]):
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
