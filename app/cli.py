"""The `portico` command: `serve` the pages, ask the `doctor`, try the `claims` of a person."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from app import __version__, cli_claims


def main() -> None:
    """Run a sub-command."""
    parser = argparse.ArgumentParser(prog="portico", description="Login and consent pages for Ory Kratos and Hydra.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="serve the pages, with the settings of the environment and portico.toml")
    server.set_defaults(run=serve)
    cli_claims.add(commands)
    doctor = commands.add_parser("doctor", help="say what is wrong with this deployment, and where to change it")
    subject = doctor.add_mutually_exclusive_group()
    subject.add_argument("--client", metavar="ID", default="", help="show a client and how its application signs in")
    subject.add_argument("--authorize-url", metavar="URL", default="", help="say why Hydra refuses this request")
    doctor.set_defaults(run=diagnose)
    arguments = parser.parse_args()
    arguments.run(arguments)


def serve(_: argparse.Namespace) -> None:
    """Become the server; wrong settings end it with one sentence per mistake."""
    from gunicorn.app.base import Application  # only here: it brings ssl, and other commands need no server

    class Server(Application):  # type: ignore[misc]
        """Gunicorn's own command, but for two things: our options, and no packages from the current directory."""

        def init(self, parser: Any, opts: Any, args: Any) -> None:  # noqa: ARG002 - gunicorn's signature
            opts.config = str(Path(__file__).with_name("server.py"))

        def chdir(self) -> None:
            """Stay; gunicorn would look for `app`, and for anybody's package, here before all other places."""

        def load(self) -> Any:
            from app.wsgi import app  # after the options, which patch ssl

            return app

    Server(prog="portico serve").run()


def diagnose(arguments: argparse.Namespace) -> None:
    """Print what the doctor finds; the exit status is 1 if something has to be changed, 3 if not all could be asked."""
    from app.doctor.command import examine  # brings ory-client: a second that `portico serve` need not wait
    from app.factory import create_app

    with redirect_stderr(StringIO()):  # the log's words; the doctor has its own for the same
        lines, status = examine(create_app, arguments.client, arguments.authorize_url)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(status)
