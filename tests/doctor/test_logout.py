"""`portico doctor --authorize-url` with a logout request: why Hydra refuses it, and what to change."""

import base64
import json
from urllib.parse import urlencode

import pytest

from tests.doctor.world import CLIENT, HYDRA, PUBLIC

BACK = "https://app.example.org/bye"
MALFORMED = "The request is missing a required parameter, or is otherwise malformed. "


def hint(**claims):
    payload = base64.urlsafe_b64encode(json.dumps({"aud": ["demo"], "sub": "ada-identity"} | claims).encode()).decode()
    return f"e30.{payload.rstrip('=')}.the-signature"


def told(world, **parameters):
    world.clients = [CLIENT | {"post_logout_redirect_uris": [BACK]}]
    return world.doctor().authorize_url(f"{HYDRA}/oauth2/sessions/logout?{urlencode(parameters)}")


def test_a_request_that_hydra_takes_has_nothing_to_change(world):
    lines, status = told(world, id_token_hint=hint(), post_logout_redirect_uri=BACK)

    assert status == 0
    assert "The request goes to Hydra's endpoint for signing out." in lines[0]
    assert "Hydra takes the request" in lines[-1]


@pytest.mark.parametrize(
    ("said", "meaning", "where"),
    [
        ("go-jose/go-jose: error in cryptographic primitive", "id_token_hint cannot be read", "the request"),
        ("illegal base64 data at input byte 0", "id_token_hint cannot be read", "the request"),
        ("Token used before issued", "id_token_hint cannot be read", "the request"),
        (
            "Logout failed because query parameter state is set but id_token_hint is missing.",
            "state and post_logout_redirect_uri need an id_token_hint",
            "the request",
        ),
        (
            "Logout failed because issuer claim value 'x' from query parameter id_token_hint does not match.",
            "id_token_hint is of another issuer",
            "the request",
        ),
        ("Logout failed because query parameter id_token_hint is missing sid claim.", "no ID token", "the request"),
        (
            "Logout failed because none of the listed audiences is a registered OAuth 2.0 Client.",
            "is not registered (any more)",
            "the request",
        ),
    ],
)
def test_what_hydra_says_is_told_in_other_words(world, said, meaning, where):
    world.refused_logout = MALFORMED + said

    lines, status = told(world, id_token_hint=hint())
    [wrong] = [line for line in lines if line.startswith("wrong ")]

    assert status == 1
    assert meaning in wrong
    assert f"[{where}" in wrong
    assert said in "\n".join(lines)


def test_an_address_to_return_to_is_compared_with_the_nearest_registered_one(world):
    world.refused_logout = "Logout failed because post_logout_redirect_uri is not a whitelisted one."

    lines, _ = told(world, id_token_hint=hint(), post_logout_redirect_uri=f"{BACK}/")

    assert lines[-3].split() == ["asked", "for", f"{BACK}/"]
    assert lines[-2].split() == ["registered", BACK]
    assert "[the client: post_logout_redirect_uris]" in "\n".join(lines)


@pytest.mark.parametrize("garbage", ["", "x", "a.b.c", "a.!.c", "a.W10.c", "a.e30.c"])
def test_a_hint_that_cannot_be_read_is_left_to_hydra(world, garbage):
    lines, status = told(world, id_token_hint=garbage)

    assert status == 0
    assert not [url for url in world.asked if "/admin/clients" in url]
    assert "the-signature" not in "\n".join(lines)


def test_no_token_is_repeated_and_none_is_sent_elsewhere(world):
    token = hint()
    world.refused_logout = MALFORMED + "go-jose/go-jose: error in cryptographic primitive"

    lines, _ = world.doctor().authorize_url(f"{PUBLIC}/oauth2/sessions/logout?id_token_hint={token}")

    assert token not in "\n".join(lines)
    assert not [url for url in world.asked if token in url and not url.startswith(HYDRA)]
    assert lines[0].startswith("wrong ")
