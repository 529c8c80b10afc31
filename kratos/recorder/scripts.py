"""How the recorder reaches every state: per flow and state the forms that are posted, one after the other.

`$code` is the code mailed last, `$totp` that of the secret on the page, `$used` a spent lookup secret, `$anybody` a
name nobody has; `at_provider` is what is typed at the social provider. A state written `flow/state` ends in another
flow than it began in.
"""

from typing import Any

Post = dict[str, Any]

EMAIL, PASSWORD, TAKEN = "recorded@example.org", "a-password-for-the-recorder", "taken@example.org"
NEW, INVALID, SHORT = "new@example.org", "not-an-address@", "short"
LINK = {"link": "demo-id", "at_provider": {"name": "$anybody"}}
CANCELLED: Post = {"provider": "demo-id", "at_provider": {"cancel": "1"}}

# Login

NO_METHOD = {"identifier": EMAIL, "password": "wrong"}
WRONG_PASSWORD = {"method": "password", "identifier": EMAIL, "password": "wrong"}
SEND = {"method": "code", "identifier": EMAIL}
WRONG_CODE = SEND | {"code": "wrong"}
RIGHT_CODE = SEND | {"code": "$code"}

FIRST_FACTOR: dict[str, list[Post]] = {
    "choose_method": [],
    "no_method": [NO_METHOD],
    "nothing_entered": [{"method": "password", "identifier": "", "password": ""}],
    "no_identifier": [{"method": "password", "identifier": "", "password": "wrong"}],
    "no_password": [{"method": "password", "identifier": EMAIL, "password": ""}],
    "wrong_password": [WRONG_PASSWORD],
    "unknown_identifier": [SEND | {"identifier": "unknown@example.org"}],
    "sent_email": [SEND],
    "code_no_method": [SEND, {"identifier": EMAIL, "resend": "code"}],
    "no_code": [SEND, SEND | {"code": ""}],
    "wrong_code": [SEND, WRONG_CODE],
    "too_many_codes": [SEND, *[WRONG_CODE] * 6],
    "sent_again": [SEND, WRONG_CODE, SEND | {"resend": "code"}],
    "oidc_denied": [CANCELLED],
}
SECOND_FACTOR: dict[str, list[Post]] = {
    "choose_method": [],
    "no_method": [WRONG_PASSWORD],
    "totp_missing": [{"method": "totp", "totp_code": ""}],
    "totp_wrong": [{"method": "totp", "totp_code": "000000"}],
    "totp_short": [{"method": "totp", "totp_code": SHORT}],
    "lookup_secret_missing": [{"method": "lookup_secret", "lookup_secret": ""}],
    "lookup_secret_wrong": [{"method": "lookup_secret", "lookup_secret": "wrong"}],
    "lookup_secret_used": [{"method": "lookup_secret", "lookup_secret": "$used"}],
}

# Registration: every form carries the traits, the second one's are hidden

TRAITS = {"traits.email": NEW, "traits.name.first": "Ada"}
PROFILE = {"method": "profile"} | TRAITS
NEW_PASSWORD = {"method": "password"} | TRAITS
NEW_CODE = {"method": "code"} | TRAITS
OTHER = {"traits.email": TAKEN}

SIGN_UP: dict[str, list[Post]] = {
    "choose_method": [],
    "no_method": [TRAITS],
    "profile_missing": [PROFILE | {"traits.email": ""}],
    "profile_invalid": [PROFILE | {"traits.email": INVALID}],
    # a password beside the traits, as a script posts it: the first step is shown again
    "first_password_missing": [NEW_PASSWORD | {"password": ""}],
    "first_password_short": [NEW_PASSWORD | {"password": SHORT}],
    "first_password_similar": [NEW_PASSWORD | {"password": NEW}],
    "first_password_taken": [NEW_PASSWORD | OTHER | {"password": PASSWORD}],
    "credentials": [PROFILE],
    "credentials_again": [PROFILE, PROFILE],
    "credentials_no_method": [PROFILE, TRAITS],
    "password_missing": [PROFILE, NEW_PASSWORD | {"password": ""}],
    "password_short": [PROFILE, NEW_PASSWORD | {"password": SHORT}],
    "password_similar": [PROFILE, NEW_PASSWORD | {"password": NEW}],
    "password_taken": [PROFILE | OTHER, NEW_PASSWORD | OTHER | {"password": PASSWORD}],
    "sent_email": [PROFILE, NEW_CODE],
    "code_missing": [PROFILE, NEW_CODE, NEW_CODE | {"code": ""}],
    "code_wrong": [PROFILE, NEW_CODE, NEW_CODE | {"code": "wrong"}],
    "code_too_often": [PROFILE, NEW_CODE, *[NEW_CODE | {"code": "wrong"}] * 6],
    "code_other_traits": [PROFILE, NEW_CODE, NEW_CODE | {"code": "wrong", "traits.name.first": "Bob"}],
    "code_taken": [PROFILE | OTHER, NEW_CODE | OTHER, NEW_CODE | OTHER | {"code": "$code"}],
    "oidc_incomplete": [{"provider": "demo-id", "at_provider": {"name": "Unknown Person"}}],
    "oidc_denied": [CANCELLED],
}

# Verification, recovery

SEND_EMAIL = {"method": "code", "email": EMAIL}
CODE = {"method": "code", "code": "$code"}
ADDRESS: dict[str, list[Post]] = {
    "choose_method": [],
    "no_method": [{"email": EMAIL}],
    "email_missing": [{"method": "code", "email": ""}],
    "email_invalid": [{"method": "code", "email": INVALID}],
    "sent_email": [SEND_EMAIL],
    "code_wrong": [SEND_EMAIL, CODE | {"code": "wrong"}],
    "too_often": [SEND_EMAIL, *[CODE | {"code": "wrong"}] * 6],
}

# Settings

TOTP = {"method": "totp", "totp_code": "$totp"}
REGENERATE, CONFIRM = {"lookup_secret_regenerate": "true"}, {"lookup_secret_confirm": "true"}
SAVE = {"method": "profile", "traits.email": EMAIL}
CHANGE = {"method": "password"}
SETTINGS: dict[str, list[Post]] = {
    "show_form": [],
    "no_method": [{"traits.email": EMAIL}],
    "profile_missing": [SAVE | {"traits.email": ""}],
    "profile_invalid": [SAVE | {"traits.email": INVALID}],
    "profile_taken": [SAVE | {"traits.email": TAKEN}],
    "password_missing": [CHANGE | {"password": ""}],
    "password_short": [CHANGE | {"password": SHORT}],
    "password_similar": [CHANGE | {"password": EMAIL}],
    "password_same": [CHANGE | {"password": PASSWORD}],
    "totp_missing": [TOTP | {"totp_code": ""}],
    "totp_wrong": [TOTP | {"totp_code": "000000"}],
    "lookup_secret_codes": [REGENERATE],
    "lookup_secret_revealed": [REGENERATE, CONFIRM, {"lookup_secret_reveal": "true"}],
    "oidc_denied": [LINK | {"at_provider": {"cancel": "1"}}],
    "oidc_taken": [LINK | {"at_provider": {"name": "Taken Person"}}],
    "success": [SAVE],
    "enrolled": [LINK, TOTP, REGENERATE, CONFIRM],
}

SCRIPTS: dict[str, dict[str, list[Post]]] = {
    "login": FIRST_FACTOR,
    "refresh": FIRST_FACTOR | {"code_used": [SEND, RIGHT_CODE, RIGHT_CODE]},
    "bare_aal2": {
        "choose_method": [],
        "no_method": [WRONG_PASSWORD],
        "totp_none": [{"method": "totp", "totp_code": "000000"}],
        "lookup_secret_none": [{"method": "lookup_secret", "lookup_secret": "1"}],
    },
    "bare_refresh_aal2": {"choose_method": [], "no_method": [WRONG_PASSWORD]},
    "aal2": SECOND_FACTOR,
    "refresh_aal2": SECOND_FACTOR,
    "registration": SIGN_UP,
    "verification": ADDRESS
    | {
        "code_missing": [SEND_EMAIL, CODE | {"code": ""}],
        "passed_challenge": [SEND_EMAIL, CODE],
        "used": [SEND_EMAIL, CODE, CODE],
    },
    "recovery": ADDRESS | {"settings/recovered": [SEND_EMAIL, CODE]},
    "settings": SETTINGS,
}
BEGIN: dict[str, tuple[str, Post]] = {
    "refresh": ("login", {"refresh": "true"}),
    "bare_aal2": ("login", {"aal": "aal2"}),
    "bare_refresh_aal2": ("login", {"refresh": "true", "aal": "aal2"}),
    "aal2": ("login", {"aal": "aal2"}),
    "refresh_aal2": ("login", {"refresh": "true", "aal": "aal2"}),
}
SIGNED_IN = (*BEGIN, "settings")
PREPARED: dict[str, list[Post]] = {
    # what is posted to settings before the flow begins
    "refresh": [LINK],
    "aal2": [TOTP, REGENERATE, CONFIRM],
    "refresh_aal2": [TOTP, REGENERATE, CONFIRM],
}
