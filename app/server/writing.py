"""How answers are written, those to requests that cannot be read among them."""

from collections.abc import Iterable
from typing import Any

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>{0}</title>\
<h1>{0}</h1><p>{1}</p></html>"""
ADVICE = {  # in English: what says the person's language cannot be read either
    "414": "The address is too long. Go back to the app and try again.",
    "431": "Your browser sent too much, perhaps too many cookies. Delete the cookies of this site, then try again.",
    "500": "Something went wrong here. Go back and try again.",
}
OTHERWISE = "This request can't be read. Go back and try again."


class Written:
    """A client's socket as gunicorn needs it to answer: the head waits for the body, so that both are one call."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._head: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        self.sendall(b"")
        return getattr(self._client, name)

    def sendall(self, data: bytes) -> None:
        """Keep what comes first, the head, and send it with what comes next, or by itself with nothing."""
        if self._head is None:
            self._head = data or None
        elif data := self._head + data:
            self._head = b""
            self._client.sendall(data)


class Unreadable:
    """The same to refuse a request: gunicorn's status, a page, and the headers of every answer of ours."""

    def __init__(self, client: Any, headers: Iterable[tuple[str, str]]) -> None:
        self._client, self._headers = client, headers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def sendall(self, answer: bytes) -> None:
        """Send an answer of that status in place of gunicorn's, which has neither headers nor what to do next."""
        status_line = answer.partition(b"\r\n")[0].decode()
        _, status, reason = status_line.split(" ", 2)
        page = PAGE.format(reason, ADVICE.get(status, OTHERWISE)).encode()
        headers = {
            **dict(self._headers),
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Connection": "close",
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page)),
        }
        head = "\r\n".join([status_line, *map(": ".join, headers.items())])
        self._client.sendall(head.encode() + b"\r\n\r\n" + page)
