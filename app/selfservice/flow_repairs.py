"""Repairs what Kratos v26.2.0 gets wrong in a flow, before the page is made."""

from dataclasses import replace
from functools import lru_cache

from flask import session as cookie

from app.deployment import deployment
from app.errors import PorticoError
from app.http import inputs
from app.oauth2.assurance import short_hash
from app.ory.flows import MAX_BLANKS, Blank, Flow, Message, Node
from app.ory.models import text
from app.selfservice import sign_in_names
from app.selfservice.forms import PROVIDERS
from app.selfservice.identity_schemas import unshared
from app.selfservice.messages import NO_IDENTIFIER, REQUIRED, TRAIT, is_from_hook
from app.selfservice.situations import TAKEN
from app.selfservice.traits import unsaved
from app.translations import N_
from app.urls import query, with_query

_LINK_SENT = Message(1080001, "", "info")  # Kratos' "verification link sent", for which we have a text
# Kratos' ids of a wrong code, of a recovery and of a verification -> its message that a code was sent.
_CODE_SENT = {4060006: Message(1060003, "", "info"), 4070006: Message(1080003, "", "info")}
_VERIFIED, _PHONE_VERIFIED = 1080002, Message(1080005, "", "success")
_CONTINUE, _ID = 1070009, 1070004  # ids of labels in Kratos
_CODES, _CONFIRM = "lookup_secret_codes", "lookup_secret_confirm"
_WRONG_BACKUP_CODE, _NO_CODE = {4000012, 4000016}, 4000035
_LINK_USED = {number: number for number in (4060004, 4070001, 4070002)}
_LATE = _LINK_USED | {4060005: 4060004, 4070005: 4070001}  # with links, an expired flow means the same
# Labels for buttons that send something, by method and state of the flow.
_SEND_CODE, _SEND_LINK = Message(1010015, "", "info"), Message(TRAIT, N_("Send me a link"), "info")
_OF_SETTINGS = {("password", "password"): N_("New password"), ("totp", "method"): N_("Turn on")}
_AGAIN = Message(TRAIT, N_("Send the email again"), "info")
_SENDS = {("code", "choose_method"): _SEND_CODE, ("link", "choose_method"): _SEND_LINK, ("link", "sent_email"): _AGAIN}


def repaired(kind: str, flow: Flow) -> Flow:
    """Return the flow as Kratos should have sent it."""
    if kind == "login":
        return _without_code_for_a_name(_with_backup_codes_active(flow))
    if kind in ("recovery", "verification"):
        flow = _with_labels_of_what_is_sent(_without_asking_for_the_address(_with_late_links_as_information(flow)))
        flow = _with_one_button_for_a_link(flow)
        return _with_where_the_code_went(_of_a_text_message(flow))
    if kind == "registration":
        return _without_early_errors(_in_a_new_flow(_with_each_button_once(flow)))
    if kind == "settings":
        return _with_labels_of_what_is_set(_with_taken_at_its_field(_without_untrue_errors(flow)))
    return flow


def _with_taken_at_its_field(flow: Flow) -> Flow:
    """Say at the changed detail that another account has it: Kratos says it of the whole form.

    It stays there if several changed details may be meant, or an account at a provider.
    """
    taken = [message for message in flow.messages if message.id == TAKEN and not is_from_hook(message)]
    changed = unsaved(flow) if taken and flow.identity else []
    if not changed:
        return flow
    alone = frozenset[str]().union(*map(unshared, sign_in_names.schemas(text(flow.identity.get("schema_id")))))
    meant = [node for node in changed if node.name in alone]
    if len(meant) != 1:
        return flow
    meant[0].messages = (*meant[0].messages, replace(taken[0], context={"property": meant[0].name}))
    return replace(flow, messages=tuple(message for message in flow.messages if message not in taken))


def with_label_of_identifier(flow: Flow) -> Flow:
    """Call the identifier by what it is: Kratos says "ID" for several, and for one without a title.

    This asks Kratos for the schema, so it is no part of `repaired`, which forms for the cache are made with, too.
    """
    if _ID not in [node.label.id for node in flow.nodes] or not (label := sign_in_names.identifier_label(flow)):
        return flow
    return replace(flow, nodes=_labelled(flow.nodes, label), blank=flow.blank and _labelled_blank(flow.blank, label))


def _labelled(nodes: tuple[Node, ...], label: str) -> tuple[Node, ...]:
    return tuple(replace(n, label=Message(TRAIT, label, "info")) if n.label.id == _ID else n for n in nodes)


@lru_cache(MAX_BLANKS)
def _labelled_blank(blank: Blank, label: str) -> Blank:
    return Blank(_labelled(blank.nodes, label))


def _with_backup_codes_active(flow: Flow) -> Flow:
    """Make backup codes the active method if one was wrong, which Kratos does not say."""
    if flow.requested_aal != "aal2" or not _WRONG_BACKUP_CODE.intersection(message.id for message in flow.messages):
        return flow
    return replace(flow, active="lookup_secret")


def _without_code_for_a_name(flow: Flow) -> Flow:
    """Repair the second login page for a person with a password whose identifier is no address for a code.

    Kratos stops in the middle of making it (FastLogin1FA in selfservice/strategy/code/strategy_login.go). It has a
    wrong error, a button that cannot send anything, and the first page's button, which Enter would press.
    """
    if not {"identifier_first", "password"} <= {node.group for node in flow.nodes if node.name == "method"}:
        return flow
    nodes = tuple(n for n in flow.nodes if n.name != "method" or n.group not in ("identifier_first", "code"))
    messages = tuple(message for message in flow.messages if message.id != _NO_CODE or is_from_hook(message))
    return replace(flow, nodes=nodes, messages=messages)


def _with_late_links_as_information(flow: Flow) -> Flow:
    """Turn the error for a link that is used or expired into information: its purpose is, or may be, fulfilled."""
    late = _LATE if any(node.group == "link" for node in flow.nodes) else _LINK_USED
    shown = [m if m.id not in late or is_from_hook(m) else Message(late[m.id], "", "info") for m in flow.messages]
    return replace(flow, messages=tuple(shown))


def _without_asking_for_the_address(flow: Flow) -> Flow:
    """Say that the code is missing: after an empty one Kratos asks a verification for the address instead.

    It replaces the button that sends a new code by that empty field, which then stays, also after a wrong code
    (selfservice/strategy/code/strategy_verification.go).
    """
    codes = [node for node in flow.nodes if node.name == "code"]
    addresses = [n for n in flow.nodes if n.name == "email" and any(message.id == REQUIRED for message in n.messages)]
    if not (codes and addresses):
        return flow
    if all(message.kind != "error" for message in flow.messages):
        codes[0].messages = (Message(REQUIRED, "", "error", {"property": "code"}),)
    return replace(flow, nodes=tuple(node for node in flow.nodes if node is not addresses[0]))


def _with_labels_of_what_is_sent(flow: Flow) -> Flow:
    """On a page that asks for an address, say on the button what it sends; Kratos says "Continue"."""
    if any(node.name == "email" for node in flow.nodes):
        for node in flow.nodes:
            if node.name == "method" and node.label.id == _CONTINUE:
                node.label = _SENDS.get((node.group, flow.state), node.label)
    return flow


def _with_one_button_for_a_link(flow: Flow) -> Flow:
    """Repair the flow of a link that a hook has mailed: fill in the address, show one button, say that a link was sent.

    Kratos sends a button for codes, which leads to an error, the link's button twice, an empty address field, and no
    message (selfservice/hook/verification.go).
    """
    buttons = [node for node in flow.nodes if node.name == "method" and node.attributes.get("value") == "link"]
    code = next((node for node in flow.nodes if node.group == "code" and node.name == "email"), None)
    if not buttons or code is None:
        return flow
    buttons[0].label = _AGAIN
    for node in flow.nodes:
        if node.name == "email" and node is not code and not node.attributes.get("value"):
            node.attributes = {**node.attributes, "value": code.attributes.get("value")}
    left_out = set(map(id, (code, *buttons[1:])))
    nodes = tuple(node for node in flow.nodes if id(node) not in left_out)
    return replace(flow, nodes=nodes, messages=flow.messages or (_LINK_SENT,))


def _of_a_text_message(flow: Flow) -> Flow:
    """Hide the button that sends a new code to a phone, and say that a phone number is verified, not an email.

    Kratos makes the button, but reads `email` alone (selfservice/strategy/code/strategy_verification.go): each press
    was answered as an empty code. In the end its flow does not know what was verified, so our cookie does.
    """
    numbers = [node for node in flow.nodes if node.name == "sms"]
    for node in numbers:
        node.attributes = {**node.attributes, "type": "hidden"}  # it still says where the code went
    if numbers:
        cookie["texted"] = short_hash(flow.id)
    verified = [message for message in flow.messages if message.id == _VERIFIED and not is_from_hook(message)]
    if not verified or cookie.get("texted") != short_hash(flow.id):
        return flow
    return replace(flow, messages=tuple(_PHONE_VERIFIED if m in verified else m for m in flow.messages))


def _with_where_the_code_went(flow: Flow) -> Flow:
    """Say again after a wrong code where it was sent: Kratos drops that message, and the address may be mistyped."""
    sent = [_CODE_SENT[m.id] for m in flow.messages if m.id in _CODE_SENT and not is_from_hook(m)]
    knows_where = flow.state == "sent_email" and any(node.name == "email" for node in flow.nodes)
    return replace(flow, messages=(*flow.messages, *sent)) if knows_where else flow


def _with_each_button_once(flow: Flow) -> Flow:
    """Drop repeated buttons: Kratos appends a step's buttons again each time it is posted or gone back to."""
    nodes = {
        (n.group, n.name, str(n.attributes.get("value"))) if n.attributes.get("type") == "submit" else id(n): n
        for n in flow.nodes
    }
    return replace(flow, nodes=tuple(nodes.values()))


def _in_a_new_flow(flow: Flow) -> Flow:
    """Post the first of two steps of a registration to a new flow if it has been posted before.

    In the same flow Kratos keeps a value that a later post lacks (selfservice/strategy/profile/registration.go), so it
    would store what the person has removed. If Kratos begins no new flow, the old one is used.
    """
    is_first = any(node.attributes.get("value") == "profile" and node.name == "method" for node in flow.nodes)
    traits = (node for node in flow.nodes if node.name.startswith("traits."))
    if not is_first or all(node.attributes.get("value") in (None, "") for node in traits):
        return flow
    try:
        begun = deployment().kratos.begin("registration", inputs.cookie_header(), **query(flow.request_url))
    except PorticoError:
        return flow
    tokens = [node for node in begun.nodes if node.name == "csrf_token"]
    nodes = (*tokens, *(node for node in flow.nodes if node.name != "csrf_token"))
    action = with_query(flow.action, flow=begun.id)
    return replace(flow, id=begun.id, action=action, issued_at=begun.issued_at, nodes=nodes)


def _without_early_errors(flow: Flow) -> Flow:
    """Drop the errors for what a social provider did not tell, when the page that asks for it is shown first.

    Nobody has posted it yet, but Kratos sends the same flow after an empty post. So our cookie has the flow's id.
    """
    if flow.active not in PROVIDERS or cookie.get("completing") == flow.id:
        return flow
    missing = [(node, m) for node in flow.nodes for m in node.messages if m.id == REQUIRED and not is_from_hook(m)]
    if missing:
        cookie["completing"] = flow.id
    for node, early in missing:
        node.messages = tuple(message for message in node.messages if message is not early)
        node.attributes = {**node.attributes, "required": True}
    return flow


def _without_untrue_errors(flow: Flow) -> Flow:
    """Drop an untrue "no identifier" error, which Kratos always sends if passkeys are on."""
    others = tuple(message for message in flow.messages if message.id != NO_IDENTIFIER or is_from_hook(message))
    is_false = others != flow.messages and sign_in_names.sign_in_name(flow.identity)
    return replace(flow, messages=others) if is_false else flow


def _with_labels_of_what_is_set(flow: Flow) -> Flow:
    """Correct the settings' labels, also that of backup codes that are already on."""
    nodes = [node for node in flow.nodes if node.group in ("password", "totp", "lookup_secret")]
    kept = _CONFIRM not in [node.name for node in nodes]
    for node in nodes:
        are_codes = kept and node.attributes.get("id") == _CODES
        if label := N_("Backup codes") if are_codes else _OF_SETTINGS.get((node.group, node.name)):
            node.label = Message(TRAIT, label, "info")
    return flow
