"""What a Kratos session proves: how recently, at which level, by which methods."""

import hashlib
from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, Self

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


class LoginAttempt(NamedTuple):
    """What is noted about a challenge in this browser's signed cookie, from the first time it opened it."""

    first_seen: int  # microseconds; a later proof was given for this challenge
    session_hash: str = ""  # of the session's id at that moment
    newest_proof: int = 0  # microseconds, in that session; a later one counts, even within the same second
    chosen: str = ""  # hash of the identity id for which the person pressed "continue"
    no_second_factor: bool = False  # Kratos was asked for a second factor and offered none
    second_factor: str = ""  # "proven" in the session of that moment, "had" but not yet given, "" if unknown
    enrolled: str = ""  # second factors (Kratos' names) set up during this sign-in by a person who already had one
    page: str = ""  # the kind of page shown since the browser went to Kratos, "" for none
    flow: str = ""  # hash of that page's flow id

    @classmethod
    def of(cls, whoami: Whoami) -> Self:
        """Begin a record now; with a session, one second later: all proofs that it has by now count as old."""
        session = whoami.session
        if whoami.aal2_required:
            return cls(whoami.now + SECOND, second_factor="had")
        if session is None:
            return cls(whoami.now + (SECOND if whoami.session_unusable else 0))
        # Without any proof that can be read, none that comes to light later is new for it.
        known = max((method.completed_at for method in session.methods), default=whoami.now + SECOND)
        level = "proven" if session.aal == "aal2" else ""
        return cls(whoami.now + SECOND, short_hash(session.id), known, second_factor=level)

    @classmethod
    def by_flow(cls, flow: Flow) -> Self | None:
        """Begin a record at the time of a flow that leads back to the challenge; None if the flow has no time."""
        return cls(_rounded_up(flow.issued_at)) if flow.issued_at else None

    def showing(self, page: str, flow: Flow) -> Self:
        """Return the record after this flow was shown: a proof newer than the flow was given for this challenge."""
        begun = LoginAttempt.by_flow(flow) or self
        return self._replace(first_seen=min(self.first_seen, begun.first_seen), page=page, flow=short_hash(flow.id))

    def offered_second_factor(self) -> Self:
        """Return the record after Kratos asked for a second factor that the person has."""
        return self if self.second_factor else self._replace(second_factor="had")

    def enrolling(self, session: Session) -> Self:
        """Return the record, with the name of a second factor if this session has set it up, not just proven it."""
        signed_in_at, seconds = micros(session.raw.get("authenticated_at")), proofs(session, "aal2")
        if self.second_factor != "had" or not seconds or signed_in_at is None:
            return self
        if seconds[0].completed_at <= _rounded_up(signed_in_at):  # given at the sign-in
            return self
        return self._replace(enrolled=" ".join(dict.fromkeys([*self.enrolled.split(), seconds[0].name])))

    def trusts_aal2(self, session: Session) -> bool:
        """Whether the newest second factor counts: not if a person who had another set it up during this sign-in."""
        seconds = proofs(session, "aal2")
        return not seconds or seconds[-1].name not in self.enrolling(session).enrolled.split()


def _rounded_up(moment: int) -> int:
    """Round up to a whole second what Kratos' database may have rounded down, so that it is never too early."""
    return moment if moment % SECOND else moment + SECOND


def proofs(session: Session, aal: str) -> list[Method]:
    """Return the proofs of that level, the newest last; a recovery is none, as it only shows access to a mailbox."""
    of_level = [method for method in session.methods if method.aal == aal and not method.name.endswith("_recovery")]
    return sorted(of_level, key=lambda method: method.completed_at)


def newest_proof_at(session: Session, aal: str) -> int:
    """Return when the newest proof of that level was given, in microseconds; 0 for never."""
    of_level = proofs(session, aal)
    return of_level[-1].completed_at if of_level else 0


def was_typed(session: Session) -> bool:
    """Whether the newest first factor was typed: a password, or a code that was sent."""
    return any(proof.name in ("password", "code") for proof in proofs(session, "aal1")[-1:])


def is_fresh(session: Session, aal: str, attempt: LoginAttempt | None) -> bool:
    """Whether the newest proof of that level was given for this challenge: after this browser first opened it."""
    if attempt is None:
        return False
    proven_at = newest_proof_at(session, aal)
    if proven_at > attempt.first_seen:
        return True
    return attempt.session_hash == short_hash(session.id) and proven_at > attempt.newest_proof


def is_older(session: Session, aal: str, seconds: int | None, now: int) -> bool:
    """Whether the newest proof of that level is older than `seconds`: None allows any age, 0 none."""
    return seconds is not None and (seconds == 0 or now - newest_proof_at(session, aal) > seconds * SECOND)


def provider_not_allowed(session: Session, allowed: Container[str] | None) -> bool:
    """Whether all proofs come from social sign-in providers that are not in `allowed`; None allows all."""
    return allowed is not None and all(
        proof.name in ("oidc", "saml") and proof.provider not in allowed for proof in proofs(session, "aal1")
    )


def remaining_seconds(session: Session, now: int) -> int:
    """Return the seconds until the Kratos session ends, at least 1: to Hydra 0 means 720 h, or for ever at consent."""
    left = ((session.expires_at or 0) - now) // SECOND
    return min(max(left, 1), MAX_REMEMBER)


def wished_aal(acr_values: Iterable[str], aals: Mapping[str, str]) -> str:
    """Return the AAL of the first known one of the `acr_values`, which are in the order of preference."""
    return next((aals[value] for value in acr_values if value in aals), "aal1")


def acr(acr_values: Iterable[str], reached: str, aals: Mapping[str, str]) -> str:
    """Return the level reached, called as the application called it in `acr_values`, else by its AAL."""
    return next((value for value in acr_values if aals.get(value) == reached), reached)


def amr(methods: Iterable[Method], aal: str, amr_values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the methods' RFC 8176 names, each once, and `mfa` at aal2; unknown methods and links have no name."""
    names = [amr_values[method.name] for method in methods if amr_values.get(method.name)]
    return tuple(dict.fromkeys([*names, "mfa"] if aal == "aal2" else names))


@lru_cache(maxsize=16)  # that of a challenge, which is long, is needed several times for one page
def short_hash(value: str) -> str:
    """Return 16 hex digits that identify a value without storing it."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]
