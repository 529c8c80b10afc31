"""Where Kratos has no passwords (codes, passkeys or providers alone) no page speaks of one that was forgotten."""

import pytest

from app.ory.flows import Flow
from app.selfservice.flow_kinds import anew
from tests.payloads.bodies import load
from tests.support.pages import heading, parsed
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC

ALONE = "without=password"


def shown(client, upstream, name, **change):
    """The page of this body."""
    kind, body = name.partition("/")[0], load(name) | change
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    if body.get("refresh"):
        upstream.signed_in()
    return client.get(f"/{kind}?flow={body['id']}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("login/password_only", "Forgot your password?"),
        ("login/identifier_first_methods", "Forgot your password?"),
        ("login/identifier_first", "Can't sign in?"),  # the first of two pages does not know
        ("login/code_only", "Can't sign in?"),
        ("login/passkey_only", "Can't sign in?"),
        ("login/social_only", "Can't sign in?"),
    ],
)
def test_the_link_to_recovery_says_what_can_be_done_there(client, upstream, name, words):
    link = parsed(shown(client, upstream, name, return_to="", request_url="")).find(
        attrs={"data-testid": "forgot-password-link"}
    )

    assert (link.get_text(), link["href"].endswith(ALONE)) == (words, words == "Can't sign in?")


@pytest.mark.parametrize(("name", "is_alone"), [("login/refresh_password", False), ("login/refresh_passkey", True)])
def test_who_cannot_confirm_who_they_are_is_led_to_the_same_page(client, upstream, name, is_alone):
    upstream.asks("login")
    page = shown(client, upstream, name)
    upstream.signs_out()

    location = client.submit(page, "/login/forgot").headers["Location"]

    assert location.endswith(ALONE) is is_alone


@pytest.mark.parametrize(
    ("query", "state", "title"),
    [
        ("", "choose_method", "Reset your password"),
        ("?without=password", "choose_method", "Get back into your account"),
        ("?without=password", "recovery_awaiting_address", "Get back into your account"),
        ("?without=passwords", "choose_method", "Reset your password"),
    ],
)
def test_the_recovery_is_called_by_what_it_is_begun_for(client, upstream, query, state, title):
    begun = f"{BROWSER_KRATOS}/self-service/recovery/browser{query}"

    assert heading(shown(client, upstream, "recovery/email", return_to="", request_url=begun, state=state)) == title
    flow = Flow.parse(load("recovery/email") | {"return_to": "", "request_url": begun})
    anew_at = anew("recovery", flow, lambda kind: f"{BROWSER_KRATOS}/self-service/{kind}/browser")["recovery"]
    assert anew_at.endswith(ALONE) == begun.endswith(ALONE)


@pytest.mark.parametrize(
    ("groups", "title", "said"),
    [
        (
            ("default", "password", "passkey"),
            "Choose a new password",
            "You're signed in. Now choose a new password or another way to sign in next time.",
        ),
        (("default", "passkey"), "Choose how to sign in", "Choose how you'll sign in next time."),
    ],
)
def test_after_a_recovery_only_what_there_is_can_be_chosen(client, upstream, groups, title, said):
    upstream.asks("login")
    nodes = [node for node in load("settings/after_recovery")["ui"]["nodes"] if node["group"] in groups]
    ui = load("settings/after_recovery")["ui"] | {"nodes": nodes}
    page = shown(client, upstream, "settings/after_recovery", return_to=f"{PUBLIC}/login?login_challenge=c&n=1", ui=ui)

    assert heading(page).startswith(title)
    assert parsed(page).find(attrs={"data-testid": "ui/message/1060001"}).get_text() == said


def test_after_a_recovery_with_nothing_to_choose_nothing_is_asked_for(client, upstream):
    ui = load("settings/after_recovery")["ui"]
    ui |= {"nodes": [node for node in ui["nodes"] if node["group"] in ("default", "profile")]}
    page = shown(client, upstream, "settings/after_recovery", return_to="", request_url="", ui=ui)

    assert parsed(page).find(attrs={"data-testid": "ui/message/1060001"}).get_text() == "You're signed in."
