"""Hydra's admin API, as far as a login UI needs it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from app.errors import ChallengeGone, UpstreamBadReply, UpstreamRefused, WrongUserCode
from app.ory import responses
from app.ory.apis import OAuth2Api
from app.ory.challenges import Accept, ConsentRequest, Grant, LoginRequest, LogoutRequest, Reject
from app.ory.endpoints import Endpoint, Service
from app.ory.lists import PartialList, read_pages
from app.ory.models import mapping, text
from app.ory.responses import HYDRA
from app.ory.transport import Reply, Transport

MAX_GRANTS = 1000  # a consent of one time stays listed for good: one more at each sign-in


class Hydra(Service):
    """Reads challenges and answers them (the URL to go on to); raises a ChallengeGone or an UpstreamError."""

    def __init__(self, transport: Transport, admin_url: str, token: str = "") -> None:
        super().__init__(HYDRA, transport, admin_url, token)
        endpoint = partial(self._endpoint, OAuth2Api)

        def by_kind(verb: str) -> dict[str, Endpoint]:
            kinds = ("login", "consent", "logout")
            return {kind: endpoint(f"{verb}_o_auth2_{kind}_request", f"{kind}_challenge") for kind in kinds}

        self._get, self._accept, self._reject = by_kind("get"), by_kind("accept"), by_kind("reject")
        self._accept_user_code = endpoint("accept_user_code_request", "device_challenge")
        self._end_session = endpoint("revoke_o_auth2_login_sessions", "sid")
        self._end_sessions_of = endpoint("revoke_o_auth2_login_sessions", "subject")
        self._grants = endpoint("list_o_auth2_consent_sessions", "subject", "page_size", "page_token")
        self._revoke = endpoint("revoke_o_auth2_consent_sessions", "subject", "client")
        self._revoke_all = endpoint("revoke_o_auth2_consent_sessions", "subject", all=True)
        self._guarded = partial(self._get["login"], login_challenge="readiness")

    def login_request(self, challenge: str) -> LoginRequest:
        """What Hydra asks with this login challenge."""
        return LoginRequest.parse(challenge, _of_client(challenge, self._get["login"](login_challenge=challenge)))

    def accept_login(self, challenge: str, accept: Accept) -> str:
        """Tell Hydra who signed in, and how; `context` carries the Kratos session to the consent step."""
        body = asdict(accept) | {"remember": True}  # without it Hydra knows no logout for this login
        body["context"] = {"kratos_session": accept.identity_provider_session_id}
        return _redirect(self._accept["login"](body, login_challenge=challenge))

    def consent_request(self, challenge: str) -> ConsentRequest:
        """What Hydra asks with this consent challenge."""
        return ConsentRequest.parse(challenge, _of_client(challenge, self._get["consent"](consent_challenge=challenge)))

    def accept_consent(
        self,
        request: ConsentRequest,
        scopes: Iterable[str],
        audience: Iterable[str],
        id_token: Mapping[str, Any],
        access_token: Mapping[str, Any],
        remember_for: int | None,
        listed: bool = True,
    ) -> str:
        """Grant these scopes and audience with these claims; `remember_for` in seconds, 0 for ever, None not at all.

        `listed`: whether it has to be among the person's consents, which is not needed beside an earlier one that says
        the same. Hydra lists one for `remember_for` seconds also where it is not remembered, and for ever if that is 0.
        """
        body = {
            "grant_scope": list(scopes),
            "grant_access_token_audience": list(audience),
            "remember": remember_for is not None,
            "remember_for": remember_for or (0 if listed else 1),
            "session": {"id_token": dict(id_token), "access_token": dict(access_token)},
        }
        return _redirect(self._accept["consent"](body, consent_challenge=request.challenge))

    def reject(self, kind: Literal["login", "consent"], challenge: str, reject: Reject) -> str:
        """Tell the application no."""
        body = {"error": reject.error, "error_description": reject.description}
        return _redirect(self._reject[kind](body, **{f"{kind}_challenge": challenge}))

    def logout_request(self, challenge: str) -> LogoutRequest:
        """What Hydra asks with this logout challenge."""
        return LogoutRequest.parse(challenge, _checked(challenge, self._get["logout"](logout_challenge=challenge)))

    def accept_logout(self, challenge: str) -> str:
        """End the session the challenge names."""
        return _redirect(self._accept["logout"](logout_challenge=challenge))

    def reject_logout(self, challenge: str) -> None:
        """Leave the session alone; Hydra answers 204 and says no more about where to go."""
        responses.hydra(self._reject["logout"](logout_challenge=challenge))

    def accept_user_code(self, challenge: str, code: str) -> str:
        """Tell Hydra the code a device shows; raises WrongUserCode when no device waits under it."""
        try:
            return _redirect(self._accept_user_code({"user_code": code}, device_challenge=challenge))
        except UpstreamRefused as refused:
            raise (WrongUserCode() if refused.status == 400 else refused) from None

    def end_session(self, sid: str) -> None:
        """End one Hydra login session with its back-channel logouts (by subject Hydra sends none); unknown is fine."""
        with suppress(ChallengeGone):
            responses.hydra(self._end_session(sid=sid))

    def end_sessions_of(self, subject: str) -> None:
        """End a person's login sessions on every device, without back-channel logouts; tokens live on."""
        with suppress(ChallengeGone):
            responses.hydra(self._end_sessions_of(subject=subject))

    def grants(self, subject: str, most: int = MAX_GRANTS, client_id: str | None = None) -> PartialList[Grant]:
        """A person's live consents but those Hydra skipped; of one `client_id`, if so, which Hydra cannot filter."""
        return read_pages(HYDRA, partial(self._grants, subject=subject), partial(_grant_of, client_id=client_id), most)

    def revoke(self, subject: str, client_id: str) -> None:
        """End what a person allowed to an application, its access and refresh tokens too; that it has none is fine."""
        responses.hydra(self._revoke(subject=subject, client=client_id))

    def revoke_all(self, subject: str) -> None:
        """End what a person allowed to any application, also what `grants` does not list any more."""
        responses.hydra(self._revoke_all(subject=subject))


def _grant_of(item: Any, client_id: str | None) -> Grant | None:
    """A consent of the list if it is that client's (None: any), without the client's large parts that nobody reads."""
    client: Any = mapping(mapping(mapping(item).get("consent_request")).get("client"))
    if client_id not in (None, client.get("client_id")):
        return None
    for name in ("metadata", "jwks"):
        client.pop(name, None)
    return Grant.parse(item)


def _checked(challenge: str, reply: Reply) -> dict[str, Any]:
    """What Hydra asks with this challenge; UpstreamBadReply for an answer about another one, or about none."""
    raw = responses.hydra(reply)
    if raw.get("challenge", challenge) != challenge:
        raise UpstreamBadReply(HYDRA, "answer about another challenge", reply.status)
    if not {"challenge", "subject", "client"} & raw.keys():
        raise UpstreamBadReply(HYDRA, "answer that is no request", reply.status)
    return raw


def _of_client(challenge: str, reply: Reply) -> dict[str, Any]:
    """The same of a login or consent, which always has a client: no id must never count as any client's."""
    raw = _checked(challenge, reply)
    if not text(mapping(raw.get("client")).get("client_id")):
        raise UpstreamBadReply(HYDRA, "request of no client", reply.status)
    return raw


def _redirect(reply: Reply) -> str:
    target = text(responses.hydra(reply).get("redirect_to"))
    if not target:
        raise UpstreamBadReply(HYDRA, "answer without redirect_to")
    return target
