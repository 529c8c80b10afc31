"""`portico doctor --client`: what is registered, a request that works, and how the code is exchanged."""

import base64
import hashlib
import shlex

import pytest

from app.domain import urls
from tests.doctor.world import CLIENT, HYDRA, HYDRA_ADMIN


def shown(world, **changes):
    """What is printed of the demo client with these changes."""
    world.clients = [CLIENT | changes]
    lines, is_wrong = world.doctor().client("demo")
    return lines, is_wrong


def curls(lines):
    return [shlex.split(line) for line in lines if line.startswith("curl ")]


def test_the_registration_is_shown(world):
    lines, is_wrong = shown(world)

    assert not is_wrong
    assert "redirect URIs   https://app.example.org/callback" in lines
    assert "authentication  client_secret_basic" in lines
    assert "grants          authorization_code, refresh_token" in lines
    assert "scopes          openid, offline_access, photos.*" in lines
    assert "consent         people are asked" in lines


@pytest.mark.parametrize("name", ["\u200b", "  ", "\u202e"])
def test_a_name_that_shows_as_nothing_is_left_out(world, name):
    lines, _ = shown(world, client_name=name)

    assert "client          demo" in lines


def test_a_first_party_client_is_called_so(world):
    assert "consent         no page asks people (skip_consent)" in shown(world, skip_consent=True)[0]


def test_the_request_has_state_nonce_and_the_challenge_of_the_verifier_below(world):
    lines, _ = shown(world)
    [request] = [urls.query(line) for line in lines if line.startswith(f"{HYDRA}/oauth2/auth?")]
    [verifier] = {part.partition("=")[2] for part in curls(lines)[0] if part.startswith("code_verifier=")}
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

    assert request["redirect_uri"] == "https://app.example.org/callback"
    assert (request["response_type"], request["scope"]) == ("code", "openid")
    assert min(len(request["state"]), len(request["nonce"])) >= 20
    assert (request["code_challenge"], request["code_challenge_method"]) == (digest, "S256")


def test_the_request_was_tried(world):
    lines, _ = shown(world)

    assert "ok           Hydra takes the request and sends the browser to the login page." in lines


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_both_ways_with_a_secret_are_shown_the_registered_one_first(world, method):
    lines, _ = shown(world, token_endpoint_auth_method=method)
    first, second = curls(lines)
    by_header, by_body = (first, second) if method == "client_secret_basic" else (second, first)

    assert f"this client has to use {method}:" in "\n".join(lines)
    assert by_header[by_header.index("-u") + 1] == "demo:<client secret>"
    assert "client_secret=<client secret>" in by_body
    assert "-u" not in by_body


def test_a_public_client_needs_no_secret(world):
    [curl] = curls(shown(world, token_endpoint_auth_method="none")[0])

    assert "client_id=demo" in curl
    assert "<client secret>" not in " ".join(curl)


def test_a_client_with_an_assertion_is_told_so(world):
    lines, _ = shown(world, token_endpoint_auth_method="private_key_jwt")

    assert "# private_key_jwt needs a signed assertion, which curl cannot make" in lines


def test_no_secret_of_the_registration_is_printed(world):
    lines, _ = shown(
        world, client_secret="the-secret", registration_access_token="the-token", jwks={"keys": ["the-key"]}
    )

    assert not [one for one in ("the-secret", "the-token", "the-key") if one in "\n".join(lines)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grant_types": ["client_credentials"]}, "wrong        People cannot sign in to this client"),
        ({"response_types": ["token"]}, "wrong        People cannot sign in to this client"),
        ({"redirect_uris": []}, "wrong        The client has no redirect URI."),
        ({"scope": "photos"}, "warning      The client may not ask for openid"),
        ({"grant_types": ["authorization_code"]}, "warning      The client may ask for offline_access, but"),
    ],
    ids=str,
)
def test_what_keeps_a_registration_from_working_is_told(world, changes, words):
    lines, is_wrong = shown(world, **changes)

    assert [line for line in lines if line.startswith(words)]
    assert is_wrong == words.startswith("wrong")
    assert bool(curls(lines)) != is_wrong


def test_what_somebody_registered_is_no_command_for_the_terminal(world):
    """Where dynamic registration is on, anybody chooses the name."""
    lines, _ = shown(world, client_name="\x1b[2Jnice", redirect_uris=["https://app.example.org/'; reboot #"])

    assert "\x1b" not in "\n".join(lines)
    assert all("reboot" not in part or part.startswith("redirect_uri=") for curl in curls(lines) for part in curl)


def test_an_unknown_client_is_told_with_the_nearest_known_one(world):
    lines, is_wrong = world.doctor().client("dem")

    assert is_wrong
    assert lines == ["wrong        Hydra has no client dem. Did you mean demo?  [the request: client_id]"]


def test_a_hydra_that_does_not_answer_is_told(world):
    world.silent = {HYDRA_ADMIN}

    lines, is_wrong = world.doctor().client("demo")

    assert is_wrong
    assert lines == [
        "wrong        Hydra does not tell its clients (no answer: ConnectionError).  [PORTICO_HYDRA_ADMIN_URL]"
    ]


def test_an_id_with_a_slash_asks_for_nothing_else(world):
    world.doctor().client("../../admin/keys/x")

    assert world.asked[0] == f"{HYDRA_ADMIN}/admin/clients/..%2F..%2Fadmin%2Fkeys%2Fx"
