"""Writes answers in one piece, also to a request that gunicorn cannot parse."""

import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

from gunicorn import util
from gunicorn.http import message, wsgi

from app.urls import VISIBLE, consists_of

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>{0}</title>\
<h1>{0}</h1><p>{1}</p></html>"""
ADVICE = {  # in English, because the person's language cannot be read either
    "414": "The address is too long. Go back to the app and try again.",
    "431": "Your browser sent too much, perhaps too many cookies. Delete the cookies of this site, then try again.",
    "500": "Something went wrong here. Go back and try again.",
}
OTHERWISE = "This request can't be read. Go back and try again."


def make_once(cfg: Any) -> None:
    """Have gunicorn make once what is the same for all requests, or all of a second; it would for each of them."""
    same, date = wsgi.base_environ(cfg), lru_cache(maxsize=1)(partial(formatdate, usegmt=True))
    wsgi.base_environ = lambda _: same.copy()
    util.http_date = lambda: date(int(time.time()))
    refused = message.RFC9112_TARGET_INVALID  # its search takes 20 times as long for an address with a challenge
    message.RFC9112_TARGET_INVALID = SimpleNamespace(
        search=lambda target: None if consists_of(target, VISIBLE) else refused.search(target)
    )
    util.is_hoppish = lru_cache(maxsize=64)(util.is_hoppish)  # asked of the name of each header, ours alone


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
            if left := data[self._client.send(data) :]:  # mostly nothing; gevent's sendall takes 3 % of a page
                self._client.sendall(left)


class Unreadable:
    """A client's socket for gunicorn's refusal of a request: its status, a page, and our usual headers."""

    def __init__(self, client: Any, headers: Iterable[tuple[str, str]]) -> None:
        self._client, self._headers = client, headers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def sendall(self, answer: bytes) -> None:
        """Send our answer with the same status instead of gunicorn's, which lacks headers and advice."""
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
