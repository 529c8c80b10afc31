"""Where Kratos has no passwords (codes, passkeys or providers alone) no page speaks of one that was forgotten."""

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import heading, parsed
from tests.support.upstream import KRATOS, PUBLIC


def shown(client, upstream, name, **change):
    """The page of this body."""
    kind, body = name.partition("/")[0], load(name) | change
    upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
    if body.get("refresh"):
        upstream.signed_in()
    return client.get(f"/{kind}?flow={body['id']}")


@each_case(
    "name, words",
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
    assert link.get_text() == words


@each_case(
    "groups, title, said",
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


def test_after_an_error_too_the_page_asks_for_nothing_but_the_password(client, upstream):
    """Kratos' message of the recovery is gone then."""
    upstream.asks("login")
    ui = load("settings/after_recovery")["ui"] | {"messages": []}
    page = shown(client, upstream, "settings/after_recovery", return_to=f"{PUBLIC}/login?login_challenge=c&n=1", ui=ui)
    assert heading(page).startswith("Choose a new password")
    assert "Choose how you'll sign in" not in parsed(page).main.get_text()


def test_after_a_recovery_with_nothing_to_choose_nothing_is_asked_for(client, upstream):
    ui = load("settings/after_recovery")["ui"]
    ui |= {"nodes": [node for node in ui["nodes"] if node["group"] in ("default", "profile")]}
    page = shown(client, upstream, "settings/after_recovery", return_to="", request_url="", ui=ui)
    assert parsed(page).find(attrs={"data-testid": "ui/message/1060001"}).get_text() == "You're signed in."
