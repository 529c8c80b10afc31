"""`python -m hydra.sandbox --config hydra/hydra.yml`: a stand-in of Ory Hydra v26.2.0 for tests and first steps.

Public and admin API on the ports of the file, one process, all state in memory, loopback only, no clients at start.
Left out on purpose: PAR and request objects, pairwise subjects, front-channel logout, implicit and hybrid flows,
dynamic registration, persistence.
"""

import sys
from pathlib import Path

import yaml

from hydra.sandbox import admin, public
from hydra.sandbox.store import Config, Store
from kratos.sandbox.serving import Address, App, run


def build(path: Path) -> list[tuple[Address, App]]:
    config = Config.read(yaml.safe_load(path.read_text()))
    store = Store(config)
    listening = ((config.public_address, public), (config.admin_address, admin))
    return [(address, module.create_app(config, store)) for address, module in listening]


if __name__ == "__main__":
    sys.exit(run("hydra.sandbox", "hydra/hydra.yml", build))
