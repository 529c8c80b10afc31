"""`python -m kratos.sandbox --config kratos/kratos.yml`: a stand-in of Kratos' public and admin APIs, in memory.

It is for a developer's machine and for tests: it keeps passwords in the clear and binds nothing but loopback.
"""

import argparse
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import yaml
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kratos.sandbox.admin import create_admin
from kratos.sandbox.config import load
from kratos.sandbox.public import create_public
from kratos.sandbox.store import Store


class KeepAlive(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # the benchmark shall measure Portico, not its reconnecting


def main() -> int:
    """Serve until SIGTERM or SIGINT (0); what hinders it is one line on stderr (1)."""
    parser = argparse.ArgumentParser(prog="python -m kratos.sandbox", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("kratos/kratos.yml"), help="Kratos' own configuration file")
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        config = load(arguments.config)
        store = Store(config)
        servers = [listen(*config.public, create_public(store)), listen(*config.admin, create_admin(store))]
    except KeyError as missing:
        return refuse(f"{arguments.config} lacks the setting {missing}")
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        return refuse(" ".join(str(error).split()))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


def listen(host: str, port: int, app: Flask) -> BaseWSGIServer:
    """Bind a loopback address; raises ValueError for any other, OSError naming the port when it is in use."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not a loopback address; the sandbox is not for a network")
    try:
        bound = socket.create_server((host, port))
    except OSError as error:
        raise OSError(f"port {port} on {host} cannot be used: {os.strerror(error.errno or 0)}") from error
    return make_server(host, port, app, threaded=True, request_handler=KeepAlive, fd=bound.detach())


def refuse(reason: str) -> int:
    sys.stderr.write(f"kratos sandbox: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
