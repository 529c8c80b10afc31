"""The decision table of the login challenge: a test for every row, in the table's order, and for its small print."""

from app.oauth2.assurance import LoginAttempt, short_hash
from app.oauth2.login_policy import (
    MAX_ROUND_TRIPS,
    Authenticate,
    ChooseAccount,
    GiveUp,
    Policy,
    Restart,
    SessionInvisible,
    decide,
)
from app.ory.challenges import Accept, Reject
from app.ory.models import SECOND, Whoami
from app.urls import query
from tests.support.builders import (
    ADA,
    AUTHORIZE,
    BOB,
    NOW,
    ago,
    authorize_url,
    consent_request,
    jwt,
    login_request,
    nobody,
    owes,
    rfc3339,
    session,
    someone,
)
from tests.support.cases import each_case

POLICY = Policy()
AAL2 = Policy(required_aal="aal2")
TWO_FACTORS = (ago(3000), ago(2900, "totp", "aal2"))
LATER = NOW + 60 * SECOND
JUST_NOW = NOW + 30 * SECOND  # after the first sight at NOW, before LATER


def proof(name: str = "password", aal: str = "aal1", at: int = JUST_NOW):
    return name, aal, at


# Row 1: a prompt value that Hydra will refuse at the end


@each_case("prompt", ["create", "select_account", "login create", "LOGIN", "none nonsense"])
def test_a_prompt_hydra_will_refuse_is_refused_before_anybody_types_a_password(prompt):
    decision = decide(login_request(prompt=prompt), nobody(), POLICY)
    assert isinstance(decision, Reject)
    assert decision.error == "invalid_request"
    assert any(f"'{value}'" in decision.description for value in prompt.split())


def test_the_refusal_of_a_long_prompt_value_stays_short():
    refused = Reject("invalid_request", f"The prompt value '{'x' * 40}' is not supported here.")
    assert decide(login_request(prompt="x" * 10_000), nobody(), POLICY) == refused


def test_hydra_prompts_widens_what_is_known():
    policy = Policy(prompts=POLICY.prompts | {"create"})
    assert decide(login_request(prompt="create"), nobody(), policy) == Authenticate()


# Row 2: skip=true, another person's Kratos session


def test_another_persons_session_gets_a_page_and_is_never_accepted():
    decision = decide(login_request(skip=True, subject=ADA), someone(of=BOB), POLICY)
    assert isinstance(decision, ChooseAccount)
    assert decision.session.identity.id == BOB


def test_another_persons_session_with_prompt_none_is_login_required():
    decision = decide(login_request(skip=True, subject=ADA, prompt="none"), someone(of=BOB), POLICY)
    assert decision == Reject("login_required", "Somebody else is signed in.")


# Row 3: skip=true, nobody (or somebody who owes a second factor)


@each_case("whoami", [nobody(), owes()])
def test_hydra_remembers_but_nobody_is_signed_in_and_nobody_may_be_asked(whoami):
    decision = decide(login_request(skip=True, prompt="none"), whoami, POLICY)
    assert isinstance(decision, Reject)
    assert decision.error == "login_required"


@each_case("whoami", [nobody(), owes()])
def test_hidden_parameters_may_hide_prompt_none_so_a_missing_session_is_login_required(whoami):
    decision = decide(login_request(skip=True, request_url=AUTHORIZE), whoami, POLICY)
    assert isinstance(decision, Reject)
    assert decision.error == "login_required"


def test_hydra_remembers_but_nobody_is_signed_in_so_the_person_signs_in():
    assert decide(login_request(skip=True), nobody(), POLICY) == Authenticate()


def test_hydra_remembers_and_only_the_second_factor_is_owed():
    assert decide(login_request(skip=True), owes(), POLICY) == Authenticate(aal="aal2")


# Row 4: skip=true, max_age not met by Kratos' own times (Hydra's auth_time is only the time of an accept)


def test_an_old_login_passed_off_as_fresh_starts_over_with_prompt_login():
    decision = decide(login_request(skip=True, max_age="60"), someone(ago(61.5)), POLICY)
    assert isinstance(decision, Restart)
    assert decision.url.startswith(AUTHORIZE)
    assert query(decision.url)["prompt"] == "login"
    assert query(decision.url)["max_age"] == "60"


def test_an_old_login_with_prompt_none_is_login_required():
    decision = decide(login_request(skip=True, max_age="60", prompt="none"), someone(ago(61.5)), POLICY)
    assert decision == Reject("login_required", "The last sign-in was too long ago.")


REFERRED = authorize_url(request_uri="https://app.example.org/request.jwt", max_age="99999")
HIDDEN = [
    AUTHORIZE,
    authorize_url(request_uri="urn:ietf:params:oauth:request_uri:1"),
    REFERRED,
    authorize_url(request="a.b.c.d.e"),
]


def test_an_old_login_with_a_request_object_is_proved_again_within_this_challenge():
    """Another prompt cannot be put into somebody else's signed object."""
    request = login_request(skip=True, request=jwt({"max_age": 60}))
    before, after = someone(ago(61.5)), someone(ago(61.5), ago(1), now=NOW + SECOND)
    assert decide(request, before, POLICY) == Authenticate(refresh=True)
    assert isinstance(decide(request, after, POLICY, LoginAttempt(NOW - 2 * SECOND)), Accept)


def test_an_old_login_with_prompt_none_in_a_request_object_is_login_required():
    request = login_request(skip=True, request=jwt({"max_age": 60, "prompt": "none"}))
    assert decide(request, someone(ago(61.5)), POLICY) == Reject("login_required", "The last sign-in was too long ago.")


@each_case("request_url", HIDDEN)
def test_parameters_nobody_can_see_are_proved_again_though_hydra_says_skip(request_url):
    """A max_age may be among them, which Hydra compares with the time of any accept; asked once, then accepted."""
    request = login_request(skip=True, request_url=request_url)
    seen = LoginAttempt.of(someone(ago(3)))
    assert decide(request, someone(ago(3)), POLICY) == Authenticate(refresh=True)
    assert decide(request, someone(ago(3)), POLICY, seen, round_trips=1) == Authenticate(refresh=True)
    after = someone(ago(3), ago(-5), now=NOW + 6 * SECOND)
    assert isinstance(decide(request, after, POLICY, seen, round_trips=1), Accept)
    assert isinstance(decide(request, after, Policy(max_session_age=0), seen, round_trips=1), Accept)


@each_case("request_url", HIDDEN)
def test_a_recovery_is_no_proof_for_parameters_nobody_can_see(request_url):
    request, seen = login_request(skip=True, request_url=request_url), LoginAttempt(NOW - 9 * SECOND)
    assert decide(request, someone(ago(1, "code_recovery")), POLICY, seen) == Authenticate(refresh=True)


def test_prompt_none_beside_parameters_nobody_can_see_gets_no_page_and_no_old_proof():
    request = login_request(skip=True, request_uri="https://app.example.org/request.jwt", prompt="none")
    assert decide(request, someone(ago(3)), POLICY) == Reject("login_required", "The last sign-in was too long ago.")


@each_case("whoami", [nobody(), owes()])
def test_where_a_request_cannot_be_repeated_hydra_forgets_the_person_so_that_the_next_one_can_succeed(whoami):
    decision = decide(login_request(skip=True, request_url=AUTHORIZE), whoami, POLICY)
    assert decision == Reject("login_required", "Nobody is signed in.", ends_session=True)


@each_case(
    "request_url, repeatable",
    [
        (authorize_url(), True),
        (authorize_url(request=jwt({"prompt": "consent"})), True),
        (authorize_url(request=jwt({"exp": NOW // SECOND + 1})), True),
        (authorize_url(request=jwt({"exp": NOW // SECOND - 1})), False),
        *((hidden, False) for hidden in HIDDEN),
    ],
)
def test_only_what_hydra_would_take_again_is_repeated(request_url, repeatable):
    for request in (login_request(request_url=request_url), consent_request(request_url=request_url)):
        assert request.parameters.can_be_repeated(NOW / SECOND) is repeatable


def test_the_applications_own_limit_counts_like_max_age_when_hydra_says_skip():
    decision = decide(login_request(skip=True), someone(ago(61.5)), Policy(max_session_age=60))
    assert isinstance(decision, Restart)


@each_case("limit", [0, 60])
def test_an_old_login_at_a_device_is_asked_for_a_new_proof_at_once(limit):
    """Where codes of devices are typed in, Hydra looks at no prompt: starting over would come back the same."""
    request = login_request(skip=True, request_url="http://localhost:4444/oauth2/device/verify?client_id=demo")
    before, after = someone(ago(61.5)), someone(ago(61.5), ago(1), now=NOW + SECOND)
    policy = Policy(max_session_age=limit)
    assert decide(request, before, policy) == Authenticate(refresh=True)
    assert isinstance(decide(request, after, policy, LoginAttempt(NOW - 2 * SECOND)), Accept)


def test_a_recent_login_answers_max_age_when_hydra_says_skip():
    assert isinstance(decide(login_request(skip=True, max_age="60"), someone(ago(10)), POLICY), Accept)


# Row 5: skip=true, the right person


def test_the_right_person_is_accepted_and_the_hydra_session_extended():
    decision = decide(login_request(skip=True), someone(), POLICY)
    assert isinstance(decision, Accept)
    assert decision.subject == ADA
    assert decision.extend_session_lifespan is True


def test_a_remembered_person_without_the_required_second_factor_steps_up_first():
    assert decide(login_request(skip=True), someone(), AAL2) == Authenticate(aal="aal2")


def test_a_missing_second_factor_with_prompt_none_is_interaction_required():
    decision = decide(login_request(skip=True, prompt="none"), someone(), AAL2)
    assert decision == Reject("interaction_required", "A second factor is needed.")


def test_a_remembered_person_without_second_factor_is_accepted_where_it_was_only_a_wish():
    """Kratos offered none when it was asked (aal=aal2); asking again for ever would help nobody."""
    seen = LoginAttempt(NOW, no_second_factor=True)
    decision = decide(login_request(skip=True, acr_values="aal2"), someone(), POLICY, seen, round_trips=1)
    assert isinstance(decision, Accept)
    assert decision.acr == "aal1"


# Row 6: skip=false, nobody


def test_nobody_has_to_sign_in():
    assert decide(login_request(), nobody(), POLICY) == Authenticate()


def test_who_comes_back_from_kratos_without_a_session_is_told_so_instead_of_sent_round():
    """No page was shown in between: Kratos sends at once back whom only we do not recognise."""
    assert decide(login_request(), nobody(), POLICY, LoginAttempt(NOW), round_trips=1) == SessionInvisible()


def test_whom_kratos_knows_and_we_see_is_asked_for_what_is_missing_also_on_the_way_back():
    seen = LoginAttempt(NOW)
    assert decide(login_request(), owes(), POLICY, seen, round_trips=1) == Authenticate(aal="aal2")
    assert decide(login_request(), someone(), AAL2, seen, round_trips=1) == Authenticate(aal="aal2")


@each_case("page", ["registration", "verification", "confirming", "recovery", "login"])
def test_who_comes_back_from_a_page_without_a_session_signs_in(page):
    """Without Kratos' hook `session` nobody is signed in after a registration; that is no lost cookie."""
    seen = LoginAttempt(NOW, page=page)
    assert decide(login_request(), nobody(), POLICY, seen, round_trips=1) == Authenticate()
    assert decide(login_request(), nobody(), POLICY, seen, round_trips=MAX_ROUND_TRIPS) == GiveUp()


# Row 7: skip=false, re-authentication demanded and not yet shown


@each_case(
    "query_of_request",
    [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "2999"}, {"prompt": "login consent"}, {"max_age": "+2999"}],
)
def test_what_the_request_demands_is_proved_again(query_of_request):
    """N57."""
    assert decide(login_request(**query_of_request), someone(ago(3000)), POLICY) == Authenticate(refresh=True)


@each_case(
    "request_url",
    [
        AUTHORIZE,
        authorize_url(request_uri="urn:ietf:params:oauth:request_uri:1"),
        "",
        authorize_url(request="a.b.c.d.e"),
    ],
)
def test_a_request_whose_parameters_are_hidden_is_proved_again(request_url):
    """A POST, PAR, a lost URL, an encrypted request object: prompt=login may have been in it."""
    assert decide(login_request(request_url=request_url), someone(), POLICY) == Authenticate(refresh=True)


def test_the_applications_own_session_age_is_proved_again():
    assert decide(login_request(), someone(ago(3000)), Policy(max_session_age=2999)) == Authenticate(refresh=True)


def test_a_session_age_of_zero_means_every_time_even_within_the_same_second():
    """Kratos' Date has whole seconds, so a proof of this second seems to lie ahead of it."""
    assert decide(login_request(), someone(ago(-0.5)), Policy(max_session_age=0)) == Authenticate(refresh=True)


def test_max_age_met_by_kratos_own_time_is_accepted():
    assert isinstance(decide(login_request(max_age="10000"), someone(ago(3000)), POLICY), Accept)


def test_the_shorter_of_two_limits_counts():
    request, policy = login_request(max_age="10000"), Policy(max_session_age=60)
    assert decide(request, someone(ago(3000)), policy) == Authenticate(refresh=True)


@each_case("junk", ["abc", "-5", "1.5", "", "9" * 400, "٣", "0x0", "1e3"])
def test_a_max_age_that_is_none_demands_nothing_and_breaks_nothing(junk):
    assert isinstance(decide(login_request(max_age=junk), someone(), POLICY), Accept)


@each_case("zero", ["0", "00", "+0", "-0", "0" * 40])
def test_every_zero_that_hydra_reads_as_zero_is_zero(zero):
    """Hydra reads max_age with Go's ParseInt, which takes signs and leading zeros."""
    assert decide(login_request(max_age=zero), someone(), POLICY) == Authenticate(refresh=True)


@each_case("parameters", [{"prompt": "login"}, {"max_age": "60"}])
def test_who_owes_a_second_factor_proves_the_first_again_never_the_second_first(parameters):
    assert decide(login_request(**parameters), owes(), POLICY) == Authenticate(refresh=True)


def test_who_owes_a_second_factor_counts_as_too_old_for_the_applications_limit():
    """A 403 carries no session, hence no times."""
    assert decide(login_request(), owes(), Policy(max_session_age=10**9)) == Authenticate(refresh=True)


def test_the_request_object_outranks_the_query():
    request = login_request(prompt="consent", request=jwt({"prompt": "login"}))
    assert decide(request, someone(), POLICY) == Authenticate(refresh=True)


def test_a_number_as_max_age_in_a_request_object_is_understood():
    assert decide(login_request(request=jwt({"max_age": 0})), someone(), POLICY) == Authenticate(refresh=True)


def test_what_a_request_object_does_not_say_is_read_from_the_query():
    request = login_request(prompt="login", request=jwt({"max_age": 10**6}))
    assert decide(request, someone(), POLICY) == Authenticate(refresh=True)


@each_case("broken", ["x", "a.b", "a.!.c", "a.W10.c", "a." + "W" * 200_000 + ".c", jwt([1]), jwt("x")])
def test_a_request_object_nobody_can_read_hides_the_parameters(broken):
    assert decide(login_request(request=broken), someone(), POLICY) == Authenticate(refresh=True)


def test_of_a_doubled_parameter_the_first_counts_as_at_hydra():
    url = authorize_url(prompt="consent") + "&prompt=login"
    assert isinstance(decide(login_request(request_url=url), someone(), POLICY), Accept)


# "Fresh means"


def test_a_proof_given_after_first_sight_is_fresh():
    seen = LoginAttempt.of(someone(ago(3000)))
    whoami = someone(ago(3000), proof(), now=LATER)
    assert isinstance(decide(login_request(prompt="login"), whoami, POLICY, seen, round_trips=1), Accept)


def test_the_proof_known_at_first_sight_is_not_fresh():
    seen = LoginAttempt.of(someone(ago(1)))
    decision = decide(login_request(prompt="login"), someone(ago(1), now=LATER), POLICY, seen)
    assert decision == Authenticate(refresh=True)


def test_reopening_the_same_address_later_asks_again():
    """The note is dropped at accept (N57), so the next sight is a first one."""
    whoami = someone(ago(3000), proof(), now=LATER)
    assert decide(login_request(prompt="login"), whoami, POLICY, attempt=None) == Authenticate(refresh=True)


def test_a_lost_cookie_costs_one_more_sign_in_and_no_error():
    decision = decide(login_request(prompt="login"), someone(ago(0)), POLICY, attempt=None, round_trips=3)
    assert decision == Authenticate(refresh=True)


def test_a_second_factor_alone_is_no_fresh_login():
    """It moves authenticated_at, which is why nobody looks at that."""
    seen = LoginAttempt.of(someone(ago(3000)))
    whoami = someone(ago(3000), proof("totp", "aal2"), now=LATER)
    assert decide(login_request(prompt="login"), whoami, POLICY, seen) == Authenticate(refresh=True)


def test_an_old_second_factor_is_not_fresh_where_one_is_wanted():
    seen = LoginAttempt.of(someone(*TWO_FACTORS))
    whoami = someone(*TWO_FACTORS, proof(), now=LATER)
    assert decide(login_request(prompt="login"), whoami, AAL2, seen) == Authenticate(refresh=True, aal="aal2")


def test_both_factors_proved_again_are_accepted():
    seen = LoginAttempt.of(someone(*TWO_FACTORS))
    whoami = someone(*TWO_FACTORS, proof(), proof("totp", "aal2"), now=LATER)
    decision = decide(login_request(prompt="login"), whoami, AAL2, seen)
    assert isinstance(decision, Accept)
    assert decision.acr == "aal2"


def test_an_old_second_factor_does_not_matter_where_none_is_wanted():
    seen = LoginAttempt.of(someone(*TWO_FACTORS))
    whoami = someone(*TWO_FACTORS, proof(), now=LATER)
    assert isinstance(decide(login_request(prompt="login"), whoami, POLICY, seen), Accept)


def test_first_sight_of_somebody_who_owes_a_second_factor_is_rounded_up():
    """Whose password is 0.4 s old when we first look has not given it for this challenge."""
    seen = LoginAttempt.of(owes())
    whoami = someone(ago(-0.4), proof("totp", "aal2"), now=LATER)
    assert decide(login_request(prompt="login"), whoami, POLICY, seen) == Authenticate(refresh=True)


@each_case("method", ["code_recovery", "link_recovery"])
@each_case("parameters", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
def test_a_recovery_is_no_demanded_login(method, parameters):
    """N82."""
    seen = LoginAttempt.of(nobody())
    whoami = someone(proof(method), now=LATER)
    assert decide(login_request(**parameters), whoami, POLICY, seen, round_trips=1) == Authenticate(refresh=True)


def test_a_recovery_does_not_answer_max_age_when_hydra_says_skip():
    assert isinstance(decide(login_request(skip=True, max_age="60"), someone(ago(1, "code_recovery")), POLICY), Restart)


@each_case("method", ["code_recovery", "link_recovery"])
def test_a_recovery_answers_a_plain_challenge(method):
    assert isinstance(decide(login_request(), someone(ago(5, method)), POLICY), Accept)


RECOVERED = (ago(50, "code_recovery"), ago(40, "totp", "aal2"))


def test_a_recovery_is_no_first_factor_where_two_are_required():
    """N82."""
    assert decide(login_request(), someone(*RECOVERED), AAL2) == Authenticate(refresh=True)


def test_a_recovery_is_no_first_factor_where_two_are_required_and_hydra_says_skip():
    assert isinstance(decide(login_request(skip=True), someone(*RECOVERED), AAL2), Restart)


def test_a_first_factor_given_after_a_recovery_completes_the_required_two():
    assert isinstance(decide(login_request(), someone(*RECOVERED, ago(1)), AAL2), Accept)


# Row 8: which account


@each_case("prompt", ["registration", "consent registration"])
def test_prompt_registration_asks_who_is_signed_in(prompt):
    decision = decide(login_request(prompt=prompt), someone(), POLICY)
    assert isinstance(decision, ChooseAccount)
    assert decision.session.identity.id == ADA


@each_case("fields", [{"prompt": "registration"}, {"prompt": "select_account"}])
def test_who_is_remembered_is_asked_too_and_only_once(fields):
    policy, request = Policy(prompts=POLICY.prompts | {"select_account"}), login_request(skip=True, **fields)
    assert isinstance(decide(request, someone(), policy), ChooseAccount)
    assert isinstance(decide(request, someone(), policy, LoginAttempt(NOW, chosen=short_hash(ADA))), Accept)


def test_a_hint_that_hydra_has_compared_asks_nothing():
    request = login_request(skip=True, hint="what-the-client-knows", client={"subject_type": "pairwise"})
    assert isinstance(decide(request, someone(), POLICY), Accept)


def test_select_account_asks_where_hydra_knows_it():
    policy = Policy(prompts=POLICY.prompts | {"select_account"})
    assert isinstance(decide(login_request(prompt="select_account"), someone(), policy), ChooseAccount)


def test_select_account_is_refused_where_hydra_does_not_know_it():
    decision = decide(login_request(prompt="select_account"), someone(), POLICY)
    assert isinstance(decision, Reject)
    assert decision.error == "invalid_request"


def test_the_hint_of_another_person_asks():
    assert isinstance(decide(login_request(hint=BOB), someone(), POLICY), ChooseAccount)


def test_the_hint_of_the_person_signed_in_does_not_ask():
    assert isinstance(decide(login_request(hint=ADA), someone(), POLICY), Accept)


def test_any_hint_asks_when_subjects_are_pairwise():
    """Its sub is no identity id, so it cannot be compared."""
    request = login_request(hint=ADA, client={"subject_type": "pairwise"})
    assert isinstance(decide(request, someone(), POLICY), ChooseAccount)


@each_case("fields", [{"prompt": "registration"}, {"hint": BOB}])
def test_who_said_continue_is_not_asked_again(fields):
    seen = LoginAttempt(NOW, chosen=short_hash(ADA))
    assert isinstance(decide(login_request(**fields), someone(), POLICY, seen), Accept)


def test_a_choice_is_not_passed_on_to_who_signed_in_afterwards():
    seen = LoginAttempt(NOW, chosen=short_hash(BOB))
    assert isinstance(decide(login_request(prompt="registration"), someone(), POLICY, seen), ChooseAccount)


def test_who_signed_up_for_this_challenge_is_not_asked():
    seen = LoginAttempt.of(nobody())
    whoami = someone(proof(), now=LATER)
    assert isinstance(decide(login_request(prompt="registration"), whoami, POLICY, seen, round_trips=1), Accept)


def test_the_demanded_login_comes_before_the_choice():
    request = login_request(prompt="login registration")
    assert decide(request, someone(), POLICY) == Authenticate(refresh=True)


# Row 9: the second factor


def test_a_required_second_factor_is_asked_for():
    assert decide(login_request(), someone(), AAL2) == Authenticate(aal="aal2")


def test_a_whoami_that_says_aal1_never_counts_as_aal2():
    """N43: whoami's 200 alone proves no level (Kratos CVE-2024-45042)."""
    assert decide(login_request(acr_values="aal2"), someone(), POLICY) == Authenticate(aal="aal2")


def test_a_session_with_both_factors_is_accepted():
    assert isinstance(decide(login_request(), someone(*TWO_FACTORS), AAL2), Accept)


def test_kratos_own_demand_for_a_second_factor_is_followed():
    """N43."""
    assert decide(login_request(), owes(), POLICY) == Authenticate(aal="aal2")


def test_with_a_demanded_login_the_second_factor_follows_the_first_in_a_refresh():
    request = login_request(prompt="login", acr_values="aal2")
    assert decide(request, someone(), POLICY) == Authenticate(refresh=True)
    seen, whoami = LoginAttempt.of(someone()), someone(ago(3000), proof(), now=LATER)
    assert decide(request, whoami, POLICY, seen, round_trips=1) == Authenticate(refresh=True, aal="aal2")


def test_a_wish_nobody_can_fulfil_is_accepted_with_the_level_reached():
    seen = LoginAttempt(NOW, no_second_factor=True)
    decision = decide(login_request(acr_values="aal2"), someone(), POLICY, seen, round_trips=1)
    assert isinstance(decision, Accept)
    assert decision.acr == "aal1"


def test_a_must_nobody_can_fulfil_is_not_accepted():
    seen = LoginAttempt(NOW, no_second_factor=True)
    assert decide(login_request(), someone(), AAL2, seen, round_trips=1) == Authenticate(aal="aal2")


def test_acr_values_come_in_order_of_preference():
    policy = Policy(acr={"gold": "aal2", "silver": "aal1"})
    assert isinstance(decide(login_request(acr_values="silver gold"), someone(), policy), Accept)
    assert decide(login_request(acr_values="unknown gold silver"), someone(), policy) == Authenticate(aal="aal2")


def test_without_words_of_its_own_an_application_asks_in_kratos():
    assert isinstance(decide(login_request(acr_values="aal1 aal2"), someone(), Policy()), Accept)
    assert decide(login_request(acr_values="aal2 aal1"), someone(), Policy()) == Authenticate(aal="aal2")


def test_acr_values_that_only_hydra_can_see_count():
    """A request object behind a request_uri: `oidc_context` has what the query has not."""
    hidden = login_request(
        request_url=authorize_url(request_uri="urn:par:1"), skip=True, context={"acr_values": ["aal2"]}
    )
    assert decide(hidden, someone(ago(1)), POLICY, LoginAttempt(NOW - 9 * SECOND)) == Authenticate(aal="aal2")


def test_a_second_factor_set_up_by_somebody_who_had_one_is_asked_for_again():
    """N81."""
    methods = (proof(), proof("totp", "aal2", JUST_NOW + 5))
    whoami = someone(*methods, now=LATER, authenticated_at=rfc3339(JUST_NOW + 1))
    for request, policy in ((login_request(), AAL2), (login_request(acr_values="aal2"), POLICY)):
        decision = decide(request, whoami, policy, LoginAttempt.of(owes()), round_trips=1)
        assert decision == Authenticate(refresh=True, aal="aal2")
    assert isinstance(decide(login_request(), whoami, AAL2, LoginAttempt.of(someone()), round_trips=1), Accept)


# The age of a second factor

RECENT = Policy(required_aal="aal2", required_aal_max_age=600)
RECENT_SECOND = (ago(3000), ago(599, "totp", "aal2"))


def test_a_second_factor_that_is_too_old_is_asked_for_again():
    """Without refresh Kratos would send somebody who has given both straight back."""
    assert decide(login_request(), someone(*TWO_FACTORS), RECENT) == Authenticate(refresh=True, aal="aal2")


@each_case("skip", [False, True])
def test_a_second_factor_that_is_recent_enough_is_accepted(skip):
    assert isinstance(decide(login_request(skip=skip), someone(*RECENT_SECOND), RECENT), Accept)


def test_a_remembered_persons_old_second_factor_is_asked_for_again():
    decision = decide(login_request(skip=True), someone(*TWO_FACTORS), RECENT)
    assert decision == Authenticate(refresh=True, aal="aal2")


def test_an_old_second_factor_with_prompt_none_is_interaction_required():
    decision = decide(login_request(skip=True, prompt="none"), someone(*TWO_FACTORS), RECENT)
    assert isinstance(decision, Reject)
    assert decision.error == "interaction_required"


def test_a_second_factor_given_for_this_challenge_is_recent_whatever_the_limit():
    policy = Policy(required_aal="aal2", required_aal_max_age=0)
    seen, whoami = LoginAttempt.of(someone(*TWO_FACTORS)), someone(*TWO_FACTORS, proof("totp", "aal2"), now=LATER)
    assert decide(login_request(), someone(*TWO_FACTORS), policy) == Authenticate(refresh=True, aal="aal2")
    assert isinstance(decide(login_request(), whoami, policy, seen, round_trips=1), Accept)


def test_the_age_of_the_first_factor_does_not_matter_to_the_second_ones_limit():
    whoami = someone(ago(10**6), ago(10, "totp", "aal2"))
    assert isinstance(decide(login_request(), whoami, RECENT), Accept)


# Identity providers

GITHUB = Policy(identity_providers=frozenset({"github"}))


@each_case("skip", [False, True])
@each_case("method", ["oidc gitlab", "saml corporation", "oidc"])
def test_who_came_in_by_another_provider_only_signs_in_again(skip, method):
    assert decide(login_request(skip=skip), someone(ago(9, method)), GITHUB) == Authenticate(refresh=True)


@each_case("proofs", [[ago(9, "oidc github")], [ago(9)], [ago(9, "oidc gitlab"), ago(5)], [ago(9, "passkey")]])
def test_an_allowed_provider_or_a_proof_of_ones_own_is_accepted(proofs):
    assert isinstance(decide(login_request(), someone(*proofs), GITHUB), Accept)


RECOVERIES = [
    [ago(9, "code_recovery")],
    [ago(9, "link_recovery")],
    [ago(9, "oidc gitlab"), ago(5, "code_recovery")],
    [],
]


@each_case("skip", [False, True])
@each_case("policy", [GITHUB, Policy(identity_providers=frozenset())])
@each_case("proofs", RECOVERIES)
def test_a_recovery_does_not_make_up_for_the_provider(skip, policy, proofs):
    """Control of a mailbox is no proof that any method of the person's own was used."""
    whoami = Whoami(NOW, session(*proofs))
    assert decide(login_request(skip=skip), whoami, policy) == Authenticate(refresh=True)


def test_a_second_factor_does_not_make_up_for_the_provider():
    whoami = someone(ago(9, "oidc gitlab"), ago(5, "totp", "aal2"))
    assert decide(login_request(), whoami, GITHUB) == Authenticate(refresh=True)


def test_where_no_provider_is_allowed_a_password_is():
    policy = Policy(identity_providers=frozenset())
    assert decide(login_request(), someone(ago(9, "oidc github")), policy) == Authenticate(refresh=True)
    assert isinstance(decide(login_request(), someone(), policy), Accept)


def test_another_provider_with_prompt_none_is_refused():
    decision = decide(login_request(skip=True, prompt="none"), someone(ago(9, "oidc gitlab")), GITHUB)
    assert decision == Reject("interaction_required", "Another way of signing in is needed.")


def test_who_keeps_coming_back_by_another_provider_is_not_sent_round_for_ever():
    seen, whoami = LoginAttempt.of(nobody()), someone(proof("oidc gitlab"), now=LATER)
    assert decide(login_request(), whoami, GITHUB, seen, round_trips=MAX_ROUND_TRIPS) == GiveUp()


# prompt=none where a page would be needed

FORBIDDEN = Reject("login_required", "The person has to act, which prompt=none forbids.")


@each_case("whoami", [nobody(), owes(), someone(ago(9, "oidc gitlab"))])
def test_a_silent_request_of_somebody_hydra_does_not_remember_is_login_required(whoami):
    assert decide(login_request(prompt="none"), whoami, GITHUB) == FORBIDDEN


def test_a_choice_of_account_is_no_missing_proof():
    assert decide(login_request(skip=True, prompt="none registration"), someone(), POLICY) == FORBIDDEN


# Row 10 and "Accept"


def test_a_live_session_answers_a_plain_challenge():
    decision = decide(login_request(), someone(ago(3000)), POLICY)
    assert decision == Accept(
        subject=ADA,
        remember_for=3600,
        identity_provider_session_id="session-ada",
        acr="aal1",
        amr=("pwd",),
        extend_session_lifespan=False,
    )


@each_case(
    "acr_values, proofs, acr",
    [
        ("1 2", (ago(9),), "1"),
        ("2 1", TWO_FACTORS, "2"),
        ("1 2", TWO_FACTORS, "2"),
        ("1", TWO_FACTORS, "aal2"),
        ("unknown", (ago(9),), "aal1"),
        ("<script> 1", (ago(9),), "1"),
    ],
)
def test_acr_is_the_level_reached_in_the_words_of_the_application(acr_values, proofs, acr):
    """C11."""
    policy = Policy(acr={"1": "aal1", "2": "aal2"})
    decision = decide(
        login_request(acr_values=acr_values), someone(*proofs), policy, LoginAttempt(NOW, no_second_factor=True)
    )
    assert isinstance(decision, Accept)
    assert decision.acr == acr


@each_case(
    "proofs, amr",
    [
        ([ago(9), ago(5)], ("pwd",)),
        ([ago(9, "code")], ("otp",)),
        ([ago(9, "code_recovery")], ("otp",)),
        ([ago(9, "link_recovery")], ()),
        ([ago(9, "oidc")], ()),
        ([ago(9, "passkey")], ("hwk",)),
        ([ago(9, "something_new")], ()),
        ([ago(9), ago(5, "totp", "aal2")], ("pwd", "otp", "mfa")),
        ([ago(9), ago(5, "lookup_secret", "aal2")], ("pwd", "otp", "mfa")),
        ([ago(9), ago(5, "webauthn", "aal2")], ("pwd", "hwk", "mfa")),
    ],
)
def test_amr_names_the_methods_as_rfc_8176_does(proofs, amr):
    """C12."""
    decision = decide(login_request(), someone(*proofs), POLICY)
    assert isinstance(decision, Accept)
    assert decision.amr == amr


def test_the_operators_names_of_methods_stand_beside_and_instead_of_the_usual_ones():
    policy = Policy(amr={"password": "pwd", "oidc": "fed", "code": ""})
    decision = decide(login_request(), someone(ago(9), ago(5, "oidc"), ago(3, "code")), policy)
    assert isinstance(decision, Accept)
    assert decision.amr == ("pwd", "fed")


@each_case(
    "expires_in, remember_for",
    [(3600, 3600), (5, 5), (0.5, 1), (0, 1), (-100, 1), (None, 1), (10**10, 400 * 24 * 3600)],
)
def test_remember_for_is_what_the_kratos_session_has_left_and_never_zero(expires_in, remember_for):
    """N50: Hydra reads 0 as its own 720 hours."""
    decision = decide(login_request(), someone(expires_in=expires_in), POLICY)
    assert isinstance(decision, Accept)
    assert decision.remember_for == remember_for


@each_case("skip", [True, False])
@each_case("state", ["inactive", "something_new"])
def test_an_identity_that_is_not_active_is_refused(skip, state):
    """N44: Kratos may still have a session of it."""
    whoami = someone(identity={"id": ADA, "state": state, "traits": {}})
    assert decide(login_request(skip=skip), whoami, POLICY) == Reject("access_denied", "This account is not active.")


# Hops


def test_a_challenge_that_comes_back_too_often_ends_on_a_page():
    """N11."""
    assert decide(login_request(prompt="login"), someone(), POLICY, round_trips=MAX_ROUND_TRIPS) == GiveUp()


def test_the_last_hop_below_the_cap_still_counts():
    decision = decide(login_request(prompt="login"), someone(), POLICY, round_trips=MAX_ROUND_TRIPS - 1)
    assert decision == Authenticate(refresh=True)


def test_whoever_arrives_late_but_complete_is_accepted():
    assert isinstance(decide(login_request(), someone(), POLICY, round_trips=999), Accept)


@each_case(
    "request_, whoami",
    [
        (login_request(prompt="none"), nobody()),
        (login_request(prompt="none"), owes()),
        (login_request(prompt="none", max_age="0"), someone()),
        (login_request(prompt="none", hint=BOB), someone()),
        (login_request(prompt="none registration"), someone()),
        (login_request(prompt="none login"), someone()),
        (login_request(request=jwt({"prompt": "none"})), nobody()),
        (login_request(prompt="none", acr_values="aal2"), someone()),
        (login_request(prompt="none", skip=True, acr_values="aal2"), someone()),
    ],
)
def test_prompt_none_is_refused_where_anybody_would_have_to_act(request_, whoami):
    """Hydra fails most of these itself; N56 wants it of us, too."""
    decision = decide(request_, whoami, POLICY, round_trips=1)
    assert isinstance(decision, Reject)
    assert decision.error in {"login_required", "interaction_required"}


def test_prompt_none_is_accepted_where_nobody_has_to_act():
    assert isinstance(decide(login_request(skip=True, prompt="none"), someone(), POLICY), Accept)


def test_a_remembered_consent_is_for_ever_unless_the_operator_says_how_long():
    """Hydra reads 0 as for ever."""
    assert Policy().consent_lifetime == 0
