"""What a Kratos session proves: how fresh, at which level, by which methods."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from app.ory.flows import Flow
from app.ory.models import SECOND, Method, Session, Whoami, micros

MAX_REMEMBER = 400 * 24 * 3600  # seconds; browsers keep no cookie longer

AMR = {
    "password": "pwd",
    "code": "otp",
    "code_recovery": "otp",
    "totp": "otp",
    "lookup_secret": "otp",
    "webauthn": "hwk",
    "passkey": "hwk",
}


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """What was known when this browser first showed this challenge, and since; kept in our signed cookie."""

    first_seen: int  # microseconds; a proof completed later was given for this challenge
    session_hash: str = ""  # of the id of the session at that moment
    newest_proof: int = 0  # in that session, microseconds: a later one counts, also within the same second
    chosen: str = ""  # hashed identity id the person said "continue as" to
    no_second_factor: bool = False  # Kratos offered none when it was asked for one
    second_factor: str = ""  # "proven" in the session of then, or "had" but owed; "" where nothing is known of one
    enrolled: str = ""  # the second factors (Kratos' names) set up within this sign-in by somebody who had one
    page: str = ""  # the kind of the page shown since the browser was sent to Kratos, "" for none
    flow: str = ""  # the hashed id of its flow

    @classmethod
    def of(cls, whoami: Whoami) -> LoginAttempt:
        """Begin a record; with a session at the next whole second by Kratos' clock, so that its proofs are old."""
        session = whoami.session
        if whoami.aal2_required:
            return cls(whoami.now + SECOND, second_factor="had")
        if session is None:
            return cls(whoami.now + (SECOND if whoami.session_unusable else 0))
        known = max((method.completed_at for method in session.methods), default=0)
        level = "proven" if session.aal == "aal2" else ""
        return cls(whoami.now + SECOND, short_hash(session.id), known, second_factor=level)

    @classmethod
    def by_flow(cls, flow: Flow) -> LoginAttempt | None:
        """Begin a record from a flow that leads back to the challenge, None from one without a time."""
        return cls(_rounded_up(flow.issued_at)) if flow.issued_at else None

    def showing(self, page: str, flow: Flow) -> LoginAttempt:
        """The record when a flow is shown that leads back here: a proof newer than it was given for this challenge."""
        begun = LoginAttempt.by_flow(flow) or self
        return replace(self, first_seen=min(self.first_seen, begun.first_seen), page=page, flow=short_hash(flow.id))

    def offered_second_factor(self) -> LoginAttempt:
        """The record after Kratos offered the person a second factor of theirs."""
        return self if self.second_factor else replace(self, second_factor="had")

    def enrolling(self, session: Session) -> LoginAttempt:
        """The record with a second factor that was set up in this session: newer than `authenticated_at`."""
        signed_in_at, seconds = micros(session.raw.get("authenticated_at")), proofs(session, "aal2")
        if self.second_factor != "had" or not seconds or signed_in_at is None:
            return self
        if seconds[0].completed_at <= _rounded_up(signed_in_at):
            return self
        return replace(self, enrolled=" ".join(dict.fromkeys([*self.enrolled.split(), seconds[0].name])))

    def trusts_aal2(self, session: Session) -> bool:
        """Whether to believe the newest second factor: not one set up in this sign-in beside the person's own."""
        seconds = proofs(session, "aal2")
        return not seconds or seconds[-1].name not in self.enrolling(session).enrolled.split()


def _rounded_up(moment: int) -> int:
    """A time that Kratos' database may have cut to whole seconds, not earlier than it was."""
    return moment if moment % SECOND else moment + SECOND


def proofs(session: Session, aal: str) -> list[Method]:
    """The proofs of that level, the newest last; a recovery is none: it proves control of a mailbox only."""
    of_level = [method for method in session.methods if method.aal == aal and not method.name.endswith("_recovery")]
    return sorted(of_level, key=lambda method: method.completed_at)


def newest_proof_at(session: Session, aal: str) -> int:
    """When the newest proof of that level was given (microseconds, 0 for never)."""
    of_level = proofs(session, aal)
    return of_level[-1].completed_at if of_level else 0


def was_typed(session: Session) -> bool:
    """Whether the newest first factor is one that people type: a password, or a code that was sent."""
    return any(proof.name in ("password", "code") for proof in proofs(session, "aal1")[-1:])


def is_fresh(session: Session, aal: str, attempt: LoginAttempt | None) -> bool:
    """Whether the newest proof of that level was given for this challenge: since this browser first saw it."""
    if attempt is None:
        return False
    proven_at = newest_proof_at(session, aal)
    if proven_at > attempt.first_seen:
        return True
    return attempt.session_hash == short_hash(session.id) and proven_at > attempt.newest_proof


def is_older(session: Session, aal: str, seconds: int | None, now: int) -> bool:
    """Whether the newest proof of that level is older than so many seconds: None allows any age, 0 none at all."""
    return seconds is not None and (seconds == 0 or now - newest_proof_at(session, aal) > seconds * SECOND)


def provider_not_allowed(session: Session, allowed: Container[str] | None) -> bool:
    """Whether all proofs are by social providers that this application does not accept; None allows every provider."""
    return allowed is not None and all(
        proof.name in ("oidc", "saml") and proof.provider not in allowed for proof in proofs(session, "aal1")
    )


def remaining_seconds(session: Session, now: int) -> int:
    """Seconds the Kratos session has left, at least 1: 0 means Hydra's default of 720 h, or for ever at consent."""
    left = ((session.expires_at or 0) - now) // SECOND
    return min(max(left, 1), MAX_REMEMBER)


def wished_aal(acr_values: Iterable[str], words: Mapping[str, str]) -> str:
    """What `acr_values` wishes for: the first value the mapping knows (they come in order of preference)."""
    return next((words[value] for value in acr_values if value in words), "aal1")


def acr(acr_values: Iterable[str], reached: str, words: Mapping[str, str]) -> str:
    """The level reached, in the word the application used for it if it used one; never just what it asked for."""
    return next((value for value in acr_values if words.get(value) == reached), reached)


def amr(methods: Iterable[Method], aal: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """The methods by their RFC 8176 names, each once; unknown ones (and links) have none; `mfa` at aal2 only."""
    names = [words[method.name] for method in methods if words.get(method.name)]
    return tuple(dict.fromkeys([*names, "mfa"] if aal == "aal2" else names))


def short_hash(value: str) -> str:
    """Sixteen hex digits to recognise an id by without keeping it."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]
