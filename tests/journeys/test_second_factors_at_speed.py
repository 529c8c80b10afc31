"""Second factors: asked for once however fast somebody answers, and not replaced by one that a password can set up."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor, site_of
from tests.stack.stack import Stack


def set_up_backup_codes(visitor: Visitor) -> list[str]:
    """Make backup codes in the settings, as somebody who is signed in."""
    page = visitor.open(f"{visitor.site.portico}/settings").press("lookup_secret_regenerate=true")
    element = page.soup.select_one("[data-testid='node/text/lookup_secret_codes/text']")
    assert element
    codes = [code.get_text(strip=True) for code in element.find_all("code")]
    page.press("lookup_secret_confirm=true")
    return codes


def guarded(visitor: Visitor, person: Person) -> list[str]:
    """Give the person backup codes, and leave the browser signed out."""
    visitor.sign_in(visitor.open(f"{visitor.site.portico}/login"), person)
    codes = set_up_backup_codes(visitor)
    visitor.http.cookies.clear()
    return codes


def answered(page: Page, person: Person, codes: list[str]) -> tuple[Page, list[str]]:
    """What a password manager does: answer every page at once, until there is none; which factors were asked for."""
    factors: list[str] = []
    while len(factors) < 8:
        if page.has_button("method=password"):
            page = page.press("method=password", {"identifier": person.email, "password": person.password})
            factors.append("password")
        elif page.has_button("method=lookup_secret"):
            page = page.press("method=lookup_secret", {"lookup_secret": codes.pop()})
            factors.append("code")
        else:
            break
    return page, factors


@pytest.mark.parametrize("before", ["nobody", "owes", "signed in"])
@pytest.mark.parametrize(
    "demand", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "login", "acr_values": "aal2"}], ids=str
)
def test_at_a_machines_speed_each_factor_is_asked_for_once(
    site: Site, visitor: Visitor, ada: Person, before: str, demand: dict[str, str]
) -> None:
    codes = guarded(visitor, ada)
    if before != "nobody":
        page = visitor.sign_in(visitor.open(f"{site.portico}/login"), ada)
        if before == "signed in":
            answered(page, ada, codes)
    page, factors = answered(visitor.ask("first-party", **demand), ada, codes)
    assert visitor.claims(page, "first-party")["sub"] == ada.id
    assert factors == (["password"] if before == "signed in" and "acr_values" not in demand else ["password", "code"])


@pytest.fixture(scope="module", params=[pytest.param("real", marks=pytest.mark.real)])
def lenient(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with Kratos' own default, by which a password is enough to set up second factors."""
    kratos = {"selfservice.flows.settings.required_aal": "aal1", "session.whoami.required_aal": "aal1"}
    strict = {"PORTICO_CLIENTS": json.dumps({"first-party": {"required_aal": "aal2"}})}
    with site_of(Stack(request.param, kratos=kratos, portico_env=strict)) as site:
        yield site


@pytest.fixture
def attacker(lenient: Site) -> Iterator[Visitor]:
    visitor = Visitor(lenient)
    yield visitor
    visitor.close()


def test_a_second_factor_set_up_with_the_password_alone_does_not_count(lenient: Site, attacker: Visitor) -> None:
    """Whoever knows the password makes new backup codes instead of giving the old ones."""
    victim = lenient.person("Victim")
    codes = guarded(attacker, victim)
    page = attacker.sign_in(attacker.ask("first-party"), victim)
    assert page.has_button("method=lookup_secret"), page
    way_back = page.parameter("return_to")
    settings = attacker.open(f"{lenient.portico}/settings").press("lookup_secret_disable=true")
    assert settings.status == 200
    stolen = set_up_backup_codes(attacker)
    page = attacker.open(way_back)
    for _ in range(3):
        assert not page.at(f"{lenient.demo}/first-party"), page
        page = page.press("method=lookup_secret", {"lookup_secret": stolen.pop()})
    assert not attacker.state("first-party")["signed_in"]
    assert codes


def test_the_first_second_factor_of_a_person_counts_where_it_is_set_up(lenient: Site, attacker: Visitor) -> None:
    page = attacker.sign_in(attacker.ask("first-party"), lenient.person("Newcomer"))
    assert page.at(f"{lenient.portico}/settings"), page
    way_back = page.parameter("return_to")
    set_up_backup_codes(attacker)
    assert attacker.claims(attacker.open(way_back), "first-party")["acr"] == "aal2"


def test_the_persons_own_second_factor_counts(lenient: Site, attacker: Visitor) -> None:
    person = lenient.person("Owner")
    codes = guarded(attacker, person)
    page, factors = answered(attacker.ask("first-party"), person, codes)
    assert factors == ["password", "code"]
    assert attacker.claims(page, "first-party")["acr"] == "aal2"
