"""Every event the log can have beside the requests, as operators alert on them: its level, what happened, its fields.

The names are those of OWASP's Logging Vocabulary where it has one. An event has all of its fields each time, "" where
nobody can say. None of them may hold a challenge, cookie, code, address or name (I6); what `identity_id`, `session_id`
and `client_id` are good for is in docs/operators.md, whose table a test holds to this one.
"""

from typing import Literal, NamedTuple

from app.ory.models import Session

Level = Literal["info", "warning", "error"]


class Event(NamedTuple):
    """`level`: info for what is in order, warning for what may be an attack or a mistake, error for what to mend."""

    level: Level
    meaning: str
    fields: tuple[str, ...] = ()


IDS = ("identity_id", "session_id")
WHO = ("client_id", *IDS)
HOSTS = ("portico_host", "kratos_host", "check")
ANSWER = ("service", "what", "status")

EVENTS = {
    "request": Event("info", "a request was answered", ("method", "route", "status", "ms")),
    # Signing in
    "authn_login_success": Event(
        "info", "Hydra took a sign-in for an application", (*WHO, "aal", "methods", "remembered")
    ),
    "authn_login_fail": Event(
        "warning", "the application was told no: an inactive account, an unknown prompt", (*WHO, "error", "reason")
    ),
    "authn_login_cancel": Event("info", "the person cancelled a sign-in", ("client_id",)),
    "authn_interaction_required": Event(
        "info", "the application was told to send the person again, with a page", ("client_id", "error", "reason")
    ),
    "authn_reauthentication_required": Event("info", "a new proof is asked for, whoever is signed in", WHO),
    "authn_second_factor_required": Event("info", "a second factor is asked for", WHO),
    "authn_device_code_success": Event("info", "the code of a device was right, its sign-in begins"),
    "authn_device_code_fail": Event("warning", "the code of a device was wrong, too old or used"),
    "authn_token_created": Event("info", "a session was handed out as a JWT", ("template", "origin")),
    # What applications may do
    "privilege_permissions_changed": Event(
        "info", "an application, or a device, was allowed something", (*WHO, "scopes", "by_page", "device")
    ),
    "privilege_permissions_denied": Event("info", "the person did not allow it", (*WHO, "device")),
    "authn_token_revoked": Event("info", "the person removed an application, or all of them (no client_id)", WHO),
    "authz_fail": Event("warning", "something was asked for that may not be had", (*WHO, "reason")),
    # Signing out
    "session_expired": Event("info", "sessions were ended", (*WHO, "reason")),
    "sign_out_failed": Event("warning", "a session could not be ended; the page said so", ("service",)),
    # Leaving
    "sensitive_read": Event("info", "the person downloaded what is known of them", IDS),
    "user_deleted": Event("info", "the person deleted their account", IDS),
    "user_deletion_failed": Event("error", "it could not be deleted; the page said so", ("service", *IDS)),
    # Odd requests
    "excess_rate_limit_exceeded": Event("warning", "codes of devices were tried too often", ("limit", "per")),
    "input_validation_fail": Event("warning", "a request that no page of ours makes was refused", ("reason",)),
    "malicious_cors": Event("warning", "another origin posted a form or asked for a session", ("route",)),
    "sequence_fail": Event("warning", "a page was out of its turn, nothing was done", ("reason",)),
    # What operators have to mend
    "cookie_invisible": Event("warning", "Kratos' cookie does not reach Portico", HOSTS),
    "challenge_elsewhere": Event("warning", "Hydra sends a challenge to another page of Portico's", ("check",)),
    "return_to_forbidden": Event("warning", "Kratos refused an address to go back to", ("check",)),
    "choice_unknown": Event("warning", "what was allowed before could not be read", ("service", "status")),
    "claim_dropped": Event("warning", "a claim was left out", ("claim", "reason")),
    "upstream_error": Event("error", "Kratos or Hydra could not do its part", ANSWER),
    "not_ready": Event("warning", "why `/health/ready` says 503", ANSWER),
    "upstream_silent": Event("error", "Kratos or Hydra takes requests and says nothing: few are sent", ("upstream",)),
    "upstream_answers": Event("info", "it answers again: all are sent", ("upstream",)),
    "overloaded": Event("error", "more people came than can be answered, so many were sent away", ("refused",)),
    "rate_limit_storage_lost": Event("error", "Redis does not answer", ("meaning",)),
    "rate_limit_storage_back": Event("info", "Redis answers again", ("meaning",)),
    "failure": Event("error", "a fault of Portico's: a page with status 500", ("error", "where")),
    # The server
    "not_started": Event("error", "the server did not begin, and why", ("version", "mistakes")),
    "sys_startup": Event("info", "the server listens", ("version",)),
    "sys_restart": Event("info", "the server goes on with new settings (SIGHUP)", ("version",)),
    "sys_shutdown": Event("info", "the server ends", ("version",)),
    "not_reloaded": Event("error", "the new settings have mistakes (SIGHUP)", ("meaning", "mistakes")),
    "drop_in_mode": Event("warning", "Portico runs without an address of its own", ("meaning",)),
    "short_secret_key": Event("warning", "the key is easy to guess", ("meaning",)),
}


def ids(session: Session | None) -> dict[str, str]:
    """The fields that say who: Kratos' own ids, which its log has, too."""
    return {"identity_id": session.identity.id if session else "", "session_id": session.id if session else ""}
