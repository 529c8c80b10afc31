"""`python -m app` is `portico`."""

from app.cli import main

main()
