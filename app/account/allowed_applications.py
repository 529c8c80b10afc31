"""The applications that a person allowed, each made from all its consent sessions at Hydra."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.oauth2.consent_policy import OFFLINE_SCOPES, audience_descriptions, scope_description
from app.ory.challenges import LATEST, Grant
from app.ory.models import moment
from app.ory.redirect_uris import hosts


@dataclass(frozen=True, slots=True)
class AllowedApplication:
    """One entry of the applications page."""

    id: str
    title: str
    hosts: tuple[str, ...]  # of its redirect URIs
    may: tuple[str, ...]  # descriptions of its scopes, or their names
    used_with: tuple[str, ...]  # descriptions of its audiences, or the audiences
    since: datetime | None
    by_operator: bool  # whether the operator allows it for everybody (skip_consent)
    asks: bool  # whether it asks at each sign-in
    until: datetime | None  # until when it does not ask, None: for ever


def applications(
    grants: Iterable[Grant], words: Mapping[str, str], audiences: Mapping[str, str], language: str
) -> tuple[AllowedApplication, ...]:
    """Return one entry for each application, the most recent first, with all its consents together."""
    of_client: dict[str, list[Grant]] = {}
    for grant in sorted(grants, key=lambda grant: -grant.at):
        of_client.setdefault(grant.client.id, []).append(grant)
    return tuple(_application(newest_first, words, audiences, language) for newest_first in of_client.values())


def _application(
    grants: list[Grant], words: Mapping[str, str], audiences: Mapping[str, str], language: str
) -> AllowedApplication:
    newest, until = grants[0], max(grant.until for grant in grants)
    scopes = sorted(dict.fromkeys(scope for grant in grants for scope in grant.scopes), key=OFFLINE_SCOPES.__contains__)
    return AllowedApplication(
        id=newest.client.id,
        title=newest.client.title,
        hosts=hosts(newest.redirect_uris, language),
        may=tuple(scope_description(scope, words) or scope for scope in scopes),
        used_with=audience_descriptions(dict.fromkeys(name for grant in grants for name in grant.audience), audiences),
        since=moment(min((grant.at for grant in grants if grant.at), default=0)),
        by_operator=newest.client.skip_consent and not newest.client.can_be_impersonated,
        asks=until == 0,
        until=moment(until) if until < LATEST else None,
    )
