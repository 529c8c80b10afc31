"""What a session proves, at the edges that the decision table does not reach."""

from app.oauth2.assurance import (
    MAX_REMEMBER,
    LoginAttempt,
    acr,
    is_fresh,
    is_older,
    newest_proof_at,
    remaining_seconds,
    short_hash,
    was_typed,
    wished_aal,
)
from app.ory.models import SECOND, Whoami
from tests.support.builders import ADA, BOB, NOW, ago, flow, nobody, owes, rfc3339, session, someone
from tests.support.cases import each_case


def test_with_nobody_signed_in_first_sight_is_not_rounded_up():
    """There is no old proof, and a quick robot or password manager must not be asked twice."""
    assert LoginAttempt.of(nobody()) == LoginAttempt(first_seen=NOW)


def test_at_first_sight_nothing_is_known_of_what_comes_later():
    seen = LoginAttempt.of(nobody())
    assert (seen.session_hash, seen.chosen, seen.second_factor, seen.enrolled, seen.page, seen.flow) == ("",) * 6


def test_the_flow_that_is_shown_is_noted_with_its_kind():
    seen = LoginAttempt.of(nobody()).showing("registration", flow(id="of-this-page"))
    assert (seen.page, seen.flow) == ("registration", short_hash("of-this-page"))


def test_with_a_session_first_sight_is_rounded_up_and_knows_its_newest_proof():
    seen = LoginAttempt.of(someone(ago(30), ago(20, "totp", "aal2")))
    expected = LoginAttempt(NOW + SECOND, short_hash("session-ada"), NOW - 20 * SECOND, second_factor="proven")
    assert seen == expected


def test_with_a_second_factor_owed_first_sight_is_rounded_up_and_knows_nothing():
    assert LoginAttempt.of(owes()) == LoginAttempt(NOW + SECOND, second_factor="had")


def test_with_a_session_that_cannot_be_read_first_sight_is_rounded_up():
    """The next answer may tell of a proof of just before, which was not given for this challenge."""
    assert LoginAttempt.of(Whoami(NOW, session_unusable=True)) == LoginAttempt(NOW + SECOND)


def test_with_a_session_without_any_proof_an_older_one_seen_later_is_not_new():
    """Found by the machines: Kratos' answer had proofs nobody could read, and its next one an old second factor."""
    seen = LoginAttempt.of(someone(authentication_methods=None))
    for second in (20, -0.5):  # within the second of first sight, too
        assert not is_fresh(session(ago(30), ago(second, "totp", "aal2")), "aal2", seen)
    assert is_fresh(session(ago(30), ago(-2, "totp", "aal2")), "aal2", seen)


def test_a_proof_within_the_second_of_first_sight_counts_in_the_session_that_was_known():
    seen = LoginAttempt.of(someone(ago(30)))
    assert is_fresh(session(ago(30), ago(-0.5)), "aal1", seen)


def test_a_proof_within_the_second_of_first_sight_does_not_count_in_another_session():
    seen = LoginAttempt.of(someone(ago(30)))
    assert not is_fresh(session(ago(-0.5), of=BOB), "aal1", seen)


def test_a_proof_at_the_very_moment_of_first_sight_does_not_count():
    """N83."""
    assert not is_fresh(session(ago(0)), "aal1", LoginAttempt(NOW))


def test_a_proof_a_microsecond_after_first_sight_counts():
    assert is_fresh(session(("password", "aal1", NOW + 1)), "aal1", LoginAttempt(NOW))


def test_before_anything_was_seen_nothing_was_shown():
    assert not is_fresh(session(ago(0)), "aal1", None)


def begun(at: int, **raw):
    """A login flow that Kratos began at this moment."""
    return flow(issued_at=rfc3339(at), **raw)


@each_case("who", [owes(), someone(ago(3)), nobody()])
def test_a_proof_newer_than_the_flow_that_was_begun_for_the_challenge_counts_to_the_microsecond(who):
    """A password manager answers within the second that Kratos' Date cannot tell apart."""
    seen = LoginAttempt.of(who).showing("login", begun(NOW + 300_000))
    assert is_fresh(session(("password", "aal1", NOW + 300_001), of=BOB), "aal1", seen)
    assert not is_fresh(session(("password", "aal1", min(NOW + 300_000, seen.first_seen)), of=BOB), "aal1", seen)


def test_an_old_proof_never_counts_because_a_flow_is_shown():
    seen = LoginAttempt.of(owes()).showing("login", begun(NOW + 5))
    assert not is_fresh(session(("password", "aal1", NOW + 4)), "aal1", seen)


def test_a_flow_shown_later_does_not_make_proofs_given_before_it_old():
    seen = LoginAttempt.of(owes()).showing("login", begun(NOW + 5)).showing("login", begun(NOW + 90 * SECOND))
    assert is_fresh(session(("password", "aal1", NOW + 6)), "aal1", seen)


@each_case("issued_at", [NOW, NOW + SECOND, NOW + 60 * SECOND, 0])
def test_a_time_in_whole_seconds_is_no_exact_mark(issued_at):
    """N83: MySQL rounds it, so that the flow may be younger than it says."""
    assert LoginAttempt.of(owes()).showing("login", begun(issued_at)).first_seen == NOW + SECOND


@each_case("issued_at, at", [(NOW + 5, NOW + 5), (NOW, NOW + SECOND)])
def test_where_the_note_of_a_challenge_was_lost_the_flow_begun_for_it_is_one(issued_at, at):
    """Two tabs that load at once overwrite each other's cookie."""
    seen = LoginAttempt.by_flow(begun(issued_at))
    assert (seen.first_seen, seen.session_hash, seen.newest_proof) == (at, "", 0)


def test_a_flow_without_a_time_is_a_mark_of_nothing():
    assert LoginAttempt.by_flow(flow()) is None


def test_a_flow_without_a_time_is_no_exact_mark():
    assert LoginAttempt.of(owes()).showing("login", flow()).first_seen == NOW + SECOND


SET_UP = ("totp", "aal2", NOW + 20 * SECOND)


def raised(*methods, authenticated_at: int):
    return session(*methods, authenticated_at=rfc3339(authenticated_at))


def test_a_second_factor_that_was_set_up_by_somebody_who_had_one_does_not_count():
    """N81: only a sign-in moves authenticated_at; setting up adds a method and no more."""
    seen = LoginAttempt.of(someone()).offered_second_factor()
    password = ("password", "aal1", NOW + 10 * SECOND)
    before = raised(password, SET_UP, authenticated_at=NOW + 10 * SECOND + 9)
    assert not seen.trusts_aal2(before)
    seen = seen.enrolling(before)
    used = ("totp", "aal2", NOW + 30 * SECOND)
    assert not seen.trusts_aal2(raised(password, SET_UP, used, authenticated_at=NOW + 30 * SECOND + 9))
    own = ("webauthn", "aal2", NOW + 40 * SECOND)
    assert seen.trusts_aal2(raised(password, SET_UP, used, own, authenticated_at=NOW + 40 * SECOND + 9))


@each_case(
    "seen, authenticated_at",
    [
        (LoginAttempt.of(someone()), NOW + 9),
        (LoginAttempt.of(nobody()), NOW + 9),
        (LoginAttempt.of(someone(ago(30), ago(20, "totp", "aal2"))).offered_second_factor(), NOW + 9),
        (LoginAttempt.of(owes()), NOW + 20 * SECOND + 9),
        (LoginAttempt.of(owes()), NOW + 20 * SECOND),
        (LoginAttempt.of(owes()), NOW + 19 * SECOND),
    ],
)
def test_every_other_second_factor_counts(seen, authenticated_at):
    assert seen.trusts_aal2(raised(("password", "aal1", NOW + 8), SET_UP, authenticated_at=authenticated_at))


def test_a_second_factor_that_was_proven_is_not_owed_because_it_is_offered():
    seen = LoginAttempt.of(someone(ago(30), ago(20, "totp", "aal2")))
    assert seen.offered_second_factor() is seen


@each_case(
    "before",
    [
        raised(("password", "aal1", NOW + 8), authenticated_at=NOW + 9),
        session(("password", "aal1", NOW + 8), SET_UP, authenticated_at=None),
    ],
)
def test_of_a_session_that_says_too_little_nothing_was_set_up(before):
    seen = LoginAttempt.of(owes())
    assert seen.enrolling(before) is seen
    assert seen.trusts_aal2(before)


def test_every_second_factor_set_up_within_a_sign_in_is_noted():
    password = ("password", "aal1", NOW + 8)
    seen = LoginAttempt.of(owes()).enrolling(raised(password, SET_UP, authenticated_at=NOW + 9))
    other = raised(password, ("webauthn", "aal2", NOW + 40 * SECOND), authenticated_at=NOW + 9)
    assert not seen.enrolling(other).trusts_aal2(other)
    assert not seen.enrolling(other).trusts_aal2(raised(password, SET_UP, authenticated_at=NOW + 90 * SECOND))


def test_one_more_second_factor_set_up_after_the_own_was_used_counts():
    seen = LoginAttempt.of(owes())
    own, more = ("totp", "aal2", NOW + 5), ("lookup_secret", "aal2", NOW + 20 * SECOND)
    assert seen.trusts_aal2(raised(("password", "aal1", NOW + 2), own, more, authenticated_at=NOW + 9))


@each_case("aal", ["aal1", "aal2"])
def test_a_session_without_proofs_never_showed_any(aal):
    assert not is_fresh(session(), aal, LoginAttempt.of(nobody()))


def test_the_newest_proof_of_a_level_is_taken_whatever_the_order():
    kratos_session = session(ago(5), ago(90), ago(1, "totp", "aal2"), ago(3, "code_recovery"))
    assert (newest_proof_at(kratos_session, "aal1"), newest_proof_at(kratos_session, "aal2")) == (
        NOW - 5 * SECOND,
        NOW - SECOND,
    )


def test_a_session_without_proofs_is_as_old_as_can_be():
    assert newest_proof_at(session(), "aal1") == 0


def test_a_proof_without_a_time_is_as_old_as_can_be():
    methods = [{"method": "password", "aal": "aal1"}, {"method": "password", "aal": "aal1", "completed_at": "x"}]
    assert newest_proof_at(session(authentication_methods=methods), "aal1") == 0


@each_case(
    "proofs, typed_last",
    [
        ([], False),
        ([ago(5, "totp", "aal2")], False),
        ([ago(5, "code_recovery")], False),
        ([ago(90, "oidc"), ago(5)], True),
        ([ago(5), ago(90, "oidc")], True),
        ([ago(90), ago(5, "oidc")], False),
        ([ago(90), ago(5, "code"), ago(1, "totp", "aal2")], True),
    ],
)
def test_the_newest_first_factor_says_whether_somebody_typed(proofs, typed_last):
    assert was_typed(session(*proofs)) is typed_last


def test_a_proof_may_be_as_old_as_allowed_and_no_older():
    assert not is_older(session(ago(60)), "aal1", 60, NOW)
    assert is_older(session(ago(60)), "aal1", 60, NOW + 1)


def test_who_asks_for_no_level_wishes_for_the_first():
    assert wished_aal(["unknown"], {"gold": "aal2"}) == "aal1"


@each_case("expires_in", [-(10**9), -1, 0, 0.999, 1])
def test_at_least_a_second_remains(expires_in):
    assert remaining_seconds(session(expires_in=expires_in), NOW) == 1


def test_no_more_remains_than_browsers_keep():
    assert remaining_seconds(session(expires_in=10**10), NOW) == MAX_REMEMBER


def test_a_session_without_end_is_remembered_as_shortly_as_can_be():
    assert remaining_seconds(session(expires_in=None), NOW) == 1


def test_without_a_word_of_the_applications_the_level_is_told_by_its_name():
    assert acr([], "aal2", {"gold": "aal2"}) == "aal2"


def test_a_word_for_another_level_is_never_told():
    assert acr(["gold"], "aal1", {"gold": "aal2"}) == "aal1"


def test_a_short_hash_recognises_and_does_not_tell():
    assert short_hash(ADA) == short_hash(ADA) != short_hash(BOB)
    assert len(short_hash(ADA)) == 16
    assert ADA not in short_hash(ADA)


def test_a_hash_in_our_cookie_is_short():
    assert len(short_hash("a")) == 16
