"""The three APIs of ory-client that Portico calls, without the models of everything else that Ory offers.

`import ory_client` makes 250 pydantic models, of which these need 90: 21 MB and a third of the start are saved.
"""

import sys
from importlib.util import find_spec, module_from_spec
from typing import Any


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


for _package in ("ory_client", "ory_client.api", "ory_client.models"):
    _import_when_used(_package)

from ory_client.api.frontend_api import FrontendApi  # noqa: E402
from ory_client.api.identity_api import IdentityApi  # noqa: E402
from ory_client.api.o_auth2_api import OAuth2Api  # noqa: E402
from ory_client.api_client import ApiClient  # noqa: E402
from ory_client.configuration import Configuration  # noqa: E402

__all__ = ["ApiClient", "Configuration", "FrontendApi", "IdentityApi", "OAuth2Api"]
