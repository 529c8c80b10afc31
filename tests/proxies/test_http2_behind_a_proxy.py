"""N42: what HTTP/2 lets a client write, and HTTP/1.1 reads as lines, ends or other requests, goes no further."""

import json
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.site import Site, Visitor
from tests.proxies.http2 import request, talk

FORM = (b"content-type", b"application/x-www-form-urlencoded")
FORBIDDEN = {"/robots.txt", "/health/ready"}  # the hidden request's, and what no browser may ask for
HIDDEN = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN
LINE = b"a\r\nX-Forwarded-For: 192.0.2.1"


def post(*more, **pseudo):
    return request(b"POST", b"/language", FORM, *more, **pseudo)


def get(path=b"/language", *more, **pseudo):
    return request(b"GET", path, *more, **pseudo)


CASES = {
    "a length that is too short": (post((b"content-length", b"3")), b"a=b" + HIDDEN),
    "a length of nothing": (post((b"content-length", b"0")), HIDDEN),
    "a length of nothing for a GET": (get(b"/language", (b"content-length", b"0")), HIDDEN),
    "a length that is too long": (post((b"content-length", b"300")), b"a=b"),
    "two lengths": (post((b"content-length", b"3"), (b"content-length", b"0")), b"a=b"),
    "lengths in a list": (post((b"content-length", b"3, 0")), b"a=b" + HIDDEN),
    "a length with a sign": (post((b"content-length", b"+3")), b"a=b" + HIDDEN),
    "a negative length": (post((b"content-length", b"-1")), HIDDEN),
    "chunks": (post((b"transfer-encoding", b"chunked")), CHUNKED),
    "chunks and a length": (post((b"transfer-encoding", b"chunked"), (b"content-length", b"5")), CHUNKED[:5]),
    "chunks in capitals": (post((b"Transfer-Encoding", b"chunked")), CHUNKED),
    "chunks in a name": (post((b"transfer-encoding: chunked\r\nx", b"y")), CHUNKED),
    "chunks behind a space": (post((b"transfer-encoding ", b"chunked")), CHUNKED),
    "chunks behind a colon": (post((b"transfer-encoding: chunked", b"y")), CHUNKED),
    "chunks with an underscore": (post((b"transfer_encoding", b"chunked")), CHUNKED),
    "chunks in a value": (post((b"x", b"y\r\ntransfer-encoding: chunked")), CHUNKED),
    "chunks that Connection hides": (post((b"connection", b"transfer-encoding")), CHUNKED),
    "a request in a value": (post((b"x", b"y\r\n\r\n" + HIDDEN)), b""),
    "a request in a name": (post((b"x: y\r\n\r\n" + HIDDEN, b"z")), b""),
    "a request in a cookie": (get(b"/language", (b"cookie", b"a=b\r\n\r\n" + HIDDEN)), None),
    "a request in the method": (request(HIDDEN + b"GET"), b""),
    "a request in the path": (get(b"/language HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN + b"GET /"), None),
    "a request in the scheme": (get(scheme=b"https\r\n\r\n" + HIDDEN), None),
    "a request in the authority": (get(authority=b"localhost\r\n\r\n" + HIDDEN), None),
    "a request for a body": (get(), HIDDEN),
    "a request for the body of a HEAD": (request(b"HEAD"), HIDDEN),
    "a line in a value": (get(b"/language", (b"x", LINE)), None),
    "a line by a line feed": (get(b"/language", (b"x", LINE.replace(b"\r", b""))), None),
    "a line by a carriage return": (get(b"/language", (b"x", LINE.replace(b"\n", b""))), None),
    "a line by a zero": (get(b"/language", (b"x", LINE.replace(b"\r\n", b"\0"))), None),
    "a version in the path": (get(b"/health/ready HTTP/1.0\r\nx:"), None),
    "a space in the path": (get(b"/health/ready HTTP/1.1"), None),
    "a tab in the path": (get(b"/health/ready\t"), None),
    "a whole address for a path": (get(b"http://localhost/health/ready"), None),
    "a path in the authority": (get(authority=b"localhost/health/ready?"), None),
    "a path in the scheme": (get(scheme=b"https://localhost/health/ready?"), None),
    "two paths": ([*get(), (b":path", b"/health/ready")], None),
    "a path with a fragment": (get(b"/health/ready#"), None),
    "a path with dots": (get(b"/language/%2e%2e/health/ready"), None),
    "two authorities": ([*get(), (b":authority", b"evil.example")], None),
    "a host beside the authority": (get(b"/language", (b"host", b"evil.example")), None),
    "a space in the method": (request(b"GET /health/ready HTTP/1.1\r\nx:"), b""),
    "an upgrade": (post((b"connection", b"upgrade"), (b"upgrade", b"h2c")), HIDDEN),
    "a websocket": (request(b"CONNECT", b"/language", (b":protocol", b"websocket")), HIDDEN),
    "a tunnel": ([(b":method", b"CONNECT"), (b":authority", b"localhost:443")], HIDDEN),
    "a tunnel that is fetched ahead": (
        [(b":method", b"CONNECT"), (b":authority", b"localhost:443"), (b"sec-purpose", b"prefetch")],
        HIDDEN,
    ),
}


def read_by_portico(site: Site) -> list[tuple[str, str]]:
    """Method and route of all requests so far, but those of the proxy itself."""
    lines = [json.loads(line) for line in site.stack.logs("portico").splitlines() if line.startswith("{")]
    requests = [(line["method"], line["route"]) for line in lines if line["event"] == "request"]
    return [request for request in requests if request[1] != "/health/serving"]


def test_no_request_is_read_as_two_nor_as_another(site: Site, visitor: Visitor) -> None:
    before = len(read_by_portico(site))
    with ThreadPoolExecutor(len(CASES)) as crowd:
        list(crowd.map(lambda case: talk(site, *case), CASES.values()))

    read = read_by_portico(site)[before:]
    assert FORBIDDEN.isdisjoint(route for _, route in read)
    assert len(read) <= len(CASES)
    assert "other" not in {method for method, _ in read}, "a tunnel is no request of a page"
    for _ in range(40):  # more than a proxy keeps connections
        assert visitor.open(f"{site.portico}/robots.txt").text.startswith("User-agent")
        assert "<html" in visitor.open(f"{site.portico}/nowhere").text
