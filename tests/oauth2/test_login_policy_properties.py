"""What must hold for every login challenge there could be, and that no journey goes round for ever."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.oauth2.assurance import LoginAttempt, short_hash
from app.oauth2.login_policy import (
    MAX_ROUND_TRIPS,
    Authenticate,
    ChooseAccount,
    Decision,
    GiveUp,
    Policy,
    Restart,
    SessionInvisible,
    decide,
)
from app.ory.challenges import Accept, LoginRequest, Reject
from app.ory.models import SECOND, Method, Session, Whoami
from app.urls import query, without_registration
from tests.support.builders import (
    ADA,
    AUTHORIZE,
    BOB,
    NOW,
    authorize_url,
    flow,
    jwt,
    login_request,
    nobody,
    owes,
    rfc3339,
    session,
)

bounded = settings(derandomize=True, database=None)

pytestmark = pytest.mark.no_cover  # thousands of cases; test_login.py measures; see tests/stack/coverage_in_process.py

PROMPTS = [*("none", "select_account", "nonsense"), *("login", "consent", "registration") * 3]
METHODS = ["password", "code", "code_recovery", "link_recovery", "passkey", "oidc", "oidc github", "totp", "new"]

queries = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.lists(st.sampled_from(PROMPTS), max_size=3).map(" ".join),
        "max_age": st.sampled_from(["0", "1", "60", "10000", "10000", "abc", "-1", "00"]),
        "acr_values": st.lists(st.sampled_from(["aal1", "aal2", "1", "2", "x"]), max_size=3).map(" ".join),
    },
)
objects = st.fixed_dictionaries(
    {}, optional={"prompt": st.sampled_from(PROMPTS), "max_age": st.sampled_from([0, 60, "60", None, [], True])}
)
request_urls = st.one_of(
    queries.map(lambda given: authorize_url(**given)),
    st.tuples(queries, objects).map(lambda both: authorize_url(**both[0], request=jwt(both[1]))),
    st.sampled_from([AUTHORIZE, authorize_url(request_uri="urn:par:1")]),
)
requests = st.builds(
    lambda skip, subject, request_url, hint, pairwise: login_request(
        skip=skip,
        subject=subject if skip else "",
        request_url=request_url,
        hint=hint,
        client={"subject_type": "pairwise" if pairwise else "public"},
    ),
    st.booleans(),
    st.sampled_from([ADA, BOB]),
    request_urls,
    st.sampled_from(["", "", ADA, BOB]),
    st.booleans(),
)
moments = st.integers(-200, 3).map(lambda seconds: NOW + seconds * SECOND) | st.integers(NOW - 2 * SECOND, NOW + SECOND)
past_moments = st.sampled_from([1, 300_000, SECOND, 70 * SECOND, 20_000 * SECOND]).map(lambda age: NOW - age)
proofs = st.tuples(st.sampled_from(METHODS), st.sampled_from(["aal1", "aal2"]), moments)
sessions = st.builds(
    lambda given, of, state: session(*given, of=of, identity={"id": of, "state": state}),
    st.lists(proofs, max_size=4),
    st.sampled_from([ADA, BOB]),
    st.sampled_from(["active"] * 9 + ["inactive"]),
)
answers = st.one_of(sessions.map(lambda signed_in: Whoami(NOW, signed_in)), st.just(nobody()), st.just(owes()))
sights = st.none() | st.builds(
    LoginAttempt,
    first_seen=moments,
    session_hash=st.sampled_from(["", short_hash("session-ada"), short_hash("session-bob")]),
    newest_proof=st.just(0) | moments,
    chosen=st.sampled_from(["", short_hash(ADA), short_hash(BOB)]),
    no_second_factor=st.booleans(),
    second_factor=st.sampled_from(["", "", "had", "proven"]),
    enrolled=st.sampled_from(["", "", "totp"]),
    page=st.sampled_from(["", "login", "registration"]),
)
policies = st.builds(
    Policy,
    prompts=st.sampled_from([Policy().prompts, Policy().prompts | {"select_account"}]),
    acr=st.just({"aal1": "aal1", "aal2": "aal2", "1": "aal1", "2": "aal2"}),
    required_aal=st.sampled_from(["aal1", "aal1", "aal2"]),
    required_aal_max_age=st.sampled_from([None, None, 0, 60]),
    max_session_age=st.sampled_from([None, None, 0, 60]),
    identity_providers=st.sampled_from([None, None, frozenset(), frozenset({"github"})]),
)
cases = st.tuples(requests, answers, policies, sights, st.integers(0, MAX_ROUND_TRIPS + 2))


def first_factor(session: Session) -> int:
    """The newest first factor by the letter of design section 4, worked out apart from the product."""
    return max((m.completed_at for m in session.methods if m.aal == "aal1" and "recovery" not in m.name), default=0)


def demanded(request: LoginRequest, policy: Policy) -> bool:
    """Whether the request itself, whatever the session, wants a new proof."""
    parameters = request.parameters
    return "login" in parameters.prompt or parameters.hidden or 0 in (parameters.max_age, policy.max_session_age)


@bounded
@given(cases)
def test_nobody_is_accepted_without_an_active_session_of_their_own(case):
    """N44 N48."""
    request, whoami, *_ = case
    decision = decide(*case)
    if isinstance(decision, Accept):
        assert whoami.session is not None
        assert whoami.session.identity.state == "active"
        assert decision.subject == whoami.session.identity.id
        assert decision.identity_provider_session_id == whoami.session.id
        assert decision.remember_for >= 1
        assert not request.skip or decision.subject == request.subject


@bounded
@given(cases)
def test_nobody_is_accepted_whose_demanded_proof_is_not_newer_than_first_sight(case):
    request, whoami, policy, seen, _ = case
    decision = decide(*case)
    if isinstance(decision, Accept) and (not request.skip or request.parameters.hidden) and demanded(request, policy):
        assert seen is not None
        first = first_factor(whoami.session)
        newest_known = seen.newest_proof if seen.session_hash == short_hash(whoami.session.id) else seen.first_seen
        assert first > min(seen.first_seen, newest_known)


@bounded
@given(cases)
def test_nobody_is_accepted_whose_proof_is_older_than_max_age_unless_it_was_given_for_this_challenge(case):
    request, whoami, policy, seen, _ = case
    decision = decide(*case)
    limits = [age for age in (request.parameters.max_age, policy.max_session_age) if age is not None]
    if isinstance(decision, Accept) and limits:
        first = first_factor(whoami.session)
        since = (
            NOW
            if seen is None or request.skip
            else min(seen.first_seen, seen.newest_proof if seen.session_hash else seen.first_seen)
        )
        assert first >= NOW - min(limits) * SECOND or first > since


@bounded
@given(cases)
def test_nobody_is_accepted_below_the_level_the_operator_requires(case):
    """N43."""
    _, whoami, policy, *_ = case
    if isinstance(decide(*case), Accept) and policy.required_aal == "aal2":
        assert whoami.session.aal == "aal2"
        assert first_factor(whoami.session) > 0


@bounded
@given(cases)
def test_nobody_is_accepted_whose_second_factor_is_older_than_required_unless_it_was_given_for_this_challenge(case):
    _, whoami, policy, seen, _ = case
    limit = policy.required_aal_max_age
    if isinstance(decide(*case), Accept) and policy.required_aal == "aal2" and limit is not None:
        second = max(m.completed_at for m in whoami.session.methods if m.aal == "aal2")
        since = (
            NOW if seen is None else min(seen.first_seen, seen.newest_proof if seen.session_hash else seen.first_seen)
        )
        assert second >= NOW - limit * SECOND or second > since


@bounded
@given(cases)
def test_nobody_is_accepted_who_came_in_by_a_provider_that_is_not_allowed_and_nothing_else(case):
    _, whoami, policy, *_ = case
    if isinstance(decide(*case), Accept) and policy.identity_providers is not None:
        firsts = [m for m in whoami.session.methods if m.aal == "aal1" and "recovery" not in m.name]
        assert any(m.name != "oidc" or m.provider in policy.identity_providers for m in firsts)


@bounded
@given(cases)
def test_the_level_told_is_the_level_reached(case):
    """C11."""
    _, whoami, policy, *_ = case
    decision = decide(*case)
    if isinstance(decision, Accept):
        assert policy.acr[decision.acr] == whoami.session.aal
        assert ("mfa" in decision.amr) == (whoami.session.aal == "aal2")


@bounded
@given(cases)
def test_prompt_none_never_leads_to_a_page_or_round_again(case):
    """N56."""
    request = case[0]
    decision = decide(*case)
    if "none" in request.parameters.prompt:
        assert isinstance(decision, Accept | Reject)


@bounded
@given(cases)
def test_beyond_the_cap_nobody_is_sent_round_again(case):
    request, whoami, policy, seen, _ = case
    assert not isinstance(decide(request, whoami, policy, seen, MAX_ROUND_TRIPS), Authenticate)


@bounded
@given(requests, answers, policies, sights)
def test_a_new_authorization_request_is_asked_for_only_where_it_changes_the_answer(request_, whoami, policy, seen):
    decision = decide(request_, whoami, policy, seen)
    if isinstance(decision, Restart):
        assert request_.skip
        assert "login" in query(decision.url)["prompt"].split()
        assert "login" not in request_.parameters.prompt or request_.skip


# The journey: decide() driven as app/oauth2/login.py drives it


@dataclass
class Journey:
    """One browser, Kratos and Hydra behind it, and a person with habits; microseconds pass with every step."""

    request: LoginRequest
    policy: Policy
    person: str
    has_second_factor: bool
    whoami_hides: str  # "", "cookie" (Kratos' never reaches us) or "second factor" (highest_available: 403 until aal2)
    loses_our_cookie: bool
    first_method: str
    presses: str
    pace: int  # microseconds between two steps
    now: int = NOW
    session: Session | None = None
    seen: LoginAttempt | None = None
    round_trips: int = 0
    proved: bool = False  # the first factor, since this challenge was first seen
    trail: list[Decision] = field(default_factory=list)

    def whoami(self) -> Whoami:
        """What Kratos says at this moment; its Date has whole seconds."""
        date = self.now // SECOND * SECOND
        if self.session is None or self.whoami_hides == "cookie":
            return Whoami(date)
        if self.whoami_hides == "second factor" and self.has_second_factor and self.session.aal != "aal2":
            return Whoami(date, aal2_required=True)
        return Whoami(date, self.session)

    def step(self) -> bool:
        """One visit to /login; whether the journey has ended."""
        self.now += self.pace
        whoami = self.whoami()
        decision = decide(self.request, whoami, self.policy, self.seen, self.round_trips)
        self.trail.append(decision)
        if isinstance(decision, Authenticate | ChooseAccount):
            self.seen = (self.seen or LoginAttempt.of(whoami))._replace(page="")
        if self.loses_our_cookie:
            self.seen = None
        match decision:
            case Authenticate():
                return self.at_kratos(decision)
            case Restart(url):
                self.ask_anew(url)
            case ChooseAccount(session) if self.request.skip and session.identity.id != self.request.subject:
                self.ask_anew(self.request.request_url)
            case ChooseAccount(session):
                return self.choose(session)
            case _:
                return True
        return False

    def at_kratos(self, how: Authenticate) -> bool:
        """Kratos' login page, and the way back with one more hop."""
        self.round_trips += 1
        if how.aal == "aal2" and self.session is not None and not self.has_second_factor:
            if self.policy.required_aal == "aal2":
                return True  # the page that says so
            self.seen = None if self.loses_our_cookie else self.seen and self.seen._replace(no_second_factor=True)
            return False
        if not (how.refresh or how.aal) and self.session is not None:
            return False  # Kratos sends at once back whom it knows
        self.now += self.pace
        self.seen = self.seen and self.seen.showing("login", flow(issued_at=rfc3339(self.now)))
        self.now += self.pace
        if how.aal == "aal2" and self.session is not None:
            self.prove("totp", "aal2")
        elif how.refresh or self.session is None:
            self.prove(self.first_method, "aal1")
        return False

    def prove(self, name: str, aal: str) -> None:
        """A proof of this person: in the session there is if it is theirs, else in a new one."""
        if self.session is None or self.session.identity.id != self.person:
            self.session = session(of=self.person)
        methods = (*self.session.methods, Method(name, aal, self.now))
        self.proved = self.proved or (aal == "aal1" and "recovery" not in name)
        reached = "aal2" if any(method.aal == "aal2" for method in methods) else "aal1"
        self.session = replace(self.session, methods=methods, aal=reached)

    def ask_anew(self, url: str) -> None:
        """Hydra with this authorization request: a new challenge, and its session does not answer it."""
        raw = {"skip": False, "request_url": url, "client": self.request.client.raw}
        self.request = LoginRequest.parse("another challenge", raw)
        self.seen, self.round_trips, self.proved = None, 0, False

    def choose(self, shown: Session) -> bool:
        """The account page; a person presses a button once, then leaves."""
        if not self.presses:
            return True
        pressed, self.presses = self.presses, ""
        if pressed == "another":
            self.session = None
            if self.request.skip:
                self.ask_anew(without_registration(self.request.request_url))
        elif not self.loses_our_cookie:
            self.seen = (self.seen or LoginAttempt.of(self.whoami()))._replace(chosen=short_hash(shown.identity.id))
        self.round_trips = 0
        return False


past_sessions = st.builds(
    lambda given, of: session(*given, of=of),
    st.lists(st.tuples(st.sampled_from(METHODS), st.sampled_from(["aal1", "aal2"]), past_moments), max_size=3),
    st.sampled_from([ADA, BOB]),
)
journeys = st.builds(
    Journey,
    request=requests,
    policy=policies,
    person=st.sampled_from([ADA, BOB]),
    has_second_factor=st.booleans(),
    whoami_hides=st.sampled_from(["", "", "cookie", "second factor"]),
    loses_our_cookie=st.booleans(),
    first_method=st.sampled_from(["password", "oidc", "code_recovery"]),
    presses=st.sampled_from(["", "continue", "another"]),
    pace=st.sampled_from([1, 700, 3_001, 90_007, 700_009, 2_000_003]),
    session=st.none() | past_sessions,
)


@bounded
@given(journeys)
def test_no_journey_goes_round_for_ever(journey):
    """N11."""
    steps = 0
    while not journey.step():
        steps += 1
        assert steps <= 2 * (MAX_ROUND_TRIPS + 2), journey.trail
    last = journey.trail[-1]
    assert isinstance(last, Accept | Reject | SessionInvisible | GiveUp | ChooseAccount | Authenticate), journey.trail


@bounded
@given(journeys)
def test_no_journey_ends_in_an_accept_without_the_proof_it_demanded(journey):
    """N57: what happened counts here, not what the product thinks happened."""
    while not journey.step():
        pass
    hidden = journey.request.parameters.hidden
    if isinstance(journey.trail[-1], Accept) and (hidden or not journey.request.skip):
        assert journey.proved or not demanded(journey.request, journey.policy), journey.trail


@bounded
@given(journeys)
def test_an_honest_journey_with_working_cookies_never_gives_up(journey):
    """A person with a real first factor, whose cookies arrive, is let in or told why not, without a wasted round."""
    honest = replace(journey, loses_our_cookie=False, whoami_hides="", first_method="password")
    while not honest.step():
        assert len(honest.trail) < 12, honest.trail
    assert not any(isinstance(decision, GiveUp | SessionInvisible) for decision in honest.trail), honest.trail


@bounded
@given(journeys)
def test_nobody_types_the_same_factor_twice_for_one_challenge(journey):
    """The issue's promise behind LoginAttempt: working cookies, a real first factor, no second round of the same."""
    honest = replace(journey, loses_our_cookie=False, whoami_hides="", first_method="password", presses="")
    demands, request = list[Authenticate](), honest.request
    while not honest.step():
        if honest.request is not request:  # Hydra was asked anew
            demands, request = [], honest.request
        if isinstance(honest.trail[-1], Authenticate):
            assert honest.trail[-1] not in demands, honest.trail
            demands.append(honest.trail[-1])
