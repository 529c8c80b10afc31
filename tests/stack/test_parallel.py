"""Which tests run in one process, one after the other, when several processes share the work."""

import pytest

from tests.stack.parallel import ByServers


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        ("tests/journeys/test_logout.py::test_x[real-demo]", "tests/journeys/test_logout.py-real"),
        ("tests/journeys/test_logout.py::test_x[demo-sandbox]", "tests/journeys/test_logout.py-sandbox"),
        ("tests/conformance/test_basic.py::test_x[real-authlib-se]", "tests/conformance/test_basic.py-real"),
        ("tests/upstream/test_server.py::test_x", "tests/upstream/test_server.py"),
        ("tests/upstream/test_wire.py::TestTime::test_x[unreal]", "tests/upstream/test_wire.py"),
        ("tests/web/test_login_page.py::test_x[é-a]", "tests/web/test_login_page.py"),
    ],
)
def test_tests_of_a_module_on_the_same_servers_stay_together(test: str, scope: str) -> None:
    scheduler = object.__new__(ByServers)  # it wants a running pytest, of which this needs nothing
    assert scheduler._split_scope(test) == scope
