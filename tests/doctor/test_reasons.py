"""Why there was no answer: certificates, plain http and https, closed ports, unknown names, Redis."""

import re
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from app.doctor.probe import Probe, storage_fails
from app.upstream.wire import Wire
from tests.upstream.loopback import serving


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def believing(authority, tmp_path):
    """A transport that believes this authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    wire = Wire(str(tmp_path / "ca.pem"))
    yield wire
    wire._adapter.close()


@pytest.fixture
def usual():
    """A transport that believes what this machine does."""
    wire = Wire()
    yield wire
    wire._adapter.close()


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
                heard = connection.recv(9999)
                while command and heard:
                    connection.sendall(words * len(re.findall(command, heard)))
                    heard = connection.recv(9999)
                connection.sendall(words)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_a_certificate_that_has_expired_is_called_so(authority, believing):
    with https(authority, not_after=datetime.now(UTC) - timedelta(days=1)) as url:
        answer = Probe(believing)("Kratos", f"{url}/x")

    assert answer.why == "its certificate is not believed: certificate has expired"
    assert answer.is_about_tls


def test_a_certificate_for_another_name_is_called_so(authority, believing):
    with https(authority, "elsewhere.example.org") as url:
        assert "Hostname mismatch" in Probe(believing)("Kratos", f"{url}/x").why


def test_an_unknown_authority_is_called_so_with_the_setting_that_makes_it_known(authority, usual):
    with https(authority) as url:
        why = Probe(usual)("Kratos", f"{url}/x").why

    assert "unable to get local issuer certificate" in why or "self-signed" in why
    assert "PORTICO_UPSTREAM_CA_FILE" in why


def test_what_a_browser_may_believe_is_believed_where_one_of_the_authorities_is(authority, usual, believing):
    with https(authority) as url:
        assert Probe(usual, believing)("Kratos", f"{url}/x").status == 200


def test_https_to_a_port_of_http_is_called_so(usual):
    with serving({("GET", "/x"): (200, {})}) as url:
        answer = Probe(usual)("Kratos", f"{url.replace('http:', 'https:')}/x")

    assert (answer.why, answer.is_about_tls) == ("it does not speak TLS, so it may be http", True)


@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",  # Go's net/http
        b"HTTP/1.1 400 Bad Request\r\n\r\n<p>The plain HTTP request was sent to HTTPS port</p>",  # nginx
        b"\x15\x03\x01\x00\x02\x02\x0a",  # an alert of TLS itself
    ],
)
def test_http_to_a_port_of_https_is_called_so(usual, words):
    with talking(words) as url:
        answer = Probe(usual)("Kratos", f"{url}/x")

    assert "https" in answer.why
    assert (answer.status, answer.is_about_tls) == (0, True)


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://127.0.0.1:1/x", "nothing listens there"), ("http://kratos.invalid/x", "no host has this name")],
)
def test_nobody_at_an_address_is_told_apart_from_an_unknown_name(usual, url, why):
    answer = Probe(usual)("Kratos", url)

    assert (answer.why, answer.is_about_tls) == (why, False)


class TestRedis:
    @pytest.mark.parametrize(
        ("says", "why"),
        [
            (b"+PONG\r\n", ""),
            (b"-NOAUTH Authentication required.\r\n", "AuthenticationError"),
            (b"HTTP/1.1 400 Bad Request\r\n", "InvalidResponse"),
        ],
    )
    def test_its_answer_is_read(self, says, why):
        with talking(says, rb"(?m)^\*\d") as url:
            assert storage_fails(url.replace("http:", "redis:")) == why

    def test_nobody_there_is_told_without_the_password(self):
        assert storage_fails("redis://:the-password@127.0.0.1:1/0") == "nothing listens there"
