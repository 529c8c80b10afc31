"""The `portico` command."""

from __future__ import annotations

import argparse

from app import __version__, cli_claims, cli_doctor, cli_serve


def main() -> None:
    """Run a sub-command."""
    parser = argparse.ArgumentParser(prog="portico", description="Login and consent pages for Ory Kratos and Hydra.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    cli_serve.add(commands)
    cli_claims.add(commands)
    cli_doctor.add(commands)
    arguments = parser.parse_args()
    arguments.run(arguments)
