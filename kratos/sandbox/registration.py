"""Registration flows in two steps (`style: profile_first`): the traits, then a password or a mailed code."""

from flask import Blueprint, Response, g, request

from kratos.sandbox import addresses, provider, selfservice
from kratos.sandbox.clock import now
from kratos.sandbox.flow_bodies import posted_traits
from kratos.sandbox.people import password_problem, traits_problem
from kratos.sandbox.store import Flow, store
from kratos.sandbox.web import forward, to

FIRST_STEP = ("choose_method", "no_method", "first_password_taken")

registration = Blueprint("registration", __name__)


@registration.get("/self-service/registration/browser")
def create_registration() -> Response:
    return_to = selfservice.wanted_return()
    if g.session:
        return forward(return_to, "session_already_available_registration")
    return selfservice.show(selfservice.begin("registration", organization_id=request.args.get("organization")))


@registration.post("/self-service/registration")
def update_registration() -> Response:
    flow = selfservice.posted("registration")
    if g.session:
        return to(store.config.default_return)
    if flow.expires_at <= now():
        return selfservice.replace(flow)
    fields = selfservice.form(flow)
    if fields.keys() & {"method", "screen", "provider"}:
        flow.traits = posted_traits(fields)
        flow.identifier = flow.traits.get("email", "")
    if "provider" in fields:
        return provider.leave(flow, fields["provider"])
    outcome = judge(flow, fields)
    if outcome == "code:expired":
        return selfservice.replace(flow)
    if outcome in ("password:right", "code:right"):
        return sign_up(flow, {"method": fields["method"]}, fields.get("password", ""))
    if outcome == "password:taken" and flow.state in FIRST_STEP:
        flow.traits = {}  # Kratos forgets them here
    return selfservice.stay(flow, outcome)


def judge(flow: Flow, fields: dict[str, str]) -> str:
    """Judge a post: what came of it. Kratos looks at the traits before it looks at the CSRF token."""
    judges = {"password": judge_password, "code": judge_code, "profile": judge_profile}
    method = fields.get("method") or ("profile" if "screen" in fields else "")
    if method not in judges:
        return "no_method"
    problem = traits_problem(flow.traits)
    if problem:
        return f"profile:{problem}"
    return judges[method](flow, fields)


def judge_profile(_flow: Flow, fields: dict[str, str]) -> str:
    g.csrf.check_form(fields)
    return f"screen:{fields['screen']}" if fields.get("screen") else "profile:done"


def judge_password(flow: Flow, fields: dict[str, str]) -> str:
    password = fields.get("password", "")
    if not password:
        return "password:missing"
    g.csrf.check_form(fields)
    flow.length = len(password)
    problem = password_problem(password, flow.identifier)
    if problem:
        return f"password:{problem}"
    return "password:taken" if store.find(flow.identifier) else "password:right"


def judge_code(flow: Flow, fields: dict[str, str]) -> str:
    """A code proves the address; other traits than those posted last are told, and count from then on."""
    g.csrf.check_form(fields)
    if fields.get("screen"):
        return f"screen:{fields['screen']}"
    if not selfservice.asks_for_code(flow) or fields.get("resend"):
        store.send_code(flow, flow.identifier, flow.identifier)
        flow.agreed_traits = flow.traits
        return "code:sent"
    if not fields.get("code"):
        return "code:missing"
    agreed, flow.agreed_traits = flow.agreed_traits, flow.traits
    if agreed != flow.traits:
        return "code:other_traits"
    outcome = selfservice.use_code(flow, flow.identifier, fields["code"])
    return "code:taken" if outcome == "code:right" and store.find(flow.identifier) else outcome


def sign_up(flow: Flow, method: dict[str, str], password: str = "") -> Response:
    """Make the identity and its session; an address nobody has proven is sent a code."""
    verified = method["method"] == "code" or flow.identifier_verified
    payload = {
        "traits": flow.traits,
        "verifiable_addresses": [{"value": flow.identifier, "verified": verified}],
        "credentials": {"password": {"config": {"password": password}}},
    }
    selfservice.open_session(store.put_identity(payload), method)
    if verified:
        return selfservice.go_on(flow)
    after = addresses.begin_sent(flow.identifier, flow.request_url)
    return selfservice.go_on(flow, selfservice.ui(after) if method["method"] in store.config.verified_after else "")
