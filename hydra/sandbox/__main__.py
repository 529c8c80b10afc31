"""`python -m hydra.sandbox --config hydra/hydra.yml`: a stand-in of Ory Hydra v26.2.0 for tests and first steps.

Public and admin API on the ports of the file, one process, all state in memory, loopback only, no clients at start.
Left out on purpose: PAR and request objects, pairwise subjects, front-channel logout, implicit and hybrid flows,
dynamic registration, persistence.
"""

import sys
from pathlib import Path

import yaml
from flask import Response

from hydra.sandbox.admin import admin, oauth2
from hydra.sandbox.authorize import authorize
from hydra.sandbox.clients import clients
from hydra.sandbox.device import device
from hydra.sandbox.errors import OAuth2Error
from hydra.sandbox.logout import logout
from hydra.sandbox.public import public
from hydra.sandbox.store import Config, Store
from hydra.sandbox.tokens import tokens
from kratos.sandbox.serving import Address, App, create_app, run

PUBLIC = (public, authorize, device, logout, tokens)
ADMIN = (admin, oauth2, clients)


def build(path: Path) -> list[tuple[Address, App]]:
    config = Config(yaml.safe_load(path.read_text()))
    store = Store(config)
    public_api, admin_api = create_app(store, *PUBLIC), create_app(store, *ADMIN)
    for api in (public_api, admin_api):
        api.register_error_handler(OAuth2Error, OAuth2Error.response)
    public_api.register_error_handler(405, lambda _: Response("404 - Route not found\n", 404, mimetype="text/html"))
    return [(config.public_address, public_api), (config.admin_address, admin_api)]


if __name__ == "__main__":
    sys.exit(run("hydra.sandbox", "hydra/hydra.yml", build))
