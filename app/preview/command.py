"""What `portico preview` does: check, serve on this machine, take pictures."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

import structlog
from werkzeug.serving import WSGIRequestHandler, make_server

from app.preview.fits import misfits
from app.preview.player import states
from app.preview.site import Site

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFF = 50  # the level above which nothing is logged


class Silent(WSGIRequestHandler):
    """Serves and says nothing about it."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name werkzeug gives it
        """Nothing."""


def preview(port: int, language: str, check: bool, pictures: Path | None, only: list[str]) -> int:
    """Do what the options say; the exit status: 1 if a check finds something, or no page can be made."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(OFF))
    mistakes = misfits()
    sys.stdout.write("".join(f"- {words}\n" for words in mistakes) or "Everything fits this version.\n")
    if check:
        return int(bool(mistakes))
    try:
        states()
        server = make_server(
            "127.0.0.1", 0 if pictures else port, Site(mistakes), threaded=True, request_handler=Silent
        )
    except SystemExit:  # what werkzeug does about it
        sys.stdout.write(f"Port {port} is taken: name another one with --port.\n")
        return 1
    except Exception:  # noqa: BLE001 - what is wrong was said above
        return 1
    address = f"http://127.0.0.1:{server.server_port}"
    if pictures:
        Thread(target=server.serve_forever, daemon=True).start()
        return take(address, language, pictures, only)
    sys.stdout.write(f"The preview is at {address}/ (Ctrl-C ends it)\n")
    sys.stdout.flush()
    server.serve_forever()
    return 0


def take(address: str, language: str, folder: Path, only: list[str]) -> int:
    """A picture of each page of these groups (none: all but Kratos' single messages)."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stdout.write("No browser: install Chromium or Chrome for pictures.\n")
        return 1
    for state in states().values():
        if state.group in only or not (only or state.group == "messages"):
            file = (folder / f"{state.id}.png").absolute()
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory() as profile:
                command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
                command += [f"--user-data-dir={profile}", "--window-size=640,1000", f"--screenshot={file}"]
                command.append(f"{address}/page/{state.id}?lang={language}")
                try:
                    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own words
                except (OSError, subprocess.SubprocessError) as error:
                    sys.stdout.write(f"{browser} took no picture of {state.id}: {type(error).__name__}.\n")
                    return 1
            sys.stdout.write(f"{file}\n")
    return 0
