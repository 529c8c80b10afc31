"""Why Hydra refuses an authorization request: first by the client's registration, then by what Hydra really says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.doctor.answer import Answer
from app.doctor.report import HYDRA, Finding
from app.domain import authorization, urls
from app.domain.models import strings, text
from app.domain.redirects import matches

MIN_ENTROPY = 8  # characters of state and nonce (fosite.MinParameterEntropy)
CLIENT = "the client: {}"
# What each of Hydra's errors mostly means at the authorization endpoint.
MEANINGS = {
    "invalid_client": "no client with this client_id",
    "invalid_state": f"state is missing or shorter than {MIN_ENTROPY} characters",
    "invalid_scope": "a scope that this client is not registered for",
    "unsupported_response_type": "a response_type that this client is not registered for",
    "unsupported_response_mode": "a response_mode that Hydra or this client does not have",
    "unauthorized_client": "a grant that this client is not registered for",
    "invalid_request": "a parameter is missing or wrong",
    "login_required": "prompt=none, and nobody is signed in in this browser",
    "consent_required": "prompt=none, and nothing was allowed yet",
    "request_uri_not_supported": "Hydra takes no request_uri of this client",
    "request_not_supported": "Hydra takes no request object of this client",
}

Client = Mapping[str, Any]
Parameters = Mapping[str, str]


def explain(url: str, client: Client, prompts: Sequence[str]) -> Iterator[Finding]:
    """What a client's registration says about a request of it; `prompts` are the values that this Hydra knows."""
    asked = urls.query(url)
    if authorization.Parameters.parse(url).has_request_object:
        yield Finding("cannot tell", "The request has a request object: only what is beside it was looked at.")
    yield redirect_uri(asked, strings(client.get("redirect_uris")))
    yield from _registered(asked, client)
    yield from _entropy(asked)
    yield from pkce(asked, client)
    yield from _prompt(asked, prompts)


def redirect_uri(asked: Parameters, registered: Sequence[str]) -> Finding:
    """Whether the redirect_uri is one of the registered ones, character by character."""
    wanted = asked.get("redirect_uri", "")
    if not wanted and len(registered) == 1 and "openid" not in asked.get("scope", "").split():
        return Finding("ok", f"redirect_uri is left out, so it is {registered[0]}.")
    if not wanted:
        return Finding("wrong", "redirect_uri is missing.", "the request: redirect_uri")
    if matches(wanted, registered):
        return Finding("ok", "redirect_uri is registered.")
    where = CLIENT.format("redirect_uris")
    return Finding("wrong", "redirect_uri is not registered.", where, difference(wanted, registered))


def difference(wanted: str, registered: Sequence[str]) -> tuple[str, ...]:
    """Lines that show the nearest registered URI under the one asked for, and mark the first character that differs."""
    if not registered:
        return (f"asked for   {wanted}", "registered  none")
    nearest = max(registered, key=lambda one: difflib.SequenceMatcher(None, wanted, one).ratio())
    both = zip(wanted, nearest, strict=False)
    at = next((place for place, (a, b) in enumerate(both) if a != b), min(len(wanted), len(nearest)))
    return (f"asked for   {wanted}", f"registered  {nearest}", " " * (12 + at) + "^ differs from here")


def _registered(asked: Parameters, client: Client) -> Iterator[Finding]:
    allowed = text(client.get("scope")).split()
    for scope in dict.fromkeys(asked.get("scope", "").split()):
        if not any(_has_scope(one, scope) for one in allowed):
            told = f"scope has {scope}, which is not registered. Registered: {' '.join(allowed) or 'none'}."
            yield Finding("wrong", told, CLIENT.format("scope"))
    kind, kinds = asked.get("response_type", ""), strings(client.get("response_types"))
    if set(kind.split()) not in [set(one.split()) for one in kinds] or not kind:
        told = f"response_type is {kind or 'missing'}. Registered: {', '.join(kinds) or 'none'}."
        yield Finding("wrong", told, CLIENT.format("response_types"))
    if "code" in kind.split() and "authorization_code" not in strings(client.get("grant_types")):
        yield Finding("wrong", "The client has no grant authorization_code.", CLIENT.format("grant_types"))
    for audience in asked.get("audience", "").split():
        if audience not in strings(client.get("audience")):
            yield Finding("wrong", f"audience has {audience}, which is not registered.", CLIENT.format("audience"))


def _has_scope(registered: str, scope: str) -> bool:
    """Hydra's scope strategy `wildcard`: `*` is one part between dots or, at the end, all the rest."""
    if registered == scope:
        return True
    pattern = re.escape(registered).replace(r"\*", "[^.]+")
    return re.fullmatch(pattern + (r"(\..*)?" if registered.endswith("*") else ""), scope) is not None


def _entropy(asked: Parameters) -> Iterator[Finding]:
    state, nonce = asked.get("state", ""), asked.get("nonce", "")
    if len(state) < MIN_ENTROPY:
        told = f"state has {len(state)} characters; Hydra wants {MIN_ENTROPY} or more, random ones."
        yield Finding("wrong", told, "the request: state")
    if nonce and len(nonce) < MIN_ENTROPY:
        told = (
            f"nonce has {len(nonce)} characters; Hydra wants {MIN_ENTROPY} or more, and says so at the token endpoint."
        )
        yield Finding("wrong", told, "the request: nonce")
    elif not nonce and "openid" in asked.get("scope", "").split():
        yield Finding("warning", "nonce is missing: the ID token cannot be tied to this sign-in.", "the request: nonce")


def pkce(asked: Parameters, client: Client) -> Iterator[Finding]:
    """Whether the request has a PKCE challenge (RFC 7636) that Hydra takes."""
    where, challenge = "the request: code_challenge", asked.get("code_challenge", "")
    if "code" not in asked.get("response_type", "").split():
        return
    if not challenge:
        who = (
            "a public client needs it" if client.get("token_endpoint_auth_method") == "none" else "it is good practice"
        )
        told = f"PKCE is missing: {who}, and Hydra refuses requests without it where oauth2.pkce.enforced is set."
        yield Finding("warning", told, where)
    elif asked.get("code_challenge_method", "plain") != "S256":
        told = "code_challenge_method is not S256: Hydra refuses plain, which is also what leaving it out means."
        yield Finding("wrong", told, f"{where}_method")
    elif not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge):
        told = (
            "code_challenge is no SHA-256 in base64url without padding (43 characters): the code will not be exchanged."
        )
        yield Finding("wrong", told, where)


def _prompt(asked: Parameters, prompts: Sequence[str]) -> Iterator[Finding]:
    given, where = asked.get("prompt", "").split(), "the request: prompt"
    for one in given:
        if one not in prompts:
            told = f"prompt has {one}, which this Hydra does not know. It knows {', '.join(prompts)}."
            yield Finding("wrong", told, f"{where}, or PORTICO_HYDRA_PROMPTS for another Hydra")
    if "none" in given and len(given) > 1:
        yield Finding("wrong", "prompt has none beside other values.", where)
    if not re.fullmatch(r"(\+?\d{1,18})?", asked.get("max_age", "")):
        yield Finding("warning", "max_age is no number of seconds: Hydra may not heed it.", "the request: max_age")


def asked_hydra(answer: Answer) -> Finding:
    """What Hydra itself said to the request."""
    if answer.parameter("login_challenge"):
        return Finding("ok", "Hydra takes the request and sends the browser to the login page.")
    if answer.parameter("consent_challenge"):
        return Finding("ok", "Hydra takes the request and sends the browser to the consent page.")
    error = answer.parameter("error")
    if not error:
        return Finding("cannot tell", f"Hydra did not say whether it takes the request ({answer.reason}).")
    meaning = MEANINGS.get(error, "see what Hydra says")
    said = (f"Hydra says: {answer.parameter('error_description')[:500]}",)
    if error in ("login_required", "consent_required"):
        return Finding("ok", f"Hydra takes the request and answers {error}: {meaning}.", details=said)
    return Finding("wrong", f"Hydra refuses the request with {error}: {meaning}.", details=said)


def endpoint(url: str, hydra: str) -> Finding:
    """Whether the request goes to Hydra's endpoint for signing in or out, written as an address has to be."""
    parts = urls.split(url)
    if parts is None:
        told = "This is no address that browsers take as it is: spaces and other signs have to be percent-encoded."
        return Finding("wrong", told, "the request")
    if hydra and not urls.same_origin(url, hydra):
        told = f"The request goes to {urls.origin(url)}, but browsers are said to reach Hydra as {hydra}."
        return Finding("wrong", told, f"the request, PORTICO_HYDRA_PUBLIC_URL or {HYDRA}: urls.self.public")
    if parts.path.endswith("/oauth2/sessions/logout"):
        return Finding("ok", "The request goes to Hydra's endpoint for signing out.")
    if not parts.path.endswith("/oauth2/auth"):
        return Finding("wrong", f"The request goes to {parts.path}, not to /oauth2/auth.", "the request")
    return Finding("ok", "The request goes to Hydra's authorization endpoint.")
