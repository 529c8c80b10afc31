"""Answers what developers of applications ask: how a client is registered, and why Hydra refuses a request."""

import base64
import difflib
import hashlib
import re
import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from app import urls
from app.config.settings import Settings
from app.doctor.checks_servers import normalised
from app.doctor.probe import Answer, Probe
from app.doctor.report import WRONG, Finding, Level, exit_status
from app.ory.authorization_request import jwt_payload
from app.ory.challenges import Client
from app.ory.models import items, strings, text

AUTHORIZATION, LOGOUT = "/oauth2/auth", "/oauth2/sessions/logout"
SECRET = "<client secret>"  # noqa: S105 - stands for it; Hydra does not tell it, and neither would we
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNED = {"client_assertion_type": JWT_BEARER, "client_assertion": "<signed JWT>"}
# What an application adds to the fields of a token request, by its way of authentication (RFC 7591 section 2).
PROOFS = {"client_secret_post": {"client_secret": SECRET}, "client_secret_jwt": SIGNED, "private_key_jwt": SIGNED}
MIN_ENTROPY = 8  # characters of state and nonce (fosite.MinParameterEntropy)
SHOWN = (
    *("client_id", "client_name", "redirect_uris", "post_logout_redirect_uris", "token_endpoint_auth_method"),
    *("grant_types", "response_types", "scope", "audience", "skip_consent"),
)
HINT = "the request: id_token_hint"
# Words of an error of Hydra's v26.2.0, and what to change; the first that fits.
CHANGES = (
    ("post_logout_redirect_uri is not", "the client: post_logout_redirect_uris"),
    ("id_token_hint", HINT),
    ("audiences is a registered", HINT),
    ("redirect_uri", "the request: redirect_uri, or the client: redirect_uris"),
    ("Requested audience", "the request: audience, or the client: audience"),
    ("invalid_client", "the request: client_id"),
    ("invalid_state", f"the request: state, {MIN_ENTROPY} random characters or more"),
    ("invalid_scope", "the request: scope, or the client: scope"),
    ("response_type", "the request: response_type, or the client: response_types"),
    ("response_mode", "the request: response_mode"),
)
NO_REFRESH = "Without refresh_token nothing comes of the scope offline_access."
UNREADABLE = "id_token_hint cannot be read: cut short, no ID token, or its key is gone."


@dataclass(frozen=True, slots=True)
class Applications:
    """Answers about the applications of one deployment: findings, and lines to print unchanged."""

    settings: Settings
    ask: Probe
    outside: Probe

    def client(self, client_id: str) -> Iterator[Finding | str]:
        """Yield one client's registration, a request that works, and the call that gets its application the tokens."""
        client, hydra = self._client(client_id), self.settings.hydra_public_url
        if isinstance(client, Finding):
            yield client
            return
        for name in SHOWN:
            value = client.raw.get(name)
            yield f"{name:<28}{', '.join(strings(value)) or (value if value not in (None, '', []) else 'none')}"
        request, verifier = working_request(hydra, client)
        later = self._later_refusals(urls.query(request), client)
        answers: list[Finding | str] = [_verdict(self.outside.page(request)), *later]
        yield from ["", *answers]
        if exit_status(answers) != WRONG:
            made_up = "A request that signs somebody in; its state, nonce and PKCE challenge are made up:"
            yield from ["", made_up, "", request, ""]
            yield "The code that comes back goes to the token endpoint, in this way only and within ten minutes:"
            yield from ["", _token_request(hydra, client, verifier)]

    def request(self, url: str) -> Iterator[Finding]:
        """Yield why Hydra refuses an application's request to sign in or to sign out."""
        hydra = self.settings.hydra_public_url
        path = next((path for path in (AUTHORIZATION, LOGOUT) if normalised(url) == normalised(hydra + path)), "")
        if not path:  # a request can hold a token, which is shown to nobody else
            problem = f"This is no percent-encoded request to {hydra}{AUTHORIZATION} or {LOGOUT}."
            yield Finding("wrong", problem, "the request, or PORTICO_HYDRA_PUBLIC_URL")
            return
        answer, query = self.outside.page(url.partition("#")[0]), urls.query(url)
        yield from self._signing_out(query, answer) if path == LOGOUT else self._signing_in(query, answer)

    def _signing_in(self, query: Mapping[str, str], answer: Answer) -> Iterator[Finding]:
        client = self._client(query.get("client_id", ""))
        if isinstance(client, Finding):
            yield from [client, _verdict(answer)]
            return
        yield _verdict(answer, query.get("redirect_uri", ""), client.redirect_uris)
        if not query.get("request") and not query.get("request_uri"):  # what is in these counts, not what is beside
            yield from self._later_refusals(query, client)

    def _signing_out(self, query: Mapping[str, str], answer: Answer) -> Iterator[Finding]:
        audience = (jwt_payload(query.get("id_token_hint", "")) or {}).get("aud")
        client = self._client(next(iter(strings(audience)), text(audience)))
        registered = () if isinstance(client, Finding) else strings(client.raw.get("post_logout_redirect_uris"))
        verdict = _verdict(answer, query.get("post_logout_redirect_uri", ""), registered)
        # All other words than these are those of a decoder.
        is_unreadable = answer.parameter("error") == "invalid_request" and "Logout failed" not in verdict.details[0]
        yield replace(verdict, text=f"{verdict.text} {UNREADABLE}", where=HINT) if is_unreadable else verdict

    def _client(self, client_id: str) -> Client | Finding:
        admin = self.settings.hydra_admin_url
        if not (admin and self.settings.hydra_public_url):
            names = "PORTICO_HYDRA_ADMIN_URL, PORTICO_HYDRA_PUBLIC_URL"
            return Finding("wrong", "Applications cannot be looked at without Hydra's two addresses.", names)
        if not client_id:
            return Finding("wrong", "client_id is missing.", "the request: client_id")
        ask = self.ask.bearing(self.settings.hydra_admin_token.get_secret_value())
        answer = ask(f"{admin}/admin/clients/{quote(client_id, safe='')}")
        if answer.status == 200 and answer.object:
            return Client.parse(answer.object)
        if answer.status != 404:
            return Finding("wrong", f"Hydra does not tell its clients ({answer.reason}).", "PORTICO_HYDRA_ADMIN_URL")
        clients = map(Client.parse, items(ask(f"{admin}/admin/clients?page_size=100").body))
        near = difflib.get_close_matches(client_id, [client.id for client in clients], n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return Finding("wrong", f"Hydra has no client {client_id}.{meant}", "the request: client_id")

    def _later_refusals(self, query: Mapping[str, str], client: Client) -> Iterator[Finding]:
        """Yield what Hydra refuses only after the person has signed in, or when the code is exchanged."""
        nonce, challenge = query.get("nonce", ""), query.get("code_challenge", "")
        prompts, prompt = self.settings.hydra_prompts, query.get("prompt", "").split()
        is_known = set(prompt) <= set(prompts) and (len(prompt) < 2 or "none" not in prompt)
        is_s256, is_whole = query.get("code_challenge_method") == "S256", re.fullmatch("[A-Za-z0-9_-]{43}", challenge)
        grants = strings(client.raw.get("grant_types"))
        offline = "offline_access" in text(client.raw.get("scope")).split()
        unknown_prompt = f"prompt can be none alone, or some of {', '.join(prompts)}."
        problems: tuple[tuple[object, Level, str, str], ...] = (
            (0 < len(nonce) < MIN_ENTROPY, "wrong", "nonce has less than 8 characters.", "the request: nonce"),
            (challenge and not is_s256, "wrong", "plain is refused, use S256.", "the request: code_challenge_method"),
            (challenge and not is_whole, "wrong", "It is no SHA-256 in base64url.", "the request: code_challenge"),
            (not challenge, "warning", "PKCE is missing, which Hydra can demand.", "the request: code_challenge"),
            (not is_known, "wrong", unknown_prompt, "the request: prompt"),
            ("authorization_code" not in grants, "wrong", "authorization_code is missing.", "the client: grant_types"),
            (offline and "refresh_token" not in grants, "warning", NO_REFRESH, "the client: grant_types"),
        )
        yield from (Finding(level, problem, where) for applies, level, problem, where in problems if applies)


def _verdict(answer: Answer, redirect_uri: str = "", registered: Sequence[str] = ()) -> Finding:
    """Return Hydra's answer to a request; if `redirect_uri` is not registered, with the nearest one that is."""
    error, description = answer.parameter("error"), answer.parameter("error_description")
    if not answer.page:
        return Finding("cannot tell", f"Hydra did not say whether it takes the request ({answer.reason}).")
    if error in ("", "login_required", "consent_required"):  # these two to prompt=none
        bearing = f" with {error}" if error else ""
        return Finding("ok", f"Hydra takes the request and sends the browser to {answer.page}{bearing}.")
    where = next((where for words, where in CHANGES if words in f"{error} {description}"), "the request, or the client")
    details = [f"Hydra says: {description[:500]}"]
    if re.search("redirect_uri.* (does not match|is not)", description):
        details += _difference(redirect_uri, registered)
    return Finding("wrong", f"Hydra refuses the request with {error}.", where, tuple(details))


def _difference(requested: str, registered: Sequence[str]) -> Iterator[str]:
    """Yield the requested URI, the nearest registered one below it, and a mark at the first different character."""
    nearest = max(registered, key=lambda uri: difflib.SequenceMatcher(None, requested, uri).ratio(), default="")
    yield from (f"asked for   {requested}", f"registered  {nearest or 'none'}")
    if nearest:
        same = (end for end in range(len(requested), -1, -1) if nearest.startswith(requested[:end]))
        yield " " * (12 + next(same)) + "^ differs from here"


def working_request(hydra: str, client: Client) -> tuple[str, str]:
    """Return an authorization request of this client (new state, nonce, PKCE challenge), and the PKCE verifier."""
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (16, 16, 32))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    scopes = text(client.raw.get("scope")).split()
    scope = "openid" if "openid" in scopes else " ".join(scopes[:1])
    parameters = {"client_id": client.id, "redirect_uri": "".join(client.redirect_uris[:1])}
    parameters |= {"response_type": "code", "scope": scope, "state": state, "nonce": nonce}
    parameters |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{hydra}{AUTHORIZATION}?{urls.as_query(parameters)}", verifier


def _token_request(hydra: str, client: Client, verifier: str) -> str:
    """Return the curl command that exchanges the code, with the client's registered authentication method."""
    method = text(client.raw.get("token_endpoint_auth_method"))
    fields = {"grant_type": "authorization_code", "code": "<code>"}
    fields |= {"redirect_uri": "".join(client.redirect_uris[:1]), "code_verifier": verifier}
    user = []
    if method in ("", "client_secret_basic"):  # percent-encoded before they are joined (RFC 6749 section 2.3.1)
        user = ["-u", f"{quote(client.id, safe='')}:{SECRET}"]
    else:
        fields |= {"client_id": client.id} | PROOFS.get(method, {})
    data = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
    return shlex.join(["curl", *user, *data, f"{hydra}/oauth2/token"])
