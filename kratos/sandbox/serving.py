"""How both stand-ins, Kratos' and Hydra's, are served: on loopback only, one request at a time, until a signal."""

import argparse
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kratos.sandbox import clock

App = Callable[..., Iterable[bytes]]
Address = tuple[str, int]


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 without an access log; Nagle's algorithm off, or every answer on a kept connection takes 40 ms."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(clock.time() if timestamp is None else timestamp)

    def log_request(self, *_: Any) -> None:
        pass


def create_app(store: object, *parts: Blueprint) -> Flask:
    """Build an API of these parts; each finds the store in `current_app.extensions`."""
    app = Flask(__name__, static_folder=None)
    app.extensions["store"] = store
    for part in parts:
        app.register_blueprint(part)
    app.add_url_rule("/clock", view_func=set_clock, methods=["PUT"])
    app.add_url_rule("/health/<any(alive, ready):_what>", view_func=lambda _what: jsonify(status="ok"))
    return app


def set_clock() -> tuple[str, int]:
    clock.forward(request.args.get("forward", 0.0, float))
    return "", 204


def run(name: str, default: str, build: Callable[[Path], list[tuple[Address, App]]]) -> int:
    """Serve what `build` makes of a configuration until SIGTERM or SIGINT (0); what hinders it is one line (1)."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--config", "-c", type=Path, default=Path(default), help="the real server's own configuration")
    path = parser.parse_args().config
    # Blocked before the threads start, so that the signal waits for sigwait below instead of raising somewhere.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    lock = threading.Lock()
    try:
        servers = [listen(address, one_at_a_time(app, lock)) for address, app in build(path)]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a configuration
        reason = f"it lacks the setting {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        sys.stderr.write(f"{name}: {path}: {reason}\n")
        return 1
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})  # the daemon threads end with the process
    return 0


def listen(address: Address, app: App) -> BaseWSGIServer:
    """Bind a loopback address; ValueError for any other, OSError naming the port when it is in use."""
    host, port = address
    if not is_loopback(host):
        raise ValueError(f"{host or 'every address'} is not a loopback address: it is for loopback only")
    try:
        bound = socket.create_server(address, family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OSError(f"port {port} on {host} cannot be used: {os.strerror(error.errno or 0)}") from error
    return make_server(host, port, app, threaded=True, request_handler=QuietHandler, fd=bound.detach())


def is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def one_at_a_time(app: App, lock: threading.Lock) -> App:
    """Serialise requests: public and admin API share plain dicts, and a code must work once under two requests too."""

    def serialised(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with lock:
            return list(app(environ, start_response))

    return serialised
