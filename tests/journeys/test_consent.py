"""An application gets what its person allowed, and nothing else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor

SCOPES: dict[str, dict[str, str]] = {"demo": {"scope": "openid email"}, "first-party": {}}


@pytest.fixture
def consent(site: Site, visitor: Visitor, ada: Person) -> Page:
    """Ada's consent page for the demo application."""
    page = visitor.sign_in(visitor.ask(), ada)
    assert page.at(f"{site.portico}/consent")
    return page


def test_a_denied_consent_is_access_denied_and_no_claims(visitor: Visitor, consent: Page) -> None:
    assert visitor.error(consent.press("action=deny")) == "access_denied"
    state = visitor.state()
    assert (state["signed_in"], state["id_token"], state["userinfo"]) == (False, None, None)


def test_fewer_scopes_mean_fewer_claims(visitor: Visitor, consent: Page, ada: Person) -> None:
    claims = visitor.claims(consent.press("action=accept", {"grant_scope": ["email"]}))
    state = visitor.state()
    assert state["scope"].split() == ["openid", "email"]
    assert claims["email"] == ada.email
    for source in (claims, state["userinfo"]):
        assert not {"name", "given_name", "family_name", "phone_number", "address", "updated_at"} & set(source)
    assert not state["refresh_token"]


def test_nothing_ticked_leaves_openid_alone(visitor: Visitor, consent: Page, ada: Person) -> None:
    claims = visitor.claims(consent.press("action=accept", {"grant_scope": []}))
    assert visitor.state()["scope"] == "openid"
    assert claims["sub"] == ada.id
    assert not {"email", "name", "phone_number"} & set(claims)


def test_a_scope_that_was_not_asked_for_is_not_granted_to_who_posts_it(visitor: Visitor, ada: Person) -> None:
    """N10: Hydra itself grants whatever it is told."""
    page = visitor.sign_in(visitor.ask(scope="openid email"), ada)
    form, entries = page.entries("action=accept")
    claims = visitor.claims(page.submit(form, [*entries, ("grant_scope", "profile"), ("grant_scope", "admin")]))
    assert visitor.state()["scope"] == "openid email"
    assert "name" not in claims


def test_no_decision_sends_nothing(site: Site, visitor: Visitor, consent: Page) -> None:
    form, entries = consent.entries("action=accept")
    answer = consent.submit(form, [entry for entry in entries if entry[0] != "action"])
    assert answer.status == 400
    assert answer.at(f"{site.portico}/consent")
    assert not visitor.state()["signed_in"]
    assert visitor.claims(consent.press("action=accept"))


def test_a_form_that_lost_its_token_asks_to_press_again(visitor: Visitor, consent: Page, ada: Person) -> None:
    form, entries = consent.entries("action=accept")
    answer = consent.submit(form, [(name, "forged" if name == "csrf_token" else value) for name, value in entries])
    assert answer.status == 400
    assert visitor.claims(answer.press("action=accept"))["sub"] == ada.id


def test_a_form_for_one_challenge_does_not_answer_another(visitor: Visitor, consent: Page) -> None:
    """N09: the ticket names the challenge it was made for."""
    other = visitor.ask(scope="openid").parameter("consent_challenge")
    form, entries = consent.entries("action=accept")
    answer = consent.submit(form, [(name, other if name == "consent_challenge" else value) for name, value in entries])
    assert answer.status == 403
    assert not visitor.state()["signed_in"]


def test_pressing_allow_twice_leaves_the_first_sign_in_alone(
    site: Site, visitor: Visitor, consent: Page, ada: Person
) -> None:
    """N53, one after the other: Hydra takes a verifier once, and would tell the application of an error."""
    visitor.claims(consent.press("action=accept"))
    second = consent.press("action=accept")
    assert (second.at(f"{site.portico}/consent"), second.status) == (True, 410)
    state = visitor.state()
    assert (state["signed_in"], state["error"], state["id_token"]["sub"]) == (True, None, ada.id)


def test_eight_simultaneous_presses_give_the_application_one_code(site: Site, visitor: Visitor, consent: Page) -> None:
    """N53, at the same moment; each answer is a page somebody can read."""

    def press(_: int) -> Page:
        tab = visitor.copy()
        try:
            form, entries = consent.entries("action=accept")
            return Page(tab, consent.answer, consent.steps).submit(form, entries)
        finally:
            tab.close()

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(press, range(8)))
    steps = [step for page in pages for step in page.steps]
    assert len([step for step in steps if step.url.startswith(f"{site.demo}/demo/callback?code=")]) == 1
    assert max(step.status for step in steps) < 500


def test_who_opens_the_addresses_of_somebodys_sign_in_changes_nothing_in_it(
    site: Site, visitor: Visitor, consent: Page
) -> None:
    """N41 I7: messengers, mail filters and history services open links, too, without cookies, and follow them."""
    ours = (f"{site.portico}/login?", f"{site.portico}/consent?")
    addresses = sorted({step.url for step in consent.steps if step.url.startswith(ours)})
    assert all(any(address.startswith(page) for address in addresses) for page in ours)
    for address in addresses:
        bot = Visitor(site)
        try:
            for page in (bot.open(address), bot.open(address)):
                assert page.status < 500
                assert not page.has_button("action=accept")
        finally:
            bot.close()
    assert visitor.claims(consent.press("action=accept"))


@pytest.mark.parametrize(("first", "second"), [("demo", "first-party"), ("first-party", "demo")])
def test_two_tabs_of_two_applications_end_in_either_order(
    visitor: Visitor, ada: Person, first: str, second: str
) -> None:
    """N51: each application gets its own answer. The second tab is looked at again after the sign-in in the first."""
    tabs = {name: visitor.ask(name, **SCOPES[name]) for name in SCOPES}
    for name in (first, second):
        tab = tabs[name]
        page = visitor.sign_in(tab, ada) if name == first else visitor.open(tab.parameter("return_to"))
        if page.has_button("action=accept"):
            page = page.press("action=accept")
        assert visitor.claims(page, name)["aud"] == [name]
    states = {name: visitor.state(name) for name in tabs}
    assert {state["id_token"]["sub"] for state in states.values()} == {ada.id}
    assert (states["demo"]["scope"], states["demo"]["userinfo"].get("name")) == ("openid email", None)
    assert states["first-party"]["userinfo"]["name"] == "Ada Journey"


def test_two_consent_pages_open_at_once_grant_each_what_it_showed(visitor: Visitor, ada: Person) -> None:
    """N51 with both pages on the screen, the older one answered last."""
    visitor.enter(ada)
    demo = visitor.ask("demo", scope="openid email")
    house = visitor.ask("first-party", prompt="consent")
    assert visitor.claims(house.press("action=accept"), "first-party")["name"] == "Ada Journey"
    assert "name" not in visitor.claims(demo.press("action=accept"), "demo")
    assert visitor.state("demo")["scope"] == "openid email"


def test_two_consent_pages_of_one_application_are_answered_the_older_one_with_one_press_more(
    visitor: Visitor, ada: Person
) -> None:
    """N51: Hydra takes only the newer one's answer."""
    visitor.enter(ada)
    older = visitor.ask("demo", scope="openid email")
    newer = visitor.ask("demo", scope="openid email profile")
    again = older.press("action=accept")
    assert visitor.claims(again.press("action=accept"), "demo")["sub"] == ada.id
    assert visitor.state("demo")["scope"] == "openid email"
    again = newer.press("action=accept")
    visitor.claims(again.press("action=accept"), "demo")
    assert visitor.state("demo")["scope"] == "openid email profile"


def test_of_two_consent_pages_of_one_application_the_older_one_can_be_denied(visitor: Visitor, ada: Person) -> None:
    """N51: Hydra tells the application of a no before it looks at its cookie, and the newer one stays."""
    visitor.enter(ada)
    older = visitor.ask("demo", scope="openid email")
    newer = visitor.ask("demo", scope="openid email profile")
    assert visitor.error(older.press("action=deny")) == "access_denied"
    assert visitor.claims(newer.press("action=accept"), "demo")["sub"] == ada.id


def test_a_newer_consent_page_stays_the_newer_one_when_the_older_one_is_reloaded(visitor: Visitor, ada: Person) -> None:
    """N51."""
    visitor.enter(ada)
    older = visitor.ask("demo", scope="openid email")
    newer = visitor.ask("demo", scope="openid email profile")
    older.reload()
    assert visitor.claims(newer.press("action=accept"), "demo")["sub"] == ada.id
    again = older.press("action=accept")
    visitor.claims(again.press("action=accept"), "demo")
    assert visitor.state("demo")["scope"] == "openid email"


def test_a_consent_page_that_a_silent_sign_in_has_overtaken_begins_again(visitor: Visitor, ada: Person) -> None:
    """N51: what was allowed before is granted without a page, and Hydra's cookie is then of that."""
    visitor.enter(ada)
    page = visitor.ask("demo", scope="openid email")
    form, entries = page.entries("action=accept")
    visitor.claims(page.submit(form, [*entries, ("remember", "true")]), "demo")
    older = visitor.ask("demo", scope="openid email profile")
    visitor.claims(visitor.ask("demo", scope="openid email"), "demo")
    visitor.claims(older.press("action=accept").press("action=accept"), "demo")
    assert visitor.state("demo")["scope"] == "openid email profile"


def test_after_the_password_in_both_tabs_the_second_application_needs_one_more_click_but_no_password(
    site: Site, visitor: Visitor, ada: Person
) -> None:
    """Kratos sends a login page posted by somebody signed in to its default address, whatever its return_to."""
    demo, first_party = visitor.ask("demo"), visitor.ask("first-party")
    assert visitor.claims(visitor.sign_in(first_party, ada), "first-party")["sub"] == ada.id
    account = visitor.sign_in(demo, ada)
    assert (account.at(f"{site.portico}/"), account.title) == (True, "Your account")
    consent = visitor.ask("demo")
    assert visitor.claims(consent.press("action=accept"), "demo")["sub"] == ada.id
