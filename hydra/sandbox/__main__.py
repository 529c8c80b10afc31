"""`python -m hydra.sandbox --config hydra/hydra.yml`: a stand-in of Ory Hydra v26.2.0 for tests and first steps.

Public and admin API on the ports of the file, one process, all state in memory, loopback only, no clients at start.
Left out on purpose: PAR and request objects, pairwise subjects, front-channel logout, implicit and hybrid
flows, response modes other than query, dynamic registration, persistence.
"""

import argparse
import errno
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from werkzeug.serving import WSGIRequestHandler, make_server

from hydra.sandbox import admin, public
from hydra.sandbox.store import Config, Store, is_loopback


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 without an access log; Nagle's algorithm off, or every answer on a kept connection takes 40 ms."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        pass


def one_at_a_time(app: Callable[..., Iterable[bytes]], lock: threading.Lock) -> Callable[..., list[bytes]]:
    """Serialise requests: both apps share plain dicts, and a code must work once under two requests at once too."""

    def serialised(environ: Any, start_response: Any) -> list[bytes]:
        with lock:
            return list(app(environ, start_response))

    return serialised


def bind(host: str, port: int) -> socket.socket:
    if not is_loopback(host):
        sys.exit(f"hydra.sandbox: refusing to listen on {host or 'every address'}: it is for loopback only")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        sys.exit(f"hydra.sandbox: cannot listen on {host}:{port}: {'port in use' if in_use else error.strerror}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hydra.sandbox")
    parser.add_argument("--config", "-c", type=Path, default=Path("hydra/hydra.yml"))
    path = parser.parse_args().config
    try:
        config = Config.read(yaml.safe_load(path.read_text()))
    except OSError as error:
        sys.exit(f"hydra.sandbox: cannot read {path}: {error.strerror}")
    except (yaml.YAMLError, KeyError, ValueError, TypeError, AttributeError) as error:
        sys.exit(f"hydra.sandbox: {path} is not a usable configuration: {' '.join(str(error).split())}")
    store, lock = Store(config), threading.Lock()
    # Blocked before the threads start, so that the signal waits for sigwait below instead of raising somewhere.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    listeners = [(bind(*config.public_address), public), (bind(*config.admin_address), admin)]
    for listener, module in listeners:
        host, port = listener.getsockname()[:2]
        app = one_at_a_time(module.create_app(config, store), lock)
        server = make_server(host, port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})  # the daemon threads end with the process


if __name__ == "__main__":
    main()
