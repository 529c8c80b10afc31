"""Bytes as no honest client sends them, over TLS, and what became of them."""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.journeys.site import Site

SILENCE = 25  # seconds after which nobody answers any more: each proxy waits 10 for what is missing


@dataclass(frozen=True)
class Answer:
    """All that came back, until the connection ended."""

    data: bytes

    @property
    def status(self) -> int:
        """Of the first answer; 0 where there is none."""
        match = re.match(rb"HTTP/1\.[01] (\d{3})", self.data)
        return int(match[1]) if match else 0

    @property
    def location(self) -> str:
        return (re.findall(rb"(?im)^location: *([^\r\n]*)", self.data) or [b""])[0].decode()

    @property
    def request_ids(self) -> list[str]:
        """One of each answer that is Portico's."""
        return [number.decode() for number in re.findall(rb"(?im)^x-request-id: *([^\r\n]+)", self.data)]


def connect(site: Site, protocol: str = "http/1.1") -> ssl.SSLSocket:
    """A TLS connection to the proxy, for this protocol."""
    context = ssl.create_default_context(cafile=site.stack.authority)
    context.set_alpn_protocols([protocol])
    port = urlsplit(site.portico).port
    assert port
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), SILENCE), server_hostname="localhost")


def talk(site: Site, data: bytes) -> Answer:
    """Send these bytes, read until the other side has had enough."""
    answer = b""
    with connect(site) as connection:
        try:
            connection.sendall(data)
            while chunk := connection.recv(65536):
                answer += chunk
        except (TimeoutError, ConnectionError, ssl.SSLError):
            pass  # hung up on us, or waits for more; what came before counts
    return Answer(answer)


def send_without_end(site: Site, path: bytes) -> None:
    """A form of 128 MB, as much of it as is taken."""
    with suppress(OSError), connect(site) as client:  # hung up on us
        client.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 134217728\r\n\r\n" % path)
        for _ in range(128):
            client.sendall(bytes(1_048_576))


@contextmanager
def holding(site: Site, data: bytes, number: int) -> Iterator[None]:
    """So many clients that have sent this much and stay."""
    with ExitStack() as stack:
        for client in [stack.enter_context(connect(site)) for _ in range(number)]:
            client.sendall(data)
        yield


def read_by_portico(site: Site) -> list[str]:
    """The ids of all requests Portico has logged so far, but those that ask for its health."""
    lines = [json.loads(line) for line in site.stack.logs("portico").splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    return [line["request_id"] for line in requests if not line["route"].startswith("/health/")]


def connections_at(port: int) -> int:
    """How many connections are open at a port of this machine (Linux: /proc/net/tcp, state 1)."""
    entries = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(entry[1].endswith(f":{port:04X}") and entry[3] == "01" for entry in entries)
