"""The running server and clients that hold connections: with few of them allowed, so that few are enough.

It is patient: whoever is served is not served because the seconds of those before are over.
"""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from app.server import worker
from tests.server.server import SECRET, forked
from tests.stack.processes import PATIENCE
from tests.stack.stack import ROOT
from tests.support.loopback import OK, Raw

CONNECTIONS, CLIENTS = 80, 120
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /language HTTP/1.1\r\nHost: 127.0.0.1\r\n" + FORM
SLOW = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a head": HEAD,
    "half a body": POST + b"Content-Length: 50\r\n\r\nlanguage=de",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n32\r\nlanguage",
    "half of a body too large": POST + b"Content-Length: 900000\r\n\r\nlanguage=de",
    "half a head after a whole one": HEAD + b"\r\n" + HEAD,
}


@pytest.fixture(scope="module")
def upstream():
    answering = Raw(lambda connection, n: connection.sendall(OK))
    yield answering
    answering.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, upstream):
    settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_HYDRA_ADMIN_URL": upstream.url}
    folder = tmp_path_factory.mktemp("slow")
    (folder / "large.woff2").write_bytes(bytes(400_000))
    settings |= {"GUNICORN_CMD_ARGS": f"--worker-connections {CONNECTIONS}", "PORTICO_BRAND_DIR": str(folder)}
    with forked(folder, **settings) as server:
        yield server


def connect(server):
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


@contextmanager
def holding(server, data, number=CLIENTS):
    """So many clients that have sent this much and stay."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server)) for _ in range(number)]
        for client in clients:
            client.sendall(data)
        yield clients


def status_of(server, path):
    return requests.get(server.url + path, timeout=PATIENCE, allow_redirects=False).status_code


@pytest.mark.parametrize("data", SLOW.values(), ids=SLOW)
def test_more_slow_clients_than_connections_do_not_stop_it(server, data):
    """F15."""
    with holding(server, data):
        for path in ("/health/alive", "/static/app.css", "/robots.txt", "/login"):
            assert status_of(server, path) in (200, 303)


def test_nor_do_they_when_they_go_on_by_drops(server):
    """F24."""
    with holding(server, HEAD) as clients:
        ended = threading.Event()

        def drip():
            while not ended.wait(0.2):
                for client in clients:
                    try:
                        client.sendall(b"X: y\r\n")
                    except OSError:
                        continue

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            for _ in range(5):
                assert status_of(server, "/health/alive") == 200
        finally:
            ended.set()
            dripping.join()


def test_nor_do_those_that_do_not_read_their_answers(server):
    """F24: more than the kernel keeps for them: what one of them asks for fills any buffer."""
    large = HEAD.replace(b"/", b"/static/brand/large.woff2", 1) + b"\r\n"
    assert status_of(server, "/static/brand/large.woff2") == 200
    with holding(server, large * 40):
        for path in ("/health/alive", "/static/app.css", "/login"):
            assert status_of(server, path) in (200, 303)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, upstream):
    """A server that gives its clients two seconds."""
    folder = tmp_path_factory.mktemp("impatient")
    (folder / "large.woff2").write_bytes(bytes(400_000))
    settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream.url, "PORTICO_BRAND_DIR": str(folder)}
    with forked(folder, **settings, SECONDS_OF_CLIENTS="2") as server:
        yield server


def test_a_slow_client_is_hung_up_on(impatient):
    """F24: not at once, and whatever it has not sent; the three wait beside each other."""
    with ExitStack() as stack:
        names = ["nothing", "half a head", "half a body"]
        began = time.monotonic()
        clients = {name: stack.enter_context(holding(impatient, SLOW[name], 1))[0] for name in names}
        for name, client in clients.items():
            assert client.recv(1000) == b"", name
            assert time.monotonic() - began > 1, name


def test_a_client_that_reads_nothing_of_its_answer_is_hung_up_on(impatient):
    """F24: with nobody else there whose room it would take."""
    large = HEAD.replace(b"/", b"/static/brand/large.woff2", 1) + b"\r\n"
    with holding(impatient, b"", 1) as [client]:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # the kernel must not read it all for the client
        client.sendall(large * 40)
        assert client.recv(1) == b"H"
        until = time.monotonic() + PATIENCE
        while is_held(client) and time.monotonic() < until:
            time.sleep(0.05)
        received = 1
        while piece := client.recv(65536):
            received += len(piece)

    assert received < 40 * 400_000


def is_held(client):
    """Whether the server's end of this connection is open, as the kernel says: counting descriptors sees others'."""
    ends = [f":{port:04X}" for port in (client.getpeername()[1], client.getsockname()[1])]
    rows = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    established = [[local[-5:], remote[-5:]] for local, remote, state in rows if state == "01"]
    return ends in established


def test_the_seconds_of_clients_are_those_that_operators_read():
    seconds = (
        f"{worker.HEAD} seconds to send a request's headers, {worker.BODY} to send the form and {worker.ANSWER} to read"
    )
    assert seconds in (ROOT / "docs/operators.md").read_text(encoding="utf-8")


def test_a_client_that_takes_a_moment_for_its_form_is_served(server):
    body = b"language=de&back=/"
    with connect(server) as client:
        client.sendall(POST + b"Connection: close\r\nContent-Length: %d\r\n" % len(body))
        for piece in (b"\r\n", body[:5], body[5:]):
            time.sleep(0.2)
            client.sendall(piece)
        assert client.recv(1000).startswith(b"HTTP/1.1 303")


def test_a_form_that_is_cut_short_is_none(server):
    """Its client is gone, or was hung up on: what did not come any more might have been what it is about."""
    with connect(server) as client:
        client.sendall(POST + b"Content-Length: 50\r\n\r\nlanguage=de&back=/")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65536) == b""


def test_a_client_that_waits_to_be_asked_for_its_form_is_asked(server):
    body = b"language=de&back=/"
    with connect(server) as client:
        client.sendall(POST + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert client.recv(1000).startswith(b"HTTP/1.1 100")
        client.sendall(body)
        assert client.recv(1000).startswith(b"HTTP/1.1 303")


def test_connections_that_are_kept_serve_one_request_after_the_other(server):
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(f"{server.url}/robots.txt", timeout=PATIENCE).status_code == 200
            form = {"language": "de", "back": "/"}
            answer = session.post(f"{server.url}/language", form, allow_redirects=False, timeout=PATIENCE)
            assert answer.status_code == 303


class TestHeaders:
    """N42."""

    @pytest.mark.parametrize("size", [9_000, 32_000])
    def test_many_cookies_are_no_failure(self, server, size):
        """Hydra sets one for each sign-in; where it shares the host name, they come here too."""
        cookies = "; ".join(f"ory_hydra_consent_csrf_{n}={'x' * 570}" for n in range(size // 600))
        assert (
            requests.get(f"{server.url}/robots.txt", headers={"Cookie": cookies}, timeout=PATIENCE).status_code == 200
        )

    def test_one_that_is_longer_is_refused(self, server):
        with connect(server) as client:
            client.sendall(HEAD + b"X: " + b"x" * 40_000 + b"\r\n\r\n")
            assert client.recv(1000).split(b" ")[1] == b"431"

    def test_so_are_too_many_long_ones_before_they_are_all_there(self, server):
        """Each client that sends its head by drops would hold as much memory."""
        with connect(server) as client:
            client.sendall(HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 30_000) for n in range(3)))
            try:
                assert client.recv(1000).split(b" ")[1] == b"431"
            except ConnectionResetError:  # some of it was never read
                return


def test_it_has_forgotten_them_all_when_they_are_gone(server):
    """The last test with this server."""
    assert status_of(server, "/health/alive") == 200
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "failure" not in log
    assert SECRET not in log
