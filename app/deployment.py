"""The clients and rules that views use: create_app builds them once, `deployment()` returns them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache, cached_property

from flask import Response, abort
from itsdangerous import TimestampSigner

from app.brand.brands import Brands
from app.config.settings import Settings
from app.errors import UpstreamBadReply
from app.http import here, inputs, logs
from app.http.events import ids
from app.http.security import see_other
from app.http.signing import KeptSigner
from app.oauth2.login_policy import Policy
from app.ory.challenges import Client
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.ory.kratos_account import KratosAccount
from app.ory.kratos_admin import KratosAdmin
from app.ory.models import Session, Whoami
from app.ory.responses import HYDRA
from app.ory.schemas import Schemas
from app.urls import Urls, netloc


@dataclass(frozen=True)
class Deployment:
    """One deployment: its settings, clients, rules and keys."""

    settings: Settings
    urls: Urls
    kratos: Kratos
    kratos_account: KratosAccount
    kratos_admin: KratosAdmin | None  # None without an address, like `hydra`
    hydra: Hydra | None
    schemas: Schemas
    rules: Policy  # of every application that is not in `clients`
    clients: Mapping[str, Policy]
    brands: Brands
    secret_keys: tuple[str, ...] = field(repr=False)

    @cached_property
    def claims_need_admin(self) -> bool:
        """Whether the claims of any application need Kratos' admin API."""
        return any(rules.tokens.admin_scopes for rules in (self.rules, *self.clients.values()))

    def rules_for(self, client_id: str) -> Policy:
        """Return the rules of this application."""
        return self.clients.get(client_id, self.rules)

    def logo_of(self, client: Client) -> str:
        """Return the logo address that the application registered, or "" if the operator has not allowed its host."""
        hosts = self.settings.client_logo_hosts
        logo = client.link("logo_uri") if hosts else ""
        return logo if logo and netloc(logo) in hosts else ""


def deployment() -> Deployment:
    """Return the deployment of this request."""
    current: Deployment = here.app().extensions["portico"]
    return current


def signer(purpose: str) -> TimestampSigner:
    """Return a signer for this purpose: it signs with the newest key and also accepts the older ones."""
    return _signer(deployment().secret_keys, purpose)


@cache
def _signer(secret_keys: tuple[str, ...], purpose: str) -> TimestampSigner:
    return KeptSigner(list(reversed(secret_keys)), purpose)  # itsdangerous wants the newest key last


def keyed_hash(purpose: str, value: str) -> str:
    """Return 16 characters that identify a value; our key is in the hash, so nobody can guess the email behind it."""
    return signer(purpose).get_signature(value).decode()[:16]


def hydra() -> Hydra:
    """Return Hydra's client; 404 without hydra_admin_url, because there are no OAuth2 pages then."""
    return deployment().hydra or abort(404)


def ask_whoami() -> Whoami:
    """Ask Kratos who is signed in at this browser."""
    return deployment().kratos.whoami(inputs.cookie_header())


def asking_whoami() -> AbstractContextManager[Callable[[], Whoami]]:
    """Send the whoami request before the block, so that Hydra can be asked meanwhile; call the value for the answer."""
    return deployment().kratos.asking_whoami(inputs.cookie_header())


def sign_out(session: Session | None, reason: str, client_id: str = "") -> None:
    """End this browser's Kratos session; the log needs `session`, as Kratos cannot say afterwards whose it was."""
    deployment().kratos.sign_out(inputs.cookie_header())
    logs.event("session_expired", client_id=client_id, **ids(session), reason=reason)


def to_hydra(target: str, request_url: str) -> Response:
    """Redirect the browser to an address of Hydra's; raise UpstreamBadReply for any other address."""
    if not deployment().urls.is_at_hydra(target, request_url):
        raise UpstreamBadReply(HYDRA, "redirect to an address that is not Hydra's")
    return see_other(target)
