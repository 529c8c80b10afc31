"""A stack that can be broken and repaired: servers out of reach, challenges that age fast, a second host name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.faults.proxy import Proxy
from tests.stack.stack import Stack

# Seconds a challenge lives here: the end of a real one is waited for, a stand-in's clock set ahead, by what Demo bears.
LIFETIME = {"real": 15, "sandbox": 50}


class BreakableStack(Stack):
    """Portico reaches Kratos and Hydra through `proxies`; `elsewhere` is an address under another host name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        servers = ("kratos_public", "hydra_admin")
        self.proxies = {name: Proxy(f"http://127.0.0.1:{getattr(self.ports, name)}") for name in servers}
        self._portico_env = {f"PORTICO_{name.upper()}_URL": proxy.url for name, proxy in self.proxies.items()}
        self.elsewhere = f"http://127.0.0.1:{self._spare[-1]}"

    def start_elsewhere(self) -> None:
        """Start a Portico whose public_url has another host name than Kratos', an operators' common mistake."""
        self.start_portico("elsewhere", {"PORTICO_PUBLIC_URL": self.elsewhere})

    def stop(self) -> None:
        super().stop()
        for proxy in self.proxies.values():
            proxy.close()

    def _write_configuration(self) -> None:
        super()._write_configuration()
        _change(
            self.folder / "hydra/hydra.yml", lambda c: c["ttl"].update(login_consent_request=f"{LIFETIME[self.kind]}s")
        )
        _change(
            self.folder / "kratos/kratos.yml", lambda c: c["selfservice"]["allowed_return_urls"].append(self.elsewhere)
        )


def _change(file: Path, change: Callable[[Any], None]) -> None:
    configuration = yaml.safe_load(file.read_text())
    change(configuration)
    file.write_text(yaml.safe_dump(configuration))
