"""What is logged, counted and sent on, and that nothing of a person is in it (N34 N35)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.http.metrics import REQUESTS
from tests.stack.stack import environment
from tests.support.cases import each_case
from tests.support.loopback import serving
from tests.support.upstream import ADA, BROWSER_HYDRA, authorize, flow, identity, proof, session

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "challenge": "marked-challenge",
    "flow": "marked-flow",
    "cookie": "marked-session-cookie",
    "state": "marked-state",
    "code": "marked-code",
    "verifier": "marked-verifier",
    "description": "marked-description",
    "name": "marked-name",
    "csrf": "marked-csrf",
    "ticket": "marked-ticket",
    "password": "marked-password",
    "path": "marked-path",
    "agent": "marked-agent",
}
PATH = "/admin/oauth2/auth/requests"


def lines(logs):
    """The events that were logged; every line is one of them."""
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def routes(status=200):
    """Kratos and Hydra as a real server on this machine answers them, every value marked."""
    redirect = {"redirect_to": f"{BROWSER_HYDRA}/oauth2/auth?login_verifier={SECRETS['verifier']}"}
    request = {
        "subject": ADA,
        "request_url": authorize(state=SECRETS["state"], prompt="login"),
        "client": {"client_id": "demo", "client_name": SECRETS["name"]},
        "requested_scope": ["openid", "email"],
        "context": {"kratos_session": "session-1"},
        "login_session_id": "hydra-1",
        "sid": "hydra-1",
    }
    who = session(ADA) | {"identity": identity(email="marked@example.org")}
    bodies = {
        ("GET", "/sessions/whoami"): who,
        ("GET", "/self-service/login/flows"): flow("login/wrong_password"),
        ("GET", "/self-service/errors"): {"error": {"code": 400, "reason": SECRETS["description"]}},
        ("GET", "/self-service/logout/browser"): {"logout_token": SECRETS["code"]},
        ("GET", "/self-service/logout"): {},
        ("DELETE", "/admin/oauth2/auth/sessions/login"): {},
    }
    for what in ("login", "consent", "logout", "device"):
        bodies[("GET", f"{PATH}/{what}")] = request
        bodies |= {("PUT", f"{PATH}/{what}/{verb}"): redirect for verb in ("accept", "reject")}
    return {key: (status, body) for key, body in bodies.items()}


def everything(client):
    """Every page, and every form with and without its token."""
    challenge, headers = SECRETS["challenge"], {"User-Agent": SECRETS["agent"], "Referer": SECRETS["code"]}
    client.set_cookie("ory_kratos_session", SECRETS["cookie"])
    for path in (
        *(f"/login?login_challenge={challenge}", f"/login?login_challenge={challenge}%0a{challenge}"),
        *(f"/login?flow={SECRETS['flow']}", f"/consent?consent_challenge={challenge}"),
        *(f"/logout?logout_challenge={challenge}", f"/error?error=x&error_description={SECRETS['description']}"),
        *(f"/error?id={SECRETS['flow']}", f"/{SECRETS['path']}?code={SECRETS['code']}"),
        *(f"/?code={SECRETS['code']}", f"/device?device_challenge={challenge}&user_code={SECRETS['code']}"),
        *(f"/device/success?client_id={SECRETS['name']}", "/signed-out"),
    ):
        client.get(path, headers=headers)
    body = [(name, SECRETS["csrf"]) for name in ("csrf_token", "ticket", "password")]
    body += [(f"{name}_challenge", challenge) for name in ("login", "consent", "logout", "device")]
    body += [("user_code", SECRETS["code"])]
    for path in ("/login/cancel", "/login/account", "/consent", "/consent/account", "/logout", "/device"):
        client.send(path, [*body, ("action", "accept")], headers=headers)
    for path, action in (
        (f"/consent?consent_challenge={challenge}", "/consent"),
        (f"/device?device_challenge={challenge}&user_code={SECRETS['code']}", "/device"),
        ("/logout", "/logout"),
    ):
        page = client.get(path)
        if f'action="{action}"' in page.text:
            client.submit(page, action, ("action", "accept"))


@pytest.mark.parametrize("status", [200, 401, 404, 410, 418, 500])
def test_no_log_line_holds_anything_of_a_person(client_with, logs, status):
    """N34, at DEBUG, over the real transport."""
    with serving(routes(status)) as url:
        client = client_with(kratos_public_url=url, hydra_admin_url=url, kratos_browser_url="http://localhost:4433")
        everything(client)
    assert len(lines(logs)) >= 17
    leaks = [name for name, secret in SECRETS.items() if secret in logs.getvalue()]
    assert leaks == []
    assert "marked" not in logs.getvalue()


def test_no_log_line_holds_anything_of_a_person_when_nobody_answers(client_with, logs):
    """N34: the transport's own warnings name whole addresses."""
    client = client_with(kratos_public_url="http://127.0.0.1:1", hydra_admin_url="http://127.0.0.1:1")
    everything(client)
    assert "marked" not in logs.getvalue()


def test_each_request_is_one_line(client, logs):
    client.get("/login?flow=%20", headers={"X-Request-Id": "from-the-proxy"})

    [line] = [line for line in lines(logs) if line["event"] == "request"]
    assert line.pop("ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "from-the-proxy",
        "method": "GET",
        "route": "/login",
        "status": 400,
    }


@pytest.mark.parametrize("method", ["BREW", "\x1b[31mRED", "GET\nx", "DELETE", "marked"])
def test_a_method_is_logged_only_where_we_know_it(client, logs, method):
    """N35: it is anybody's text. Flask's client would write it in capitals."""
    client.open("/", environ_overrides={"REQUEST_METHOD": method})
    [line] = [line for line in lines(logs) if line["event"] == "request"]
    assert line["method"] == "other"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_method_we_know_is_named(client, logs, method):
    client.open("/nowhere", method=method)
    assert [line["method"] for line in lines(logs) if line["event"] == "request"] == [method]


HOSTILE = ["a\nb", "a\r\nb", '{"event": "request"}', "\x1b[31mred", '","status":"200', "\u2028", "x" * 5000]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nobody_can_write_a_line_of_their_own(client, logs, text):
    """N35."""
    latin = text.encode().decode("latin-1").replace("\n", "").replace("\r", "")
    environ = {"HTTP_USER_AGENT": latin, "HTTP_X_REQUEST_ID": latin, "REQUEST_METHOD": "GET"}
    client.get("/" + text, query_string={text: text}, environ_overrides=environ)
    client.open("/", method=latin[:30] or "GET")
    assert [line["event"] for line in lines(logs)] == ["request"] * 2
    assert "red" not in logs.getvalue()


@pytest.mark.parametrize("text", [*HOSTILE, "\u0435" * 5000], ids=range(len(HOSTILE) + 1))
def test_no_application_can_write_a_line_of_its_own(client, upstream, logs, text):
    """N35: its id and scopes are what it registered. A line that a pipe takes at once is in no other worker's line."""
    upstream.asks("consent", client={"client_id": text, "skip_consent": True}, requested_scope=[text, "openid"])
    upstream.signed_in(proofs=[proof(60, text)])
    upstream.takes("consent", "accept")
    client.get("/consent?consent_challenge=c")
    assert [line["event"] for line in lines(logs)] == ["privilege_permissions_changed", "request"]
    assert lines(logs)[0]["client_id"] == text[:250]
    assert max(map(len, logs.getvalue().splitlines())) < 4096
    assert "\x1b" not in logs.getvalue()


@each_case("request_id", ["", "short", "a b c d e f g", "x" * 65, "<script>alert</script>", "é" * 8, "a\tb-12345678"])
def test_an_id_of_another_form_is_replaced(client, request_id):
    """N35."""
    response = client.get("/nowhere", headers={"X-Request-Id": request_id})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


def test_each_request_has_an_id_of_its_own(client):
    ids = {client.get("/nowhere").headers["X-Request-Id"] for _ in range(5)}
    assert len(ids) == 5


def test_kratos_and_hydra_are_told_the_id(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get("/login?login_challenge=c", headers={"X-Request-Id": "from-the-proxy"})
    assert [call.request.headers["X-Request-Id"] for call in upstream.mock.calls] == ["from-the-proxy"] * 3


def counted():
    """How often each label was counted so far."""
    samples = [sample for metric in REQUESTS.collect() for sample in metric.samples]
    return {tuple(sample.labels.values()): sample.value for sample in samples if sample.name.endswith("_total")}


class TestMetrics:
    @pytest.fixture
    def count(self, client_with, upstream):
        """Send requests, see which labels were counted."""
        upstream.mock.assert_all_requests_are_fired = False
        upstream.nobody()
        client = client_with(metrics_listen="127.0.0.1:9")

        def send(*requests):
            before = counted()
            for method, path in requests:
                client.open(path, method=method)
            return {key: value - before.get(key, 0) for key, value in counted().items() if value != before.get(key, 0)}

        return send

    def test_answers_are_counted_by_route(self, count):
        assert count(("GET", "/"), ("GET", "/"), ("GET", "/login?flow=%20")) == {
            ("/", "GET", "200"): 2,
            ("/login", "GET", "400"): 1,
        }

    def test_nobody_can_fill_the_registry(self, count):
        """N98."""
        counts = count(
            ("GET", "/a"), ("GET", "/b?c=d"), ("BREW", "/"), ("MAKE", "/"), ("GET", "/static/x"), ("GET", "/static/y")
        )
        assert counts == {
            ("unknown", "GET", "404"): 2,
            ("unknown", "other", "405"): 2,
            ("/static/<path:filename>", "GET", "404"): 2,
        }


def test_without_metrics_nothing_is_counted(client, upstream):
    upstream.nobody()
    before = counted()
    client.get("/")
    assert counted() == before


@pytest.mark.parametrize(
    ("path", "routes"), [("/health/alive", []), ("/health/ready", ["/health/ready"]), ("/health/nowhere", ["unknown"])]
)
def test_probes_that_are_answered_well_need_not_be_logged(client_with, logs, path, routes):
    """Kratos does not answer behind this one, so it is not ready."""
    client = client_with(log_probes=False, kratos_public_url="http://127.0.0.1:1", hydra_admin_url="")
    client.get(path)
    assert [line["route"] for line in lines(logs) if line["event"] == "request"] == routes


def logged_by(script, level="info", **options):
    """What a process of its own writes to one of its outputs, as a log is set up once."""
    begin = "import logging, sys; from app.http import logs; logs.configure_logs(sys.argv[1])\n"
    command = [sys.executable, "-c", begin + script, level]
    options = {"stderr": subprocess.PIPE} | options
    done = subprocess.run(command, cwd=ROOT, env=environment(), text=True, check=True, **options)
    return [json.loads(line) for line in (done.stderr or done.stdout).splitlines()]


@each_case(
    "level, written", [("info", ["info", "warning", "error"]), ("warning", ["warning", "error"]), ("error", ["error"])]
)
def test_lines_below_the_level_are_not_written(level, written):
    """Ours and the libraries'."""
    script = (
        "for name in ('request', 'not_ready', 'failure'):\n"
        "    logs.log(name); getattr(logging.getLogger('theirs'), logs.EVENTS[name])('theirs')"
    )
    logged = logged_by(script, level)
    assert [line["level"] for line in logged if line["event"] != "theirs"] == written
    assert [line["level"] for line in logged if line["event"] == "theirs"] == written


def test_an_error_that_a_library_logs_is_named_without_its_text():
    """The exporter of traces, say, logs "Exception while exporting" and why as the error alone."""
    script = "try: int('ada@example.org')\nexcept ValueError: logging.getLogger('theirs').exception('Cannot export')"
    [line] = logged_by(script)
    assert (line["event"], line["level"], line["error"]) == ("Cannot export", "error", "ValueError")
    assert line["where"] == ["<string>:2 <module>"]
    assert "ada@" not in json.dumps(line)


def test_a_process_without_standard_error_logs_to_standard_output():
    """As somebody starts it with `2>&-`."""
    script = "logs.log('not_ready'); logging.getLogger('theirs').error('theirs')"
    closed = {"stderr": None, "stdout": subprocess.PIPE, "preexec_fn": lambda: os.close(2)}
    assert [line["event"] for line in logged_by(script, **closed)] == ["not_ready", "theirs"]
