"""What a consent page showed, signed, so that nothing else can be allowed with its form."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.domain.assurance import short_hash
from app.domain.challenges import ConsentRequest
from app.domain.errors import NotThisPage
from app.web.context import portico

TICKET_AGE = 3600  # seconds; longer than any challenge lives


def ticket(request: ConsentRequest, scopes: Iterable[str], audience: Iterable[str]) -> str:
    """For the form of a page that shows these scopes and this audience to the person of this challenge."""
    shown = [short_hash(request.challenge), request.subject, list(scopes), list(audience)]
    return str(_tickets(portico().secret_keys).dumps(shown))


def shown_by(ticket: str, request: ConsentRequest) -> tuple[list[str], list[str]]:
    """The scopes and the audience that the page for this very challenge and person showed; NotThisPage otherwise."""
    try:
        challenge, subject, scopes, audience = _tickets(portico().secret_keys).loads(ticket, max_age=TICKET_AGE)
    except (BadSignature, ValueError):
        raise NotThisPage from None
    if (challenge, subject) != (short_hash(request.challenge), request.subject):
        raise NotThisPage
    return list(scopes), list(audience)


@cache
def _tickets(secret_keys: tuple[str, ...]) -> URLSafeTimedSerializer:
    """Signs with the newest key, believes the older ones too (itsdangerous wants the newest last)."""
    return URLSafeTimedSerializer(list(reversed(secret_keys)), salt="consent")
