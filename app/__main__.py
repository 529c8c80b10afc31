"""The `portico` command of an installed Portico, and `python -m app` in a checkout that nothing was installed from."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command with the package `app` that lies beside our templates, whatever else is called `app`."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from app import cli

    cli.main()


if __name__ == "__main__":
    main()
