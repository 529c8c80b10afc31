"""The page that asks the person, and its ticket: a signature of what it shows, so that its form allows nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable

from flask import render_template
from itsdangerous import BadSignature

from app.deployment import deployment, signer
from app.errors import NotThisPage
from app.http import browser_session, errors, i18n
from app.oauth2 import audiences, consent_policy
from app.oauth2.assurance import short_hash
from app.ory.challenges import ConsentRequest, Grant
from app.ory.models import Session
from app.ory.redirect_uris import hosts
from app.selfservice import trait_forms
from app.urls import netloc

TICKET_AGE = 3600  # seconds; longer than any challenge lives


def page(request: ConsentRequest, session: Session, earlier: Iterable[Grant]) -> str:
    """What the application asks for, with what the person did not allow it the last time unticked."""
    client, own = request.client, deployment()
    required, logo = own.rules_for(client.id).required_scopes, client.link("logo_uri")
    browser_session.remember_consent(request.challenge, client)
    return render_template(
        "oauth2/consent.html",
        consent_request=request,
        account=trait_forms.called(session.identity),
        hosts=hosts(request.redirect_uris, i18n.language().tag),
        scopes=consent_policy.scopes(request, own.scope_descriptions, required, consent_policy.left_out(earlier)),
        used_with=audiences.audience_descriptions(audiences.requested(request), own.audience_descriptions),
        can_remember=consent_policy.can_be_remembered(request),
        logo=logo if netloc(logo) in own.logo_hosts else "",
        privacy=client.link("policy_uri"),
        terms=client.link("tos_uri"),
        ticket=signer(own.secret_keys, "consent").sign(_content(request)).decode(),
        popup=request.parameters.popup,
        notice=errors.press_again(),
    )


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
