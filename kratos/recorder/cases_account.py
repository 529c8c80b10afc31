"""Registrations, settings, verifications and recoveries that are recorded beside the demo's, per configuration."""

from dataclasses import replace

from kratos.recorder.cases import (
    ADA,
    BOTH,
    BY_CODE,
    BY_LINK,
    FULL,
    GRACE,
    JOAN,
    NAMED,
    NAMELESS,
    NEW,
    NEW_NUMBER,
    NEW_PASSWORD,
    NONE,
    NUMBER,
    OPEN,
    PLAIN,
    PROFILE,
    SAVE,
    TOTP_WRONG,
    WITH_PASSKEY,
    WITH_SOCIAL,
    WRONG_CODE,
    Person,
    case,
)
from kratos.recorder.scripts import CONFIRM, PASSWORD, REGENERATE, TOTP, Post
from kratos.recorder.walker import BACK

ADAS: Post = PROFILE | NAMELESS | {"traits.email": ADA}
NEW_CODE: Post = PROFILE | {"method": "code"}
NORA: Post = {"provider": "demo-id", "at_provider": {"name": "Nora"}}
REGISTRATION = {
    "registration/profile": case("registration"),
    "registration/profile_email_missing": case("registration", {"method": "profile", "traits.email": ""}),
    "registration/profile_email_wrong": case("registration", {"method": "profile", "traits.email": "not-an-address"}),
    "registration/credentials": case("registration", PROFILE, back=True),
    "registration/credentials_password_short": case(
        "registration", PROFILE, NEW_PASSWORD | {"password": "abc"}, back=True
    ),
    "registration/previous": case("registration", PROFILE, PROFILE | {"screen": "previous"}, back=True),
    "registration/account_exists": case("registration", ADAS, ADAS | {"method": "password", "password": PASSWORD}),
    "registration/code_sent": case("registration", PROFILE, NEW_CODE),
    "registration/code_wrong": case("registration", PROFILE, NEW_CODE, NEW_CODE | {"code": "000000"}),
    "registration/code_back_to_methods": case(
        "registration", PROFILE, NEW_CODE, PROFILE | {"screen": "credential-selection"}
    ),
    "registration/social_email_missing": case("registration", NORA, back=True),
    "registration/social_email_wrong": case("registration", NORA, NORA | {"traits.email": "no"}, back=True),
}

EXAMPLE = Person(ADA, {"name": {"first": "Ada", "last": "Example"}})
SPENT = replace(FULL, spends=True)
SAVED, WITH_TOTP = Person(ADA, posts=(SAVE,)), Person(ADA, posts=(SAVE, TOTP))
SETTINGS = {
    "settings/nothing_enrolled": case("settings", person=EXAMPLE),
    "settings/password_short": case("settings", {"method": "password", "password": "abc"}, person=EXAMPLE),
    "settings/everything": case("settings", person=FULL),
    "settings/everything_return_to": case("settings", person=FULL, return_to=f"{BACK}&task=second_factor"),
    "settings/lookup_revealed": case("settings", REGENERATE, person=WITH_TOTP),
    "settings/lookup_confirmed": case("settings", REGENERATE, CONFIRM, person=WITH_TOTP),
    "settings/lookup_shown_with_used": case("settings", {"lookup_secret_reveal": "true"}, person=SPENT),
    "settings/profile_email_wrong": case("settings", SAVE | NAMELESS | {"traits.email": "no"}, person=SAVED),
    "settings/profile_saved": case("settings", SAVE, person=NAMED),
    "settings/totp_linked": case("settings", TOTP, person=SAVED),
    "settings/totp_wrong": case("settings", TOTP_WRONG, person=SAVED),
}

ADDRESS: Post = {"method": "code", "email": GRACE}
RECOVER: Post = {"method": "code", "email": JOAN}
CODE: Post = {"method": "code", "code": "$code"}
BY_MAIL = {
    "verification/email": case("verification", back=True),
    "verification/email_missing": case("verification", {"method": "code", "email": ""}, back=True),
    "verification/code_sent": case("verification", ADDRESS, back=True),
    "verification/code_wrong": case("verification", ADDRESS, WRONG_CODE, back=True),
    "verification/code_resent": case("verification", ADDRESS, WRONG_CODE, ADDRESS, back=True),
    "verification/passed": case("verification", ADDRESS, CODE, back=True),
    "verification/passed_without_return_to": case("verification", ADDRESS, CODE),
    "verification/after_registration": case("registration", PROFILE, NEW_PASSWORD, back=True),
    "recovery/email": case("recovery", back=True),
    "recovery/email_missing": case("recovery", {"method": "code", "email": ""}, back=True),
    "recovery/code_sent": case("recovery", RECOVER, back=True),
    "recovery/code_wrong": case("recovery", RECOVER, WRONG_CODE, back=True),
    "recovery/code_resent": case("recovery", RECOVER, WRONG_CODE, RECOVER, back=True),
    "recovery/too_often": case("recovery", RECOVER, *[WRONG_CODE] * 6),
    "settings/after_recovery": case("recovery", RECOVER, CODE, back=True),
}

LATE = {"wait": 1.2}
EXPIRED = {
    "registration/expired": case("registration", PROFILE | LATE, back=True),
    "recovery/expired": case("recovery", RECOVER | LATE, back=True),
    "verification/expired": case("verification", ADDRESS | LATE, back=True),
    "settings/expired": case("settings", SAVE | LATE, person=PLAIN),
}

LINKS = {
    "recovery/link_email": case("recovery", back=True),
    "recovery/link_sent": case("recovery", BY_LINK, back=True),
    "recovery/link_used": case("recovery", BY_LINK, OPEN, OPEN, back=True),
    "verification/link_email": case("verification"),
    "verification/link_sent": case("verification", BY_LINK),
    "settings/no_credentials_after_recovery": case("recovery", BY_LINK | {"email": NONE}, OPEN),
}

NEW_BY_PHONE: Post = PROFILE | NAMELESS | {"traits.phone": NEW_NUMBER}
CODE_ONLY = {
    "registration/credentials_code_only": case("registration", NEW_BY_PHONE),
    "settings/code_only": case("settings", person=BY_CODE),
    "verification/sms_sent": case(
        "registration",
        NEW_BY_PHONE,
        NEW_BY_PHONE | {"method": "code"},
        NEW_BY_PHONE | {"method": "code", "code": "$code"},
    ),
    "verification/sms_wrong": case(
        "registration",
        NEW_BY_PHONE,
        NEW_BY_PHONE | {"method": "code"},
        NEW_BY_PHONE | {"method": "code", "code": "$code"},
        WRONG_CODE,
    ),
}

ONE = "one@example.org"
RECOVER_BOTH: Post = {"method": "code", "recovery_address": BOTH}
CHOICE = {
    "recovery/v2_address": case("recovery", back=True),
    "recovery/v2_address_missing": case("recovery", {"method": "code", "recovery_address": ""}, back=True),
    "recovery/v2_code_sent": case("recovery", {"method": "code", "recovery_address": ONE}, back=True),
    "recovery/v2_code_wrong": case("recovery", {"method": "code", "recovery_address": ONE}, WRONG_CODE, back=True),
    "recovery/v2_choice": case("recovery", RECOVER_BOTH, back=True),
    "recovery/v2_confirm": case(
        "recovery", RECOVER_BOTH, RECOVER_BOTH | {"recovery_select_address": "$first"}, back=True
    ),
    "recovery/v2_sms_sent": case(
        "recovery",
        RECOVER_BOTH,
        RECOVER_BOTH | {"recovery_select_address": "$first"},
        RECOVER_BOTH | {"recovery_confirm_address": NUMBER},
    ),
}

PASSKEY_ONLY = {
    "registration/unified_passkey": case("registration"),
    "settings/passkey_only": case("settings", person=WITH_PASSKEY),
    "settings/social_only": case("settings", person=WITH_SOCIAL),
}

PASSWORDLESS_KEYS = {
    "registration/unified": case("registration"),
    "registration/unified_password_short": case("registration", NEW_PASSWORD | NAMELESS | {"password": "abc"}),
}

PASSWORD_ONLY = {
    "registration/password_only": case("registration"),
    "registration/account_exists_hints": case("registration", ADAS | {"method": "password", "password": PASSWORD}),
    "settings/password_only": case("settings", person=PLAIN),
}

VALUES = {
    "age": 36,
    "height": 1.65,
    "newsletter": True,
    "terms": True,
    "phone": NUMBER,
    "birthday": "1815-12-10",
    "reminder": "2026-11-21T09:00:00Z",
    "website": "https://example.org/ada",
    "plan": "pro",
    "nickname": "ada",
}
BAD_VALUES = {
    "age": "7",
    "height": "tall",
    "newsletter": "true",
    "terms": "false",
    "phone": "12",
    "birthday": "yesterday",
    "reminder": "soon",
    "website": "no",
    "plan": "gold",
    "nickname": "X",
}
WRONG_TYPES: Post = {"method": "password", "password": PASSWORD, "traits.email": "a@example.org"}
ALL_TYPES = {
    "registration/all_types": case("registration"),
    "registration/all_types_errors": case(
        "registration", WRONG_TYPES | {f"traits.{name}": value for name, value in BAD_VALUES.items()}
    ),
    "settings/all_types": case("settings", person=Person(ADA, VALUES)),
}

MANY: Post = {"method": "profile", "traits.email": NEW}
MANY_TRAITS = {
    "registration/many_traits": case("registration", back=True),
    "registration/many_traits_credentials": case("registration", MANY),
    "registration/many_traits_errors": case(
        "registration", MANY | {"traits.website": "no", "traits.birthdate": "soon"}, back=True
    ),
    "settings/many_traits": case("settings", person=Person(ADA, {"name": {"first": "Ada"}})),
}
