"""The table of events that operators read is what the code writes: nothing more, nothing less."""

import ast
from functools import cache
from pathlib import Path

from app.http.events import EVENTS
from tests.http import test_events, test_operators_events
from tests.support.cases import each_case
from tests.support.event_table import FIELDS, LEVELS, ROWS
from tests.test_architecture import tree

ROOT = Path(__file__).resolve().parent.parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
IDS = ["identity_id", "session_id"]  # what `**ids(session)` stands for
# Of whole servers: test_server_events.py, test_server_reload.py and test_not_started.py of tests/server.
OF_THE_SERVER = {"sys_startup", "sys_restart", "sys_shutdown", "not_reloaded", "not_started"}


@cache
def calls_in(path):
    """What is called in a module, as it is written, with the calls."""
    return [(ast.unparse(node.func), node) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def calls(path):
    """Each call of `event`, or of the log itself, in a module: the names it may have and its fields."""
    for called, node in calls_in(path):
        if called in ("event", "logs.event", "log", "logs.log"):
            yield called, node


def names(argument):
    """The names an event may have by this argument: one, or one of two."""
    parts = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
    return [part.value for part in parts if isinstance(part, ast.Constant)]


def fields(call):
    """The fields of a call, in any order; `**` stands for the two ids."""
    return sorted(name for word in call.keywords for name in ([word.arg] if word.arg else IDS))


@cache
def written():
    """All of them in Portico, with their modules."""
    return [(path, called, call) for path in APP for called, call in calls(path)]


def test_every_event_the_code_writes_has_the_fields_of_the_table():
    of_events = [call for _, called, call in written() if called.endswith("event")]
    wrong = [ast.unparse(call) for call in of_events if not names(call.args[0])]
    table = {name: sorted(of_row) for name, of_row in FIELDS.items()}
    wrong += [
        ast.unparse(call) for call in of_events for name in names(call.args[0]) if fields(call) != table.get(name)
    ]
    assert wrong == [], "not a row of the table of docs/operators.md, or with other fields"


def test_every_event_of_the_table_is_written():
    assert {name for _, _, call in written() for name in names(call.args[0])} == set(EVENTS), "app/http/events.py"


def test_nobody_passes_by_the_table_but_the_line_of_each_request():
    direct = [(path.name, *map(ast.unparse, call.args)) for path, called, call in written() if called.endswith("log")]
    assert direct == [("logs.py", "name"), ("logs.py", "'request'")]


def test_every_event_is_written_by_a_test():
    scenarios = [*test_events.SCENARIOS, *test_operators_events.SCENARIOS]
    tried = {scenario.partition(" ")[0] for scenario in scenarios}
    assert {*tried, *OF_THE_SERVER, "request"} == set(EVENTS), "SCENARIOS of tests/http/test_events.py"


def test_operators_read_of_every_event_with_its_level():
    assert LEVELS == EVENTS, "docs/operators.md"
    assert len(ROWS) == len(EVENTS)  # none of them twice, or in another form


@each_case("name", FIELDS)
def test_a_field_of_an_event_is_no_secret_by_its_name(name):
    secret = {"challenge", "cookie", "code", "token", "password", "email", "address", "subject", "query", "url"}
    assert not secret.intersection(FIELDS[name])
