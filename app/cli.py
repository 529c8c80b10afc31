"""The `portico` command: `serve`, `doctor`, `claims` and `preview`."""

import argparse
import json
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from app import __version__
from app.claims.rules import NO_ROOM, Rule, TokenRules, claims
from app.ory.models import Identity, mapping, text
from app.server import starting

GET_IDENTITY = "kratos get identity ID --format json"


def main() -> None:
    """Run a sub-command."""
    parser = argparse.ArgumentParser(prog="portico", description="Login and consent pages for Ory Kratos and Hydra.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True)
    server = commands.add_parser("serve", help="serve the pages, with the settings of the environment and portico.toml")
    server.set_defaults(run=serve)
    claims_of = commands.add_parser("claims", help="print the claims of a person that an application would get")
    from_file = f"an identity, as of: {GET_IDENTITY}; - for standard input"
    claims_of.add_argument("--identity", required=True, metavar="FILE", help=from_file)
    claims_of.add_argument("--scope", required=True, help='the granted scopes, such as "openid email"')
    claims_of.add_argument("--client", default="", metavar="ID", help="the application, if it has claims of its own")
    claims_of.set_defaults(run=preview_claims)
    doctor = commands.add_parser("doctor", help="say what is wrong with this deployment, and where to change it")
    subject = doctor.add_mutually_exclusive_group()
    subject.add_argument("--client", metavar="ID", default="", help="show a client and how its application signs in")
    subject.add_argument("--authorize-url", metavar="URL", default="", help="say why Hydra refuses this request")
    doctor.set_defaults(run=diagnose)
    pages = commands.add_parser(
        "preview", help="show every page with these settings; neither Kratos nor Hydra is asked"
    )
    pages.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0 in a container")
    pages.add_argument("--port", type=int, default=3200)
    pages.add_argument("--lang", default="", metavar="TAG", help="the language of the pictures")
    pages.add_argument("--check", action="store_true", help="only say what does not fit; status 1 if anything does not")
    pages.add_argument("--screenshots", type=Path, metavar="DIR", help="write a picture of each page, by Chromium")
    pages.add_argument("--width", type=int, default=640, metavar="PIXELS", help="of the pictures; a phone has 375")
    pages.add_argument("--dark", action="store_true", help="pictures as on a dark screen")
    pages.add_argument("--only", nargs="+", default=[], metavar="GROUP", help="the groups of pages to have pictures of")
    pages.set_defaults(run=preview_pages)
    arguments = parser.parse_args()
    arguments.run(arguments)


def serve(_: argparse.Namespace) -> None:
    """Become the server; explain in words why it cannot start."""
    with starting.or_end():
        _become_the_server()


def _become_the_server() -> None:
    from gunicorn.app.base import Application  # imported here, because it loads ssl, and other commands need no server

    class Server(Application):  # type: ignore[misc]
        """Gunicorn's own command with our options, and without packages from the current directory."""

        def init(self, parser: Any, opts: Any, args: Any) -> None:  # noqa: ARG002 - gunicorn's signature
            opts.config = str(Path(__file__).with_name("server") / "options.py")

        def chdir(self) -> None:
            """Do nothing: gunicorn would search this directory first for `app` and all other packages."""

        def load(self) -> Any:
            from app.server.wsgi import app  # after the options, which patch ssl

            return app

    Server(prog="portico serve").run()


def diagnose(arguments: argparse.Namespace) -> None:
    """Print what the doctor finds; exit with 1 if something has to change, with 3 if an upstream could not be asked."""
    from app.doctor.command import examine  # imported here: it loads ory-client for a second

    with redirect_stderr(StringIO()):  # drops log lines; the doctor reports the same itself
        lines, status = examine(arguments.client, arguments.authorize_url)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(status)


def preview_pages(arguments: argparse.Namespace) -> None:
    """Show the pages, or report what in the operator's brand, templates and catalogues no longer fits."""
    from app.preview.command import preview  # imported here: it loads the whole application

    if arguments.port not in range(65536):  # the operating system would take 99999 for 34463
        sys.exit("--port is a number from 0 to 65535.")

    with redirect_stderr(StringIO()):  # drops warnings about settings that a preview does not use
        status = preview(arguments)
    sys.exit(status)


def preview_claims(arguments: argparse.Namespace) -> None:
    """Print as JSON, for each token, the claims and why others were left out; no server is asked."""
    identity, scopes, rules = _identity(arguments.identity), arguments.scope.split(), _rules(arguments.client)
    preview: dict[str, Any] = {"id_token": {}, "access_token": {}, "left_out": {}}
    tables = {"id_token": rules.id_token, "access_token": rules.access_token}
    for token, table in tables.items():
        result = claims(identity, scopes, table)
        rule_of = {name: rule for scope in reversed(scopes) for name, rule in table.get(scope, {}).items()}
        preview[token] = dict(result.values)
        preview["left_out"][token] = {
            name: f"{reason}: {_where(rule_of[name], reason)}" for name, reason in result.left_out.items()
        }
    of_no_rule = [scope for scope in scopes if not any(scope in table for table in tables.values())]
    preview |= {"scopes_without_claims": of_no_rule, "asks_kratos_admin": not rules.admin_scopes.isdisjoint(scopes)}
    shown = json.dumps(preview, indent=2, ensure_ascii=False)
    try:  # a trait may have control characters (C1), which JSON does not escape and a terminal would obey
        sys.stdout.write("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in f"{shown}\n"))
    except UnicodeEncodeError:  # the terminal's encoding lacks a letter
        sys.stdout.write(json.dumps(preview, indent=2) + "\n")


def _where(rule: Rule, reason: str) -> str:
    if reason == NO_ROOM:
        return "all claims of a token have 2,048 bytes"
    return rule.verified_of or f"{', '.join(value.text for value in rule.values)} ({rule.type})"


def _rules(client_id: str) -> TokenRules:
    from app.config.settings import load_rules  # imported here: it loads pydantic, which takes time
    from app.config.sources import SettingsError

    try:
        settings = load_rules()
    except SettingsError as error:
        sys.exit(f"The settings cannot be used:\n{error}")
    if client_id and client_id not in settings.clients:
        sys.stderr.write(f"No [clients.{json.dumps(client_id)}] in the settings: it gets what all applications get.\n")
    return settings.policy(client_id).tokens


def _identity(file: str) -> Identity:
    """Read the identity from a file, or from a session in it; exit with an explanation if there is none."""
    try:
        written = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        content = json.loads(written.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))  # some editors write it first
    except OSError as error:
        sys.exit(f"{file} cannot be read: {error.strerror}.")
    except (ValueError, RecursionError):
        sys.exit(f"{file} is not JSON. An identity is wanted, as of: {GET_IDENTITY}")
    if isinstance(content, list):
        sys.exit(f"{file} holds a list. One identity is wanted, as of: {GET_IDENTITY}")
    raw = mapping(mapping(content).get("identity")) or mapping(content)
    if "traits" not in raw:
        sys.exit(f"{file} holds no identity: there are no traits in it. One is printed by: {GET_IDENTITY}")
    return Identity(text(raw.get("id")), "active", raw)
