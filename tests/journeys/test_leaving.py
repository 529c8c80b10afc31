"""Leaving: what is known of a person downloaded, the account deleted, and nobody else's ever touched."""

import json
from collections.abc import Callable
from functools import partial

import pytest
import requests

from tests.journeys.browsing import Page
from tests.journeys.journey import totp
from tests.journeys.site import Person, Site, Visitor, soon
from tests.journeys.test_apps import refresh
from tests.journeys.test_logout import told_by_hydra
from tests.journeys.test_return_path_second_factor import key_of

New = Callable[[], Visitor]
TITLE = "Your data and your account"
SURE = {"sure": ["yes"]}


@pytest.fixture
def site(generous: Site) -> Site:
    return generous


def leave(visitor: Visitor) -> Page:
    """The page of somebody who has just signed in."""
    page = visitor.open(f"{visitor.site.portico}/leave")
    assert (page.status, page.title) == (200, TITLE), page
    return page


def delete(page: Page) -> Page:
    return page.press("Delete account", SURE)


def exists(site: Site, person: Person) -> bool:
    """Whether Kratos knows this person."""
    url = f"{site.urls['kratos_admin']}/admin/identities/{person.id}"
    status = requests.get(url, timeout=60).status_code
    assert status in (200, 404)
    return status == 200


def consents(site: Site, person: Person) -> list[dict[str, object]]:
    """What Hydra has of this person."""
    path = "/admin/oauth2/auth/sessions/consent"
    listed: list[dict[str, object]] = site.admin("GET", "hydra", path, params={"subject": person.id})
    return listed


def test_an_account_goes_with_its_sessions_tokens_and_consents_and_applications_are_told(
    site: Site, visitor: Visitor, new_visitor: New, ada: Person
) -> None:
    elsewhere = new_visitor()
    elsewhere.enter(ada, "demo")
    visitor.enter(ada, "demo")
    visitor.claims(visitor.ask("first-party"), "first-party")
    tokens = (visitor.state()["raw"]["access_token"], elsewhere.state()["raw"]["access_token"])

    page = delete(leave(visitor))

    assert page.title == "Your account is deleted"
    assert not exists(site, ada)
    assert consents(site, ada) == []
    assert visitor.whoami() is None
    assert elsewhere.whoami() is None
    for browser, client in ((visitor, "demo"), (visitor, "first-party"), (elsewhere, "demo")):
        soon(partial(told_by_hydra, browser, client))
    for token in tokens:
        answer = site.admin("POST", "hydra", "/admin/oauth2/introspect", data={"token": token})
        assert answer["active"] is False
    login = visitor.ask()
    assert site.login_request(login)["skip"] is False
    assert "The provided credentials are invalid" not in login.text
    assert visitor.sign_in(login, ada).at(f"{site.portico}/login")


def test_the_file_has_what_is_known(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    answer = leave(visitor).click("Download").answer
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    file = json.loads(answer.text)
    assert file["identity"]["traits"]["email"] == ada.email
    assert file["identity"]["verifiable_addresses"][0]["value"] == ada.email
    assert [app["client_id"] for app in file["apps"]] == ["demo"]
    assert "openid" in file["apps"][0]["scopes"]
    assert len(file["sessions"]) == 1
    assert file["complete"] is True
    assert exists(site, ada)


def test_another_person_loses_nothing(site: Site, visitor: Visitor, new_visitor: New, ada: Person, bob: Person) -> None:
    """N90, N59: not even when the form names them."""
    other = new_visitor()
    other.enter(bob, "demo")
    visitor.enter(ada, "demo")
    page = leave(visitor)
    form, entries = page.entries("Delete account")
    more = [(name, bob.id) for name in ("subject", "id", "identity")]

    page.submit(form, [*more, *entries, ("sure", "yes")])

    assert not exists(site, ada)
    assert exists(site, bob)
    assert refresh(other) == ""
    assert other.signed_in_as() == bob.id


def test_the_page_of_who_was_here_before_deletes_nobody(site: Site, visitor: Visitor, ada: Person, bob: Person) -> None:
    """N90: two persons, two tabs."""
    visitor.enter(ada)
    stale = leave(visitor)
    visitor.open(f"{site.portico}/logout").press("action=accept")
    visitor.enter(bob)
    page = delete(stale)
    assert page.title != "Your account is deleted"
    assert exists(site, ada)
    assert exists(site, bob)


def test_a_second_tab_of_who_has_left_only_signs_in(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    first, second = leave(visitor), leave(visitor)
    delete(first)
    assert delete(second).at(f"{site.portico}/login")


def test_a_second_factor_is_asked_for_first(site: Site, visitor: Visitor, ada: Person) -> None:
    """B13: also where Kratos wants none of her sessions."""
    key = key_of(site, ada)
    visitor.enter(ada)
    page = visitor.open(f"{site.portico}/leave")
    assert page.at(f"{site.portico}/login")
    assert delete(page.press("method=totp", {"totp_code": totp(key)})).title == "Your account is deleted"
    assert not exists(site, ada)


def test_without_a_tick_nothing_happens(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    page = leave(visitor).press("Delete account")
    assert page.status == 400
    assert exists(site, ada)
    assert delete(page).title == "Your account is deleted"


def test_the_account_page_leads_there(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada)
    assert visitor.open(f"{site.portico}/").click("Download your data or delete your account").title == TITLE
