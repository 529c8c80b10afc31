"""A client for the part of Hydra's admin API that a login UI needs."""

from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from app.errors import ChallengeGone, UpstreamBadReply, UpstreamRefused, WrongUserCode
from app.ory import responses
from app.ory.apis import OAuth2Api
from app.ory.challenges import Accept, ConsentRequest, Grant, LoginRequest, LogoutRequest, Reject
from app.ory.endpoints import Service
from app.ory.lists import PartialList, read_pages
from app.ory.models import Json, mapping, text
from app.ory.responses import HYDRA
from app.ory.transport import Reply, Transport

MAX_GRANTS = 1000  # Hydra also lists consents that are not remembered, for ever: one more at each sign-in


class Hydra(Service):
    """Reads and answers challenges (an answer returns the browser's next URL); raises ChallengeGone, UpstreamError."""

    def __init__(self, transport: Transport, admin_url: str, token: str = "") -> None:
        super().__init__(HYDRA, transport, admin_url, token)
        endpoint, kinds = partial(self._endpoint, OAuth2Api), ("login", "consent", "logout")
        self._get, self._accept, self._reject = (
            {kind: endpoint(f"{verb}_o_auth2_{kind}_request", f"{kind}_challenge") for kind in kinds}
            for verb in ("get", "accept", "reject")
        )
        self._accept_user_code = endpoint("accept_user_code_request", "device_challenge")
        self._end_session = endpoint("revoke_o_auth2_login_sessions", "sid")
        self._end_sessions_of = endpoint("revoke_o_auth2_login_sessions", "subject")
        self._grants = endpoint("list_o_auth2_consent_sessions", "subject", "page_size", "page_token")
        self._revoke = endpoint("revoke_o_auth2_consent_sessions", "subject", "client")
        self._revoke_all = endpoint("revoke_o_auth2_consent_sessions", "subject", all=True)
        self._guarded = partial(self._get["login"], login_challenge="readiness")

    def login_request(self, challenge: str) -> LoginRequest:
        """Fetch the login request of this challenge."""
        return LoginRequest.parse(challenge, _checked(challenge, self._get["login"](login_challenge=challenge)))

    def accept_login(self, challenge: str, accept: Accept) -> str:
        """Tell Hydra who signed in, and how; the `context` carries the Kratos session to the consent challenge."""
        context = {"kratos_session": accept.identity_provider_session_id}
        body = asdict(accept) | {"context": context, "remember": True}  # if not, it has no session to log out from
        return _redirect(self._accept["login"](body, login_challenge=challenge))

    def consent_request(self, challenge: str) -> ConsentRequest:
        """Fetch the consent request of this challenge."""
        return ConsentRequest.parse(challenge, _checked(challenge, self._get["consent"](consent_challenge=challenge)))

    def accept_consent(self, challenge: str, grant: Json) -> str:
        """Grant what this AcceptOAuth2ConsentRequest says; Hydra lists it for `remember_for` seconds, 0 for ever."""
        return _redirect(self._accept["consent"](grant, consent_challenge=challenge))

    def reject(self, kind: Literal["login", "consent"], challenge: str, reject: Reject) -> str:
        """Reject a challenge; Hydra tells the application why."""
        body = {"error": reject.error, "error_description": reject.description}
        return _redirect(self._reject[kind](body, **{f"{kind}_challenge": challenge}))

    def logout_request(self, challenge: str) -> LogoutRequest:
        """Fetch the logout request of this challenge."""
        reply = self._get["logout"](logout_challenge=challenge)
        return LogoutRequest.parse(challenge, _checked(challenge, reply, of_client=False))

    def accept_logout(self, challenge: str) -> str:
        """End the session that the challenge names."""
        return _redirect(self._accept["logout"](logout_challenge=challenge))

    def reject_logout(self, challenge: str) -> None:
        """Keep the session; Hydra answers 204, without an address to go to."""
        responses.hydra(self._reject["logout"](logout_challenge=challenge))

    def accept_user_code(self, challenge: str, code: str) -> str:
        """Tell Hydra the code of a device; raise WrongUserCode if no device waits for it."""
        try:
            return _redirect(self._accept_user_code({"user_code": code}, device_challenge=challenge))
        except UpstreamRefused as refused:
            raise (WrongUserCode() if refused.status == 400 else refused) from None

    def end_session(self, sid: str) -> None:
        """End a login session with its back-channel logouts (Hydra sends none by subject); an unknown one is fine."""
        with suppress(ChallengeGone):
            responses.hydra(self._end_session(sid=sid))

    def end_sessions_of(self, subject: str) -> None:
        """End a person's login sessions on all devices, without back-channel logouts; their tokens stay valid."""
        with suppress(ChallengeGone):
            responses.hydra(self._end_sessions_of(subject=subject))

    def grants(self, subject: str, most: int = MAX_GRANTS, client_id: str | None = None) -> PartialList[Grant]:
        """List a person's consents, without those Hydra skipped; only of `client_id` if given (Hydra has no filter)."""
        return read_pages(HYDRA, partial(self._grants, subject=subject), partial(_grant_of, client_id=client_id), most)

    def revoke(self, subject: str, client_id: str) -> None:
        """Revoke a person's consents to an application and its access and refresh tokens; none is fine."""
        responses.hydra(self._revoke(subject=subject, client=client_id))

    def revoke_all(self, subject: str) -> None:
        """Revoke a person's consents to all applications, also those that `grants` no longer lists."""
        responses.hydra(self._revoke_all(subject=subject))


def _grant_of(item: Any, client_id: str | None) -> Grant | None:
    """Parse a listed consent if it is this client's (None: any), without large fields that nobody reads."""
    client: Any = mapping(mapping(mapping(item).get("consent_request")).get("client"))
    if client_id not in (None, client.get("client_id")):
        return None
    for name in ("metadata", "jwks"):
        client.pop(name, None)
    return Grant.parse(item)


def _checked(challenge: str, reply: Reply, of_client: bool = True) -> dict[str, Any]:
    """Return the body of a request; raise UpstreamBadReply if it is about another challenge, or no request at all."""
    raw = responses.hydra(reply)
    if raw.get("challenge", challenge) != challenge:
        raise UpstreamBadReply(HYDRA, "answer about another challenge", reply.status)
    # A logout may have no client; of the others an empty id must match no rules.
    if not (text(mapping(raw.get("client")).get("client_id")) if of_client else "subject" in raw):
        raise UpstreamBadReply(HYDRA, "answer that is no request", reply.status)
    return raw


def _redirect(reply: Reply) -> str:
    target = text(responses.hydra(reply).get("redirect_to"))
    if not target:
        raise UpstreamBadReply(HYDRA, "answer without redirect_to")
    return target
