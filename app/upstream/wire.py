"""The one transport: requests' pooled HTTPAdapter without its Session, and ory-client's requests learned once.

Why not ory-client's own: it has no timeout, follows redirects, sends a timed-out PUT up to four times, raises on new
enum values, and `responses` cannot mock it. Why not a requests.Session: its cookie jar hands one person's cookie to the
next, and it reads .netrc and proxy variables on every call.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from ory_client import ApiClient, Configuration
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from app.domain.errors import UpstreamBadReply, UpstreamUnavailable

CONNECT_TIMEOUT, READ_TIMEOUT, TOTAL_TIMEOUT = 1.0, 5.0, 10.0  # seconds
MAX_REPLY = 1024 * 1024  # bytes, after decompression
POOL_SIZE = 64  # connections kept per upstream; more at once are opened and closed again

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in any case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; ValueError when it is anything else."""
        found = self._value()
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        return found

    def array(self) -> list[Any]:
        """The body as a JSON array; ValueError when it is anything else."""
        found = self._value()
        if not isinstance(found, list):
            raise ValueError("not a JSON array")
        return found

    def _value(self) -> object:
        found = json.loads(self.body)
        if b"\\ud" in self.body.lower():  # half a character is valid JSON, but no page could be made of it
            found = json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))
        return found


class _Connection(HTTPConnection):
    """urllib3's connection, asked more cheaply whether the other side has closed it: a poll is dear under gevent."""

    @property
    def is_connected(self) -> bool:
        """Whether a kept connection can be used again: nothing has come, not even its end."""
        plain = getattr(self.sock, "_sock", None)  # what gevent's socket wraps; never blocks
        if plain is None:
            return super().is_connected
        try:
            plain.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


class _TlsConnection(_Connection, HTTPSConnection):
    """The same by https."""


class _Adapter(HTTPAdapter):
    """HTTPAdapter without what we never use: proxies, its cookie jar, a guess at encodings (a seventh of a call's CPU).

    Its three methods below are those that requests exposes for subclasses; `verify` is the same for every call.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)
        self._pools: dict[str, Any] = {}

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The connection pool of the URL's origin, looked up once."""
        origin = "/".join(str(request.url).split("/", 3)[:3])
        if origin not in self._pools:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            pool.ConnectionCls = _TlsConnection if origin.startswith("https") else _Connection  # type: ignore[attr-defined]
            self._pools[origin] = pool
        return self._pools[origin]

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:  # noqa: ARG002
        """The path and query; never the whole URL, as there is never a proxy."""
        return "/" + str(request.url).split("/", 3)[3]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap urllib3's answer; only the request, the status, headers and the raw body are filled in."""
        response = requests.Response()
        response.request, response.status_code, response.headers, response.raw = req, resp.status, resp.headers, resp
        return response


class Wire:
    """Sends one request and reads one bounded reply, in bounded time; GET is tried twice, nothing else is.

    `extra_headers` is asked for every request (the request id). Safe to share between threads and greenlets.
    """

    def __init__(self, verify: bool | str = True, extra_headers: Callable[[], Headers] = dict) -> None:
        self._adapter = _Adapter()
        self._verify = verify
        self._extra_headers = extra_headers

    def __call__(self, service: str, method: str, url: str, headers: Headers, body: bytes | None = None) -> Reply:
        """Send and read; raises UpstreamUnavailable when there is no whole answer, UpstreamBadReply when it is too big.

        A PUT is never sent again: after a lost answer nobody knows whether Hydra has taken it.
        """
        for last in (method != "GET", True):
            try:
                return self._once(service, method, url, headers, body)
            except (requests.RequestException, HTTPError, OSError) as error:
                if last:
                    raise UpstreamUnavailable(service, f"no answer: {type(error).__name__}") from None
        raise AssertionError("unreachable")

    def _once(self, service: str, method: str, url: str, headers: Headers, body: bytes | None) -> Reply:
        request = requests.PreparedRequest()
        request.method, request.url, request.body, request.hooks = method, url, body, {"response": []}
        length = {} if body is None else {"Content-Length": str(len(body))}  # without it requests would send chunks
        request.headers = CaseInsensitiveDict({**headers, **self._extra_headers(), **length})
        until = time.monotonic() + TOTAL_TIMEOUT
        response = self._adapter.send(request, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), verify=self._verify)
        return Reply(response.status_code, response.headers, _read(service, response.raw, until))


def _read(service: str, raw: Any, until: float) -> bytes:
    """The whole body, so that the connection goes back to the pool; a drip of bytes does not get round the timeout."""
    chunks, size = [], 0
    while chunk := raw.read1(MAX_REPLY, decode_content=True):
        size += len(chunk)
        if size > MAX_REPLY or time.monotonic() > until:
            raw.close()
            raise UpstreamBadReply(service, "reply too large" if size > MAX_REPLY else "reply took too long")
        chunks.append(chunk)
    raw.release_conn()
    return b"".join(chunks)


class _Recorded:
    """The empty reply ApiClient hands through."""

    response = None


class _Recorder:
    """Stands where ApiClient keeps its transport and notes the request instead of sending it."""

    def __init__(self) -> None:
        self.method, self.url, self.headers = "", "", dict[str, str]()

    def request(self, method: str, url: str, headers: dict[str, str], **_: object) -> _Recorded:
        self.method, self.url, self.headers = method, url, headers
        return _Recorded()


class Operation:
    """One request of ory-client, built by it once and filled in afterwards.

    It quotes the `=` that two in three challenges end in, which sends the whole challenge through the slow path of
    `quote`: 120 of 440 us of a call (docs/decisions/0004-transport.md).

    `call` is a `*_without_preload_content` method; `arguments` its arguments, strings as `__name__` placeholders.
    """

    def __init__(self, service: str, wire: Wire, call: Callable[..., Any], **arguments: object) -> None:
        recorder = _Recorder()
        api_client: ApiClient = call.__self__.api_client  # type: ignore[attr-defined]
        own, api_client.rest_client = api_client.rest_client, recorder  # type: ignore[assignment]
        try:
            call(**arguments)
        finally:
            api_client.rest_client = own
        self._service, self._wire = service, wire
        self._method, self._url = recorder.method, recorder.url
        self._headers = {n: v for n, v in recorder.headers.items() if n != "Cookie"} | {"User-Agent": "Portico"}

    def __call__(self, body: Mapping[str, Any] | None = None, cookie: str = "", **parameters: str) -> Reply:
        """Send it with these values for the placeholders, this JSON body and the browser's Cookie header."""
        url = self._url
        for name, value in parameters.items():
            url = url.replace(f"__{name}__", quote(value, safe="="))  # "=" needs no quoting in a value
        headers = {**self._headers, "Cookie": cookie} if cookie else self._headers
        data = None if body is None else json.dumps(body).encode()
        return self._wire(self._service, self._method, url, headers, data)


def api_client(host: str) -> ApiClient:
    """ory-client's ApiClient for a base address (its default is a public playground, so there is no default here)."""
    return ApiClient(Configuration(host=host.rstrip("/")))
