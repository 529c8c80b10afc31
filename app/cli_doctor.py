"""`portico doctor`: says what is wrong with a deployment, a client, or an application's request."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stderr
from io import StringIO
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to an ArgumentParser's sub-parsers."""
    parser = commands.add_parser("doctor", help="say what is wrong with this deployment, and where to change it")
    subject = parser.add_mutually_exclusive_group()
    subject.add_argument("--client", metavar="ID", default="", help="show a client and how its application signs in")
    subject.add_argument("--authorize-url", metavar="URL", default="", help="say why Hydra refuses this request")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print what the doctor finds; the exit status is 1 if something has to be changed, 3 if not all could be asked."""
    from app.doctor.command import examine  # brings ory-client: a second that `portico serve` need not wait
    from app.factory import create_app

    with redirect_stderr(StringIO()):  # the log's words; the doctor has its own for the same
        lines, status = examine(create_app, arguments.client, arguments.authorize_url)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(status)
