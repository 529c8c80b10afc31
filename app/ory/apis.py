"""Imports the three APIs of ory-client that we call, without its models and validators.

Only annotations name those; they would take 35 MB and two seconds at start, and no value of ours goes through them.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import pydantic

PACKAGES = "ory_client", "ory_client.api"


class _ApisAlone(MetaPathFinder, Loader):
    """Imports ory-client's packages without their `__init__`, which imports everything, and empty models."""

    def find_spec(self, name: str, path: Any, _: object = None) -> ModuleSpec | None:
        if name in PACKAGES and (spec := PathFinder.find_spec(name, path)):
            spec.loader = self
            return spec
        return ModuleSpec(name, self, is_package=True) if name.startswith("ory_client.models") else None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ not in PACKAGES:
            module.__getattr__ = lambda _: object  # type: ignore[method-assign]


@contextmanager
def _apis_alone() -> Iterator[None]:
    """Import ory-client in this reduced form within the block; other imports of it stay complete."""
    others, finder, usual = _taken_out(), _ApisAlone(), (pydantic.validate_call, pydantic.Field)
    sys.meta_path.insert(0, finder)
    pydantic.validate_call, pydantic.Field = lambda function: function, lambda *_, **__: None  # type: ignore[assignment]
    try:
        yield
    finally:
        pydantic.validate_call, pydantic.Field = usual
        sys.meta_path.remove(finder)
        _taken_out()
        sys.modules.update(others)


def _taken_out() -> dict[str, ModuleType]:
    return {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "ory_client"}


with _apis_alone():
    from ory_client.api.frontend_api import FrontendApi
    from ory_client.api.identity_api import IdentityApi
    from ory_client.api.o_auth2_api import OAuth2Api
    from ory_client.api_client import ApiClient
    from ory_client.configuration import Configuration

__all__ = ["ApiClient", "Configuration", "FrontendApi", "IdentityApi", "OAuth2Api"]
