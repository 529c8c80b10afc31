"""The `portico` command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app import cli_claims, cli_doctor


def main() -> None:
    """Run a sub-command."""
    parser = argparse.ArgumentParser(prog="portico", description="Login and consent pages for Ory Kratos and Hydra.")
    commands = parser.add_subparsers(dest="command", required=True)
    pages = commands.add_parser("serve", help="serve the pages, with the settings of the environment and portico.toml")
    pages.set_defaults(run=serve)
    cli_claims.add(commands)
    cli_doctor.add(commands)
    given = parser.parse_args()
    given.run(given)


def serve(_: argparse.Namespace) -> None:
    """Become gunicorn with the options of app/gunicorn.py; wrong settings end it with one sentence per mistake."""
    config = Path(__file__).with_name("gunicorn.py")
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "app.wsgi:app"]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and arguments
