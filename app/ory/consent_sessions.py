"""Hydra's consent sessions: what a person allowed to applications."""

from __future__ import annotations

from dataclasses import dataclass

from app.ory.authorization_request import Parameters
from app.ory.challenges import Client
from app.ory.models import SECOND, mapping, micros, strings, text
from app.ory.redirect_uris import used

FOREVER = 2**62  # microseconds; a grant that is remembered without an end
LATEST = 4_000_000_000 * SECOND  # some time in 2096; what ends later is told as without an end


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent session of Hydra: what one consent gave one application. Times in microseconds since 1970.

    `requested`: the scopes the application had asked for, `scopes` and `audience`: what it got. `at`: when, 0 if Hydra
    does not say. `until`: how long Hydra does not ask again, 0 for a consent of one time.
    """

    client: Client
    request_url: str
    requested: tuple[str, ...]
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    at: int
    until: int

    @classmethod
    def parse(cls, data: object) -> Grant | None:
        """Read an item of `GET /admin/oauth2/auth/sessions/consent`; None when it names no application."""
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
        )
        return grant if grant.client.id else None

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where the answer went: the address that was asked for if Hydra has it registered, else any registered."""
        return used(Parameters.parse(self.request_url).redirect_uri, self.client.redirect_uris)
