"""`python -m tests.stack`: start everything and say what to open (`make run`)."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before anything is imported that an older Python could not read
    sys.exit("Portico needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

import argparse
import json
import os
import time

from tests.stack.errors import StackError
from tests.stack.ports import beginning_at
from tests.stack.servers import KINDS
from tests.stack.stack import ROOT, Stack

KIND_IN_WORDS = {"real": "the real servers", "sandbox": "the sandbox, stand-ins in memory"}


def main() -> int:
    """Run until Ctrl-C; 1 and one line when something cannot start or ends by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.stack", description="Start Portico and all it needs.")
    parser.add_argument("--stack", default=os.environ.get("STACK") or "auto", help=" | ".join(KINDS))
    parser.add_argument("--ports", default=os.environ.get("PORTS", ""), help="the first of seven, e.g. 8100")
    wanted = parser.parse_args()
    try:
        # What somebody sets for `make run` is meant for Portico.
        env = {name: value for name, value in os.environ.items() if name.startswith("PORTICO_")}
        with Stack(wanted.stack, beginning_at(wanted.ports), env) as stack:
            print(summary(stack), flush=True)
            while True:
                time.sleep(0.5)
                stack.check()
    except StackError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEverything is stopped.")
        return 0


def summary(stack: Stack) -> str:
    """What is running, where, and who can sign in."""
    urls = stack.urls
    lines = [
        *(f"Portico is running on {KIND_IN_WORDS[stack.kind]} ({stack.why}).", ""),
        f"  Open this first   {urls['demo']}   the demo application; one-time codes: {urls['demo']}/mailbox",
        f"  Portico           {urls['portico']}",
        f"  Kratos            {urls['kratos_public']}   admin {urls['kratos_admin']}",
        *(f"  Hydra             {urls['hydra_public']}   admin {urls['hydra_admin']}", "", "Sign in as"),
    ]
    for person in json.loads((ROOT / "kratos/identities.json").read_text()):
        password = person["credentials"]["password"]["config"]["password"]
        verified = any(address["verified"] for address in person.get("verifiable_addresses", []))
        lines.append(f"  {person['traits']['email']:<20}{password}{'' if verified else '   (email not verified)'}")
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


if __name__ == "__main__":
    sys.exit(main())
