"""`python -m app` is `portico` in a checkout that nothing was installed from."""

from app.cli import main

main()
