"""What stands at the top of a flow's page: its title, and why it is a fresh one."""

from dataclasses import replace

from flask import request

from app import urls as url
from app.http import inputs
from app.http.error_texts import NOTICES
from app.ory.flows import Flow, Message
from app.selfservice.flow_kinds import KINDS
from app.selfservice.messages import LINK_USED, MESSAGES, is_a_hooks
from app.translations import N_

# By the step whose title says the same: that it is you, the second factor, how to sign in, what is verified.
SAID_BY_TITLE = {
    "refresh": (1010003,),
    "aal2": (1010003, 1010004),
    "credentials": (1040009,),
    "passed_challenge": (1080002, 1080005),
}
BY_MAIL, BY_PHONE = 1080003, 1080004
VERIFIED = {1080002: N_("Your email is verified"), 1080005: N_("Your phone number is verified")}
SENT = ("sent_email", "recovery_awaiting_code")
ADDRESSES = ("email", "sms", "recovery_confirm_address")  # the buttons that send once more, with where to


def heading(kind: str, step: str, flow: Flow) -> tuple[str, int, Flow]:
    """The title of a page; the id of the message that it takes the place of, 0 for none; the flow without that."""
    flow = _of_a_text_message(flow) if _went_to_phone(flow) else flow
    said = SAID_BY_TITLE.get(step, ())
    repeated = [message for message in flow.messages if message.id in said and not is_a_hooks(message)]
    kept = tuple(message for message in flow.messages if message not in repeated)
    return _title(kind, step, flow), next((message.id for message in repeated), 0), replace(flow, messages=kept)


def _title(kind: str, step: str, flow: Flow) -> str:
    if verified := [VERIFIED[message.id] for message in flow.messages if message.id in VERIFIED]:
        return verified[0]
    if kind in ("recovery", "verification") and step in SENT and _went_to_phone(flow):
        return N_("Check your phone")
    return KINDS[kind].titles.get(step, KINDS[kind].title)


def notice(flow: Flow) -> str | None:
    """Why this page is a fresh one."""
    begun_with = url.query(flow.request_url) if "notice" in flow.request_url else {}  # it may hold a challenge: long
    reason = begun_with.get("notice") or inputs.single(request.args, "notice")
    by_link = reason == "replaced" and any(node.group == "link" for node in flow.nodes)
    return MESSAGES[LINK_USED] if by_link else NOTICES.get(reason)


def _of_a_text_message(flow: Flow) -> Flow:
    """The flow that says where its code went: Kratos says "an email" of text messages, too (strategy/code)."""
    ours = Message(BY_PHONE, "", "info")
    messages = (ours if message.id == BY_MAIL and not is_a_hooks(message) else message for message in flow.messages)
    return replace(flow, messages=tuple(messages))


def _went_to_phone(flow: Flow) -> bool:
    addresses = [str(node.attributes.get("value") or "") for node in flow.nodes if node.name in ADDRESSES]
    return any(address and "@" not in address for address in addresses)
