"""A person or an application with a lot of text in it: nobody loses the pages where access is taken back."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.site import Person, Site, Visitor
from tests.journeys.test_apps import apps, listed, refresh
from tests.stack.stack import ROOT, Stack

TRAIT, METADATA = "a" * 600_000, {"notes": "b" * 570_000}


@pytest.fixture(scope="module")
def roomy(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where a last name may be as long as somebody likes, and whose Demo is a large application."""
    schema = json.loads((ROOT / "kratos" / "identity.schema.json").read_text())
    del schema["properties"]["traits"]["properties"]["name"]["properties"]["last"]["maxLength"]
    file = tmp_path_factory.mktemp("schemas") / "roomy.json"
    file.write_text(json.dumps(schema))
    schemas = [{"id": "person", "url": f"file://{file}"}]
    with Stack(kind, kratos={"identity.schemas": schemas}) as stack:
        site = Site(stack)
        demo = site.admin("GET", "hydra", "/admin/clients/demo")
        site.admin("PUT", "hydra", "/admin/clients/demo", json=demo | {"metadata": METADATA})
        yield site
        site.http.close()


@pytest.fixture
def ada(roomy: Site) -> Person:
    """A large person."""
    ada = roomy.person("Ada")
    identity = roomy.admin("GET", "kratos", f"/admin/identities/{ada.id}")
    identity["traits"]["name"]["last"] = TRAIT
    kept = {name: identity[name] for name in ("schema_id", "state", "traits")}
    roomy.admin("PUT", "kratos", f"/admin/identities/{ada.id}", json=kept)
    return ada


@pytest.fixture
def visitors(roomy: Site) -> Iterator[list[Visitor]]:
    """Two browsers without any cookie."""
    made = [Visitor(roomy), Visitor(roomy)]
    yield made
    for visitor in made:
        visitor.close()


def test_everything_can_be_seen_and_taken_back(roomy: Site, visitors: list[Visitor], ada: Person) -> None:
    """N95 N66."""
    here, elsewhere = visitors
    for visitor in visitors:
        visitor.claims(visitor.sign_in(visitor.ask(), ada).press("action=accept"))
    for _ in range(11):  # more than a page of the list has
        here.claims(here.ask().press("action=accept"))

    assert listed(apps(here)) == ["demo"]
    assert here.open(f"{roomy.portico}/settings").title == "Settings"
    sessions = here.open(f"{roomy.portico}/sessions")
    assert [button.get("name") for button in sessions.buttons()].count("session") == 1
    assert "All apps are removed." in apps(here).press("Remove all apps").text
    assert refresh(here) == "invalid_grant"
    assert "You're signed out of all other devices." in sessions.press("Sign out of all other devices").text
    assert elsewhere.open(f"{roomy.portico}/sessions").title == "Sign in"
