"""The kinds of Kratos' self-service flows, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.words import N_


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of flow: what its beginning takes, what its page is called in which step, which others it links."""

    parameters: tuple[str, ...]
    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    needs_session: bool = False


KINDS = {
    "login": Kind(
        ("aal", "refresh", "return_to", "organization", "via", "identity_schema"),
        N_("Sign in"),
        {
            "sent_email": N_("Enter the code we sent you"),
            "refresh": N_("Confirm it is you"),
            "aal2": N_("One more step"),
        },
        ("recovery", "registration", "verification"),
    ),
    "registration": Kind(
        ("return_to", "organization", "identity_schema", "after_verification_return_to"),
        N_("Create an account"),
        {
            "sent_email": N_("Enter the code we sent you"),
            "credentials": N_("Choose how you will sign in"),
            "completion": N_("One more detail"),
        },
        ("login",),
    ),
    "recovery": Kind(
        ("return_to", "identity_schema"),
        N_("Get back into your account"),
        {"sent_email": N_("Check your mail")},
        ("login",),
    ),
    "verification": Kind(
        ("return_to", "identity_schema"),
        N_("Confirm your address"),
        {"sent_email": N_("Check your mail"), "passed_challenge": N_("Your address is confirmed")},
    ),
    "settings": Kind(
        ("return_to", "identity_schema"),
        N_("Settings"),
        {"credentials": N_("Choose a new password"), "second_factor": N_("Set up a second step")},
        needs_session=True,
    ),
}
# What the settings show of themselves while an application waits: one task, not the account (design section 8).
TASKS = {"": ("password", "passkey"), "second_factor": ("totp", "webauthn", "lookup_secret")}
WAYS = {
    "password": N_("Sign up another way: password"),
    "code": N_("Sign up another way: one-time code"),
    "passkey": N_("Sign up another way: passkey"),
    "webauthn": N_("Sign up another way: security key"),
}
