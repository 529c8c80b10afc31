"""The whole server as it is started in production, against a Kratos and a Hydra behind TLS (design D11)."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
import trustme

from app import __version__
from app.http.security import HEADERS
from tests.server.server import ROOT, SECRET, Server, forked, running, started, stop
from tests.stack.ports import unused_port
from tests.stack.processes import PATIENCE
from tests.support.loopback import serving

REQUEST = {
    "skip": False,
    "subject": "",
    "client": {"client_id": "demo"},
    "request_url": "https://localhost/oauth2/auth?client_id=demo",
}
ROUTES = {
    ("GET", "/sessions/whoami"): (401, {}),
    ("GET", "/admin/oauth2/auth/requests/login"): (200, REQUEST),
    ("GET", "/health/ready"): (200, {"status": "ok"}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with (
        serving(ROUTES, context) as upstream,
        running(
            folder,
            PORTICO_KRATOS_PUBLIC_URL=upstream,
            PORTICO_HYDRA_ADMIN_URL=upstream,
            PORTICO_UPSTREAM_CA_FILE=str(folder / "ca.pem"),
        ) as server,
    ):
        yield server


def test_a_page_is_served_with_upstreams_behind_tls(server):
    """Patched too late, gevent would end every https call with RecursionError."""
    page = requests.get(f"{server.url}/", timeout=60)
    assert page.status_code == 200
    assert "Welcome" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_both_upstreams_are_reached(server):
    assert requests.get(f"{server.url}/health/ready", timeout=60).json()["status"] == "ok"


@pytest.mark.parametrize("length", [4000, 8000])
def test_a_long_request_line_is_served(server, length):
    """N38: the default of 4,094 answers 414 to a nested challenge."""
    path = "/login?login_challenge="
    challenge = "x" * (length - len(f"GET {path} HTTP/1.1\r\n"))
    response = requests.get(server.url + path + challenge, allow_redirects=False, timeout=60)
    assert response.status_code == 303
    assert challenge in response.headers["Location"]


def test_a_longer_one_is_refused_in_plain_words(server):
    """N02: nothing of it is shown."""
    host = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    address = server.talk(b"GET /?x=" + b"reflected" * 1000 + host + b"\r\n")
    cookies = server.talk(b"GET /" + host + b"Cookie: a=" + b"reflected" * 4000 + b"\r\n\r\n")
    assert address.split(b" ")[1] == b"414"
    assert b"The address is too long" in address
    assert cookies.split(b" ")[1] == b"431"
    assert b"perhaps too many cookies. Delete the cookies of this site" in cookies  # or more than 100 headers
    assert b"reflected" not in address + cookies


HEAD = (
    b"POST /logout HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
BAD = {
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nd\r\naction=accept\r\n0\r\n\r\n",
    "chunks and a length": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\naction=accept\r\n0\r\n\r\n",
    "a folded header": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\r\n reflected\r\n\r\n",
    "101 headers": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: reflected\r\n" * 100 + b"\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\naction",
    "no length": HEAD + b"\r\n",
    "two hosts": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "no host": b"GET /login HTTP/1.1\r\nConnection: close\r\n\r\n",
    "a host of HTTP/1.0": b"GET /login HTTP/1.0\r\n\r\n",
    "a whole address": b"GET http://evil.example/login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x00\xff\r\n\r\n",
    "a space in the address": b"GET /?code=reflected code HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "letters in the address": b"GET /?code=reflected\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no path": b"GET ?code=reflected HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a version there is not": b"GET / reflected\r\nHost: 127.0.0.1\r\n\r\n",
    "another method": b"reflected / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "another expectation": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: reflected\r\n\r\n",
    "a cookie with controls": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: reflected\0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: reflected\r\n\r\n",
    "many headers": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-A: reflected\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_plain_request_is_refused(server, data):
    """N40 N42 N02 N27, with the headers of every answer."""
    answer = server.talk(data)
    assert answer.split(b" ")[1][:1] == b"4" or answer.startswith(b"HTTP/1.1 501 ")
    assert b"reflected" not in answer
    assert all(f"\r\n{name}: {value}\r\n".encode() in answer for name, value in HEADERS.items())
    assert answer.count(b"Content-Security-Policy: default-src 'none'") == answer.count(b"no-store") == 1


BAD_CHUNKS = {
    "a negative size": b"-1\r\na\r\n0\r\n\r\n",
    "a size with a sign": b"+1\r\na\r\n0\r\n\r\n",
    "a size in another spelling": b"0x1\r\na\r\n0\r\n\r\n",
    "more than its size": b"1\r\nab\r\n0\r\n\r\n",
    "a length behind it": b"0\r\nContent-Length: 5\r\n\r\n",
}


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_bad_chunk_is_answered_once(server, method, body):
    """N42: a proxy that keeps the connection could take a second answer for that to its next request."""
    head = HEAD.replace(b"POST", method).replace(b"Connection: close\r\n", b"")
    answer = server.talk(head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert answer.split(b" ")[1] == b"400"
    assert answer.count(b"HTTP/1.1 ") == 1


LONGEST = 1_048_576  # bytes of a body that are read before it is answered
CHUNKS, LENGTH = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n", b"Content-Length: %d\r\n\r\n"


@pytest.mark.parametrize(("head", "size", "end"), [(CHUNKS, 8192, b"\r\n0\r\n\r\n"), (LENGTH, LONGEST, b"")])
def test_a_body_that_no_page_takes_is_read_to_its_end(server, head, size, end):
    """N40: so that who sent it reads the answer."""
    assert server.talk(HEAD + head % size + bytes(size) + end).split(b" ")[1] in (b"400", b"413")


def test_many_chunks_are_hung_up_on(server):
    """F24: each costs as much as a kB that comes at once."""
    chunks = CHUNKS % 1 + b"a\r\n1\r\n" * 8192 + b"a\r\n0\r\n\r\n"
    assert server.talk(HEAD + chunks) == b""


@pytest.mark.parametrize("head", [CHUNKS, LENGTH])
def test_a_body_without_end_is_hung_up_on(server, head):
    """F24: to pass over each MB took a quarter of a second in which nobody else was answered."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as sock:
        sock.sendall(HEAD.replace(b"Connection: close\r\n", b"") + head % 2**40)
        with pytest.raises(ConnectionError):
            sock.sendall(bytes(64 * LONGEST))


def test_two_cookie_headers_are_no_failure(server):
    """N31: gunicorn joins them with a comma."""
    head = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    answer = server.talk(head + b"Cookie: portico=a.b.c\r\nCookie: portico=planted; other=x\r\n\r\n")
    assert answer.split(b" ")[1] == b"303"


def test_a_form_whose_sender_hangs_up_halfway_does_nothing(server):
    """N40."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(HEAD + b"Content-Length: 50\r\n\r\naction=accept")
        sock.shutdown(socket.SHUT_WR)
        answer = sock.recv(65536)
    assert b" 303 " not in answer.split(b"\r\n")[0]


def test_forwarded_headers_are_nobodys_word(server):
    """N28: gunicorn believes X-Forwarded-Proto from this machine by default."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4"}
    assert requests.get(f"{server.url}/", headers=headers, timeout=60).status_code == 200


def test_the_log_is_one_json_object_per_line_without_addresses(server):
    requests.get(f"{server.url}/?code=marked-code", headers={"Referer": "marked", "User-Agent": "marked"}, timeout=60)
    requests.get(f"{server.url}/login?login_challenge=marked", allow_redirects=False, timeout=60)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert any(line["event"] == "request" for line in lines)
    assert "marked" not in server.log.read_text()


def test_half_open_requests_do_not_stop_it(server):
    """F15."""
    host, port = server.url.removeprefix("http://").split(":")
    waiting = [socket.create_connection((host, int(port))) for _ in range(60)]
    for sock in waiting:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    try:
        assert requests.get(f"{server.url}/", timeout=60).status_code == 200
    finally:
        for sock in waiting:
            sock.close()


def test_it_ends_when_it_is_told_to(server):
    """The last test with this server."""
    assert stop(server) == 0
    assert "Traceback" not in server.log.read_text()


def test_ctrl_c_in_a_terminal_which_reaches_its_workers_too_ends_it_in_plain_lines(tmp_path):
    with forked(tmp_path, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9") as server:
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
    assert [line for line in server.log.read_text().splitlines() if not line.startswith("{")] == []


def test_wrong_settings_end_it_with_sentences(tmp_path):
    settings = {"PORTICO_SECRET_KEY": "too-short-a-secret", "PORTICO_KRATOS_URL": "http://localhost:1"}
    with started(tmp_path, **settings) as server:
        assert server.process.wait(PATIENCE) != 0
    log = server.log.read_text()
    assert "PORTICO_SECRET_KEY" in log
    assert "PORTICO_KRATOS_PUBLIC_URL" in log
    assert "too-short-a-secret" not in log
    assert "Traceback" not in log


def test_metrics_have_a_port_of_their_own_and_sum_over_the_workers(tmp_path):
    """N98."""
    listen = f"127.0.0.1:{unused_port()}"
    settings = {
        "PORTICO_METRICS_LISTEN": listen,
        "PORTICO_WORKERS": "2",
        "PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9",
    }
    with forked(tmp_path, **settings) as server:
        for number in range(10):
            requests.get(f"{server.url}/error?error=made-up-{number}", timeout=60)
            requests.get(f"{server.url}/nowhere-{number}", timeout=60)
        text = requests.get(f"http://{listen}/metrics", timeout=60).text
        assert requests.get(f"{server.url}/metrics", timeout=60).status_code == 404

    assert f'portico_build_info{{version="{__version__}"}} 1.0' in text
    assert 'portico_requests_total{method="GET",route="/error",status="400"} 10.0' in text
    assert 'portico_requests_total{method="GET",route="unknown",status="404"} 10.0' in text
    assert "made-up" not in text
    assert "nowhere" not in text


OWN_WORDS = """
from gunicorn.config import Config
from app.server.options import QuietLogger

logger = QuietLogger(Config())
logger.warning("Invalid request from ip=192.0.2.1: marked")
logger.warning("Worker %s is slow", 7)
try:
    raise ValueError("marked")
except ValueError:
    logger.exception("Error handling request /?code=marked")
    logger.error("Unhandled exception in main loop", exc_info=True)
logger.access("GET /?code=marked")
"""


def test_what_the_server_says_itself_quotes_no_request(tmp_path):
    """N35: its logger, by itself: what makes gunicorn say these things differs from version to version."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    env |= {"PORTICO_PUBLIC_URL": "http://localhost:3000", "PORTICO_SECRET_KEY": SECRET}
    env |= {"PORTICO_KRATOS_PUBLIC_URL": "http://localhost:4433", "PORTICO_CONFIG": str(tmp_path / "portico.toml")}
    (tmp_path / "portico.toml").write_text("")

    ended = subprocess.run([sys.executable, "-c", OWN_WORDS], cwd=ROOT, env=env, capture_output=True, timeout=120)

    lines = [json.loads(line) for line in ended.stderr.decode().splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("warning", "Invalid request"),
        ("warning", "Worker 7 is slow"),
        ("error", "failure"),
        ("error", "failure"),
    ]
    assert lines[2]["error"] == "ValueError"
    assert lines[2]["where"] == ["<string>:9 <module>"]
    assert b"marked" not in ended.stdout + ended.stderr
