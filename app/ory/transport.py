"""The one way to Kratos and Hydra: one request over a kept connection, one bounded reply, in bounded time.

It is requests' pooled HTTPAdapter without its Session, whose cookie jar hands one person's cookie to the next, and
which reads .netrc and proxy variables on every call.
"""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.util import Timeout

from app.errors import ReplyTooLarge, UpstreamBadReply, UpstreamUnavailable
from app.ory.connections import Adapter, ClosedMeanwhile, Queue, call_ends, origin_of

CONNECT_TIMEOUT, TOTAL_TIMEOUT = 1.0, 4.0  # seconds
MAX_REPLY = 16 * 1024 * 1024  # bytes, after decompression; Kratos takes 5 MB and shows a trait twice in a settings flow
CHUNK = 256 * 1024

Headers = Mapping[str, str]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in any case) and the whole body."""

    status: int
    headers: Headers
    body: bytes

    def json(self, kind: type[Kind] = dict) -> Kind:  # type: ignore[assignment]
        """The JSON object of the body, or the array; ValueError when it holds none."""
        try:
            value: Any = json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if b"\\ud" in self.body.lower():  # half a character is valid JSON, but no page could be made of it
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        if not isinstance(value, kind):
            raise ValueError(f"no JSON {kind.__name__}")
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
        call_ends.set(time.monotonic() + seconds)
        if seconds <= 0 or not queue.enter(seconds):
            raise UpstreamUnavailable(service, "not asked: " + ("no time left" if seconds <= 0 else "too many wait"))
        try:
            request = self._request(method, url, headers, body)
            try:
                return self._send(service, self._adapter, request)
            except (requests.ConnectionError, ProtocolError) as error:
                if method != "GET" or not _closed_meanwhile(error):
                    raise
            with closing(Adapter()) as anew:
                return self._send(service, anew, request)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise UpstreamUnavailable(service, f"no answer: {type(error).__name__}") from None
        finally:
            queue.leave()

    def _request(self, method: str, url: str, headers: Headers, body: bytes | None) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method, request.url, request.body, request.hooks = method, url, body, {"response": []}
        length = {} if body is None else {"Content-Length": str(len(body))}  # without it requests would send chunks
        request.headers = CaseInsensitiveDict({**headers, **self.credentials, **self._extra_headers(), **length})
        return request

    def _send(self, service: str, adapter: Adapter, request: requests.PreparedRequest) -> Reply:
        timeout = Timeout(total=max(0.001, call_ends.get() - time.monotonic()), connect=CONNECT_TIMEOUT)
        response = adapter.send(request, timeout=timeout, verify=self._verify)  # type: ignore[arg-type]
        return Reply(response.status_code, response.headers, _read(service, response.raw))


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


def _closed_meanwhile(error: Exception) -> bool:
    """Whether this is ClosedMeanwhile, as urllib3 and requests wrap it."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, ProtocolError) and isinstance(reason.args[-1], ClosedMeanwhile)
