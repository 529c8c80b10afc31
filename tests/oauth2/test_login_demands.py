"""What an application demands of a login: a fresh proof, a level, or no page at all."""

from kratos.sandbox.bodies import fill
from tests.support.cases import each_case
from tests.support.upstream import ADA, BOB, BROWSER_HYDRA, authorize, identity, proof, query, session

LOGIN = "/login?login_challenge=c"


@each_case(
    "fields",
    [
        {"request_url": authorize(prompt="login")},
        {"request_url": authorize(max_age="0")},
        {"request_url": authorize(max_age="59")},
        {"request_url": f"{BROWSER_HYDRA}/oauth2/auth"},
        {"request_url": authorize(request_uri="https://app.example.org/request.jwt")},
        {"request_url": authorize(request="a.b.c.d.e")},
        {"request_url": authorize(request="e30.eyJwcm9tcHQiOiJsb2dpbiJ9.")},
    ],
)
def test_an_old_session_does_not_answer_a_demand_to_sign_in_again(client, upstream, fields):
    """N57: Hydra stamps the time of the accept, so nobody after us would notice."""
    upstream.asks("login", **fields)
    upstream.signed_in()
    assert query(client.get(LOGIN).headers["Location"])["refresh"] == "true"


def test_a_fresh_sign_in_is_accepted_once_and_reopening_the_address_asks_again(client, upstream):
    """N57."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.signed_in()
    client.get(LOGIN)
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(60), proof(-5)])
    upstream.takes("login", "accept")

    client.get(f"{LOGIN}&n=1")
    again = client.get(f"{LOGIN}&n=1")

    assert len(upstream.sent("PUT", "login/accept")) == 1
    assert query(again.headers["Location"])["refresh"] == "true"


def test_max_age_that_the_session_meets_is_accepted(client, upstream):
    upstream.asks("login", request_url=authorize(max_age="61"))
    upstream.signed_in()
    upstream.takes("login", "accept")
    assert client.get(LOGIN).status_code == 303


def test_a_wanted_second_factor_is_asked_for(client, upstream):
    """N43."""
    upstream.asks("login", request_url=authorize(acr_values="aal2"))
    upstream.signed_in()
    assert query(client.get(LOGIN).headers["Location"])["aal"] == "aal2"


@each_case(
    "demanded, about, parameters",
    [
        ({"max_session_age": 30}, {}, {"refresh": "true"}),
        ({"required_aal": "aal2"}, {}, {"aal": "aal2"}),
        (
            {"required_aal": "aal2", "required_aal_max_age": 600},
            {"aal": "aal2", "proofs": [proof(900), proof(601, "totp", "aal2")]},
            {"aal": "aal2", "refresh": "true"},
        ),
        (
            {"identity_providers": ["github"]},
            {"proofs": [proof(60, "oidc") | {"provider": "gitlab"}]},
            {"refresh": "true"},
        ),
    ],
)
def test_what_the_operator_demands_for_an_application_is_asked_for(client_with, upstream, demanded, about, parameters):
    upstream.asks("login")
    upstream.signed_in(**about)
    location = client_with(clients={"demo": demanded}).get(LOGIN).headers["Location"]
    assert query(location).items() >= parameters.items()


@each_case("own, again", [({}, True), ({"max_session_age": 61}, False)])
def test_a_limit_on_every_applications_sign_in_gives_way_to_its_own(client_with, upstream, own, again):
    upstream.asks("login")
    upstream.signed_in()
    if not again:
        upstream.takes("login", "accept")
    location = client_with(sso_max_auth_age=30, clients={"demo": own}).get(LOGIN).headers["Location"]
    assert ("refresh=true" in location) is again


def test_the_operators_names_of_methods_are_told(client_with, upstream):
    upstream.asks("login")
    upstream.signed_in(proofs=[proof(60, "oidc"), proof(50)])
    upstream.takes("login", "accept")
    client_with(amr={"oidc": "fed"}).get(LOGIN)
    assert upstream.body("login/accept")["amr"] == ["fed", "pwd"]


REJECTED = [
    ("login_required", {"skip": True, "subject": ADA, "request_url": authorize(prompt="none")}, None),
    ("login_required", {"skip": True, "subject": BOB, "request_url": authorize(prompt="none")}, session()),
    ("login_required", {"request_url": authorize(prompt="none")}, None),
    ("login_required", {"skip": True, "subject": ADA, "request_url": authorize(prompt="none", max_age="1")}, session()),
    (
        "login_required",
        {"skip": True, "subject": ADA, "request_url": authorize(request_uri="https://a.example/r", prompt="none")},
        session(),
    ),
    (
        "interaction_required",
        {"skip": True, "subject": ADA, "request_url": authorize(prompt="none", acr_values="aal2")},
        session(),
    ),
    ("invalid_request", {"request_url": authorize(prompt="create")}, session()),
    ("invalid_request", {"request_url": authorize(prompt="select_account")}, None),
    ("access_denied", {"skip": True, "subject": ADA}, session() | {"identity": identity(state="inactive")}),
    ("access_denied", {}, session() | {"identity": identity(state="inactive")}),
]


@each_case("error, fields, who", REJECTED)
def test_what_cannot_be_answered_is_rejected_in_oauths_words_and_without_a_page(client, upstream, error, fields, who):
    """N44 N48 N56."""
    upstream.asks("login", **fields)
    upstream.whoami(who or fill("errors/no_session"), 200 if who else 401)
    upstream.takes("login", "reject", f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no")
    response = client.get(LOGIN)
    assert response.headers["Location"] == f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no"
    reject = upstream.body("login/reject")
    assert reject["error"] == error
    assert reject["error_description"]


UNREPEATABLE = [
    f"{BROWSER_HYDRA}/oauth2/auth",
    authorize(request_uri="https://app.example.org/request.jwt"),
    authorize(request_uri="urn:ietf:params:oauth:request_uri:1"),
    authorize(request="e30.e30.e30.e30.e30"),
]


@each_case("request_url", UNREPEATABLE)
def test_where_nobody_is_signed_in_and_nothing_can_be_repeated_hydra_forgets_so_that_the_next_try_succeeds(
    client, upstream, request_url
):
    upstream.asks("login", skip=True, subject=ADA, session_id="hydra-9", request_url=request_url)
    upstream.nobody()
    upstream.ends_sessions()
    upstream.takes("login", "reject", f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no")
    assert client.get(LOGIN).headers["Location"] == f"{BROWSER_HYDRA}/oauth2/auth?login_verifier=no"
    assert upstream.body("login/reject")["error"] == "login_required"
    [ended] = upstream.sent("DELETE")
    assert query(ended.url) == {"sid": "hydra-9"}


@each_case("request_url", UNREPEATABLE)
def test_a_remembered_login_is_proved_again_where_its_max_age_may_be_hidden(client, upstream, request_url):
    """N74."""
    upstream.asks("login", skip=True, subject=ADA, request_url=request_url)
    whoami = upstream.signed_in(proofs=[proof(3)])
    assert query(client.get(LOGIN).headers["Location"])["refresh"] == "true"
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(3), proof(-5)])
    upstream.takes("login", "accept")
    client.get(f"{LOGIN}&n=1")
    assert upstream.body("login/accept")["subject"] == ADA


def test_a_remembered_login_that_is_too_old_starts_over_with_prompt_login(client, upstream):
    """Hydra compares max_age with the time of our last accept, not with the sign-in."""
    upstream.asks("login", skip=True, subject=ADA, request_url=authorize(max_age="30", prompt="consent"))
    upstream.signed_in()
    location = client.get(LOGIN).headers["Location"]
    assert location.startswith(f"{BROWSER_HYDRA}/oauth2/auth?")
    assert query(location)["prompt"] == "consent login"
    assert query(location)["max_age"] == "30"


def test_when_the_accept_fails_a_fresh_sign_in_is_not_lost(client, upstream):
    """F02: the page says that nothing is lost, so reloading must not ask for the password again."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.signed_in()
    client.get(LOGIN)
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(60), proof(-5)])
    upstream.on("PUT", upstream.url("login") + "/accept", 503)
    assert client.get(f"{LOGIN}&n=1").status_code == 503
    upstream.mock.remove("PUT", upstream.url("login") + "/accept")
    upstream.takes("login", "accept")

    assert client.get(f"{LOGIN}&n=1").headers["Location"].startswith(BROWSER_HYDRA)
