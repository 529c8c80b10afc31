"""The `portico preview` command: check, serve, take pictures."""

import shutil
import sys
from argparse import Namespace

from app import urls
from app.preview.browser import BrowserError, browsing
from app.preview.fits import misfits
from app.preview.operator import Operator
from app.preview.player import of_clients, shipped
from app.preview.site import Site, served, serving

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPEN = "Whoever reaches this address sees your brand, templates and words: end it when you have seen enough."


def preview(options: Namespace) -> int:
    """Run the command; return the exit status: 1 if a check finds something, or if the command fails."""
    operator, states = Operator(), shipped()
    states += of_clients(states, operator.player.load({}).clients)
    mistakes = misfits(operator, states)
    sys.stdout.write("".join(f"- {words}\n" for words in mistakes) or "Everything fits this version.\n")
    if options.check:
        return int(bool(mistakes))
    site = Site(operator.player, states, mistakes)
    return take(site, options) if options.screenshots else serve(site, options.listen, options.port)


def serve(site: Site, host: str, port: int) -> int:
    """Serve the pages at this address until Ctrl-C."""
    try:
        server = served(site, host, port)
    except SystemExit as error:  # from werkzeug
        why = getattr(error.__context__, "strerror", "")
        sys.stdout.write(f"Cannot listen at {host}, port {port}: {why}. Name others with --listen and --port.\n")
        return 1
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"The preview is at http://{shown}:{server.server_port}/ (Ctrl-C ends it)\n")
    sys.stdout.write("" if urls.is_loopback(host) else f"{OPEN}\n")
    sys.stdout.flush()
    server.serve_forever()
    return 0


def take(site: Site, options: Namespace) -> int:
    """Take a picture of each page in the chosen groups (by default all except Kratos' single messages)."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stdout.write("No browser: install Chromium or Chrome for pictures.\n")
        return 1
    groups = dict.fromkeys(state.group for state in site.states.values())
    if unknown := set(options.only) - groups.keys():
        sys.stdout.write(f"No group of pages is called {', '.join(sorted(unknown))}; there are {', '.join(groups)}.\n")
        return 1
    wanted = options.only or groups.keys() - {"messages"}
    dark = ["--force-dark-mode"] if options.dark else []
    with serving(site) as address, browsing(browser, options.width, *dark) as chromium:
        for state in (state for state in site.states.values() if state.group in wanted):
            file = (options.screenshots / f"{state.id}.png").absolute()
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                file.write_bytes(chromium.picture(f"{address}/page/{state.id}?lang={options.lang}"))
            except BrowserError as why:
                sys.stdout.write(f"{browser} took no picture of {state.id}: {why}.\n")
                return 1
            sys.stdout.write(f"{file}\n")
    return 0
