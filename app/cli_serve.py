"""`portico serve`: the pages, with gunicorn and the options of app/server.py."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to an ArgumentParser's sub-parsers."""
    parser = commands.add_parser("serve", help="serve the pages, with the settings of the environment and portico.toml")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> None:
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
