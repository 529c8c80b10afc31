"""One Kratos or its stand-in, with its social provider and nothing else, for the recorder and the contract suite."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kratos.sandbox.config import FLOWS
from tests.stack.ports import Ports, reserve
from tests.stack.servers import new_keys
from tests.stack.stack import Stack


@dataclass(frozen=True)
class Kratos:
    """Where a running Kratos (or its stand-in) answers; `jwks_url` has the private keys of its tokens."""

    name: str
    public_url: str
    admin_url: str
    jwks_url: str


@contextmanager
def running(name: str, courier_url: str, changes: Mapping[str, Any] | None = None) -> Iterator[Kratos]:
    """Run `sandbox` or `real` on free ports until the block ends; what it knows of Portico stays as documented.

    Flows, and the session's right to change settings, live 10 s. `changes` are more settings that differ from
    kratos/kratos.yml (`selfservice.flows.login.style`). StackError when it does not come up.
    """
    keys = new_keys()
    settings = {f"selfservice.flows.{flow}.lifespan": "10s" for flow in FLOWS} | {
        "selfservice.flows.settings.privileged_session_max_age": "10s",
        "courier.http.request_config.url": courier_url,
        "session.whoami.tokenizer.templates.ui_jwt.jwks_url": keys,
    }
    free, _, lock = reserve()
    ports = Ports(kratos_public=free.kratos_public, kratos_admin=free.kratos_admin, demo=free.demo)
    with lock, Stack(name, ports, kratos={**settings, **(changes or {})}, programs=("demo", "kratos")) as stack:
        yield Kratos(name, stack.urls["kratos_public"], stack.urls["kratos_admin"], keys)
