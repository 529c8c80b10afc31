"""A consent page's ticket: a signature of what the page asks about, so that its form can allow nothing else."""

from __future__ import annotations

import json

from itsdangerous import BadSignature

from app.deployment import deployment, signer
from app.errors import NotThisPage
from app.oauth2 import audiences
from app.oauth2.assurance import short_hash
from app.ory.challenges import ConsentRequest

TICKET_AGE = 3600  # seconds; longer than any challenge lives


def ticket(request: ConsentRequest) -> str:
    """The hidden field of the page that shows this request."""
    return signer(deployment().secret_keys, "consent").sign(_content(request)).decode()


def check_ticket(ticket: str, request: ConsentRequest) -> None:
    """NotThisPage unless the ticket is of a page that showed exactly this request, at most an hour ago."""
    try:
        content = signer(deployment().secret_keys, "consent").unsign(ticket, max_age=TICKET_AGE).decode()
    except BadSignature:
        raise NotThisPage from None
    if content != _content(request):
        raise NotThisPage


def _content(request: ConsentRequest) -> str:
    """A hash of the challenge, the person, and every scope and audience on the page.

    Hydra keeps all of it inside the challenge (flow/flow.go), so nothing has to be carried along to be compared.
    """
    shown = [request.challenge, request.subject, request.requested_scope, audiences.requested(request)]
    return short_hash(json.dumps(shown))
