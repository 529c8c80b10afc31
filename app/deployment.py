"""What the views work with, built once by create_app and fetched through one accessor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import cast

from flask import Response, abort, current_app
from itsdangerous import TimestampSigner

from app.brand.brands import Brands
from app.claims.evaluation import TokenRules
from app.errors import UpstreamBadReply
from app.http.security import see_other
from app.oauth2.login_policy import Policy
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_admin import KratosAdmin
from app.ory.responses import HYDRA
from app.urls import Urls


@dataclass(frozen=True)
class Deployment:
    """One deployment: its upstreams, its addresses, what its operator wants.

    `hydra` is None where no hydra_admin_url is set, `kratos_admin` likewise. `client_policies`, `required_scopes` and
    `consent_lifetimes` (seconds, 0 for ever) are by client id.
    """

    urls: Urls
    kratos: Kratos
    kratos_admin: KratosAdmin | None
    hydra: Hydra | None
    policy: Policy
    client_policies: Mapping[str, Policy]
    required_scopes: Mapping[str, tuple[str, ...]]
    consent_lifetimes: Mapping[str, int]
    scope_descriptions: Mapping[str, str]
    audience_descriptions: Mapping[str, str]
    token_rules: TokenRules
    client_token_rules: Mapping[str, TokenRules]
    logo_hosts: frozenset[str] = frozenset()
    captcha_hosts: frozenset[str] = frozenset()
    kratos_flows: frozenset[str] = frozenset({"registration", "recovery", "verification"})
    token_origins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    brands: Brands = field(default_factory=Brands)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def claims_need_admin(self) -> bool:
        """Whether any application is told something that only Kratos' admin API knows."""
        return any(rules.admin_scopes for rules in (self.token_rules, *self.client_token_rules.values()))

    def policy_for(self, client_id: str) -> Policy:
        """The demands on a login for this application."""
        return self.client_policies.get(client_id, self.policy)

    def rules_for(self, client_id: str) -> TokenRules:
        """What this application is told of people."""
        return self.client_token_rules.get(client_id, self.token_rules)


def deployment() -> Deployment:
    """The deployment this request belongs to."""
    return cast(Deployment, current_app.extensions["portico"])


@cache
def signer(secret_keys: tuple[str, ...], salt: str) -> TimestampSigner:
    """Signs with the newest key, believes the older ones too (itsdangerous wants the newest last)."""
    return TimestampSigner(list(reversed(secret_keys)), salt)


def hydra() -> Hydra:
    """Hydra, or 404: without hydra_admin_url there are no OAuth2 pages."""
    return deployment().hydra or abort(404)


def to_hydra(target: str, request_url: str) -> Response:
    """Send the browser where Hydra says, if that is at Hydra; UpstreamBadReply otherwise.

    An admin API that answers with a foreign address is compromised or misconfigured: nobody is sent there.
    """
    if not deployment().urls.from_hydra(target, request_url):
        raise UpstreamBadReply(HYDRA, "redirect to an address that is not Hydra's")
    return see_other(target)
