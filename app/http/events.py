"""The log's events by level; docs/operators.md has their fields. No field may hold a secret, address or name (I6)."""

from collections.abc import Mapping
from typing import Literal, get_args

from app.ory.models import Session

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)

INFO = (
    *("request", "authn_login_success", "authn_login_cancel", "authn_interaction_required"),
    *("authn_reauthentication_required", "authn_second_factor_required", "authn_device_code_success"),
    *("authn_token_created", "privilege_permissions_changed", "privilege_permissions_denied"),
    *("authn_token_revoked", "session_expired", "sensitive_read", "user_deleted", "upstream_answers"),
    *("rate_limit_storage_back", "sys_startup", "sys_restart", "sys_shutdown"),
)
WARNING = (  # possibly an attack or a mistake
    *("authn_login_fail", "authn_device_code_fail", "authz_fail", "sign_out_failed", "excess_rate_limit_exceeded"),
    *("input_validation_fail", "malicious_cors", "sequence_fail", "cookie_invisible", "challenge_elsewhere"),
    *("return_to_forbidden", "second_factor_unavailable", "choice_unknown", "claim_dropped", "not_ready"),
    "drop_in_mode",
)
ERROR = (  # the operator has to act
    *("user_deletion_failed", "upstream_error", "upstream_silent", "overloaded", "rate_limit_storage_lost"),
    *("failure", "not_started", "not_reloaded"),
)
EVENTS: Mapping[str, Level] = {
    **dict.fromkeys(INFO, "info"),
    **dict.fromkeys(WARNING, "warning"),
    **dict.fromkeys(ERROR, "error"),
}


def ids(session: Session | None) -> dict[str, str]:
    """Return the fields for the person: Kratos' ids, which its own log has, too."""
    return {"identity_id": session.identity.id if session else "", "session_id": session.id if session else ""}
