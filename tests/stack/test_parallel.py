"""Which tests run in one process, one after the other, when several processes share the work."""

from collections import OrderedDict

import pytest

from tests.stack.parallel import ByServers


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        ("tests/journeys/test_logout.py::test_x[real-demo]", "tests/journeys/test_logout.py-real"),
        ("tests/journeys/test_logout.py::test_x[demo-sandbox]", "tests/journeys/test_logout.py-sandbox"),
        ("tests/conformance/test_basic.py::test_x[real-authlib-se]", "tests/conformance/test_basic.py-real"),
        ("tests/server/test_server.py::test_x", "tests/server/test_server.py"),
        ("tests/ory/test_transport.py::TestTime::test_x[unreal]", "tests/ory/test_transport.py"),
        ("tests/selfservice/test_login_page.py::test_x[é-a]", "tests/selfservice/test_login_page.py"),
    ],
)
def test_tests_of_a_module_on_the_same_servers_stay_together(test: str, scope: str) -> None:
    scheduler = object.__new__(ByServers)  # it wants a running pytest, of which this needs nothing
    assert scheduler._split_scope(test) == scope


def next_scope(waiting: list[str], begun: dict[str, list[str]]) -> str:
    """What the process "mine" is given next, of the scopes that wait, after what each process has begun."""
    scheduler = object.__new__(ByServers)
    scheduler.workqueue = OrderedDict((scope, {}) for scope in waiting)
    scheduler.assigned_work = {process: {scope: {} for scope in scopes} for process, scopes in begun.items()}
    return scheduler._next("mine")


CONTRACT, JOURNEY, OTHER = "tests/contract/test_a.py-real", "tests/journeys/test_b.py-real", "tests/web/test_c.py"


def test_a_process_goes_on_with_the_servers_it_has() -> None:
    assert next_scope([OTHER, JOURNEY, CONTRACT], {"mine": ["tests/contract/test_x.py-real"]}) == CONTRACT


def test_a_process_without_servers_begins_with_the_slowest_tests() -> None:
    assert next_scope([OTHER, CONTRACT, JOURNEY], {"mine": []}) == JOURNEY


def test_servers_that_another_process_has_are_started_again_only_when_there_is_nothing_else() -> None:
    begun = {"mine": [], "another": ["tests/journeys/test_x.py-real"]}
    assert next_scope([JOURNEY, OTHER, CONTRACT], begun) == CONTRACT
    assert next_scope([JOURNEY, OTHER], begun) == OTHER
    assert next_scope([JOURNEY], begun) == JOURNEY


def test_the_servers_of_the_other_kind_are_others() -> None:
    begun = {"mine": ["tests/contract/test_x.py-sandbox"], "another": ["tests/contract/test_x.py-real"]}
    assert next_scope([CONTRACT, OTHER], begun) == OTHER


def test_what_waits_is_begun_early_by_a_process_that_stays_with_it() -> None:
    waits = "tests/server/test_d.py"
    assert next_scope([OTHER, CONTRACT, waits], {"mine": [], "another": [JOURNEY]}) == waits
    assert next_scope([OTHER, CONTRACT, waits], {"mine": ["tests/server/test_x.py"], "another": [JOURNEY]}) == waits
    assert next_scope([OTHER, waits], {"mine": [], "another": ["tests/server/test_x.py"]}) == OTHER
