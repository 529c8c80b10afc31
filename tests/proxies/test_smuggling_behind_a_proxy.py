"""N42: two programs read one stream of bytes; whatever Portico reads, its answer goes to whoever sent it."""

from concurrent.futures import ThreadPoolExecutor

from tests.journeys.site import Site, Visitor
from tests.proxies.raw import Answer, read_by_portico, talk

POST = (
    b"POST /language HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
HIDDEN = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN
LENGTH = b"Content-Length: %d\r\n"
WHOLE, SHORT = LENGTH % len(CHUNKED), LENGTH % 5
CASES = {
    "CL.TE": POST + WHOLE + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "TE.CL": POST + b"Transfer-Encoding: chunked\r\n" + SHORT + b"\r\n" + CHUNKED,
    "two lengths, short first": POST + SHORT + WHOLE + b"\r\n" + CHUNKED,
    "two lengths, short last": POST + WHOLE + SHORT + b"\r\n" + CHUNKED,
    "lengths in a list": POST + b"Content-Length: 5, %d\r\n\r\n" % len(CHUNKED) + CHUNKED,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\n" + CHUNKED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\n" + CHUNKED,
    "a length with a space": POST + b"Content-Length : 5\r\n" + WHOLE + b"\r\n" + CHUNKED,
    "TE with a space": POST + WHOLE + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKED,
    "TE with a tab": POST + WHOLE + b"Transfer-Encoding:\tchunked\r\n\r\n" + CHUNKED,
    "TE with a vertical tab": POST + WHOLE + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKED,
    "TE folded": POST + WHOLE + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKED,
    "TE twice": POST + WHOLE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + CHUNKED,
    "TE in a list": POST + WHOLE + b"Transfer-Encoding: identity, chunked\r\n\r\n" + CHUNKED,
    "TE unknown": POST + WHOLE + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED,
    "TE in quotes": POST + WHOLE + b'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNKED,
    "TE with an underscore": POST + WHOLE + b"Transfer_Encoding: chunked\r\n\r\n" + CHUNKED,
    "TE hidden by Connection": POST.replace(b"keep-alive", b"transfer-encoding")
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + CHUNKED,
    "length hidden by Connection": POST.replace(b"keep-alive", b"content-length") + SHORT + b"\r\n12345" + HIDDEN,
    "bare line feeds": POST.replace(b"\r\n", b"\n") + SHORT.replace(b"\r\n", b"\n") + b"\n12345" + HIDDEN,
    "a bare carriage return": POST + b"X: y\rTransfer-Encoding: chunked\r\n" + WHOLE + b"\r\n" + CHUNKED,
    "a chunk with an extension": POST + b"Transfer-Encoding: chunked\r\n\r\n5;a=\r\nb\r\n12345\r\n0\r\n\r\n" + HIDDEN,
    "a chunk that is too long": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + HIDDEN,
    "a chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\n12345\r\n0\r\n\r\n" + HIDDEN,
    "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n" + HIDDEN,
    "HTTP/1.0 with chunks": POST.replace(b"1.1", b"1.0") + WHOLE + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    "a GET with a body": POST.replace(b"POST", b"GET") + LENGTH % len(HIDDEN) + b"\r\n" + HIDDEN,
    "two hosts": b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "a whole address": b"GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "a line in the address": b"GET /login HTTP/1.1\r\nX: y /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an upgrade to h2c": POST.replace(b"keep-alive", b"Upgrade, HTTP2-Settings")
    + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 0\r\n\r\n"
    + HIDDEN,
}


def test_no_request_is_read_twice_in_two_ways(site: Site, visitor: Visitor) -> None:
    """Every id in Portico's log is on an answer to the sender, and nobody after them gets another's answer."""
    with ThreadPoolExecutor(len(CASES)) as crowd:
        before = set(read_by_portico(site))
        sent = {name: crowd.submit(talk, site, data) for name, data in CASES.items()}
        answers: dict[str, Answer] = {name: answer.result() for name, answer in sent.items()}

    answered = {number for answer in answers.values() for number in answer.request_ids}
    assert set(read_by_portico(site)) - before == answered
    for _ in range(40):  # more than a proxy keeps connections
        assert visitor.open(f"{site.portico}/robots.txt").text.startswith("User-agent")
        assert "<html" in visitor.open(f"{site.portico}/nowhere").text
    failed = {name: answer.status for name, answer in answers.items() if answer.status >= 500}
    own = {name: 500 for name, answer in answers.items() if not answer.request_ids}  # Traefik, of odd chunks
    assert {name: status for name, status in failed.items() if status not in (501, own.get(name))} == {}
