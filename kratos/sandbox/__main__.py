"""`python -m kratos.sandbox --config kratos/kratos.yml`: a stand-in of Kratos' public and admin APIs, in memory.

It is for a developer's machine and for tests: it keeps passwords in the clear and binds nothing but loopback.
"""

import sys
from pathlib import Path

from kratos.sandbox.admin import admin
from kratos.sandbox.config import Config
from kratos.sandbox.public import public, refuse
from kratos.sandbox.serving import Address, App, run
from kratos.sandbox.store import Store
from kratos.sandbox.web import create_api, json_error


def build(path: Path) -> list[tuple[Address, App]]:
    config = Config(path)
    store = Store(config)
    return [(config.public, create_api(store, public, refuse)), (config.admin, create_api(store, admin, json_error))]


if __name__ == "__main__":
    sys.exit(run("kratos.sandbox", "kratos/kratos.yml", build))
