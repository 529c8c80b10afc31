"""What the views work with, built once by create_app and fetched through one accessor."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache, cached_property

from flask import Response, abort, current_app
from itsdangerous import TimestampSigner

from app.brand.brands import Brands
from app.claims.rules import TokenRules
from app.config.settings import Settings
from app.errors import UpstreamBadReply
from app.http import inputs, logs
from app.http.events import ids
from app.http.security import see_other
from app.http.signing import KeptSigner
from app.oauth2.login_policy import Policy
from app.ory.challenges import Client
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_admin import KratosAdmin
from app.ory.models import Session, Whoami
from app.ory.responses import HYDRA
from app.urls import Urls, netloc


@dataclass(frozen=True)
class ClientRules:
    """What the operator wants of an application's logins and consents; a `consent_lifetime` of 0 is for ever."""

    login: Policy
    tokens: TokenRules
    required_scopes: tuple[str, ...] = ()
    consent_lifetime: int = 0


@dataclass(frozen=True)
class Deployment:
    """One deployment; without addresses `hydra` and `kratos_admin` are None, `rules` are for unlisted `clients`."""

    settings: Settings
    urls: Urls
    kratos: Kratos
    kratos_admin: KratosAdmin | None
    hydra: Hydra | None
    rules: ClientRules
    clients: Mapping[str, ClientRules]
    brands: Brands
    secret_keys: tuple[str, ...] = field(repr=False)

    @cached_property
    def claims_need_admin(self) -> bool:
        """Whether any application is told something that only Kratos' admin API knows."""
        return any(rules.tokens.admin_scopes for rules in (self.rules, *self.clients.values()))

    def rules_for(self, client_id: str) -> ClientRules:
        """The rules for this application."""
        return self.clients.get(client_id, self.rules)

    def logo_of(self, client: Client) -> str:
        """The logo that this application registered, "" where the operator has not named its host."""
        hosts = self.settings.client_logo_hosts
        logo = client.link("logo_uri") if hosts else ""
        return logo if netloc(logo) in hosts else ""


def deployment() -> Deployment:
    """The deployment this request belongs to."""
    current: Deployment = current_app.extensions["portico"]
    return current


def signer(purpose: str) -> TimestampSigner:
    """Signs for this purpose with the newest key, believes the older ones too (itsdangerous wants the newest last)."""
    return _signer(deployment().secret_keys, purpose)


@cache
def _signer(secret_keys: tuple[str, ...], purpose: str) -> TimestampSigner:
    return KeptSigner(list(reversed(secret_keys)), purpose)


def keyed_hash(purpose: str, value: str) -> str:
    """A hash to recognise a value by, with our key: on a plain one all emails and addresses could be tried."""
    return signer(purpose).get_signature(value).decode()[:16]


def hydra() -> Hydra:
    """Hydra, or 404: without hydra_admin_url there are no OAuth2 pages."""
    return deployment().hydra or abort(404)


def ask_whoami() -> Whoami:
    """Who is at this browser, as Kratos says."""
    return deployment().kratos.whoami(inputs.cookies())


def asking_whoami() -> AbstractContextManager[Callable[[], Whoami]]:
    """Ask who is at this browser while Hydra is asked something else; the answer is there when it is called for."""
    return deployment().kratos.asking_whoami(inputs.cookies())


def sign_out(session: Session | None, reason: str, client_id: str = "") -> None:
    """End this browser's Kratos session; the log names `session`, because afterwards Kratos cannot say whose it was."""
    deployment().kratos.sign_out(inputs.cookies())
    logs.event("session_expired", client_id=client_id, **ids(session), reason=reason)


def to_hydra(target: str, request_url: str) -> Response:
    """Send the browser where Hydra says, if that is at Hydra; a foreign address is an UpstreamBadReply."""
    if not deployment().urls.is_at_hydra(target, request_url):
        raise UpstreamBadReply(HYDRA, "redirect to an address that is not Hydra's")
    return see_other(target)
