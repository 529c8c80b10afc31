"""Takes pictures of pages with one Chromium, which takes orders by a pipe (Chrome DevTools Protocol)."""

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select
from typing import IO, Any

HEIGHT = 2000  # pixels; enough for most pages
PATIENCE = 60  # seconds for an answer
TO_END = 10  # seconds
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe")
# Where Chromium expects the two ends of the pipe. It does not start where the path of its socket is too long.
AT_3_AND_4 = 'export TMPDIR=/tmp; exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
LOADED = "new Promise(go => document.readyState == 'complete' ? go() : addEventListener('load', go))"


class BrowserError(Exception):
    """The browser took no picture; the message says why."""


class Browser:
    """A running Chromium with one tab, `width` pixels wide."""

    def __init__(self, orders: IO[bytes], answers: IO[bytes], width: int) -> None:
        self._orders, self._answers, self._width = orders.fileno(), answers.fileno(), width
        self._tab, self._number, self._received = "", 0, b""

    def picture(self, address: str) -> bytes:
        """Return the PNG of the page at this address; raises BrowserError."""
        try:
            if not self._tab:
                self._open()
            self._order("Page.navigate", url=address)
            self._order("Runtime.evaluate", expression=LOADED, awaitPromise=True)
            return base64.b64decode(self._order("Page.captureScreenshot")["data"])
        except (OSError, EOFError, KeyError) as error:
            raise BrowserError(type(error).__name__) from error

    def _open(self) -> None:
        target = self._order("Target.createTarget", url="about:blank")["targetId"]
        self._tab = self._order("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        size = {"width": self._width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._order("Emulation.setDeviceMetricsOverride", **size)

    def _order(self, method: str, **parameters: Any) -> Any:
        """Return Chromium's result; raises OSError or EOFError where it ended or hangs, KeyError where it refuses."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters}
        order |= {"sessionId": self._tab} if self._tab else {}
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while (answer := json.loads(self._next())).get("id") != self._number:
            pass  # an event
        return answer["result"]

    def _next(self) -> bytes:
        while b"\0" not in self._received:
            if not select([self._answers], [], [], PATIENCE)[0]:
                raise TimeoutError
            if not (more := os.read(self._answers, 1 << 20)):
                raise EOFError
            self._received += more
        message, _, self._received = self._received.partition(b"\0")
        return message


@contextmanager
def browsing(path: str, width: int, *options: str) -> Iterator[Browser]:
    """Run the Chromium at this path during the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["sh", "-c", AT_3_AND_4, "sh", path, *OPTIONS, f"--user-data-dir={profile}", *options]
        pipe, no = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=no) as process:  # noqa: S603 - our own words
            try:
                yield Browser(process.stdin, process.stdout, width)  # type: ignore[arg-type]  # not None: pipes
            finally:
                with suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=TO_END)  # closes the pipe, by which it ends
                process.terminate()
