"""The rules for login challenges: a session alone is not enough to accept one.

Hydra reports `prompt=login`, an elapsed `max_age` and an unknown client alike: `skip=false`. To it every accept
is a new login (auth_time), even of an old session (consent/strategy_default.go). So `decide` uses Kratos' record of
which proof was given when. It is pure; the view acts on its decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.claims.rules import TokenRules
from app.oauth2 import assurance
from app.oauth2.assurance import AMR, LoginAttempt
from app.ory.challenges import INACTIVE, Accept, LoginRequest, Reject
from app.ory.models import Session, Whoami
from app.urls import with_prompt_login

MAX_ROUND_TRIPS = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules for an application; those from `required_aal` on can differ from one to another."""

    prompts: frozenset[str] = frozenset({"none", "login", "consent", "registration"})
    acr: Mapping[str, str] = field(default_factory=lambda: {"aal1": "aal1", "aal2": "aal2"})  # acr value -> AAL
    amr: Mapping[str, str] = field(default_factory=lambda: AMR)  # Kratos' method -> amr value
    required_aal: str = "aal1"
    required_aal_max_age: int | None = None  # seconds since the second factor
    max_session_age: int | None = None  # seconds since the first factor
    identity_providers: frozenset[str] | None = None  # the allowed social sign-in providers, None: all
    required_scopes: tuple[str, ...] = ()
    consent_lifetime: int = 0  # seconds; 0: for ever
    tokens: TokenRules = field(default_factory=lambda: TokenRules({}, {}, frozenset()))


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Send the browser to Kratos' login, with `refresh` (sign in again) and `aal` ("" or "aal2")."""

    refresh: bool = False
    aal: str = ""


@dataclass(frozen=True, slots=True)
class Restart:
    """Send the browser to Hydra with this authorization request, so that Hydra asks again."""

    url: str


@dataclass(frozen=True, slots=True)
class ChooseAccount:
    """Ask the person whether to continue with the account that is signed in; Hydra may remember another."""

    session: Session


@dataclass(frozen=True, slots=True)
class SessionInvisible:
    """Kratos knows this browser, as it asked for nothing, but the browser does not send us Kratos' cookie."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The challenge came back from Kratos too often."""


Decision = Accept | Authenticate | Reject | Restart | ChooseAccount | SessionInvisible | GiveUp


def decide(
    request: LoginRequest, whoami: Whoami, policy: Policy, attempt: LoginAttempt | None = None, round_trips: int = 0
) -> Decision:
    """Return the first row that applies in docs/design.md, section 4; `attempt` is None for a new challenge."""
    unknown = sorted(request.parameters.prompt - policy.prompts)
    if unknown:
        return Reject("invalid_request", f"The prompt value '{unknown[0][:40]}' is not supported here.")
    if whoami.session and whoami.session.identity.state != "active":
        return INACTIVE
    demanded = not request.skip and _must_prove_again(request, whoami, policy)
    decided = _with_skip(request, whoami, policy, attempt) if request.skip else _without_skip(whoami, attempt, demanded)
    if isinstance(decided, Session):  # the right person's session: accept it if it proves enough
        session, now = decided, whoami.now
        decided = (
            _account_choice(request, session, attempt)
            or _missing_proof(request, session, now, policy, attempt, demanded)
            or _accept(request, session, now, policy)
        )
    return _limited(request, whoami, attempt, decided, round_trips)


def _with_skip(
    request: LoginRequest, whoami: Whoami, policy: Policy, attempt: LoginAttempt | None
) -> Decision | Session:
    """Hydra remembers `request.subject`: return the session if it is theirs and recent, else the decision."""
    session, silent = whoami.session, "none" in request.parameters.prompt
    if session is None:
        if silent or request.parameters.hidden:
            return Reject("login_required", "Nobody is signed in.", ends_session=not silent)
        return Authenticate(aal="aal2" if whoami.aal2_required else "")
    if session.identity.id != request.subject:
        return Reject("login_required", "Somebody else is signed in.") if silent else ChooseAccount(session)
    if not (request.parameters.hidden or _too_old(request, session, whoami.now, policy)):
        return session
    if silent:
        return Reject("login_required", "The last sign-in was too long ago.")
    # Hydra prefers a request object to the query, and ignores the prompt for a device's code: a restart would not
    # help. The person signs in within this challenge then; Hydra's auth_time meets max_age, or it would not skip.
    if not (request.parameters.hidden or request.parameters.has_request_object or request.for_device):
        return Restart(with_prompt_login(request.request_url))
    return session if assurance.is_fresh(session, "aal1", attempt) else Authenticate(refresh=True)


def _without_skip(whoami: Whoami, attempt: LoginAttempt | None, demanded: bool) -> Decision | Session:
    """Hydra remembers nobody: return the session unless a new proof is demanded, else the decision."""
    session = whoami.session
    if whoami.is_nobody:
        return Authenticate()
    if demanded and not (session and assurance.is_fresh(session, "aal1", attempt)):
        return Authenticate(refresh=True)
    return session or Authenticate(aal="aal2")


def _must_prove_again(request: LoginRequest, whoami: Whoami, policy: Policy) -> bool:
    """Whether the person has to sign in again (a session that we cannot see counts as too old)."""
    parameters = request.parameters
    if "login" in parameters.prompt or parameters.hidden:
        return True
    if whoami.session is None:
        return parameters.max_age is not None or policy.max_session_age is not None
    return _too_old(request, whoami.session, whoami.now, policy)


def _too_old(request: LoginRequest, session: Session, now: int, policy: Policy) -> bool:
    """Whether the first factor is older than allowed, or missing (after a recovery) although two are required."""
    if policy.required_aal == "aal2" and not assurance.newest_proof_at(session, "aal1"):
        return True
    limits = [age for age in (request.parameters.max_age, policy.max_session_age) if age is not None]
    return assurance.is_older(session, "aal1", min(limits, default=None), now)


def _account_choice(request: LoginRequest, session: Session, attempt: LoginAttempt | None) -> ChooseAccount | None:
    """Return the question which account to use, or None; if Hydra skips, it has compared the id_token_hint itself."""
    who, hint = session.identity.id, "" if request.skip else request.hint_subject
    if attempt and attempt.chosen == assurance.short_hash(who):
        return None
    another = hint and (request.client.pairwise or hint != who)
    asks = request.parameters.prompt & {"registration", "select_account"}
    return ChooseAccount(session) if another or (asks and not assurance.is_fresh(session, "aal1", attempt)) else None


def _missing_proof(
    request: LoginRequest, session: Session, now: int, policy: Policy, attempt: LoginAttempt | None, demanded: bool
) -> Authenticate | None:
    """Return how to get a missing proof, or None; a wish (acr_values) that cannot be met is dropped."""
    if assurance.provider_not_allowed(session, policy.identity_providers):
        return Authenticate(refresh=True)
    if policy.required_aal != "aal2":
        wished = assurance.wished_aal(request.parameters.acr_values, policy.acr) == "aal2"
        if not wished or (attempt and attempt.no_second_factor):
            return None
    if session.aal != "aal2":
        return Authenticate(refresh=demanded, aal="aal2")
    anew = demanded or assurance.is_older(session, "aal2", policy.required_aal_max_age, now)
    if (attempt and not attempt.trusts_aal2(session)) or (anew and not assurance.is_fresh(session, "aal2", attempt)):
        return Authenticate(refresh=True, aal="aal2")
    return None


def _accept(request: LoginRequest, session: Session, now: int, policy: Policy) -> Accept:
    return Accept(
        subject=session.identity.id,
        remember_for=assurance.remaining_seconds(session, now),
        identity_provider_session_id=session.id,
        acr=assurance.acr(request.parameters.acr_values, session.aal, policy.acr),
        amr=assurance.amr(session.methods, session.aal, policy.amr),
        extend_session_lifespan=request.skip,
    )


def _limited(
    request: LoginRequest, whoami: Whoami, attempt: LoginAttempt | None, decided: Decision, round_trips: int
) -> Decision:
    """Replace a decision that would show a page to prompt=none, or send a browser round for ever."""
    if "none" in request.parameters.prompt and isinstance(decided, Authenticate | ChooseAccount):
        if request.skip and isinstance(decided, Authenticate):  # without a session, _with_skip has refused it
            needed = "A second factor" if decided.aal else "Another way of signing in"
            return Reject("interaction_required", f"{needed} is needed.")
        return Reject("login_required", "The person has to act, which prompt=none forbids.")
    if not isinstance(decided, Authenticate):
        return decided
    if round_trips and whoami.is_nobody and not (attempt and attempt.page):
        return SessionInvisible()  # Kratos knew the person and sent the browser back without showing a page
    return GiveUp() if round_trips >= MAX_ROUND_TRIPS else decided
