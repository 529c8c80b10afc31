"""Whatever becomes of an answer, at every place where Kratos or Hydra is asked (F01 - F06, F08, F09, F11): its page.

And nothing is accepted, nothing told twice, no place in a pool lost, and the next person notices nothing.
"""

import ast
import json
import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

from app.http import time_budget
from app.ory.endpoints import Service
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_account import KratosAccount
from app.ory.kratos_admin import KratosAdmin
from app.ory.schemas import Schemas
from tests.faults import kratos_sites, oauth2_sites, wire
from tests.faults.call_site import ONE, CallSite
from tests.faults.proxy import Fault
from tests.test_architecture import APP, ROOT, tree

Thing = TypeVar("Thing")
SITES = [*oauth2_sites.SITES, *kratos_sites.SITES]
BAD_BODIES = {**wire.NO_JSON, "list": wire.LIST, "object": wire.OBJECT}
READ_AS = {"list": {"list"}, "object": set[str](), "any object": {"object"}, "any": set(BAD_BODIES)}
# What some call treats in its own way (app/ory/responses.py), and one each of what none may take for its answer.
OWN = {status for site in SITES for status in site.statuses} | {401, 403, 422, 429} | {202, 302, 500}
EVERY = os.environ.get("FAULTS") == "all"  # make faults
STRIDE = 1 if EVERY else 4  # of what befalls all calls alike each site meets every fourth


def share(site: CallSite, things: Iterable[Thing]) -> list[Thing]:
    """Those of them that this site meets: all, where all are wanted."""
    return list(things)[-SITES.index(site) % STRIDE :: STRIDE]


def wired(site: CallSite, faults: dict[str, Fault]) -> dict[str, Fault]:
    """The same of faults by name."""
    return dict(share(site, faults.items()))


@pytest.fixture(params=SITES, ids=lambda site: site.name)
def site(request):
    return request.param


def outcomes(servers, site, faults):
    """The statuses of the pages by fault; what has to hold beside is checked for each."""
    statuses = {}
    for name, fault in faults.items():
        page = servers.try_(site, fault)
        statuses[name] = page.status_code
        check(servers, site, name, page.status_code)
        assert "inside" not in page.text, name
        assert "evil.example" not in page.headers.get("Location", ""), name
    assert not faults or servers.try_(site, None).status_code == site.healthy, "it is back at once"
    return statuses


def check(servers, site, name, status):
    """What holds beside the page, whatever happened."""
    method, path = site.call[0], site.call[1].split("/", 3)[3]
    sent, most = servers.calls, 3 if method == "GET" else 1  # ahead of its turn, in its turn, on a new connection
    view = site.view.replace("health.py ready", "health.py _answers")  # in threads of its own
    assert {view, site.asks} <= servers.askers, f"{name}: another place asked"
    several = site.way in (oauth2_sites.own_logout, kratos_sites.deleting_told)  # which end two sessions
    assert 0 < len(sent) <= most + several, name
    assert len(sent) == len(set(sent)) or method == "GET", f"{name}: told twice"
    assert method != "GET" or status in (site.healthy, site.otherwise) or not accepts(servers), f"{name}: accepted"
    assert servers.seconds <= (time_budget.READINESS if "health" in path else time_budget.PAGE) + 0.001, name
    assert servers.slots_taken() == 0, name


def accepts(servers):
    """What Hydra was told to accept."""
    return [call for call in servers.sent("PUT") if "/accept" in call]


class TestEveryCall:
    def test_without_a_whole_answer_people_are_told_to_wait(self, servers, site):
        faults = wired(site, wire.NO_ANSWER)
        assert outcomes(servers, site, faults) == dict.fromkeys(faults, site.otherwise or 503)

    def test_too_much_is_no_answer_either(self, servers, site):
        faults = wired(site, wire.TOO_MUCH)
        assert set(outcomes(servers, site, faults).values()) <= ({site.otherwise} if site.otherwise else {502, 503})

    def test_a_body_that_is_none_is_an_error_page(self, servers, site):
        """F03: above all it is never "nobody is signed in" (F11)."""
        expected = dict.fromkeys(BAD_BODIES, site.otherwise or 502)
        expected |= dict.fromkeys(READ_AS[site.body], site.healthy)
        met = {*share(site, wire.NO_JSON), "empty", "null", "list", "object"}  # some calls take one of these four
        outcome = outcomes(servers, site, {name: fault for name, fault in BAD_BODIES.items() if name in met})
        assert outcome == {name: expected[name] for name in met}

    def test_an_answer_that_leads_nowhere_is_an_error_page(self, servers, site):
        """Nor does one that leads elsewhere (N22)."""
        leads = site.call[0] == "PUT" and site.asks != "reject_logout"
        values = (None, 7, [], {}, "", "relative", "/oauth2/auth", "https://evil.example/oauth2/auth") if leads else ()
        faults = {json.dumps(value): wire.body(json.dumps({"redirect_to": value}).encode()) for value in values}
        assert outcomes(servers, site, faults) == dict.fromkeys(faults, 502)

    def test_every_status_has_its_page(self, servers, site):
        """F04."""
        usual = {status: 429 if status == 429 else 503 if status >= 500 else 502 for status in wire.STATUSES}
        met = [*OWN, *share(site, (status for status in wire.STATUSES if status not in OWN))]
        expected = {status: site.statuses.get(status, site.otherwise or usual[status]) for status in met}
        assert outcomes(servers, site, {str(status): wire.with_status(status) for status in met}) == {
            str(status): page for status, page in expected.items()
        }

    def test_what_is_odd_and_right_is_taken(self, servers, site):
        faults = wired(site, wire.GOOD)
        for name, fault in faults.items():
            assert servers.try_(site, fault).status_code == site.healthy, name
        assert servers.try_(site, None).status_code == site.healthy, "nobody gets what was behind it"


METHODS = {
    name
    for client in (Service, Hydra, Kratos, KratosAccount, KratosAdmin, Schemas)
    for name in vars(client)
    if not name.startswith("_")
}
OF_CLIENTS = {"hydra", "kratos", "kratos_account", "kratos_admin", "schemas", "admin", "service"}  # as views call them
ASKING = {"ask_whoami": "whoami", "asking_whoami": "asking_whoami", "sign_out": "sign_out"}  # of app/deployment.py


def calls_of(function: ast.AST) -> set[str]:
    """The methods of clients that a function uses."""
    parameters = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    asking = ASKING.keys() - parameters
    names = {ASKING[node.id] for node in ast.walk(function) if isinstance(node, ast.Name) and node.id in asking}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            of = node.value.func if isinstance(node.value, ast.Call) else node.value
            name = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
            names |= {node.attr} if name in OF_CLIENTS else set()
    return names


def nested(function: ast.FunctionDef) -> list[ast.AST]:
    """The functions inside a function."""
    return [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]


def test_no_place_that_asks_is_forgotten():
    """A new one has to have its row in tests/faults/*_sites.py."""
    places = {
        f"{path.relative_to(ROOT / 'app')} {function.name} {method}"
        for path in APP
        if path.relative_to(ROOT / "app").parts[0] not in ("ory", "doctor", "deployment.py", "factory.py")
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef)
        for method in calls_of(function) - set().union(*map(calls_of, nested(function)))
    }
    assert places == {f"{site.view} {site.asks}" for site in SITES}


def test_no_call_of_a_client_is_forgotten(portico):
    """Each request that the clients can make is one of a row's, or readiness' guarded one."""
    own, tried = portico.extensions["portico"], {(site.call[0], site.call[1].split("/", 3)[3]) for site in SITES}
    endpoints = [
        endpoint
        for client in (own.hydra, own.kratos, own.kratos_admin)
        for value in vars(client).values()
        for endpoint in (value.values() if isinstance(value, dict) else [value])
        if hasattr(endpoint, "_method")
    ]
    made = {(each._method, each._url.split("/", 3)[3].partition("?")[0]) for each in endpoints}

    assert {(method, path.replace("__id__", "*")) for method, path in made} <= {
        (method, path.replace("ada-identity", "*").replace("person", "*").replace(ONE, "*")) for method, path in tried
    }
