"""Whose words a message of Kratos has: its own, or those of an operator's web hook under a number that Kratos uses too.

A hook may give any number (selfservice/hook/web_hook.go). Kratos' own texts are known by words of theirs that no value
is in; a text without them is somebody's own, and is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.models import Message

_WORDS: Mapping[str, tuple[int, ...]] = {
    "Please confirm this action": (1010003,),
    "Please complete the second": (1010004,),
    "Prepare your WebAuthn device": (1010012,),
    "A code was sent": (1010014, 1010025),
    "You tried to sign": (1010016,),
    "A code has been": (1040005,),
    "Please choose a credential": (1040009,),
    "Your changes have been": (1050001,),
    "These are your back": (1050010,),
    "Secret was used at": (1050014,),
    "This is your authenticator": (1050017,),
    "Your account is managed": (1050023,),
    "You successfully recovered your": (1060001,),
    "An email containing a": (1060002, 1060003, 1080001, 1080003),
    "A recovery code has": (1060004,),
    "Recover access to your": (1060005,),
    "How do you want": (1060006,),
    "Please complete the captcha": (1070015,),
    "You successfully verified your": (1080002, 1080005),
    "A text message containing": (1080004,),
    "is missing": (4000002,),
    "length must be >=": (4000003,),
    "does not match pattern": (4000004,),
    "The password can not": (4000005, 4000031),
    "The provided credentials are": (4000006,),
    "An account with the": (4000007, 4000027),
    "The provided authentication code": (4000008,),
    "Could not find any": (4000009,),
    "Account not active yet": (4000010,),
    "You have no TOTP": (4000011,),
    "This backup recovery code": (4000012,),
    "You have no WebAuthn": (4000013,),
    "You have no backup": (4000014,),
    "This account does not": (4000015, 4000035, 4000037),
    "The backup recovery code": (4000016,),
    "length must be <=": (4000017,),
    "must be >=": (4000018,),
    "must be >": (4000019,),
    "must be <=": (4000020,),
    "must be <": (4000021,),
    "not multipleOf": (4000022,),
    "items allowed, but found": (4000023, 4000024),
    "items at index": (4000025,),
    "but got": (4000026,),
    "You tried signing in": (4000028,),
    "must be equal to": (4000029,),
    "const failed": (4000030,),
    "The password must be": (4000032, 4000033),
    "The password has been": (4000034,),
    "The provided traits do": (4000036,),
    "Captcha verification failed, please": (4000038,),
    "The new password must": (4000039,),
    "Enter a valid email": (4000040,),
    "Enter a valid phone": (4000041,),
    "You have no DeviceAuthn": (4000042,),
    "The provided web authn": (4000043,),
    "The provided DeviceAuthn signature": (4000044,),
    "This DeviceAuthn key can": (4000045,),
    "This DeviceAuthn key was": (4000046,),
    "The login flow expired": (4010001,),
    "Could not find a": (4010002, 4010003, 4010004, 4010005, 4010006),
    "The request was already": (4010007, 4040002, 4060001, 4070002),
    "The login code is": (4010008,),
    "Linked credentials do not": (4010009,),
    "The address you entered": (4010010,),
    "This account has been": (4010011,),
    "The registration flow expired": (4040001,),
    "The registration code is": (4040003,),
    "The settings flow expired": (4050001,),
    "You can only change": (4050002,),
    "The recovery flow reached": (4060002,),
    "The recovery token is": (4060004,),
    "The recovery flow expired": (4060005,),
    "The recovery code is": (4060006,),
    "The verification token is": (4070001,),
    "The verification flow reached": (4070003,),
    "The verification flow expired": (4070005,),
    "The verification code is": (4070006,),
    "No authentication methods are": (5000002,),
    "Your organization requires SSO": (5000003,),
}
_OF = {number: words for words, numbers in _WORDS.items() for number in numbers}


def is_a_hooks(message: Message) -> bool:
    """Whether the text of a message is somebody else's than Kratos'; never said of one without text."""
    own = _OF.get(message.id)
    return bool(message.text) and (own is None or own not in message.text)
