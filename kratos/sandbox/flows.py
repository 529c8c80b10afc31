"""The table (flow, state, what was posted) -> next state, and how a post is judged before the table is asked.

A state is the name of a recorded body (`recorded/<flow>/<state>.json`). A new flow or method is a row here, a script in
record.py, and a judge if it has a secret to check.
"""

import hmac
from typing import Any

from kratos.sandbox.bodies import NotRecorded
from kratos.sandbox.csrf import Csrf
from kratos.sandbox.store import Flow, Store, now, verify

Form = dict[str, str]
Identity = dict[str, Any]

MAX_CODE_TRIES = 5  # selfservice.methods.code.config.max_submissions

METHODS = {
    "session": "session_detected",
    "no_method": "no_method",
    "password:nothing": "nothing_entered",
    "password:no_identifier": "no_identifier",
    "password:no_password": "no_password",
    "password:wrong": "wrong_password",
    "code:no_identifier": "no_identifier",
    "code:unknown": "unknown_identifier",
    "code:sent": "sent_email",
}
CODE = {
    "session": "session_detected",
    "no_method": "code_no_method",
    "code:sent": "sent_again",
    "code:no_code": "no_code",
    "code:wrong": "wrong_code",
    "code:too_often": "too_many_codes",
    "code:used": "code_used",
}
NO_SECOND_FACTOR = {"session": "session_detected", "no_method": "no_method"}

FIRST_SCREEN = {"choose_method", "expired", *METHODS.values()} - {"sent_email"}
FIRST_FACTOR = (
    dict.fromkeys(FIRST_SCREEN, METHODS)
    | dict.fromkeys(CODE.values(), CODE)
    # the second mail of an untouched screen keeps the first one's nodes; after a mistake Kratos drops the label
    | {"sent_email": CODE | {"code:sent": "sent_email"}}
)
SECOND_FACTOR = dict.fromkeys(("choose_method", "no_method"), NO_SECOND_FACTOR)
TABLE = {"login": FIRST_FACTOR, "refresh": FIRST_FACTOR, "aal2": SECOND_FACTOR, "refresh_aal2": SECOND_FACTOR}


def advance(flow: Flow, outcome: str) -> None:
    """Move the flow to the state its table has for `outcome`; NotRecorded when the table has no such row."""
    row = TABLE[flow.kind].get(flow.state, {})
    if outcome not in row:
        raise NotRecorded(f"the sandbox has no row ({flow.kind}, {flow.state}, {outcome}): see kratos/sandbox/flows.py")
    flow.state = row[outcome]


def judge(store: Store, flow: Flow, form: Form, csrf: Csrf) -> Identity | str:
    """Judge a post: the identity it proves, or the outcome to look up in the table. Raises Refusal for CSRF."""
    method = form.get("method", "")
    judges = {"password": judge_password, "code": judge_code}
    if method not in judges or flow.kind.endswith("aal2"):
        return "no_method"
    return judges[method](store, flow, form, csrf)


def judge_password(store: Store, flow: Flow, form: Form, csrf: Csrf) -> Identity | str:
    flow.identifier = form.get("identifier", "")
    missing = [name for name in ("identifier", "password") if not form.get(name)]
    if missing:  # Kratos looks at the fields before it looks at the CSRF token
        return "password:nothing" if len(missing) == 2 else f"password:no_{missing[0]}"
    csrf.check_form(form)
    identity = store.find(form["identifier"])
    if identity and hmac.compare_digest(store.passwords.get(identity["id"], "").encode(), form["password"].encode()):
        return identity
    return "password:wrong"


def judge_code(store: Store, flow: Flow, form: Form, csrf: Csrf) -> Identity | str:
    csrf.check_form(form)
    if flow.used:
        return "code:used"
    identifier = form.get("identifier", "").lower()
    asks_for_one = flow.state in FIRST_SCREEN or form.get("resend") == "code"
    if not asks_for_one and not form.get("code"):
        return "code:no_code"
    flow.identifier = form.get("identifier", "")
    if not identifier:
        return "code:no_identifier"
    identity = store.find(identifier)
    if identity is None:
        return "code:unknown"
    flow.identifier = identifier
    if not asks_for_one:
        return use_code(flow, identity, form["code"])
    store.send_code(flow, identity, identifier)
    return "code:sent"


def use_code(flow: Flow, identity: Identity, code: str) -> Identity | str:
    """Spend a code: five wrong ones end the flow's codes for good, and a right one confirms the address."""
    flow.tries += 1
    if flow.tries > MAX_CODE_TRIES:
        return "code:too_often"
    identity_id, end = flow.codes.get(code, ("", now()))
    if identity_id != identity["id"]:
        return "code:wrong"
    flow.codes, flow.used = {}, True
    if end <= now():
        flow.expires_at = end  # Kratos treats an outlived code like an outlived flow
        return "code:expired"
    verify(identity, {flow.identifier})
    return identity
