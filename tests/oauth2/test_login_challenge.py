"""Hydra's login challenge: what is sent to Hydra, and where the browser goes (design section 4)."""

from tests.support.cases import each_case
from tests.support.upstream import ADA, BROWSER_HYDRA, BROWSER_KRATOS, HYDRA, PUBLIC, authorize, proof, query, session

LOGIN = "/login?login_challenge=c"


def test_it_accepts_at_once_when_somebody_is_signed_in(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")

    response = client.get(LOGIN)

    assert response.headers["Location"] == f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=v"
    assert upstream.body("login/accept") == {
        "subject": ADA,
        "remember": True,
        "remember_for": 3600,
        "extend_session_lifespan": False,
        "identity_provider_session_id": "session-1",
        "acr": "aal1",
        "amr": ["pwd"],
        "context": {"kratos_session": "session-1"},
    }


def test_the_challenge_is_sent_as_one_parameter(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=a%2Fb%3Dc%2B~._-")
    urls = [call.request.url for call in upstream.mock.calls if HYDRA in call.request.url]
    assert [query(url) for url in urls] == [{"login_challenge": "a/b=c+~._-"}] * 2


def test_a_remembered_login_of_the_right_person_is_accepted_and_extended(client, upstream):
    upstream.asks("login", skip=True, subject=ADA)
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get(LOGIN)
    assert upstream.body("login/accept")["extend_session_lifespan"] is True


@each_case("expires_in, remember_for", [(5, 5), (-10, 1), (0, 1), (10**9, 400 * 86400)])
def test_hydra_remembers_no_longer_than_the_session_lives_and_never_zero(client, upstream, expires_in, remember_for):
    """N50: 0 would mean Hydra's own 720 hours."""
    upstream.asks("login")
    upstream.signed_in(expires_in=expires_in)
    upstream.takes("login", "accept")
    client.get(LOGIN)
    assert upstream.body("login/accept")["remember_for"] == remember_for


@each_case("expires_at", [None, "soon", 17, "9999999-01-01T00:00:00Z"])
def test_a_session_without_a_readable_end_is_remembered_for_a_second(client, upstream, expires_at):
    """N50."""
    upstream.asks("login")
    upstream.whoami(session() | {"expires_at": expires_at})
    upstream.takes("login", "accept")
    client.get(LOGIN)
    assert upstream.body("login/accept")["remember_for"] == 1


def test_acr_and_amr_are_what_was_reached_not_what_was_asked(client, upstream):
    """C11 C12."""
    upstream.asks("login", request_url=authorize(acr_values="gold aal2"))
    upstream.signed_in(aal="aal2", proofs=[proof(60), proof(50, "totp", "aal2"), proof(40, "from-the-future")])
    upstream.takes("login", "accept")
    client.get(LOGIN)
    accept = upstream.body("login/accept")
    assert (accept["acr"], accept["amr"]) == ("aal2", ["pwd", "otp", "mfa"])


def test_acr_is_told_in_the_words_the_application_asked_in(client_with, upstream):
    upstream.asks("login", request_url=authorize(acr_values="1 2"))
    upstream.signed_in()
    upstream.takes("login", "accept")
    client_with(acr={"1": "aal1", "2": "aal2"}).get(LOGIN)
    assert upstream.body("login/accept")["acr"] == "1"


def test_with_nobody_signed_in_the_browser_goes_to_kratos_and_comes_back_here(client, upstream):
    upstream.asks("login")
    upstream.nobody()
    location = client.get(LOGIN).headers["Location"]
    assert location.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
    assert query(location) == {"return_to": f"{PUBLIC}/login?login_challenge=c&n=1"}


def test_kratos_never_hears_of_the_challenge_itself(client, upstream):
    """It would answer the challenge on its own terms."""
    upstream.asks("login")
    upstream.nobody()
    assert "login_challenge" not in query(client.get(LOGIN).headers["Location"])


def test_somebody_who_owes_a_second_factor_is_asked_for_it(client, upstream):
    upstream.asks("login")
    upstream.aal2_required()
    assert query(client.get(LOGIN).headers["Location"])["aal"] == "aal2"


@each_case(
    "who", [session() | {"active": False}, session() | {"identity": None}, session() | {"id": None}, {"identity": None}]
)
def test_a_session_that_is_not_live_is_nobodys(client, upstream, who):
    """N44."""
    upstream.asks("login", skip=True, subject=ADA)
    upstream.whoami(who)
    assert client.get(LOGIN).headers["Location"].startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")


@each_case("client_fields", [{}, {"subject_type": "pairwise"}])
def test_the_subject_is_the_identitys_id_and_nothing_else_names_the_person(client, upstream, client_fields):
    """N69: Hydra makes pairwise subjects out of it; a forced one or an e-mail address would go round that."""
    upstream.asks("login", client=client_fields)
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get(LOGIN)
    accept = upstream.body("login/accept")
    assert accept["subject"] == ADA
    assert "force_subject_identifier" not in accept
    assert "ada@example.org" not in str(accept)
