"""The three APIs of ory-client that we call, without what only others need: 21 MB and a third of the start less."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from typing import Any

import pydantic


def _import_when_used(package: str) -> None:
    """Let the package's modules be imported alone: its own code runs when somebody first uses a name of it."""
    spec: Any = find_spec(package)
    if package in sys.modules:
        return
    module: Any = module_from_spec(spec)
    sys.modules[package] = module
    parent, _, name = package.rpartition(".")
    if parent:
        setattr(sys.modules[parent], name, module)

    def whole(name: str) -> Any:
        if find_spec(f"{package}.{name}"):
            raise AttributeError(name)  # a module of it: the import goes on and looks for that
        del module.__getattr__
        spec.loader.exec_module(module)
        return getattr(module, name)

    module.__getattr__ = whole


@contextmanager
def _validators_when_used() -> Iterator[None]:
    """Let what is defined meanwhile make its validators when it first validates (pydantic's `defer_build`)."""
    deferred, usual = pydantic.ConfigDict(defer_build=True), pydantic.validate_call
    pydantic.validate_call = usual(config=deferred)  # type: ignore[assignment]
    pydantic.BaseModel.model_config.update(deferred)
    try:
        yield
    finally:
        pydantic.validate_call = usual
        del pydantic.BaseModel.model_config["defer_build"]


for _package in ("ory_client", "ory_client.api", "ory_client.models"):
    _import_when_used(_package)

with _validators_when_used():
    from ory_client.api.frontend_api import FrontendApi
    from ory_client.api.identity_api import IdentityApi
    from ory_client.api.o_auth2_api import OAuth2Api
    from ory_client.api_client import ApiClient
    from ory_client.configuration import Configuration

__all__ = ["ApiClient", "Configuration", "FrontendApi", "IdentityApi", "OAuth2Api"]
