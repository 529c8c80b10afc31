"""Why there was no answer: certificates, plain http and https, closed ports, unknown names, Redis."""

import re
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from app.doctor.probe import Probe, redis_failure
from app.errors import UpstreamUnavailable
from app.ory.transport import Reply, Transport
from tests.stack.ports import unused_port
from tests.support.loopback import serving


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def believing(authority, tmp_path):
    """A transport that believes this authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Transport(str(tmp_path / "ca.pem"))


@pytest.fixture
def usual():
    """A transport that believes what this machine does."""
    return Transport()


@contextmanager
def https(authority, name="localhost", **about):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **about).configure_cert(context)
    with serving({("GET", "/x"): (200, {"a": "b"})}, context) as url:
        yield url


@contextmanager
def talking(words, command=None):
    """A server that says this to everybody who says something, then hangs up; or says it once for each command."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                received = connection.recv(9999)
                while command and received:
                    connection.sendall(words * len(re.findall(command, received)))
                    received = connection.recv(9999)
                connection.sendall(words)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_a_certificate_that_is_not_believed_is_told_with_the_reason(authority, believing, usual):
    past = datetime.now(UTC) - timedelta(days=1)
    for wire, about, reason in (
        (believing, {"not_after": past}, "certificate has expired$"),
        (believing, {"name": "elsewhere.example.org"}, "Hostname mismatch"),
        (usual, {}, "(local issuer|self-signed) .*; PORTICO_UPSTREAM_CA_FILE names authorities to believe$"),
    ):
        with https(authority, **about) as url:
            answer = Probe(wire)(f"{url}/x")

        assert re.match(f"its certificate is not believed: .*{reason}", answer.failure), answer.failure
        assert (answer.status, answer.is_about_tls) == (0, True)


def test_what_a_browser_may_believe_is_believed_where_one_of_the_authorities_is(authority, usual, believing):
    with https(authority) as url:
        assert Probe(usual, believing)(f"{url}/x").status == 200


def test_https_to_a_port_of_http_is_called_so(usual):
    with serving({("GET", "/x"): (200, {})}) as url:
        answer = Probe(usual)(f"{url.replace('http:', 'https:')}/x")
    assert (answer.failure, answer.is_about_tls) == ("it does not speak TLS, so it may be http", True)


@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",  # Go's net/http
        b"HTTP/1.1 400 Bad Request\r\n\r\n<p>The plain HTTP request was sent to HTTPS port</p>",  # nginx
        b"\x15\x03\x01\x00\x02\x02\x0a",  # an alert of TLS itself
        b"",  # HAProxy
    ],
)
def test_http_to_a_port_of_https_is_called_so(usual, words):
    with talking(words) as url:
        answer = Probe(usual)(f"{url}/x")
    assert "https" in answer.failure
    assert (answer.status, answer.is_about_tls) == (0, True)


def test_nobody_at_an_address_is_told_apart_from_an_unknown_name(usual, unknown_names):
    for url, failure in (
        (f"http://127.0.0.1:{unused_port()}/x", "nothing listens there"),
        ("http://kratos.invalid/x", "no host has this name"),
    ):
        answer = Probe(usual)(url)
        assert (answer.failure, answer.is_about_tls) == (failure, False)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"+OK\r\n", ""),
        (b"-READONLY You can't write against a read only replica.\r\n", "it is read-only"),
        (b"-NOAUTH Authentication required.\r\n", "the password is wrong or missing"),
        (b"HTTP/1.1 400 Bad Request\r\n", "what answers there is no Redis"),
    ],
)
def test_what_redis_says_to_who_wants_to_count_is_read(answer, failure):
    with talking(answer, rb"\r\n(?:CLIENT|SELECT|SET)\r\n") as url:  # no PING: a replica answers that, too
        assert redis_failure(url.replace("http:", "redis:")) == failure


def test_no_redis_is_told_without_the_password():
    assert redis_failure("redis://:the-password@127.0.0.1:1/0") == "nothing listens there"


def test_a_server_that_was_busy_is_asked_once_more_and_a_silent_one_stays_silent():
    def wire(*replies):
        left = iter(replies)

        def ask(*_call):
            reply = next(left)
            if isinstance(reply, Reply):
                return reply
            raise UpstreamUnavailable("hydra", "no answer") from reply

        return ask

    late, gone = TimeoutError(), UpstreamUnavailable("hydra", "not asked: it says nothing")

    assert Probe(wire(late, Reply(200, {}, b"{}")))("http://hydra.example.org/x").status == 200
    for second in (late, gone):
        assert Probe(wire(late, second))("http://hydra.example.org/x").failure == "no answer in time"
    assert Probe(wire(ConnectionRefusedError()))("http://hydra.example.org/x").failure == "nothing listens there"
