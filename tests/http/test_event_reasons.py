"""Every `reason` an event can have, as the code has it, is in docs/operators.md: operators alert on them."""

import ast
import re
from functools import cache

from app.claims import rules
from app.ory.challenges import Reject
from tests.http.test_event_table import APP, ROOT, calls_in, names, written
from tests.support.event_table import FIELDS
from tests.test_architecture import tree

ASKING = "authn_interaction_required"
REFUSING = {
    **dict.fromkeys(("login.py", "login_policy.py"), ("authn_login_fail",)),
    **dict.fromkeys(("consent.py", "consent_policy.py"), ("authz_fail",)),
    "challenges.py": ("authn_login_fail", "authz_fail"),
}
RAISED = {"BadInput": "input_validation_fail", "NotThisPage": "sequence_fail", "TooManyRoundTrips": "sequence_fail"}

ON_A_PAGE = {"form is not ours or too old"}  # raised where `csrf_token` or a foreign origin has been logged


def text(node):
    """A text of the code, with three dots for what differs from time to time; "" for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def logged(path):
    """What stands in a call of the log itself, or is told to `sign_out`, which logs it."""
    for module, _, call in written():
        if module == path:
            values = [text(word.value) for word in call.keywords if word.arg == "reason"]
            yield from ((name, value) for name in names(call.args[0]) for value in values if value)
    for call in calls(path, "sign_out"):
        yield from (("session_expired", text(argument)) for argument in call.args[1:2] if text(argument))


def raised(path):
    """What errors say that are logged where their page is made."""
    for name, event in RAISED.items():
        yield from ((event, said) for call in calls(path, name) if (said := text(call.args[0])) not in ON_A_PAGE)


def refused(path):
    """What applications are told, where it is no person's own decision."""
    for call in calls(path, "Reject"):
        if len(call.args) < 2:
            continue  # the pattern of a match
        reject = Reject(text(call.args[0]), text(call.args[1]))
        if "by_person" not in [word.arg for word in call.keywords]:
            events = (ASKING,) if reject.needs_interaction else REFUSING[path.name]
            yield from ((event, reject.reason) for event in events)


def dropped(path):
    """Why a claim was left out: those among the reasons that are logged."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "reason":
            listed = [name for name in ast.walk(node.comparators[0]) if isinstance(name, ast.Name)]
            yield from (("claim_dropped", getattr(rules, name.id)) for name in listed)


def calls(path, name):
    return [call for called, call in calls_in(path) if called == name]


@cache
def reasons():
    """All of them by event."""
    by_event = {}
    for path in APP:
        kinds = [logged, raised, refused, *([dropped] if path == ROOT / "app/oauth2/consent.py" else [])]
        for event, reason in (pair for kind in kinds for pair in kind(path)):
            by_event.setdefault(event, set()).add(reason)
    return by_event


def documented():
    """The values between backticks, by event."""
    page = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `reason` of (.+?) \|(.+)\|$", page, re.MULTILINE)
    return {event: set(re.findall("`(.+?)`", row)) for of, row in rows for event in re.findall("`(.+?)`", of)}


def test_operators_can_read_every_reason():
    assert documented() == reasons()


def test_no_event_with_a_reason_is_forgotten():
    assert set(reasons()) == {name for name, fields in FIELDS.items() if "reason" in fields}


def test_what_is_said_is_found_where_it_is_raised():
    """The reading itself: a text with a name in it, a constant, a decision of the person's."""
    assert "... is missing" in reasons()["input_validation_fail"]
    assert rules.NO_ROOM in reasons()["claim_dropped"]
    assert not [reason for values in reasons().values() for reason in values if not reason or "cancelled" in reason]
    assert {path.name for path in APP if list(refused(path))} == set(REFUSING)
