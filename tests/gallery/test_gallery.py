"""Every page in every state keeps what holds for all of them, in a language from the left and one from the right."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from flask import template_rendered
from werkzeug.test import Client

from app.http import error_texts
from tests.gallery.entries import BY_ID, ENTRIES, SITE
from tests.gallery.entry import answer, served
from tests.payloads.bodies import NAMES, messages
from tests.support.pages import attributes_of, check, parsed, words
from tests.support.upstream import PUBLIC

pytestmark = pytest.mark.no_cover  # tracing these pages is slower than making them: tests/stack/coverage_in_process.py
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
STATIC = TEMPLATES.with_name("static")
OWN = re.compile(r' action="/(?!language")')


@cache
def english():
    """Every page in English by the id of its entry, made once for all tests, and the templates of them."""
    templates = set()

    def note(_, template, **__):
        templates.add(template.name)

    for app in {served(entry) for entry in ENTRIES}:
        template_rendered.connect(note, app)
    return {entry.id: answer(entry) for entry in ENTRIES}, templates


def shown(entry, language):
    page = english()[0][entry.id] if language == "en" else answer(entry, language)
    assert page.status_code == entry.status, entry.id
    check(page, PUBLIC, set())
    return page


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
@pytest.mark.parametrize("group", sorted({entry.group for entry in ENTRIES}))
def test_every_page_keeps_what_holds_for_all(group, language, direction):
    """One h1, the title's beginning; labels, ids, valid HTML, policy: see tests/support/pages.py.

    Pages of Kratos' messages differ in words: of those from the right every fifth.
    """
    entries = [entry for entry in ENTRIES if entry.group == group]
    for entry in entries[:: 5 if (group, direction) == ("messages", "rtl") else 1]:
        [root] = re.findall("<html([^>]*)>", shown(entry, language).text)
        assert attributes_of(root) == {"lang": language, "dir": direction}, entry.id


SIGNED = ("login/code_sent_by_sms", "login/aal2_code_choice", "recovery/v2_choice", "recovery/v2_sms_sent")


def test_a_phone_number_keeps_its_sign_in_a_text_from_right_to_left():
    for name in SIGNED:
        said = parsed(answer(BY_ID[name], "ar")).main.get_text()
        assert "\u2068+49" in said, name
        assert "\u2068" not in english()[0][name].text, name


def test_each_of_several_choices_keeps_its_direction_in_a_text_from_right_to_left():
    said = parsed(answer(BY_ID["registration/all_types_errors"], "ar")).main.get_text()
    assert "\u2068free\u2069" in said
    assert "\u2068pro\u2069" in said


def test_commands_and_codes_run_from_left_to_right():
    for name in ("errors/oauth2-invalid-client", "settings/lookup_revealed", "settings/totp_wrong"):
        codes = parsed(answer(BY_ID[name], "ar")).main.find_all("code")
        assert {code.get("dir") for code in codes} == {"ltr"}, name


@pytest.mark.parametrize(
    ("name", "language", "whole"),
    [
        ("settings/everything_return_to", "en", "two-step"),
        ("verification/email", "de", "E-Mail"),
        ("errors/challenge-expired", "en", "sign-in"),
    ],
)
def test_no_line_of_a_heading_ends_within_a_short_word(name, language, whole):
    page = parsed(answer(BY_ID[name], language))
    assert [part.text for part in page.select("h1 b")] == [whole]
    assert page.title.text.startswith(page.h1.text)


def test_nobody_is_sent_back_to_an_app_where_the_page_itself_can_be_tried_again():
    """With nothing but the account on it, it does send there."""
    said = {name: page.text for name, page in english()[0].items() if name.startswith("errors/")}
    back = {name for name, text in said.items() if error_texts.START_AGAIN in text}
    again = {name for name, text in said.items() if "Try again</a>" in text}
    assert back
    assert "errors/flow-invisible" in again
    assert not back & again


def test_a_page_names_an_email_or_phone_once():
    """The account: in the message, or beside the way to another."""
    for name, address in {
        "login/code_sent": "ada@example.org",
        "login/code_sent_by_sms": "+4915112345678",
        "login/account_linking": "grace@example.org",
        "login/identifier_first_methods": "ada@example.org",
        "home/signed-in": "ada@example.org",
        "home/no-name": "ada@example.org",
        "login/refresh_code": "ada@example.org",
    }.items():
        page = parsed(english()[0][name]).main
        typed = [field["value"] for field in page.select("input:not([type=hidden], .unseen input)")]
        assert " ".join((page.get_text(), *map(str, typed))).count(address) == 1, name


def test_no_page_says_what_is_not_so():
    pages = {name: page.text for name, page in english()[0].items()}
    for name, untrue in {
        "logout/application-nobody": "Stay signed in",
        "device/empty": "Wrong or expired",
        "login/organization": "this account",
    }.items():
        assert untrue not in pages[name], name
    assert not [name for name, page in pages.items() if re.search(r"…(</\w+>)*\.", page)]  # a sentence ends once


def test_no_message_shows_a_place_instead_of_a_value():
    pages = {name: response for name, response in english()[0].items() if name.startswith("messages/")}
    assert pages
    for name, response in pages.items():
        assert not re.search(r"[{}]", words(parsed(response).main)), name


def test_no_rule_is_drawn_above_nothing_and_what_happened_stands_below_the_heading():
    for name, response in english()[0].items():
        page = parsed(response).main
        assert all(words(links) for links in page.select(".links")), name
        assert not page.select(".notice:has(~ h1)"), name


def test_where_one_thing_is_to_be_done_its_button_says_so_first():
    for name, button in {
        "registration/social_email_missing": "Continue",
        "settings/everything_return_to": "Add a security key",
        "settings/after_recovery": "Save",
        "recovery/v2_code_sent": "Continue",
        "account-choice/expects-another": "Use a different account",
    }.items():
        main = parsed(english()[0][name]).select(".button-primary:not(details:not([open]) *)")
        assert [words(control) for control in main] == [button], name
    resend = parsed(english()[0]["recovery/v2_code_sent"]).select_one("[name=recovery_confirm_address]")
    assert "button-link" in resend["class"]
    for name in ("registration/account_exists", "registration/account_exists_hints"):
        [link] = parsed(english()[0][name]).select("[data-testid=cta-link]")
        assert words(link.find_parent(class_="error-summary")).endswith("Sign in"), name


def test_every_link_of_a_summary_is_the_message_and_leads_to_its_field():
    seen = 0
    for response in filter(lambda shown: "error-summary" in shown.text, english()[0].values()):
        shown = parsed(response)
        for link in shown.select(".error-summary a[href^='#']"):
            field = shown.find(id=link["href"].removeprefix("#"))
            described_by = [shown.find(id=name) for name in field["aria-describedby"].split()]
            said = [words(line) for part in described_by for line in (*part.select(".message-error"), part)]
            assert any(words(link).endswith(message) for message in said), link
            seen += 1
    assert seen > 50


def test_every_form_that_we_take_ourselves_is_guarded():
    """Against early presses: all of our own but the choice of a language, which decides nothing."""
    guarded = re.search(r'DECISIONS = "(.+)"', (STATIC / "app.js").read_text()).group(1)
    unguarded, seen = set(), set()
    for response in filter(lambda shown: OWN.search(shown.text), english()[0].values()):
        page = parsed(response)
        reached = page.select(guarded.replace("'", '"'))
        mine = page.select('form[method=post][action^="/"]:not([action="/language"]) button[type=submit]')
        seen |= {button.find_parent("form")["action"] for button in mine}
        unguarded |= {str(button) for button in mine if button not in reached}
    assert unguarded == set()
    assert len(seen) > 5
    assert guarded.replace("'", '"') in (STATIC / "app.css").read_text()


def text_of(entries):
    """All that these pages say."""
    return " ".join(unescape(english()[0][entry.id].text) for entry in entries)


def test_what_is_asked_for_and_no_entry_foresaw_fails():
    """The page would only say that something went wrong."""
    with pytest.raises(LookupError, match=r"nobody foresaw .*GET http://hydra"):
        answer(replace(BY_ID["consent/usual"], answers={}))


def test_no_two_entries_have_the_same_address():
    assert [name for name, count in Counter(entry.id for entry in ENTRIES).items() if count > 1] == []


def test_every_template_of_a_page_is_shown():
    """Those of macros are parts of pages, and base.html of all."""
    whole = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if path.parent.name != "macros"}
    assert english()[1] == whole - {"base.html"}


def test_every_body_and_every_message_of_kratos_is_shown():
    groups = Counter(entry.group for entry in ENTRIES)
    assert groups["messages"] == len(messages())
    assert sum(groups[kind] for kind in ("login", "registration", "recovery", "verification", "settings")) >= len(NAMES)


def test_every_error_page_is_shown():
    """All that app/http/error_texts.tsv has, by their titles and by what happened."""
    pages = error_texts.ERROR_TEXTS.values()
    read = text_of(entry for entry in ENTRIES if entry.status >= 400)
    assert [page.title for page in pages if page.title not in read or page.happened not in read] == []
    assert [text for text in error_texts.OAUTH2.values() if text not in read] == []


def test_every_notice_is_shown():
    read = text_of(entry for entry in ENTRIES if entry.group != "messages")
    assert [text for text in error_texts.NOTICES.values() if text not in read] == []


class TestSite:
    """The gallery as a web site."""

    @pytest.fixture
    def visitor(self):
        return Client(SITE)

    def test_the_index_links_every_entry_in_the_language_asked_for(self, visitor):
        page = parsed(visitor.get("/?lang=he"))
        linked = {link["href"] for link in page.select("li a")}
        assert linked == {f"/page/{name}?lang=he" for name in BY_ID}

    def test_a_page_is_shown_in_the_language_asked_for(self, visitor):
        assert parsed(visitor.get("/page/login/unified?lang=he")).html["lang"] == "he"

    def test_without_one_the_browser_says_it(self, visitor):
        page = visitor.get("/page/login/unified", headers={"Accept-Language": "de"})
        assert parsed(page).html["lang"] == "de"

    def test_a_page_reaches_no_other_host(self, visitor):
        page = parsed(visitor.get("/page/consent/logo"))
        assert page.select("[href^=http], [action^=http], [src^=http]") == []

    def test_style_and_script_are_there(self, visitor):
        page = parsed(visitor.get("/page/login/unified"))
        for address in (page.find("link", rel="stylesheet")["href"], page.find("script")["src"]):
            assert visitor.get(address).status_code == 200

    def test_where_a_link_would_lead_is_said(self, visitor):
        answer = visitor.post("/login/cancel")
        assert (answer.status_code, answer.text.endswith("POST /login/cancel?")) == (404, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("password-changed", "Think someone else used your account?"),
        ("email-changed", "new@example.org isn't verified yet."),
        ("codes-not-kept", "You were shown new backup codes, but you didn't save them here."),
    ],
)
def test_what_was_changed_or_left_undone_is_on_the_page(name, words):
    """The cookie has it under the key of one process alone, or of one person."""
    assert words in " ".join(parsed(shown(BY_ID[f"settings/{name}"], "en")).get_text().split())


def test_a_way_back_to_an_application_without_a_name_still_has_words():
    """Hydra did not answer: "Cancel and return to" nobody would be half a sentence."""
    [button] = parsed(answer(BY_ID["settings/everything_return_to"])).select("form[action='/login/cancel'] button")
    assert button.text == "Back"


def test_a_security_key_has_its_picture_among_the_other_ways_to_sign_in():
    """Also where its first button only asks Kratos for the ceremony."""
    page = parsed(answer(BY_ID["login/webauthn_passwordless"]))
    assert [len(button.select("svg")) for button in page.select("main button[name=method]")] == [0, 1, 1]
