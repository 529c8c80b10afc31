"""Hydra's login, consent and logout requests, our answers, and earlier consents; parsed tolerantly."""

import re
from dataclasses import dataclass, field
from typing import Any, Self

from app.ory.audience import registered
from app.ory.authorization_request import Parameters
from app.ory.models import SECOND, Json, mapping, micros, strings, text
from app.ory.records import record
from app.ory.redirect_uris import are_safe_from_interception, destinations
from app.ory.visible_names import shown_name, title
from app.urls import https_link

FOREVER = 2**62  # microseconds; the end of a grant that is remembered for ever
LATEST = 4_000_000_000 * SECOND  # in 2096; a page shows a later end as none


@record
class Client:
    """An application as registered at Hydra; only a JSON `true` counts as true, no string."""

    id: str
    name: str
    skip_consent: bool
    skip_logout_consent: bool
    public: bool
    pairwise: bool
    redirect_uris: tuple[str, ...]
    audience: frozenset[str]
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: object) -> Self:
        """Parse the `client` of a Hydra request."""
        raw = mapping(data)
        return cls(
            id=text(raw.get("client_id")),
            name=shown_name(raw.get("client_name")),
            skip_consent=raw.get("skip_consent") is True,
            skip_logout_consent=raw.get("skip_logout_consent") is True,
            public=raw.get("token_endpoint_auth_method") == "none",
            pairwise=raw.get("subject_type") == "pairwise",
            redirect_uris=strings(raw.get("redirect_uris")),
            audience=frozenset(strings(raw.get("audience"))),
            raw=raw,
        )

    @property
    def title(self) -> str:
        """The application's name on a page, "?" if neither its name nor its id has visible letters."""
        return title(self.name or shown_name(self.id)) or "?"

    @property
    def full_name(self) -> str:
        """The application's name if `title` is a shortened one, else ""."""
        return self.name if self.name != title(self.name) else ""

    @property
    def can_be_impersonated(self) -> bool:
        """Whether another application could receive the answer at a redirect URI of this one (RFC 8252 section 8.6)."""
        return self.public and not are_safe_from_interception(self.redirect_uris)

    def link(self, field: str) -> str:
        """Return `client_uri`, `logo_uri`, `policy_uri` or `tos_uri`, or "" if it is not https."""
        return https_link(self.raw.get(field))


@record
class _Request:
    """What login and consent requests share: the client, and the person Hydra remembers (`subject` with `skip`)."""

    challenge: str
    skip: bool
    subject: str
    client: Client
    request_url: str
    parameters: Parameters

    @staticmethod
    def _common(challenge: str, raw: Json) -> dict[str, Any]:
        request_url = text(raw.get("request_url"))
        return {
            "challenge": challenge,
            "skip": raw.get("skip") is True,
            "subject": text(raw.get("subject")),
            "client": Client.parse(raw.get("client")),
            "request_url": request_url,
            "parameters": Parameters.parse(request_url, raw.get("oidc_context")),
        }

    @property
    def for_device(self) -> bool:
        """Whether a device began the request (RFC 8628): it may be anybody's, and it fetches the answer itself."""
        return "/oauth2/device/" in self.request_url.partition("?")[0]


@record
class LoginRequest(_Request):
    """Hydra's login request."""

    session_id: str
    hint_subject: str

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> Self:
        """Parse the reply of `GET /admin/oauth2/auth/requests/login`."""
        claims = mapping(mapping(raw.get("oidc_context")).get("id_token_hint_claims"))
        return cls(
            **cls._common(challenge, raw), session_id=text(raw.get("session_id")), hint_subject=text(claims.get("sub"))
        )


@record
class ConsentRequest(_Request):
    """Hydra's consent request; `kratos_session` comes from the `context` of our login accept, else it is ""."""

    requested_scope: tuple[str, ...]
    requested_audience: tuple[str, ...]
    login_session_id: str
    login_id: str  # the same for every accept of one login; not a challenge
    kratos_session: str

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> Self:
        """Parse the reply of `GET /admin/oauth2/auth/requests/consent`."""
        return cls(
            **cls._common(challenge, raw),
            requested_scope=strings(raw.get("requested_scope")),
            requested_audience=strings(raw.get("requested_access_token_audience")),
            login_session_id=text(raw.get("login_session_id")),
            login_id=text(raw.get("login_challenge")),
            kratos_session=text(mapping(raw.get("context")).get("kratos_session")),
        )

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The possible addresses of the answer: none for a device; the requested one only if it is registered."""
        return () if self.for_device else destinations(self.parameters.redirect_uri, self.client.redirect_uris)

    @property
    def resources(self) -> list[str]:
        """The registered audience of each `resource`, "" for none; not of a device's, which Hydra does not check."""
        wanted = () if self.for_device else filter(None, self.parameters.resource)
        return [registered(resource, self.client.audience) for resource in wanted]

    @property
    def audience(self) -> tuple[str, ...]:
        """The tokens' audience: what Hydra has checked, then each registered `resource` (RFC 8707)."""
        return tuple(dict.fromkeys([*self.requested_audience, *filter(None, self.resources)]))


@record
class LogoutRequest:
    """Hydra's logout request; `subject` and `sid` come from the id_token_hint, not from this browser."""

    challenge: str
    subject: str
    sid: str
    rp_initiated: bool
    client: Client
    request_url: str

    @classmethod
    def parse(cls, challenge: str, raw: Json) -> Self:
        """Parse the reply of `GET /admin/oauth2/auth/requests/logout`."""
        return cls(
            challenge=challenge,
            subject=text(raw.get("subject")),
            sid=text(raw.get("sid")),
            rp_initiated=raw.get("rp_initiated") is True,
            client=Client.parse(raw.get("client")),
            request_url=text(raw.get("request_url")),
        )


@dataclass(frozen=True, slots=True)
class Accept:
    """Our answer yes to a login challenge: the fields of Hydra's `AcceptOAuth2LoginRequest`."""

    subject: str
    remember_for: int
    identity_provider_session_id: str
    acr: str
    amr: tuple[str, ...]
    extend_session_lifespan: bool


@record
class Reject:
    """Our answer no to a challenge, with an OAuth error for the application."""

    error: str
    description: str
    ends_session: bool = False  # also end Hydra's session, or the application's next request gets the same answer
    by_person: bool = False  # the person pressed a button for it

    @property
    def needs_interaction(self) -> bool:
        """Whether the error means that the person has to act, which the application's next request can allow."""
        return self.error in ("login_required", "consent_required", "interaction_required")

    @property
    def reason(self) -> str:
        """The description for the log, without the value that it may quote from the request."""
        return re.sub(r"'.*'", "'...'", self.description, flags=re.DOTALL)


INACTIVE = Reject("access_denied", "This account is not active.")


@record
class Grant:
    """One consent session of Hydra: what a person allowed one application."""

    client: Client
    request_url: str
    requested: tuple[str, ...]  # the scopes the application had asked for
    scopes: tuple[str, ...]  # granted, like `audience`
    audience: tuple[str, ...]
    at: int  # microseconds since 1970; 0 if Hydra does not say
    until: int  # microseconds since 1970, until when Hydra does not ask again; 0 for a consent that is not remembered
    login_session_id: str  # of Hydra, at that time

    @classmethod
    def parse(cls, data: object) -> Self | None:
        """Parse an item of `GET /admin/oauth2/auth/sessions/consent`; None if it names no application."""
        raw = mapping(data)
        consent_request = mapping(raw.get("consent_request"))
        at, seconds, until = micros(raw.get("handled_at")) or 0, raw.get("remember_for"), 0
        if raw.get("remember") is True:
            until = at + seconds * SECOND if at and isinstance(seconds, int) and seconds > 0 else FOREVER
        grant = cls(
            client=Client.parse(consent_request.get("client")),
            request_url=text(consent_request.get("request_url")),
            requested=strings(consent_request.get("requested_scope")),
            scopes=strings(raw.get("grant_scope")),
            audience=strings(raw.get("grant_access_token_audience")),
            at=at,
            until=until,
            login_session_id=text(consent_request.get("login_session_id")),
        )
        return grant if grant.client.id else None

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The possible addresses of the answer: the requested one if it is registered, else all registered."""
        return destinations(Parameters.parse(self.request_url).redirect_uri, self.client.redirect_uris)
