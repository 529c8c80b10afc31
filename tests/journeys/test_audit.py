"""The audit log beside Kratos' and Hydra's: one event for a decision, and ids that lead from one log to the others."""

import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.journeys.site import Person, Site, Visitor, site_of, soon
from tests.stack.stack import Stack

TALKATIVE = {"log.level": "info", "log.format": "json"}
REAL = pytest.param("real", marks=pytest.mark.real)


@pytest.fixture(scope="module", params=[REAL] if os.environ.get("STACK", "") in ("", "auto", "real") else [])
def logging_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site whose Kratos and Hydra log each request, as they do by default; the stand-ins have no log."""
    with site_of(Stack(request.param, kratos=TALKATIVE, hydra=TALKATIVE)) as site:
        yield site


def lines(site: Site, server: str) -> list[dict[str, Any]]:
    """The lines of a server's log that are JSON."""
    return [json.loads(line) for line in site.stack.logs(server).splitlines() if line.startswith("{")]


def events(site: Site, person: Person) -> list[dict[str, Any]]:
    """What Portico has logged of a person, in order."""
    return [line for line in lines(site, "portico") if line.get("identity_id") == person.id]


def is_logged(site: Site, server: str, request_id: str, call: str) -> bool:
    """Whether this server has logged that call (its method and path) under the id."""
    seen = [line["http_request"] for line in lines(site, server) if "http_request" in line]
    ours = [http for http in seen if http["headers"].get("x-request-id") == request_id]
    return call in [f"{http['method']} {http['path']}" for http in ours]


def test_a_decision_is_one_event_on_every_stack(site: Site, visitor: Visitor, ada: Person) -> None:
    visitor.enter(ada, "demo")
    session_id = (visitor.whoami() or {})["id"]
    visitor.open(f"{site.portico}/logout").press("action=accept")

    seen = events(site, ada)
    assert [event["event"] for event in seen] == [
        "authn_login_success",
        "privilege_permissions_changed",
        "session_expired",
    ]
    assert {(event["session_id"], event["level"]) for event in seen} == {(session_id, "info")}
    assert [event["client_id"] for event in seen] == ["demo", "demo", ""]
    assert (seen[0]["methods"], seen[0]["aal"], seen[1]["by_page"]) == ("password", "aal1", True)


def test_an_event_leads_to_the_lines_of_kratos_and_hydra(logging_site: Site) -> None:
    person, visitor = logging_site.person("Ada"), Visitor(logging_site)
    visitor.enter(person, "demo")
    visitor.open(f"{logging_site.portico}/logout").press("action=accept")
    visitor.close()
    signed_in, allowed, ended = events(logging_site, person)

    accept = "PUT /admin/oauth2/auth/requests/{}/accept"
    for event, server, call in (
        (signed_in, "hydra", accept.format("login")),
        (signed_in, "kratos", "GET /sessions/whoami"),
        (allowed, "hydra", accept.format("consent")),
        (allowed, "kratos", "GET /sessions/whoami"),
        (ended, "kratos", "GET /self-service/logout/browser"),
    ):
        soon(partial(is_logged, logging_site, server, event["request_id"], call))
    by_kratos = [line for line in lines(logging_site, "kratos") if line.get("session_id") == signed_in["session_id"]]
    assert {line["identity_id"] for line in by_kratos} == {person.id}
    assert f"/admin/sessions/{ended['session_id']}" in logging_site.stack.logs("kratos")  # Hydra has ended it first
