"""The table (flow, state, outcome of a post) -> next state; a state is a body, `demo/<flow>/<state>` of kratos/bodies.

An outcome is `<group>:<what>`, and where nothing else is written it names the next state too, with `_` for the colon.
A new row needs a script in kratos/recorder/demo.yml that records its body.
"""

from kratos.sandbox.bodies import NotRecorded
from kratos.sandbox.store import Flow

Row = dict[str, str]


def row(outcomes: str, exceptions: Row | None = None) -> Row:
    return {outcome: outcome.replace(":", "_") for outcome in outcomes.split()} | (exceptions or {})


def closed(states: str, outcomes: Row, leaving: str = "") -> dict[str, Row]:
    """Give the row to these states and to all it leads to, but for those that are `leaving`."""
    return dict.fromkeys(sorted({*states.split(), *outcomes.values()} - set(leaving.split())), outcomes)


LOGIN_FORM = row(
    "no_method oidc:denied",
    {
        "session": "session_detected",
        "password:nothing": "nothing_entered",
        "password:no_identifier": "no_identifier",
        "password:no_password": "no_password",
        "password:wrong": "wrong_password",
        "code:no_identifier": "no_identifier",
        "code:unknown": "unknown_identifier",
        "code:sent": "sent_email",
    },
)
LOGIN_CODE = {
    "session": "session_detected",
    "no_method": "code_no_method",
    "code:sent": "sent_again",
    "code:no_code": "no_code",
    "code:wrong": "wrong_code",
    "code:too_often": "too_many_codes",
    "code:used": "code_used",
}
FIRST_FACTOR = (
    closed("", LOGIN_CODE)
    | closed("choose_method expired", LOGIN_FORM, "sent_email")
    # the second mail of an untouched screen keeps the first one's nodes; after a mistake Kratos drops the label
    | {"sent_email": LOGIN_CODE | {"code:sent": "sent_email"}}
)
SECOND_FACTOR = closed(
    "choose_method",
    row(
        "no_method totp:missing totp:short totp:wrong totp:none "
        "lookup_secret:missing lookup_secret:wrong lookup_secret:used lookup_secret:none",
        {"session": "session_detected"},
    ),
)

LEAVING = "credentials sent_email oidc_incomplete oidc_denied"
AT_PROVIDER = row("oidc:incomplete oidc:denied")
# the first step, and what comes of a password that is posted with it
FIRST_PASSWORD = {f"password:{problem}": f"first_password_{problem}" for problem in ("missing", "short", "similar")}
TO_SECOND_STEP = {"profile:done": "credentials", "screen:credential-selection": "credentials"}
FIRST_TWICE = FIRST_PASSWORD | TO_SECOND_STEP | AT_PROVIDER
SIGN_UP_FORM = row("no_method profile:missing profile:invalid", {"code:sent": "sent_email"}) | FIRST_TWICE
FIRST_TAKEN = SIGN_UP_FORM | {"password:taken": "first_password_taken"}
SIGN_UP = AT_PROVIDER | row(
    "password:missing password:short password:similar password:taken",
    {"screen:previous": "choose_method", "no_method": "credentials_no_method", "code:sent": "sent_email"},
)
SIGN_UP_CODE = row(
    "code:missing code:wrong code:too_often code:other_traits code:taken", TO_SECOND_STEP | {"code:sent": "sent_email"}
)
# whoever posts the first step again, by the browser's Back, gets buttons twice in Kratos
SIGN_UP_AGAIN = dict.fromkeys(TO_SECOND_STEP, "credentials_again")
REGISTRATION = (
    closed("expired", SIGN_UP_FORM, f"{LEAVING} {' '.join(FIRST_PASSWORD.values())}")
    | dict.fromkeys(("choose_method", "no_method", "first_password_taken"), FIRST_TAKEN)
    | dict.fromkeys(FIRST_PASSWORD.values(), FIRST_TWICE)
    | closed("", SIGN_UP_CODE, "credentials")
    | closed("credentials", SIGN_UP | SIGN_UP_AGAIN, f"choose_method credentials_again {LEAVING}")
    | dict.fromkeys(AT_PROVIDER.values(), AT_PROVIDER)
    | {"credentials": SIGN_UP | SIGN_UP_AGAIN, "credentials_again": AT_PROVIDER | {"code:sent": "sent_email"}}
)

ADDRESS = row("no_method email:missing email:invalid", {"email:sent": "sent_email"})
ADDRESS_AGAIN = row("email:missing", {"email:sent": "sent_email"})  # after another mistake an invalid one adds to it
ADDRESSES = {
    **dict.fromkeys(("choose_method", "expired", "used", "too_often"), ADDRESS),
    **dict.fromkeys(("email_missing", "email_invalid"), ADDRESS_AGAIN),
}
VERIFICATION = ADDRESSES | closed(
    "sent_email",
    row("code:missing code:wrong", {"email:sent": "sent_email", "code:passed": "passed_challenge"}),
    "passed_challenge",
)
RECOVERY = ADDRESSES | closed("sent_email", row("code:wrong", {"email:sent": "sent_email"}))

LOOKUP_SECRETS = row("lookup_secret:codes lookup_secret:revealed")
PROFILE = row("profile:missing profile:invalid")
SETTINGS_FORM = LOOKUP_SECRETS | row(
    "no_method password:missing password:short password:similar password:same totp:missing totp:wrong oidc:taken"
)
SETTINGS = (
    closed("recovered success expired profile_taken oidc_denied", SETTINGS_FORM, "oidc_taken")
    # here Kratos adds to the messages there are, or leaves the codes on the page
    | dict.fromkeys(("show_form", "profile_missing", "profile_invalid"), SETTINGS_FORM | PROFILE)
    | dict.fromkeys(("lookup_secret_codes", "lookup_secret_revealed"), LOOKUP_SECRETS)
)
SETTINGS["show_form"] = SETTINGS["show_form"] | row("profile:taken oidc:denied")

TABLE = {
    "login": FIRST_FACTOR,
    "refresh": FIRST_FACTOR,
    "aal2": SECOND_FACTOR,
    "refresh_aal2": SECOND_FACTOR,
    "bare_aal2": SECOND_FACTOR,
    "bare_refresh_aal2": SECOND_FACTOR,
    "registration": REGISTRATION,
    "verification": VERIFICATION,
    "recovery": RECOVERY,
    "settings": SETTINGS,
}


def advance(flow: Flow, outcome: str) -> None:
    """Move the flow to the state its table has for `outcome`; NotRecorded when the table has no such row."""
    outcomes = TABLE[flow.kind].get(flow.state, {})
    if outcome not in outcomes:
        raise NotRecorded(f"the sandbox has no row ({flow.kind}, {flow.state}, {outcome}): see kratos/sandbox/table.py")
    flow.state = outcomes[outcome]
