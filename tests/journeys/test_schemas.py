"""Other people's identity schemas on the real Kratos: a form that changes one trait leaves every other as it is.

The sandbox has one schema only (design D8).
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import playwright.sync_api as playwright
import pytest

from tests.journeys.browsing import Page
from tests.journeys.schemas import FULL, PARTLY, WHOLE, configured
from tests.journeys.site import Person, Site, Visitor, WithKratos
from tests.journeys.test_browser import unfold
from tests.support.pages import words

pytestmark = pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)

CONFIGURATION = {
    "identity.schemas": configured(),
    "selfservice.flows.registration.style": "unified",
    "selfservice.methods.passkey.enabled": False,  # Kratos wants a display name for them, which a list cannot be
    "selfservice.methods.webauthn.enabled": False,
    "selfservice.flows.registration.after": {"password": {"hooks": [{"hook": "session"}]}},
}
SAVE = "method=profile"


@pytest.fixture(scope="module")
def site(with_kratos: WithKratos) -> Site:
    return with_kratos(CONFIGURATION)


def enrolled(site: Site, schema: str, traits: dict[str, Any], identifier: str = "email") -> Person:
    """Somebody with these traits and a password."""
    address, password = f"ada-{uuid4().hex[:12]}@example.org", f"{uuid4().hex}-secret"
    named = {identifier: address} if identifier == "email" else {identifier: [address]}
    credentials = {"password": {"config": {"password": password}}}
    body = {"schema_id": schema, "traits": traits | named, "credentials": credentials}
    return Person(site.admin("POST", "kratos", "/admin/identities", json=body)["id"], address, password, "Ada")


def traits(site: Site, person: Person) -> dict[str, Any]:
    """What is stored of a person."""
    return dict(site.admin("GET", "kratos", f"/admin/identities/{person.id}")["traits"])


def settings(visitor: Visitor, person: Person) -> Page:
    """The settings, as somebody who has just signed in opens them."""
    visitor.sign_in(visitor.open(f"{visitor.site.portico}/login"), person)
    page = visitor.open(f"{visitor.site.portico}/settings")
    assert page.status == 200, page
    return page


@pytest.mark.parametrize(
    ("schema", "stored"),
    [("printable", FULL), ("inside", PARTLY), ("unpostable", WHOLE)],
    ids=["printable", "inside", "unpostable"],
)
def test_saving_nothing_changes_nothing(site, visitor, schema, stored):
    person = enrolled(site, schema, stored)
    before = traits(site, person)
    settings(visitor, person).press(SAVE)
    assert traits(site, person) == before


@pytest.mark.parametrize(
    ("changed", "value", "stored"),
    [
        ("nolabel", "changed", "changed"),
        ("age", "37", 37),
        ("height", "1.7", 1.7),
        ("seen", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("plan", "free", "free"),
        ("level", "3", 3),
        ("newsletter", ["true"], True),
        ("spam", ["true"], True),
        ("tracked", [], False),
        ("tags", ["b", "ümläut 漢字"], ["b", "ümläut 漢字"]),
        ("flags", [], None),
        ("site", "", None),
        ("born", "2000-02-29", "2000-02-29"),
    ],
)
def test_saving_one_trait_leaves_all_others(site, visitor, changed, value, stored):
    person = enrolled(site, "printable", FULL)
    before = traits(site, person)
    settings(visitor, person).press(SAVE, {f"traits.{changed}": value})
    after = traits(site, person)
    assert after.pop(changed, None) == stored
    assert after == {name: trait for name, trait in before.items() if name != changed}


def test_an_object_that_no_form_can_carry_stays_whole_while_others_change(site, visitor):
    person = enrolled(site, "inside", PARTLY)
    before = traits(site, person)
    settings(visitor, person).press(SAVE, {"traits.town": "Ockham"})
    assert traits(site, person) == before | {"town": "Ockham"}


def test_what_no_form_can_carry_is_not_offered_for_change_without_the_script(site, visitor):
    page = settings(visitor, enrolled(site, "unpostable", WHOLE))
    assert not page.soup.find(["input", "select"], {"name": lambda name: (name or "").startswith("traits.")})
    assert "only be changed with JavaScript" in page.soup.noscript.get_text()


def test_an_item_is_added_without_the_script(site, visitor):
    """The field for it has a page of its own: an empty one would be stored."""
    person = enrolled(site, "printable", FULL)
    before = traits(site, person)
    page = settings(visitor, person)
    add = page.soup.find(id="profile-traits.tags").find("a", {"data-add": True})

    page = visitor.open(page.url.partition("?")[0] + "?" + add["href"].partition("?")[2])
    field = page.soup.find("input", {"name": "traits.tags", "type": "text"})
    form, entries = page.entries(SAVE)
    page.submit(form, [entry for entry in entries if entry != ("traits.tags", "")] + [("traits.tags", "new")])

    assert field.has_attr("required")
    assert not form.has_attr("novalidate")
    assert traits(site, person) == before | {"tags": [*before["tags"], "new"]}


def test_a_refused_change_shows_what_was_typed_and_saves_after_it_is_put_right(site, visitor):
    """Kratos fills the form anew from what was posted, and names the item that is wrong."""
    person = enrolled(site, "printable", FULL)
    before = traits(site, person)
    page = settings(visitor, person)
    form, entries = page.entries(SAVE)

    page = page.submit(form, [*entries, ("traits.more-emails", "nonsense")])
    wrong = page.soup.find(id="profile-traits.more-emails")

    assert "full email address" in wrong.get_text()
    assert traits(site, person) == before
    page.press(SAVE, {"traits.more-emails": ["b@example.org"]})
    assert traits(site, person) == before | {"more-emails": ["b@example.org"]}


def begin(visitor: Visitor, schema: str) -> Page:
    """The sign-up page for people of this schema."""
    return visitor.open(f"{visitor.site.kratos}/self-service/registration/browser?identity_schema={schema}")


def test_people_with_several_addresses_sign_up_and_empty_lists_are_not_stored(site, visitor):
    address, password = f"{uuid4().hex[:12]}@example.org", f"{uuid4().hex}-secret"
    begin(visitor, "addresses").press("method=password", {"traits.emails": address, "password": password})
    session = visitor.whoami()
    assert session is not None
    assert session["identity"]["traits"] == {"emails": [address]}


def test_people_with_several_addresses_save_their_profile(site, visitor):
    person = enrolled(site, "addresses", {"hobbies": ["chess"]}, "emails")
    before = traits(site, person)
    settings(visitor, person).press(SAVE, {"traits.name": "Ada"})
    assert traits(site, person) == before | {"name": "Ada"}


def kept_under(page: Page) -> list[str]:
    """The names that a password manager would keep the passwords of this page under."""
    fields = page.soup.find_all("input", {"autocomplete": lambda tokens: (tokens or "").startswith("username")})
    return [str(field["value"]) for field in fields]


def test_the_password_manager_gets_what_the_person_signs_in_with(site, visitor):
    """Here an employee number, though there is an e-mail address."""
    number, password = uuid4().hex[:8], f"{uuid4().hex}-secret"
    credentials = {"password": {"config": {"password": password}}}
    body = {
        "schema_id": "numbered",
        "traits": {"employee": number, "email": "x@example.org"},
        "credentials": credentials,
    }
    site.admin("POST", "kratos", "/admin/identities", json=body)
    page = settings(visitor, Person("", number, password, ""))

    again = visitor.open(f"{site.kratos}/self-service/login/browser?refresh=true")

    assert kept_under(page) == [number]
    assert kept_under(again) == [number]


def test_what_people_sign_in_with_is_called_what_it_is(site, visitor):
    """Of several identifiers Kratos says "ID"."""
    page = visitor.open(f"{site.kratos}/self-service/login/browser?identity_schema=called")
    field = page.soup.find("input", {"name": "identifier"})
    assert words(field.find_previous("label")) == "Phone number or username"


def test_a_person_with_a_list_of_addresses_is_called_by_one(site, visitor):
    person = enrolled(site, "addresses", {}, "emails")
    page = settings(visitor, person)
    home = visitor.open(f"{site.portico}/")
    assert kept_under(page) == [person.email]
    assert person.email in home.soup.get_text()
    assert person.id not in home.text


@pytest.fixture
def at_settings(site: Site, tab: playwright.Page) -> Callable[[Person], playwright.Page]:
    """Sign somebody in at a real browser and open their settings."""

    def open_settings(person: Person) -> playwright.Page:
        tab.goto(f"{site.portico}/login")
        tab.fill("[name=identifier]", person.email)
        tab.fill("[name=password]", person.password)
        tab.click("button[value=password]")
        tab.wait_for_url(f"{site.portico}/")
        tab.goto(f"{site.portico}/settings")
        unfold(tab, "button[value=profile]")
        return tab

    return open_settings


def save(tab: playwright.Page) -> None:
    tab.click("button[value=profile]")
    tab.wait_for_selector("[data-testid='ui/message/1050001']")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("schema", "stored"),
    [("printable", FULL), ("inside", PARTLY), ("unpostable", WHOLE)],
    ids=["printable", "inside", "unpostable"],
)
def test_saving_nothing_with_the_script_changes_nothing(site, at_settings, schema, stored):
    person = enrolled(site, schema, stored)
    before = traits(site, person)
    save(at_settings(person))
    assert traits(site, person) == before


@pytest.mark.browser
@pytest.mark.parametrize(
    "odd",
    [{"age": 9007199254740993}, {"counts": [-9007199254740995, 1]}, {"tags": ["b", "", "a"]}, {"tags": [""]}],
    ids=str,
)
def test_what_javascript_or_a_page_cannot_hold_stays_while_another_trait_changes(site, at_settings, odd):
    """Whole numbers of 64 bits, and items of lists that are empty."""
    person = enrolled(site, "printable", FULL | odd)
    before = traits(site, person)
    tab = at_settings(person)
    tab.get_by_label("Town").fill("Ockham")
    save(tab)
    assert traits(site, person) == before | {"address": before["address"] | {"town": "Ockham"}}


@pytest.mark.browser
def test_items_are_added_changed_and_removed_with_the_script(site, at_settings):
    person = enrolled(site, "printable", FULL | {"tags": ["a", "b", "c"]})
    before = traits(site, person)
    tab = at_settings(person)
    tags = tab.locator("[data-list='traits.tags']")

    tags.get_by_role("textbox").nth(0).fill("changed")
    tags.get_by_role("textbox").nth(1).fill("")
    tags.get_by_role("button").nth(2).click()
    tags.get_by_role("link").click()
    tags.get_by_role("textbox").last.fill("new")
    tags.get_by_role("link").click()
    save(tab)

    assert traits(site, person) == before | {"tags": ["changed", "new"]}


@pytest.mark.browser
def test_the_script_changes_what_no_form_can_carry(site, at_settings):
    person = enrolled(site, "unpostable", WHOLE | {"tags": ["a"]})
    before = traits(site, person)
    tab = at_settings(person)

    tab.get_by_label("Town").fill("Ockham")
    tab.get_by_label("Nickname").fill("")
    tab.get_by_label("Years").fill("37.5")
    tab.get_by_label("Dotted key").fill("changed")
    tab.locator("[data-list='traits.tags']").get_by_role("link").click()
    tab.locator("[data-list='traits.tags']").get_by_role("textbox").last.fill("b")
    tab.locator("[id='profile-traits.flags']").get_by_label("false").uncheck()
    tab.locator("[id='profile-traits.levels']").get_by_label("2").check()
    save(tab)

    del before["nickname"]
    assert traits(site, person) == before | {
        "town": "Ockham",
        "years": 37.5,
        "dotted.key": "changed",
        "tags": ["a", "b"],
        "flags": [True],
        "levels": [3, 1, 2],
    }


@pytest.mark.browser
def test_what_only_an_exact_copy_keeps_is_kept_with_the_script(site, at_settings):
    """A form drops what is empty and writes the ends of lines anew."""
    odd = {
        "tags": [],
        "line": "",
        "essay": "one\ntwo\r\nthree\n",
        "address": {"town": "", "lines": [], "place": {"lat": 1}},
    }
    person = enrolled(site, "printable", FULL | odd)
    before = traits(site, person)
    tab = at_settings(person)

    tab.get_by_label("Age").fill("40")
    save(tab)

    assert traits(site, person) == before | {"age": 40}


@pytest.mark.browser
def test_a_moment_without_a_zone_is_the_persons_own(site, at_settings):
    person = enrolled(site, "printable", FULL)
    tab = at_settings(person)
    tab.get_by_label("Seen").fill("2027-02-03 04:05")
    save(tab)
    assert traits(site, person)["seen"].startswith("2027-02-03T04:05:00")


@pytest.mark.browser
def test_an_empty_list_is_not_stored_with_the_script(site, tab):
    address, password = f"{uuid4().hex[:12]}@example.org", f"{uuid4().hex}-secret"
    tab.goto(f"{site.kratos}/self-service/registration/browser?identity_schema=addresses")

    tab.locator("[data-list='traits.emails']").get_by_role("textbox").fill(address)
    tab.locator("[data-list='traits.hobbies']").get_by_role("link").click()
    tab.fill("[name=password]", password)
    tab.click("button[value=password]")
    tab.wait_for_url(f"{site.portico}/")

    identities = site.admin("GET", "kratos", "/admin/identities", params={"credentials_identifier": address})
    assert [identity["traits"] for identity in identities] == [{"emails": [address]}]
