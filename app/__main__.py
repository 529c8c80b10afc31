"""The `portico` command of an installed package, and `python -m app` in a checkout without an installation."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command with the package `app` beside our templates, even if another package is called `app`."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    try:
        from app import cli
    except ModuleNotFoundError as missing:
        there = "in a checkout it is .venv/bin/portico, made by `make run`; else install requirements/portico.txt"
        sys.exit(f"portico: this Python has no {missing.name}: {there} (README.md)")
    cli.main()


if __name__ == "__main__":
    main()
