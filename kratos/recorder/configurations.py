"""The configurations of Kratos in which bodies are recorded beside the demo's (kratos/bodies/variants)."""

from dataclasses import dataclass, field
from typing import Any

from kratos.recorder import cases_account as account
from kratos.recorder import cases_login as login
from kratos.recorder.cases import ADA, BOTH, GRACE, JOAN, NONE, NUMBER, Case

ACCOUNTS: tuple[dict[str, Any], ...] = (
    {"traits": {"email": ADA}},
    {"traits": {"email": GRACE}},
    {"traits": {"email": JOAN, "name": {"first": "Joan", "last": "Example"}}},
)


@dataclass(frozen=True)
class Variant:
    """What differs from kratos/kratos.yml, the cases recorded with that, and the accounts there are in each of them."""

    settings: dict[str, Any]
    cases: dict[str, Case]
    accounts: tuple[dict[str, Any], ...] = ACCOUNTS
    traits: dict[str, Any] | None = field(default_factory=dict)  # beside an e-mail address and a name; None: the demo's
    required: tuple[str, ...] = ()


def without(*methods: str) -> dict[str, Any]:
    """Turn methods off; codes only to sign in with, they still confirm addresses."""
    switches = {"code": "passwordless_enabled"}
    return {f"selfservice.methods.{method}.{switches.get(method, 'enabled')}": False for method in methods}


UNIFIED = {"selfservice.flows.registration.style": "unified"}
NO_KEYS = without("passkey", "webauthn", "oidc")
PASSWORD_ALONE = NO_KEYS | without("code", "totp", "lookup_secret")
FLOWS = ("login", "registration", "recovery", "verification", "settings")
SMS = {
    "courier.channels": [
        {
            "id": "sms",
            "type": "http",
            "request_config": {"url": "http://127.0.0.1:9/", "method": "POST", "body": "file://kratos/courier.jsonnet"},
        }
    ]
}
VERIFIED = {"value": BOTH, "verified": True, "via": "email", "status": "completed"}
WITH_PHONE = {"traits": {"email": BOTH, "phone": NUMBER}, "verifiable_addresses": [VERIFIED]}
PHONE = {
    "phone": {
        "type": "string",
        "format": "tel",
        "title": "Phone",
        "ory.sh/kratos": {
            "credentials": {"code": {"identifier": True, "via": "sms"}},
            "verification": {"via": "sms"},
            "recovery": {"via": "sms"},
        },
    }
}
TYPES = {
    "age": {"type": "integer", "title": "Age", "minimum": 18},
    "height": {"type": "number", "title": "Height in metres"},
    "newsletter": {"type": "boolean", "title": "Send me the newsletter"},
    "terms": {"type": "boolean", "title": "I accept the terms", "const": True},
    "phone": {"type": "string", "format": "tel", "title": "Phone"},
    "birthday": {"type": "string", "format": "date", "title": "Birthday"},
    "reminder": {"type": "string", "format": "date-time", "title": "Reminder"},
    "website": {"type": "string", "format": "uri", "title": "Website"},
    "plan": {"type": "string", "enum": ["free", "pro"], "title": "Plan"},
    "nickname": {"type": "string", "pattern": "^[a-z]{3,12}$", "title": "Nickname"},
}

VARIANTS = (
    Variant({}, login.METHODS | account.REGISTRATION | account.SETTINGS | account.BY_MAIL),
    Variant({f"selfservice.flows.{flow}.lifespan": "1s" for flow in FLOWS}, login.EXPIRED | account.EXPIRED),
    Variant({"selfservice.flows.login.style": "identifier_first"}, login.IDENTIFIER_FIRST),
    Variant(without("password", "code") | UNIFIED, login.PASSKEY_ONLY | account.PASSKEY_ONLY),
    Variant(
        without("passkey")
        | UNIFIED
        | {
            "selfservice.methods.webauthn.config.passwordless": True,
            "selfservice.flows.registration.after.webauthn.hooks": [{"hook": "session"}],
        },
        login.PASSWORDLESS_KEYS | account.PASSWORDLESS_KEYS,
    ),
    Variant(
        PASSWORD_ALONE | UNIFIED | {"selfservice.flows.registration.login_hints": True},
        login.PASSWORD_ONLY | account.PASSWORD_ONLY,
    ),
    Variant(
        PASSWORD_ALONE
        | {
            "selfservice.methods.link.enabled": True,
            "selfservice.flows.recovery.use": "link",
            "selfservice.flows.verification.use": "link",
        },
        login.NO_METHOD | account.LINKS,
        (*ACCOUNTS, {"traits": {"email": NONE}, "credentials": {}}),
    ),
    Variant(
        NO_KEYS
        | without("password", "totp", "lookup_secret")
        | SMS
        | {"selfservice.flows.registration.after.code.hooks": [{"hook": "session"}, {"hook": "show_verification_ui"}]},
        login.CODE_ONLY | account.CODE_ONLY,
        (WITH_PHONE,),
        PHONE,
    ),
    Variant(
        NO_KEYS
        | without("code", "lookup_secret")
        | SMS
        | {"selfservice.methods.code.mfa_enabled": True, "selfservice.flows.settings.required_aal": "aal1"},
        login.AAL2_CODE,
        (),
        PHONE,
    ),
    Variant(
        SMS | {"feature_flags.choose_recovery_address": True},
        account.CHOICE,
        (WITH_PHONE, {"traits": {"email": account.ONE}}),
        PHONE,
    ),
    Variant(NO_KEYS | without("totp", "lookup_secret") | UNIFIED, account.ALL_TYPES, (), TYPES, ("age", "terms")),
    Variant({}, account.MANY_TRAITS, traits=None),
    Variant(
        NO_KEYS
        | {
            "feature_flags.legacy_require_verified_login_error": True,
            "selfservice.flows.login.after.password.hooks": [{"hook": "require_verified_address"}],
        },
        login.NOT_VERIFIED,
    ),
)
