"""What a person allowed to applications: Hydra's consent sessions, read and put together by application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.oauth2.assurance import SECOND
from app.oauth2.audiences import audience_descriptions
from app.oauth2.consent_policy import LASTING, scope_description
from app.ory.authorization_request import Parameters
from app.ory.challenges import Client
from app.ory.models import mapping, micros, strings, text
from app.ory.redirect_uris import hosts, nobody_else_takes, used

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
        client, at = Client.parse(consent_request.get("client")), micros(raw.get("handled_at")) or 0
        found = cls(
            client=client,
            request_url=text(consent_request.get("request_url")),
            requested=strings(consent_request.get("requested_scope")),
            scopes=strings(raw.get("grant_scope")),
            audience=strings(raw.get("grant_access_token_audience")),
            at=at,
            until=_until(at, raw.get("remember_for")) if raw.get("remember") is True else 0,
        )
        return found if client.id else None

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where the answer went: the address that was asked for if Hydra has it registered, else any registered."""
        return used(Parameters.parse(self.request_url).redirect_uri, self.client.redirect_uris)


def _until(at: int, seconds: object) -> int:
    return at + seconds * SECOND if at and isinstance(seconds, int) and seconds > 0 else FOREVER


@dataclass(frozen=True, slots=True)
class Application:
    """One entry of the applications page; `may` has words, or the scope's own name where nobody wrote any.

    `hosts`: where its answers went, see `redirects.hosts`. `used_with`: the audience, in words where there are any.
    `by_operator`: the people who run the service allow it for everybody. `asks`: whether it asks at each sign-in;
    `until`: the end of the time in which it does not, None without one.
    """

    id: str
    title: str
    hosts: tuple[str, ...]
    may: tuple[str, ...]
    used_with: tuple[str, ...]
    since: datetime | None
    by_operator: bool
    asks: bool
    until: datetime | None


def applications(
    grants: Iterable[Grant], words: Mapping[str, str], audiences: Mapping[str, str], language: str
) -> tuple[Application, ...]:
    """One entry for each application, what was allowed last first; several consents count together.

    `words` and `audiences`: the operator's words for scopes and audiences. `language`: of who reads them (BCP 47).
    """
    by_client: dict[str, list[Grant]] = {}
    for grant in sorted(grants, key=lambda one: -one.at):
        by_client.setdefault(grant.client.id, []).append(grant)
    return tuple(_application(found, words, audiences, language) for found in by_client.values())


def _application(
    grants: list[Grant], words: Mapping[str, str], audiences: Mapping[str, str], language: str
) -> Application:
    """Of consents of one application, the newest first."""
    newest, until = grants[0], max(grant.until for grant in grants)
    client = newest.client
    scopes = dict.fromkeys(scope for grant in grants for scope in grant.scopes)
    since = min((grant.at for grant in grants if grant.at), default=0)
    return Application(
        id=client.id,
        title=client.title,
        hosts=hosts(newest.redirect_uris, language),
        may=tuple(
            scope_description(scope, words) or scope for scope in sorted(scopes, key=lambda scope: scope in LASTING)
        ),
        used_with=audience_descriptions(dict.fromkeys(name for grant in grants for name in grant.audience), audiences),
        since=_moment(since),
        by_operator=client.skip_consent and (not client.public or nobody_else_takes(client.redirect_uris)),
        asks=until == 0,
        until=_moment(until) if until < LATEST else None,
    )


def _moment(micros_: int) -> datetime | None:
    return datetime.fromtimestamp(micros_ / SECOND, UTC) if 0 < micros_ < LATEST else None
