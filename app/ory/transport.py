"""The one transport: requests' pooled HTTPAdapter without its Session, and ory-client's requests learned once.

Why not ory-client's own: it has no timeout, follows redirects, sends a timed-out PUT up to four times, raises on new
enum values, and `responses` cannot mock it. Why not a requests.Session: its cookie jar hands one person's cookie to the
next, and it reads .netrc and proxy variables on every call.
"""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from ory_client import ApiClient, Configuration
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.util import Timeout

from app.errors import ReplyTooLarge, UpstreamBadReply, UpstreamUnavailable
from app.ory.connections import Adapter, Call, ClosedMeanwhile, Queue, current_call, origin_of

CONNECT_TIMEOUT, TOTAL_TIMEOUT = 1.0, 4.0  # seconds
MAX_REPLY = 16 * 1024 * 1024  # bytes, after decompression; Kratos takes 5 MB and shows a trait twice in a settings flow
CHUNK = 256 * 1024
SIZE = 321  # stands for the parameter `size`, because ory-client takes numbers only

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in any case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; ValueError when it is anything else."""
        value = self._value()
        if not isinstance(value, dict):
            raise ValueError("not a JSON object")
        return value

    def array(self) -> list[Any]:
        """The body as a JSON array; ValueError when it is anything else."""
        value = self._value()
        if not isinstance(value, list):
            raise ValueError("not a JSON array")
        return value

    def _value(self) -> object:
        value = json.loads(self.body)
        if b"\\ud" in self.body.lower():  # half a character is valid JSON, but no page could be made of it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        return value


class Transport:
    """Sends one request and reads one bounded reply, in bounded time.

    `extra_headers` is asked for every request (the request id), and `seconds_left` how long its caller can wait. Safe
    to share between threads and greenlets.
    """

    def __init__(
        self,
        verify: bool | str = True,
        extra_headers: Callable[[], Headers] = dict,
        seconds_left: Callable[[], float] = lambda: TOTAL_TIMEOUT,
    ) -> None:
        self._adapter = Adapter()
        self._verify = verify
        self._extra_headers, self._seconds_left = extra_headers, seconds_left
        self.credentials: Headers = {}
        self._queues: defaultdict[str, Queue] = defaultdict(Queue)

    def bearing(self, token: str) -> Transport:
        """The same transport, which shows this token (RFC 6750 section 2.1): for one API alone."""
        bearing = copy.copy(self)
        bearing.credentials = {"Authorization": f"Bearer {token}"}
        return bearing

    def __call__(self, service: str, method: str, url: str, headers: Headers, body: bytes | None = None) -> Reply:
        """Send and read; raises UpstreamUnavailable when there is no whole answer, UpstreamBadReply when it is too big.

        A GET is sent once more, on a new connection, where a kept one turned out to be closed; not after a timeout,
        when the server has enough to do already. A PUT never is: nobody knows whether Hydra has taken it.
        """
        seconds, queue = min(TOTAL_TIMEOUT, self._seconds_left()), self._queues[origin_of(url)]
        until = time.monotonic() + seconds
        if seconds <= 0 or not queue.enter(seconds):
            raise UpstreamUnavailable(service, "not asked: " + ("no time left" if seconds <= 0 else "too many wait"))
        try:
            for again in (False, True):
                try:
                    return self._once(service, method, url, headers, body, Call(until, fresh=again))
                except (requests.RequestException, HTTPError, OSError) as error:
                    if again or method != "GET" or not _closed_meanwhile(error):
                        raise UpstreamUnavailable(service, f"no answer: {type(error).__name__}") from None
            raise AssertionError("unreachable")
        finally:
            queue.leave()

    def _once(self, service: str, method: str, url: str, headers: Headers, body: bytes | None, call: Call) -> Reply:
        request = requests.PreparedRequest()
        request.method, request.url, request.body, request.hooks = method, url, body, {"response": []}
        length = {} if body is None else {"Content-Length": str(len(body))}  # without it requests would send chunks
        request.headers = CaseInsensitiveDict({**headers, **self.credentials, **self._extra_headers(), **length})
        current_call.set(call)
        timeout = Timeout(total=max(0.001, call.until - time.monotonic()), connect=CONNECT_TIMEOUT)
        response = self._adapter.send(request, timeout=timeout, verify=self._verify)  # type: ignore[arg-type]
        return Reply(response.status_code, response.headers, _read(service, response.raw))


def _closed_meanwhile(error: Exception) -> bool:
    """Whether this is ClosedMeanwhile, as urllib3 and requests wrap it."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, ProtocolError) and isinstance(reason.args[-1], ClosedMeanwhile)


def _read(service: str, raw: Any) -> bytes:
    """The whole body, so that the connection goes back to the pool."""
    chunks, size = [], 0
    try:
        while chunk := raw.read1(CHUNK, decode_content=True):
            size += len(chunk)
            if size > MAX_REPLY:
                raw.close()
                raise ReplyTooLarge(service, "reply too large")
            chunks.append(chunk)
    except ReadTimeoutError:
        raise UpstreamBadReply(service, "reply took too long") from None
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


class Endpoint:
    """One request of ory-client, built by it once and filled in afterwards.

    It quotes the `=` that two in three challenges end in, which sends the whole challenge through the slow path of
    `quote`: 120 of 440 us of a call (docs/decisions/0004-transport.md).

    `call` is a `*_without_preload_content` method; `arguments` its arguments, strings as `__name__` placeholders, and
    a page_size that differs from call to call as SIZE.
    """

    def __init__(self, service: str, transport: Transport, call: Callable[..., Any], **arguments: object) -> None:
        recorder = _Recorder()
        api_client: ApiClient = call.__self__.api_client  # type: ignore[attr-defined]
        own, api_client.rest_client = api_client.rest_client, recorder  # type: ignore[assignment]
        try:
            call(**arguments)
        finally:
            api_client.rest_client = own
        self._service, self._transport = service, transport
        self._method, self._url = recorder.method, recorder.url.replace(f"page_size={SIZE}", "page_size=__size__")
        self._headers = {n: v for n, v in recorder.headers.items() if n != "Cookie"} | {"User-Agent": "Portico"}

    def __call__(self, body: Mapping[str, Any] | None = None, cookie: str = "", **parameters: str) -> Reply:
        """Send it with these values for the placeholders, this JSON body and the browser's Cookie header."""
        url = self._url
        for name, value in parameters.items():
            url = url.replace(f"__{name}__", quote(value, safe="="))  # "=" needs no quoting in a value
        headers = {**self._headers, "Cookie": cookie} if cookie else self._headers
        data = None if body is None else json.dumps(body).encode()
        return self._transport(self._service, self._method, url, headers, data)


def api_client(host: str) -> ApiClient:
    """ory-client's ApiClient for a base address (its default is a public playground, so there is no default here)."""
    return ApiClient(Configuration(host=host.rstrip("/")))
