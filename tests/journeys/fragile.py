"""A stack that can be broken and repaired: servers out of reach, challenges that age fast, a second host name."""

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.stack.stack import Stack

LIFETIME = 15  # seconds a challenge lives here; a busy machine needs some from a page to its answer


class Switch(socketserver.ThreadingTCPServer):
    """Passes connections on to a port; while it is off, none is accepted and none stays open."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = port
        self.on = True
        self.open: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        """The server is out of reach inside this block."""
        self.on = False
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self.on = True


class _Connection(socketserver.BaseRequestHandler):
    server: Switch

    def handle(self) -> None:
        if not self.server.on:
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as upstream:
            ends: dict[Any, socket.socket] = {self.request: upstream, upstream: self.request}
            self.server.open |= set(ends)
            try:
                while all(self._pass_on(end, ends[end]) for end in select.select(list(ends), [], [])[0]):
                    pass
            except OSError:
                pass  # one end has gone, so the other one goes
            finally:
                self.server.open -= set(ends)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> bool:
        data = source.recv(65536)
        target.sendall(data)
        return bool(data)


class FragileStack(Stack):
    """Portico reaches Kratos and Hydra through `switches`; `elsewhere` is an address under another host name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.switches = {name: Switch(getattr(self.ports, name)) for name in ("kratos_public", "hydra_admin")}
        self._portico_env = {f"PORTICO_{name.upper()}_URL": switch.url for name, switch in self.switches.items()}
        self.elsewhere = f"http://127.0.0.1:{self._spare[-1]}"

    def start_elsewhere(self) -> None:
        """Start a Portico whose public_url has another host name than Kratos', an operators' common mistake."""
        self.start_portico("elsewhere", {"PORTICO_PUBLIC_URL": self.elsewhere})

    def stop(self) -> None:
        super().stop()
        for switch in self.switches.values():
            switch.shutdown()
            switch.server_close()

    def _write_configuration(self) -> None:
        super()._write_configuration()
        _change(self.folder / "hydra/hydra.yml", lambda c: c["ttl"].update(login_consent_request=f"{LIFETIME}s"))
        _change(
            self.folder / "kratos/kratos.yml", lambda c: c["selfservice"]["allowed_return_urls"].append(self.elsewhere)
        )


def _change(file: Path, change: Callable[[Any], None]) -> None:
    configuration = yaml.safe_load(file.read_text())
    change(configuration)
    file.write_text(yaml.safe_dump(configuration))
