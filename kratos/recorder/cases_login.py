"""Logins that are recorded beside the demo's, per configuration."""

from dataclasses import replace

from kratos.recorder.cases import (
    ADA,
    ADD_KEY,
    BOTH,
    BY_CODE,
    BY_LINK,
    FULL,
    GRACE,
    KEY,
    NAMED,
    NOBODY,
    NONE,
    NUMBER,
    OPEN,
    PLAIN,
    SEND_BOTH,
    SIGN_UP_KEY,
    TOTP_WRONG,
    WITH_PASSKEY,
    WITH_SOCIAL,
    WRONG_CODE,
    Person,
    case,
)
from kratos.recorder.scripts import CONFIRM, PASSWORD, REGENERATE, TOTP, Post

PASSWORD_LOGIN: Post = {"method": "password", "identifier": ADA, "password": PASSWORD}
WRONG: Post = PASSWORD_LOGIN | {"password": "wrong"}
SEND: Post = {"method": "code", "identifier": ADA}
BAD_CODE: Post = SEND | {"code": "000000"}
SOCIAL: Post = {"provider": "demo-id", "at_provider": {"name": "Grace Hopper", "email": GRACE}}
LOOKUP_WRONG: Post = {"method": "lookup_secret", "lookup_secret": "wrong"}

METHODS = {
    "login/unified": case("login"),
    "login/unified_return_to": case("login", back=True),
    "login/unified_nothing_entered": case("login", {"method": "password", "identifier": "", "password": ""}),
    "login/unified_wrong_password": case("login", WRONG),
    "login/social_denied": case("login", {"provider": "demo-id", "refused": "The person said no."}),
    "login/organization": case("login", organization="4c0c7d2f-90c6-4a0b-8d5a-3f3c5e4f6a7b"),
    "login/account_linking": case("login", SOCIAL, back=True),
    "login/account_linking_wrong_password": case("login", SOCIAL, WRONG | {"identifier": GRACE}, back=True),
    "login/code_unknown_identifier": case("login", SEND | {"identifier": NOBODY}),
    "login/code_sent": case("login", SEND),
    "login/code_missing": case("login", SEND, SEND | {"code": ""}),
    "login/code_wrong": case("login", SEND, BAD_CODE),
    "login/code_resent": case("login", SEND, BAD_CODE, SEND | {"resend": "code"}),
    "login/code_too_often": case("login", SEND, *[BAD_CODE] * 6),
    "login/aal2_none": case("login", person=NAMED, aal="aal2"),
    "login/aal2_all": case("login", person=FULL, back=True, aal="aal2"),
    "login/aal2_totp_wrong": case("login", TOTP_WRONG, person=FULL, back=True, aal="aal2"),
    "login/aal2_lookup_wrong": case("login", LOOKUP_WRONG, person=FULL, aal="aal2"),
    "login/aal2_totp": case("login", person=replace(NAMED, posts=(TOTP,)), back=True, aal="aal2"),
    "login/aal2_lookup": case("login", person=Person(ADA, posts=(REGENERATE, CONFIRM)), back=True, aal="aal2"),
    "login/aal2_webauthn": case("login", person=Person(GRACE, posts=(ADD_KEY,)), back=True, aal="aal2"),
    "login/refresh_everything": case("login", person=FULL, refresh="true"),
    "login/refresh_aal2": case("login", person=FULL, refresh="true", aal="aal2"),
}

IDENTIFIER: Post = {"method": "identifier_first", "identifier": ADA}
IDENTIFIER_FIRST = {
    "login/identifier_first": case("login", back=True),
    "login/identifier_first_missing": case("login", IDENTIFIER | {"identifier": ""}, back=True),
    "login/identifier_first_unknown": case("login", IDENTIFIER | {"identifier": NOBODY}),
    "login/identifier_first_methods": case("login", IDENTIFIER),
    "login/identifier_first_wrong_password": case("login", IDENTIFIER, WRONG),
}

PASSKEY_ONLY = {
    "login/passkey_only": case("login"),
    "login/social_only": case("login"),
    "login/passkey_unknown": case("login", {"method": "passkey", "passkey_login": "$passkey"}),
    "login/refresh_passkey": case("login", person=WITH_PASSKEY, back=True, refresh="true"),
    "login/refresh_social": case("login", person=WITH_SOCIAL, back=True, refresh="true"),
}

PRESS: Post = {"method": "webauthn", "identifier": KEY}
WITH_KEY = Person(KEY, entry=("registration", (SIGN_UP_KEY | ADD_KEY | {"method": "webauthn"},)))
KEY_OWNER = replace(WITH_KEY, leaves=True)
PASSWORDLESS_KEYS = {
    "login/webauthn_passwordless": case("login"),
    "login/webauthn_unknown_identifier": case("login", PRESS | {"identifier": NOBODY}),
    "login/webauthn_press": case("login", PRESS, person=KEY_OWNER),
    "login/webauthn_wrong_key": case("login", PRESS, PRESS | {"webauthn_login": "$wrong_key"}, person=KEY_OWNER),
    "login/refresh_webauthn": case("login", person=WITH_KEY, refresh="true"),
}

PASSWORD_ONLY = {
    "login/password_only": case("login"),
    "login/refresh_password": case("login", person=PLAIN, back=True, refresh="true"),
    "login/refresh_password_wrong": case("login", WRONG, person=PLAIN, back=True, refresh="true"),
}

CODE_ONLY = {
    "login/code_only": case("login"),
    "login/code_sent_by_sms": case("login", {"method": "code", "identifier": NUMBER}),
    "login/refresh_code": case("login", person=BY_CODE, back=True, refresh="true"),
    "login/refresh_code_sent": case("login", SEND_BOTH, person=BY_CODE, back=True, refresh="true"),
}

WITH_BOTH = Person(BOTH, {"phone": NUMBER})
AAL2_CODE = {
    "login/aal2_code_choice": case("login", person=WITH_BOTH, back=True, aal="aal2"),
    "login/aal2_code_sent_by_sms": case("login", {"address": NUMBER}, person=WITH_BOTH, back=True, aal="aal2"),
    "login/aal2_code_or_totp": case("login", person=Person("totp@example.org", posts=(TOTP,)), aal="aal2"),
    "login/aal2_code_sent": case("login", person=PLAIN, back=True, aal="aal2"),
    "login/aal2_code_wrong": case("login", WRONG_CODE, person=PLAIN, back=True, aal="aal2"),
}

NOT_VERIFIED = {"login/address_not_verified": case("login", PASSWORD_LOGIN)}
NO_METHOD = {
    "login/refresh_nothing": case(
        "login", person=Person(NONE, entry=("recovery", (BY_LINK | {"email": NONE}, OPEN))), refresh="true"
    )
}
EXPIRED = {"login/expired": case("login", WRONG | {"wait": 1.2}, back=True)}
