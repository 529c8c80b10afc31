"""What becomes of somebody who comes back from the social provider: linked, signed in, or signed up."""

from typing import Any

from flask import Blueprint, Response, g, request

from kratos.bodies import library
from kratos.sandbox import registration, selfservice, settings
from kratos.sandbox.bodies import NotRecorded, Refusal
from kratos.sandbox.clock import now
from kratos.sandbox.flow_bodies import posted_traits
from kratos.sandbox.people import traits_problem
from kratos.sandbox.provider import claims_for
from kratos.sandbox.store import Flow, store

social = Blueprint("social", __name__)


@social.get("/self-service/methods/oidc/callback/<_provider>")
def callback(_provider: str) -> Response:
    flow, csrf, verifier = store.journeys.pop(request.args.get("state", ""), (None, b"", ""))
    if flow is None or csrf != g.csrf.token:
        raise Refusal("oidc_state_invalid")
    if flow.expires_at <= now():
        return selfservice.replace(flow)
    if "code" not in request.args:
        return selfservice.stay(flow, "oidc:denied")
    return arrive(flow, claims_for(request.args["code"], verifier))


def arrive(flow: Flow, claims: dict[str, Any]) -> Response:
    provider = store.config.provider["id"]
    identity = store.find_subject(provider, claims["sub"])
    method = {"method": "oidc", "provider": provider}
    if flow.name == "settings":
        if identity:
            return selfservice.stay(flow, "oidc:taken")
        selfservice.credentials().oidc[provider] = claims["sub"]
        store.note(g.session, method)
        return settings.saved(flow)
    if identity:
        selfservice.open_session(identity, method)
        return selfservice.go_on(flow)
    if flow.name == "login":
        flow = selfservice.begin("registration", request_url=flow.request_url)
    return arrive_new(flow, claims, method)


def arrive_new(flow: Flow, claims: dict[str, Any], method: dict[str, str]) -> Response:
    """Sign up with the claims and what was posted beside them; without an e-mail address the page asks for it."""
    flow.traits = library.merged(posted_traits({}) | traits_of(claims), flow.traits)
    problem = traits_problem(flow.traits)
    if problem:
        return selfservice.stay(flow, "oidc:incomplete")
    flow.identifier = flow.traits["email"]
    if store.find(flow.identifier):
        raise NotRecorded("the sandbox links no accounts (message 1010016, design D8)")
    flow.identifier_verified = bool(claims.get("email_verified")) and claims.get("email") == flow.identifier
    answer = registration.sign_up(flow, method)
    selfservice.credentials().oidc[method["provider"]] = claims["sub"]
    return answer


def traits_of(claims: dict[str, Any]) -> dict[str, Any]:
    """Make traits of claims, as kratos/social.jsonnet does for the real server."""
    name = {
        trait: claims[claim] for trait, claim in (("first", "given_name"), ("last", "family_name")) if claim in claims
    }
    return {"name": name} | ({"email": claims["email"]} if "email" in claims else {})
