"""Kratos' messages in words of our own, by id, ready for translators: what happened and what to do next, no jargon.

Every id of Kratos v26.2.0 (text/id.go) is here but those whose text is somebody else's: 4000001 and 5000001 carry the
words of a schema or of a hook. An unknown id, or one whose values did not come, is shown as Kratos says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.ory.models import Message
from app.selfservice.reasons import EMAIL, NOT_CONFIRMED, ODD, PHONE, USED_CODE, WEBAUTHN
from app.translations import N_

NO_IDENTIFIER = 4000009
MESSAGES: Mapping[int, str] = {
    # login
    1010001: N_("Sign in"),
    1010002: N_("Sign in with %(provider)s"),
    1010003: N_("Please confirm that it is you."),
    1010004: N_("Please confirm with your second step."),
    1010005: N_("Confirm"),
    1010006: N_("Code from your authenticator app"),
    1010007: N_("Backup code"),
    1010008: N_("Use your security key"),
    1010009: N_("Use the authenticator app"),
    1010010: N_("Use a backup code"),
    1010011: N_("Use your security key"),
    1010012: N_("Have your security key or device ready, then press the button."),
    1010013: N_("Continue"),
    1010014: N_("We have sent you a code. If it does not arrive, check how you spelled your address, and try again."),
    1010015: N_("Send me a code to sign in"),
    1010016: N_(
        "“%(duplicateIdentifier)s” belongs to an account that exists already. "
        "Sign in to that account once, and you can use %(provider)s for it from then on."
    ),
    1010017: N_("Sign in and link"),
    1010018: N_("Confirm with %(provider)s"),
    1010019: N_("Send me a code to go on"),
    1010021: N_("Sign in with a passkey"),
    1010022: N_("Sign in with password"),
    1010023: N_("Send a code to %(address)s"),
    1010024: N_("Sign in with a security key"),
    1010025: N_("We have sent a code to your address. If it does not arrive, please try again."),
    # registration
    1040001: N_("Sign up"),
    1040002: N_("Sign up with %(provider)s"),
    1040003: N_("Continue"),
    1040004: N_("Sign up with a security key"),
    1040005: N_("We have sent you a code. If it does not arrive, check how you spelled your address, and try again."),
    1040006: N_("Send me a code to sign up"),
    1040007: N_("Sign up with a passkey"),
    1040008: N_("Back"),
    1040009: N_("Choose how you want to sign in from now on."),
    # settings
    1050001: N_("Your changes are saved."),
    1050002: N_("Link %(provider)s"),
    1050003: N_("Unlink %(provider)s"),
    1050004: N_("Remove the authenticator app"),
    1050005: N_("QR code for your authenticator app"),
    1050006: "%(secret)s",
    1050007: N_("Show my backup codes"),
    1050008: N_("Make new backup codes"),
    1050009: "%(secret)s",
    1050010: N_("These are your backup codes. Keep them in a safe place."),
    1050011: N_("I have kept my backup codes"),
    1050012: N_("Add a security key"),
    1050013: N_("Name of the security key"),
    1050014: N_("This code has been used."),
    1050015: "%(secrets)s",
    1050016: N_("Switch off the backup codes"),
    1050017: N_("If you cannot scan the picture, type this key into your authenticator app."),
    1050018: N_("Remove the security key “%(display_name)s”"),
    1050019: N_("Add a passkey"),
    1050020: N_("Remove the passkey “%(display_name)s”"),
    1050023: N_("Your organisation looks after this account. Ask your organisation to change these settings."),
    # recovery
    1060001: N_("You are back in your account. Now choose a new password, or another way to sign in next time."),
    1060002: N_(
        "If there is an account with this address, we have sent a link to it. "
        "If nothing arrives, check the spelling, and that it is the address you signed up with."
    ),
    1060003: N_(
        "If there is an account with this address, we have sent a code to it. "
        "If nothing arrives, check the spelling, and that it is the address you signed up with."
    ),
    1060004: N_(
        "If there is an account with the address %(masked_address)s, we have sent a code to it. "
        "If nothing arrives, check that it is the address you signed up with."
    ),
    1060005: N_("Please type your address in full, so that we know that it is you."),
    1060006: N_("Where should we send the code?"),
    1060007: N_("Back"),
    # fields and buttons of all flows
    1070001: N_("Password"),
    1070003: N_("Save"),
    1070004: N_("Email or user name"),
    1070005: N_("Submit"),
    1070006: N_("Code from your authenticator app"),
    1070007: N_("Email"),
    1070008: N_("Send again"),
    1070009: N_("Continue"),
    **dict.fromkeys((1070010, 1070011, 1070012, 1070013), N_("Code")),
    1070014: N_("Sign in and link"),
    1070015: N_("Please show that you are a person to go on."),
    1070016: N_("Your address"),
    1070017: N_("Phone number"),
    1070018: N_("Email or phone number"),
    # verification
    1080001: N_("We have sent a link to your address. If it does not arrive, check the spelling of the address."),
    1080002: N_("Your email address is confirmed."),
    1080003: N_("We have sent a code to your address. If it does not arrive, check the spelling of the address."),
    1080004: N_("We have sent a code to your phone. If it does not arrive, check the number."),
    1080005: N_("Your phone number is confirmed."),
    # what is wrong with what was typed
    4000002: N_("Please fill this in: %(property)s."),
    4000003: N_("This is too short. The shortest that fits has this many characters: %(min_length)s."),
    4000004: ODD,
    4000005: N_("This password cannot be used. Please choose another one."),
    4000006: N_(
        "That did not match. Check your password, and how you spelled your email address, user name or phone number."
    ),
    4000007: N_("There is an account with this address or name already. Sign in, or use another address or name."),
    4000008: N_("That code is not right. Wait for the next one and try again."),
    NO_IDENTIFIER: N_("Please fill in your email address or user name."),
    4000010: NOT_CONFIRMED,
    4000011: N_("There is no authenticator app on this account."),
    4000012: N_("This backup code has been used already. Please take another one."),
    4000013: N_("There is no security key on this account."),
    4000014: N_("There are no backup codes on this account."),
    4000015: N_("There is no such account, or it has no security key."),
    4000016: N_("That is not one of your backup codes. Please check it."),
    4000017: N_("This is too long. The longest that fits has this many characters: %(max_length)s."),
    4000018: N_("This is too small. The smallest that fits is %(minimum)s."),
    4000019: N_("This has to be more than %(minimum)s."),
    4000020: N_("This is too large. The largest that fits is %(maximum)s."),
    4000021: N_("This has to be less than %(maximum)s."),
    4000022: N_("This has to be a multiple of %(base)s."),
    4000023: N_("These are too many. The most that fit: %(max_items)s."),
    4000024: N_("These are too few. The fewest that fit: %(min_items)s."),
    4000025: N_("Two of these are the same. Please change one."),
    4000026: ODD,
    4000027: N_(
        "There is an account with this address or name already. Sign in to it, and then link the other account in "
        "the settings."
    ),
    4000028: N_(
        "There is an account with %(credential_identifier_hint)s already. "
        "Sign in to it with: %(available_credential_types)s."
    ),
    4000029: N_("Expected here: %(expected)s."),
    4000030: ODD,
    4000031: N_("This password is too much like your address or name. Please choose another one."),
    4000032: N_("This password is too short. The shortest that fits has this many characters: %(min_length)s."),
    4000033: N_("This password is too long. The longest that fits has this many characters: %(max_length)s."),
    4000034: N_("This password has appeared in stolen data. Please choose another one."),
    4000035: N_("There is no such account, or it cannot sign in with a code."),
    4000036: N_("These details are not the ones you began with. Go back, and start again."),
    4000037: N_("There is no such account, or it has no way to sign in yet."),
    4000038: N_("We could not check that you are a person. Please try again."),
    4000039: N_("This is your old password. Please choose a new one."),
    4000040: EMAIL,
    4000041: PHONE,
    4000042: N_("There is no device on this account that could confirm this."),
    4000043: WEBAUTHN,
    4000044: N_("Your device could not be checked. Please try again."),
    **dict.fromkeys((4000045, 4000046), N_("This device cannot be used any more. Please add it anew.")),
    # what is wrong with the flow
    **dict.fromkeys(
        (4010001, 4040001, 4050001, 4060005, 4070005), N_("This page was open for too long. Please try again.")
    ),
    **dict.fromkeys(
        (4010002, 4010003, 4010004, 4010005, 4010006),
        N_("Something was missing from what you sent. Please fill in the form and try again."),
    ),
    **dict.fromkeys(
        (4010007, 4040002, 4060001, 4070002), N_("This is done already, and cannot be done a second time.")
    ),
    **dict.fromkeys((4010008, 4040003, 4060006, 4070006), USED_CODE),
    **dict.fromkeys((4060002, 4070003), N_("That did not work. Please start again.")),
    **dict.fromkeys((4060004, 4070001), N_("This link is not valid any more. Please ask for a new one.")),
    4010009: N_("This is not the account you wanted to link. Please use the one you began with."),
    4010010: N_("That is not an address of this account. Please check it."),
    4010011: N_("This account has been switched off. Ask the people who run this service."),
    4050002: N_("Please change one address at a time."),
    # what only the people who run the service can change
    5000002: N_("There is no way to sign in here at the moment. Please tell the people who run this service."),
    5000003: N_("Your organisation's own sign-in is not set up here. Please tell the people who run this service."),
}
UNNAMED = {
    1050018: N_("Remove the security key added on %(added_at)s"),
    1050020: N_("Remove the passkey added on %(added_at)s"),
}

LINK_USED = 4060004
TRAIT = 1070002  # the label of a field of the operator's identity schema: its title
# Titles of the shipped schema; an operator adds translations of their own (docs/languages.md).
TITLES = (
    *(N_("Email"), N_("Name"), N_("First name"), N_("Middle name"), N_("Last name"), N_("Nickname"), N_("Username")),
    *(N_("Profile page"), N_("Picture address"), N_("Website"), N_("Gender"), N_("Date of birth"), N_("Time zone")),
    *(N_("Language"), N_("Phone"), N_("Phone number"), N_("Address"), N_("Street and number"), N_("Town")),
    *(N_("Region"), N_("Postal code"), N_("Country")),
)


def is_a_hooks(message: Message) -> bool:
    """Whether the text of a message is that of an operator's web hook, which may give any number.

    Kratos' own has the words of its text in Kratos (kratos_messages.tsv) in which no value can be, all of them: a hook
    that refuses a sign-in may well begin as Kratos does, "The provided credentials are ...".
    """
    words = _words_of_kratos().get(message.id)
    return bool(message.text) and (not words or words not in " ".join(message.text.split()))


@cache
def _words_of_kratos() -> dict[int, str]:
    """The words of each of Kratos' texts in its longest part without values and what may be missing."""
    table = Path(__file__).with_name("kratos_messages.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines())
    parts = {int(number): re.split(r"\{[^}]*\}|\[.*\]", text) for number, _, text, _ in rows}
    return {number: " ".join(max(texts, key=len).split()) for number, texts in parts.items()}
