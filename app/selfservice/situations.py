"""What a message can say better where the page knows more than it: which identifier is used, where a code was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ory.flows import Flow, Message, Node
from app.ory.models import text
from app.selfservice.messages import MESSAGES, NO_IDENTIFIER, PHONE, REQUIRED, TRAIT
from app.translations import N_

WRONG, MASKED, RECOVERED = 4000006, 1060004, 1060001
CHOOSE_NEXT_TIME, SIGNED_IN = N_("Choose how you'll sign in next time."), N_("You're signed in.")
UNKNOWN = 4000037  # Kratos says it of no identifier, too
# What Kratos says of an authenticator app (the first) and of security keys, also where a key or a passkey was refused.
WRONG_CODE, NO_KEY, WRONG_KEY = 4000008, 4000015, 4000043
# Which identifier a login form asks for, by the id of its label in Kratos, or by the schema's title: an E-mail address.
LABELS = {1070007: "email", 1070017: "phone"}
TITLE = re.compile(r"(e-?mail|phone|user ?name)( address| number)?")
ADDRESSES = ("identifier", "email", "address", "recovery_address", "recovery_confirm_address")  # names of nodes
OF_IDENTIFIER = {
    WRONG: {
        "email": N_("Wrong email or password. Check both and try again."),
        "phone": N_("Wrong phone number or password. Check both and try again."),
        "username": N_("Wrong username or password. Check both and try again."),
        "known": N_("Wrong password. Try again."),
    },
    REQUIRED: {
        "email": N_("Enter your email."),
        "phone": N_("Enter your phone number."),
        "username": N_("Enter your username."),
    },
}
OF_FIELD = {
    "email": OF_IDENTIFIER[REQUIRED]["email"],
    "password": N_("Enter your password."),
    **dict.fromkeys(("code", "totp_code"), N_("Enter the code.")),
}
EMAILED = {
    **dict.fromkeys(
        (1010014, 1010025, 1040005, 1080003),
        N_("We've emailed a code to %(sent_to)s. It can take a minute; check your spam folder too."),
    ),
    1060002: N_(
        "If there's an account for %(sent_to)s, we've sent it a link. It can take a minute; check your spam folder too."
    ),
    1060003: N_(
        "If there's an account for %(sent_to)s, we've sent it a code. It can take a minute; check your spam folder too."
    ),
    1080001: N_("We've emailed a link to %(sent_to)s. It can take a minute; check your spam folder too."),
}
TEXTED = dict.fromkeys(
    (1010014, 1010025, 1040005, 1080003, 1080004), N_("We've texted a code to %(sent_to)s. It can take a minute.")
) | {1060003: N_("If there's an account for %(sent_to)s, we've texted it a code. It can take a minute.")}
# Kratos says of any address that is typed on the page for it that it has sent something there, also of nobody's.
OF_ANYBODY = {1080001: 1060002, 1080003: 1060003, 1080004: 1060003}
BEGUN_BY_HAND = "/self-service/verification/"  # in the address; what follows a sign-up or a change began with that
E164 = re.compile(r"\+[0-9]{7,15}")
SENT = N_("We've sent you a code. It can take a minute.")  # by whatever way: Kratos does not say to which of several


@dataclass(frozen=True, slots=True)
class Situation:
    """What the page knows."""

    identifier: str = ""  # what it asks for: "email", "phone", "username", "" for others; "known": none
    empty: bool = False  # nothing was typed for it
    sent_to: str = ""  # where a code went, "" if nobody can say
    by_phone: bool = False  # that it may have been a phone
    of_anybody: bool = False  # that it may be nobody's
    refused: frozenset[int] = frozenset()  # the messages that are said of a key or passkey here
    recovered: str = ""  # what is said after a recovery where there is no password to choose

    @classmethod
    def of(cls, flow: Flow) -> Situation:
        """What a flow tells."""
        asks = [node for node in flow.nodes if node.name == "identifier" and node.attributes.get("type") != "hidden"]
        sent_to = _addresses(flow) if flow.state == "sent_email" else set()
        identifier = _identifier(asks[0]) if asks else "known"
        empty = bool(asks) and not asks[0].attributes.get("value")
        by_phone = any(map(PHONE.fullmatch, sent_to))
        of_anybody = BEGUN_BY_HAND in flow.request_url.partition("?")[0]
        address = sent_to.pop() if len(sent_to) == 1 else ""
        return cls(identifier, empty, address, by_phone, of_anybody, frozenset(_refused(flow)), _recovered(flow))

    def words(self, message: Message) -> str:
        """Our text for a message here, with `%(sent_to)s` in it or no value; "" for its usual one."""
        about = text(message.context.get("property"))
        if message.id == UNKNOWN and self.empty:
            return OF_IDENTIFIER[REQUIRED].get(self.identifier, MESSAGES[NO_IDENTIFIER])
        if message.id == WRONG or about == "identifier":
            return OF_IDENTIFIER.get(message.id, {}).get(self.identifier, "")
        if message.id == REQUIRED:
            return OF_FIELD.get(about, "")
        if message.id in self.refused:
            return MESSAGES[WRONG_KEY]
        return self.recovered if message.id == RECOVERED else self._of_what_was_sent(message)

    def _of_what_was_sent(self, message: Message) -> str:
        if message.id == MASKED:
            return TEXTED[1060003] if PHONE.fullmatch(text(message.context.get("masked_address"))) else ""
        if not self.sent_to:
            return SENT if self.by_phone and message.id in TEXTED else ""
        number = OF_ANYBODY.get(message.id, message.id) if self.of_anybody else message.id
        return (TEXTED if self.by_phone else EMAILED).get(number, "")


def _identifier(node: Node) -> str:
    title = TITLE.fullmatch(node.label.text.lower()) if node.label.id == TRAIT else None
    return LABELS.get(node.label.id) or (re.sub("[ -]", "", title[1]) if title else "")


def _refused(flow: Flow) -> Iterator[int]:
    """Which messages are untrue of this flow: about a code where none is asked for, a security key where none is."""
    groups = {node.group for node in flow.nodes if node.attributes.get("type") in ("submit", "button")}
    if "webauthn" in groups and "totp" not in groups:
        yield WRONG_CODE
    if "passkey" in groups and "webauthn" not in groups:
        yield NO_KEY


def _recovered(flow: Flow) -> str:
    """What is to be done after a recovery where Kratos has no passwords, "" where it has."""
    groups = {node.group for node in flow.nodes}
    if "password" in groups:
        return ""
    return CHOOSE_NEXT_TIME if groups.intersection(("passkey", "oidc", "saml")) else SIGNED_IN


def _addresses(flow: Flow) -> set[str]:
    """Where a code went: Kratos has it in the form that asks for it, and for a sign-up among all traits."""
    values = [(node, text(node.attributes.get("value"))[:100]) for node in flow.nodes]
    hidden = [(node, value) for node, value in values if node.attributes.get("type") == "hidden"]
    traits = {value for node, value in hidden if node.name.startswith("traits.")}
    emails = {value for value in traits if "@" in value}
    by_name = {value for node, value in values if value and node.name in ADDRESSES}
    return by_name | (emails or {value for value in traits if E164.fullmatch(value)})
