"""Words for what Kratos says in the language of schemas and protocols: its validator's, its social sign-in's (4000001).

Sources: ory/jsonschema v3 schema.go; selfservice/strategy of Kratos v26.2.0. A text that is none of these is somebody's
own, an operator's hook's say, and stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from app.translations import N_

ODD = N_("This does not look as expected. Please check it.")
EMAIL = N_("Please type a whole email address, such as name@example.org.")
PHONE = N_("Please type a whole phone number, with the code of the country, such as +49 30 123456.")
ADDRESS = N_("Please type a whole web address, such as https://example.org.")
USED_CODE = N_("That code is not right, or it has been used already. Please try again.")
WEBAUTHN = N_("Your security key or passkey could not be checked. Please try again.")
NOT_CONFIRMED = N_("This account is not ready yet. Confirm your address first: look for our message in your mail.")
TICK = N_("Please tick this box to go on.")
NUMBER, WHOLE_NUMBER = N_("Please type a number."), N_("Please type a whole number.")
FORMATS: Mapping[str, str] = {
    "date": N_("Please type a date like this: 2026-11-21."),
    "date-time": N_("Please type date, time and time zone, like this: 2026-11-21T09:30:00Z."),
    "time": N_("Please type a time and time zone, like this: 09:30:00Z."),
    **dict.fromkeys(("email", "idn-email"), EMAIL),
    "tel": PHONE,
    **dict.fromkeys(("uri", "iri", "uri-reference", "iri-reference", "url", "http-url", "https-url"), ADDRESS),
}
_CANCELLED = N_("It was cancelled at the other service, or not allowed there. Try again, or choose another way.")
_ELSEWHERE = N_("The other service could not confirm who you are. Try again, or choose another way.")
_FORMAT = re.compile(r'".*" is not valid "([^"]*)"', re.DOTALL)
_ENUM = re.compile(r"value must be (?:one of )?(.+)", re.DOTALL)
_REQUIRED = re.compile(r'property "(.+)" is required, if ".+" property exists')
_PROVIDER = re.compile(r'Unable to complete OpenID Connect flow because .+ returned error "([^"]*)".*', re.DOTALL)
_FIXED = {
    r"additionalProperties .+ not allowed": N_(
        "Something was sent that has no place here. Please reload the page and try again."
    ),
    r"(?:not|allOf|anyOf|oneOf|if-then|if-else|contains|enum|validation) failed|always fail"
    r"|valid against schemas at indexes \d+ and \d+"
    r"|(?:minimum|maximum) \d+ properties allowed, but found \d+ properties": N_(
        "These details do not fit together. Please check them."
    ),
    r"only \d+ items are allowed, but found \d+ items": N_("These are too many. Please remove some."),
    r"invalid country code|the provided number is not a valid phone number|phone number had an IDD, .+"
    r"|the (?:phone number|string) supplied is (?:not a number|too (?:short|long) to be a phone number)": PHONE,
    r'".*" is not \S+ encoded|value is not of mediatype ".*"|doesn\'t validate with ".*"': ODD,
    r"Unable to complete (?:OpenID Connect|SAML) flow.*|Unable to exchange .*": _ELSEWHERE,
    r"Unable to parse WebAuthn response.*": WEBAUTHN,
    r"The request was submitted too often\. .*": N_("There were too many tries. Please ask for another code."),
    r"The code was already used\. .*": USED_CODE,
    r"You cannot remove the last first factor credential\.": N_(
        "This is your only way to sign in. Add another one first."
    ),
    r"Did not receive any value changes\.": N_("Nothing was changed."),
    r"Your account's email or phone address are not verified yet\. .*": NOT_CONFIRMED,
}
_PATTERNS = [(re.compile(pattern, re.DOTALL), words) for pattern, words in _FIXED.items()]


def in_own_words(text: str) -> tuple[str, dict[str, str | list[str]]] | None:
    """Our text for one of Kratos', and the values in it; None for one that is not Kratos'."""
    if match := _FORMAT.fullmatch(text):
        return FORMATS.get(match[1], ODD), {}
    if match := _REQUIRED.fullmatch(text):
        return N_("Please fill this in: %(property)s."), {"property": match[1]}
    if (match := _ENUM.fullmatch(text)) and (values := _listed(match[1])):
        return N_("Please choose one of these: %(values)s."), {"values": values}
    if match := _PROVIDER.fullmatch(text):
        return (_CANCELLED if match[1] in ("access_denied", "user_cancelled_login") else _ELSEWHERE), {}
    return next(((words, {}) for pattern, words in _PATTERNS if pattern.fullmatch(text)), None)


def expected(value: object) -> str:
    """What a field must hold, without the quotes of a program; "" where a box has to be ticked."""
    if value in (True, "true"):
        return ""
    values = _listed(str(value))
    return values[0] if values else str(value)


def of_type(allowed: Iterable[object]) -> str:
    """What to type where the type is wrong."""
    types = set(map(str, allowed)) - {"null"}
    if types == {"integer"}:
        return WHOLE_NUMBER
    return NUMBER if types and types <= {"integer", "number"} else ODD


def _listed(written: str) -> list[str]:
    """Values as Go writes them, `"a", "b", 3`, as words; empty when it is a sentence of somebody's."""
    try:
        values = json.loads("[" + written.replace("<nil>", "null") + "]")
    except ValueError:
        return []
    return [
        str(value).lower() if isinstance(value, bool) else str(value) for value in values if value not in ("", None)
    ]
