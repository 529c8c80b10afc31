"""The applications a person allowed, each put together from the consent sessions that Hydra keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.oauth2.audiences import audience_descriptions
from app.oauth2.consent_policy import LASTING, scope_description
from app.ory.challenges import LATEST, Grant
from app.ory.models import SECOND
from app.ory.redirect_uris import hosts


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
    for grant in sorted(grants, key=lambda grant: -grant.at):
        by_client.setdefault(grant.client.id, []).append(grant)
    return tuple(_application(grants_of_client, words, audiences, language) for grants_of_client in by_client.values())


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
        by_operator=client.skip_consent and not client.can_be_impersonated,
        asks=until == 0,
        until=_moment(until) if until < LATEST else None,
    )


def _moment(micros_: int) -> datetime | None:
    return datetime.fromtimestamp(micros_ / SECOND, UTC) if 0 < micros_ < LATEST else None
