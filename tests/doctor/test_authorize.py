"""`portico doctor --authorize-url`: why Hydra refuses a request, by the registration and in Hydra's own words."""

from urllib.parse import urlencode

import pytest

from tests.doctor.world import CLIENT, HYDRA, PUBLIC

S256 = "YH41y9Snz_XII4cTd8sT8MHy-MzeBy3456aOZPHVSvk"
GOOD = {
    "client_id": "demo",
    "redirect_uri": "https://app.example.org/callback",
    "response_type": "code",
    "scope": "openid photos.read",
    "state": "0123456789",
    "nonce": "0123456789",
    "code_challenge": S256,
    "code_challenge_method": "S256",
}


def request(**changes):
    """An authorization request; None leaves a parameter out."""
    given = GOOD | changes
    return f"{HYDRA}/oauth2/auth?" + urlencode({name: value for name, value in given.items() if value is not None})


def told(world, **changes):
    """The findings that are none of "ok"."""
    lines, status = world.doctor().authorize_url(request(**changes))
    found = [line for line in lines if not line.startswith("ok ")]
    levels = {line[:13].strip() for line in found}
    assert status == (1 if "wrong" in levels else 3 if "cannot tell" in levels else 0)
    return found


def test_a_good_request_has_nothing_to_change(world):
    assert told(world) == []


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"redirect_uri": None}, "wrong", "redirect_uri is missing."),
        ({"scope": "openid fax"}, "wrong", "scope has fax, which is not registered."),
        ({"scope": "openid photos"}, "wrong", "scope has photos, which is not registered."),
        ({"response_type": "token"}, "wrong", "response_type is token. Registered: code."),
        ({"response_type": None}, "wrong", "response_type is missing."),
        ({"state": "1234567"}, "wrong", "state has 7 characters; Hydra wants 8 or more"),
        ({"state": None}, "wrong", "state has 0 characters"),
        ({"nonce": "1234567"}, "wrong", "nonce has 7 characters"),
        ({"nonce": None}, "warning", "nonce is missing"),
        ({"code_challenge": None, "code_challenge_method": None}, "warning", "PKCE is missing"),
        ({"code_challenge_method": "plain"}, "wrong", "code_challenge_method is not S256"),
        ({"code_challenge_method": None}, "wrong", "code_challenge_method is not S256"),
        ({"code_challenge": f"{S256}="}, "wrong", "code_challenge is no SHA-256 in base64url"),
        ({"prompt": "select_account"}, "wrong", "prompt has select_account, which this Hydra does not know."),
        ({"prompt": "none login"}, "wrong", "prompt has none beside other values."),
        ({"max_age": "soon"}, "warning", "max_age is no number of seconds"),
        ({"audience": "https://api.example.com"}, "wrong", "audience has https://api.example.com"),
        ({"request_uri": "urn:x"}, "cannot tell", "The request has a request object"),
    ],
    ids=str,
)
def test_what_the_registration_or_the_rules_forbid_is_named(world, changes, level, words):
    [line] = told(world, **changes)

    assert line.startswith(f"{level:<13}{words}")


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "photos.read.all"},
        {"audience": "https://api.example.org"},
        {"prompt": "login consent"},
        {"max_age": "0"},
        {"scope": "photos.read", "nonce": None},
        {"scope": "photos.read", "redirect_uri": None, "nonce": None},
    ],
    ids=str,
)
def test_what_is_allowed_is_not_told(world, changes):
    assert told(world, **changes) == []


class TestRedirectUri:
    def test_the_nearest_registered_one_stands_below_with_the_first_difference_marked(self, world):
        near = "https://app.example.org/callback"
        world.clients = [CLIENT | {"redirect_uris": ["https://old.example.org/", near]}]

        lines = told(world, redirect_uri="https://app.example.org/Callback")
        start = lines[1].index("https")

        assert lines[0] == "wrong        redirect_uri is not registered.  [the client: redirect_uris]"
        assert lines[2][start:] == near
        assert lines[3].index("^") == start + near.index("callback")

    def test_a_slash_too_many_is_marked_at_the_end(self, world):
        lines = told(world, redirect_uri="https://app.example.org/callback/")

        assert lines[3].index("^") == len(lines[2])

    def test_a_client_without_any_is_told(self, world):
        world.clients = [CLIENT | {"redirect_uris": []}]

        assert told(world)[2].split() == ["registered", "none"]

    @pytest.mark.parametrize(("asked", "is_registered"), [("127.0.0.1:61023", True), ("localhost:61023", False)])
    def test_on_a_loopback_address_any_port_will_do(self, world, asked, is_registered):
        """RFC 8252 section 7.3; not for the name localhost."""
        world.clients = [CLIENT | {"redirect_uris": ["http://127.0.0.1/cb", "http://localhost/cb"]}]

        assert (told(world, redirect_uri=f"http://{asked}/cb") == []) == is_registered


def test_an_unknown_client_is_told_with_the_nearest_known_one(world):
    lines = told(world, client_id="demos")

    assert lines[0] == "wrong        Hydra has no client demos. Did you mean demo?  [the request: client_id]"
    assert lines[1] == "wrong        Hydra refuses the request with invalid_client: no client with this client_id."


def test_a_missing_client_id_is_told(world):
    assert told(world, client_id=None)[0].startswith("wrong        client_id is missing.")


def test_a_client_without_the_grant_is_told(world):
    world.clients = [CLIENT | {"grant_types": ["client_credentials"]}]

    assert told(world) == ["wrong        The client has no grant authorization_code.  [the client: grant_types]"]


def test_what_hydra_says_comes_last_translated_and_in_its_words(world):
    world.refusal = "invalid_scope"

    line, words = told(world)

    assert (
        line
        == "wrong        Hydra refuses the request with invalid_scope: a scope that this client is not registered for."
    )
    assert words.strip() == "Hydra says: Because."


@pytest.mark.parametrize("answer", ["login_required", "consent_required"])
def test_that_prompt_none_needs_a_session_is_no_mistake(world, answer):
    world.refusal = answer

    assert [line.strip() for line in told(world, prompt="none")] == ["Hydra says: Because."]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/oauth2/auth?client_id=demo",
        f"{PUBLIC}/oauth2/auth?client_id=demo",
        f"{HYDRA}/oauth2/auth?client_id=demo&scope=openid email",
        f"{HYDRA}/authorize?client_id=demo",
        "not an address",
        "https://[::1",
    ],
)
def test_an_address_that_is_not_hydras_is_told_and_not_asked(world, url):
    lines, is_wrong = world.doctor().authorize_url(url)

    assert is_wrong
    assert lines[0].startswith("wrong ")
    assert {asked.split("/")[2] for asked in world.asked} <= {"hydra.example.org", "hydra:4445"}


def test_without_hydras_addresses_nothing_can_be_said(world):
    lines, is_wrong = world.doctor(hydra_public_url="").authorize_url(request())

    assert is_wrong
    assert "PORTICO_HYDRA_PUBLIC_URL" in lines[-1]


def test_what_may_be_secret_in_a_request_is_not_repeated(world):
    lines, _ = world.doctor().authorize_url(request(state="the-state", nonce="the-nonce", login_hint="ada@example.org"))

    assert not [one for one in ("the-state", "the-nonce", "ada@example.org", S256) if one in "\n".join(lines)]
