"""Safari's engine on a screen that nobody sees: WebKitGTK's MiniBrowser, asked by its WebDriver."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.journeys.site import soon
from tests.stack.processes import running

PROGRAMS = ("WebKitWebDriver", "Xvfb")
GET = "apt-get install webkit2gtk-driver xvfb"
WAITS = {"pageLoad": 60_000, "script": 60_000}  # milliseconds
HEADLESS = {"GDK_BACKEND": "x11", "LIBGL_ALWAYS_SOFTWARE": "1", "NO_AT_BRIDGE": "1"}


def missing() -> list[str]:
    """What of this machine's programs is needed and not there."""
    return [program for program in PROGRAMS if not shutil.which(program)] + ["MiniBrowser"] * (mini_browser() is None)


def mini_browser() -> Path | None:
    """Debian keeps it beside the library."""
    return next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)


class Tab:
    """One window of the engine; `ask` is WebDriver's own protocol (W3C)."""

    def __init__(self, driver: str) -> None:
        self.http, self.address = requests.Session(), driver
        self.http.trust_env = False
        options = {"binary": str(mini_browser()), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options, "timeouts": WAITS}}
        self.address += f"/session/{self.ask('POST', '/session', capabilities=wanted)['sessionId']}"

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The value of an answer, which has to be a good one."""
        answer = self.http.request(method, self.address + path, json=body if method == "POST" else None, timeout=90)
        assert answer.ok, answer.text
        return answer.json()["value"]

    def open(self, address: str) -> None:
        self.ask("POST", "/url", url=address)

    def run(self, script: str) -> Any:
        """What a script gives that returns something."""
        return self.ask("POST", "/execute/sync", script=script, args=[])

    def _element(self, selector: str) -> str:
        reference: Mapping[str, str] = self.ask("POST", "/element", using="css selector", value=selector)
        return next(iter(reference.values()))

    def type(self, selector: str, text: str) -> None:
        self.ask("POST", f"/element/{self._element(selector)}/value", text=text)

    def press(self, selector: str) -> None:
        """Press a button as a script does: the driver's click would come while early ones do not count."""
        self.run(f"document.querySelector('{selector}').click()")

    def wait_for(self, address: str) -> None:
        """Wait for a page at this address, whatever its query."""
        soon(lambda: self.run("return document.readyState === 'complete' && location.href.split('?')[0]") == address)

    def close(self) -> None:
        self.ask("DELETE", "")
        self.http.close()


@contextmanager
def engine(port: int) -> Iterator[str]:
    """The address of a WebDriver that starts windows on a screen of their own."""
    screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    silent = {"stderr": subprocess.DEVNULL}
    with running(screen, stdout=subprocess.PIPE, **silent) as server:
        assert server.stdout
        env = {**os.environ, **HEADLESS, "DISPLAY": f":{server.stdout.readline().strip()}"}
        argv = ["WebKitWebDriver", f"--port={port}"]
        with running(argv, stdout=subprocess.DEVNULL, env=env, **silent), requests.Session() as http:
            http.trust_env = False
            soon(lambda: _answers(http, f"http://127.0.0.1:{port}/status"))
            yield f"http://127.0.0.1:{port}"


def _answers(http: requests.Session, address: str) -> bool:
    try:
        return http.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False
