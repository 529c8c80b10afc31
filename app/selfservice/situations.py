"""Better texts for messages if the page knows more: which identifier it asks for, where a code was sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from app.ory.flows import Flow, Message, Node
from app.ory.models import text
from app.selfservice.messages import MESSAGES, NO_IDENTIFIER, PHONE, REQUIRED, TRAIT, is_from_hook
from app.translations import N_

WRONG, MASKED, RECOVERED = 4000006, 1060004, 1060001
CHOOSE_NEXT_TIME, SIGNED_IN = N_("Choose how you'll sign in next time."), N_("You're signed in.")
UNKNOWN = 4000037  # Kratos also sends it for an empty identifier
TAKEN = 4000007
NO_CODE, NOT_A_PHONE = 4000035, 4000041  # the account gets no code; an incomplete phone number
# Kratos sends the first (for authenticator apps) and the second (for security keys) also for a refused key or passkey.
WRONG_CODE, NO_KEY, WRONG_KEY = 4000008, 4000015, 4000043
# The identifier that a login form asks for: by the id of Kratos' label, or by the title in the schema.
LABELS = {1070004: "either", 1070007: "email", 1070017: "phone"}
TITLE = re.compile(r"(e-?mail|phone|user ?name)( address| number)?")
ADDRESSES = ("identifier", "email", "address", "recovery_address", "recovery_confirm_address")  # names of nodes
OF_IDENTIFIER = {
    WRONG: {
        "email": N_("Wrong email or password. Check both and try again."),
        "phone": N_(  # Kratos compares it, for a password, as it was typed
            "Wrong phone number or password. Check both, and write the number as you did when you signed up."
        ),
        "username": N_("Wrong username or password. Check both and try again."),
        "known": N_("Wrong password. Try again."),
    },
    REQUIRED: {
        "email": N_("Enter your email."),
        "phone": N_("Enter your phone number."),
        "username": N_("Enter your username."),
        "either": MESSAGES[NO_IDENTIFIER],
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
# On a page that asks for an address, Kratos says that it sent a message, even if nobody has the address.
OF_ANYBODY = {1080001: 1060002, 1080003: 1060003, 1080004: 1060003}
BEGUN_BY_HAND = "/self-service/verification/"  # in request_url; a verification after a sign-up has that one's
E164 = re.compile(r"\+[0-9]{7,15}")
OF_ANOTHER = N_("Another account already has these details. Use different ones.")
ITS_OF_ANOTHER = N_("Another account already uses this. Enter a different one.")
SENT = N_("We've sent you a code. It can take a minute.")  # Kratos does not say to which of several addresses


@dataclass(frozen=True, slots=True)
class Situation:
    """What the page knows beyond a message."""

    # What it asks for: "email", "phone", "username", "either" (email or username), "" for others; "known" for nothing.
    identifier: str = ""
    empty: bool = False  # whether the identifier field is empty
    national: bool = False  # whether a phone number was typed without a country code, so that it gets no code
    sent_to: str = ""  # the address that got a code, "" if unknown
    by_phone: bool = False  # whether that may be a phone number
    of_anybody: bool = False  # whether that may be nobody's address
    about_keys: frozenset[int] = frozenset()  # ids of messages that mean a key or passkey here, whatever they say
    signed_in: bool = False  # whether somebody changes their own account
    recovered: str = ""  # the text after a recovery if there is no password to choose

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """Read what a flow tells."""
        asks = [node for node in flow.nodes if node.name == "identifier" and node.attributes.get("type") != "hidden"]
        sent_to = _addresses(flow) if flow.state == "sent_email" else set()
        identifier = _identifier(asks[0]) if asks else "known"
        typed = text(asks[0].attributes.get("value")) if asks else ""
        national = identifier == "phone" and bool(typed) and not typed.lstrip().startswith("+")
        by_phone = any(map(PHONE.fullmatch, sent_to))
        of_anybody = BEGUN_BY_HAND in flow.request_url.partition("?")[0]
        address = sent_to.pop() if len(sent_to) == 1 else ""
        about_keys = frozenset(_about_keys(flow))
        empty = bool(asks) and not typed
        return cls(
            identifier,
            empty,
            national,
            address,
            by_phone,
            of_anybody,
            about_keys,
            bool(flow.identity),
            _recovered(flow),
        )

    def meant(self, message: Message) -> Message:
        """Return the message that Kratos means: it calls the account of an empty identifier unknown."""
        if message.id != UNKNOWN or not self.empty or is_from_hook(message):
            return message
        return replace(message, id=REQUIRED, text="", context={"property": "identifier"})

    def words(self, message: Message) -> str:
        """Return a better text for a message, perhaps with `%(sent_to)s`; "" for none."""
        about = text(message.context.get("property"))
        if message.id == NO_CODE and self.national:
            return MESSAGES[NOT_A_PHONE]
        if message.id == WRONG or about == "identifier":
            return OF_IDENTIFIER.get(message.id, {}).get(self.identifier, "")
        if message.id == REQUIRED:
            return OF_FIELD.get(about, "")
        if message.id == TAKEN and self.signed_in:
            return ITS_OF_ANOTHER if about else OF_ANOTHER
        if message.id in self.about_keys:
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


def _about_keys(flow: Flow) -> Iterator[int]:
    """Yield the messages about a code or a security key if the flow asks for none: then a key or passkey was wrong."""
    groups = {node.group for node in flow.nodes if node.attributes.get("type") in ("submit", "button")}
    if "webauthn" in groups and "totp" not in groups:
        yield WRONG_CODE
    if "passkey" in groups and "webauthn" not in groups:
        yield NO_KEY


def _recovered(flow: Flow) -> str:
    """Return the text after a recovery if Kratos has no passwords, "" if it has."""
    groups = {node.group for node in flow.nodes}
    if "password" in groups:
        return ""
    return CHOOSE_NEXT_TIME if groups.intersection(("passkey", "oidc", "saml")) else SIGNED_IN


def _addresses(flow: Flow) -> set[str]:
    """Return the addresses that a code may have gone to: in the form that asks for it, or (sign-up) in all traits."""
    values = [(node, text(node.attributes.get("value"))[:100]) for node in flow.nodes]
    hidden = [(node, value) for node, value in values if node.attributes.get("type") == "hidden"]
    traits = {value for node, value in hidden if node.name.startswith("traits.")}
    emails = {value for value in traits if "@" in value}
    by_name = {value for node, value in values if value and node.name in ADDRESSES}
    return by_name | (emails or {value for value in traits if E164.fullmatch(value)})
