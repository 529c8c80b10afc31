"""That every log is looked through, and a leak is found wherever it is (tests/support/log_scan.py): N34, I6."""

import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest

from app.http import logs as app_logs
from tests.stack.leaks import SENT, SecretValues, leaks, suspects
from tests.stack.processes import Processes
from tests.support.cases import each_case
from tests.support.log_scan import LOG, faults, read
from tests.support.upstream import ADA, authorize, flow, identity
from tests.support.world import CONSENT, LOGIN

CHALLENGE = "Zk9fQ2hhbGxlbmdlLW9mLUh5ZHJhLXdpdGgtbnVtYmVycy0xMjM0NTY3ODkw"


def line(**fields):
    """A line of a server's log."""
    return json.dumps({"request_id": "a" * 32, "level": "info", "timestamp": "2026-11-28T21:00:00Z"} | fields)


@pytest.fixture
def leaking(monkeypatch):
    """A Portico whose events have a field more, of what the browser sent."""
    event = app_logs.event
    value = {}
    monkeypatch.setattr(app_logs, "event", lambda name, **facts: event(name, **facts, **value))
    yield value
    LOG.lines.seek(0)
    LOG.lines.truncate()  # else this test would fail by what it proves


@pytest.mark.parametrize(
    "secret", ["c", "the-session-cookie", "the-csrf-cookie", "v", "s", "ada@example.org", "Lovelace"]
)
def test_an_event_that_leaks_is_found(client, upstream, logs, leaking, secret):
    """A challenge, cookies, a verifier, a state, an address and a name: whatever this consent was made of."""
    leaking["reason"] = f"because of {secret}"
    upstream.takes("consent", "accept")
    granted_at_once(client, upstream)
    assert [leak for leak in leaks(logs.getvalue(), LOG.wire.secrets) if f" {secret!r} in " in leak]
    assert len(faults(logs.getvalue())) == 1


@pytest.mark.parametrize("written", [CHALLENGE * 20, quote("of a+person=")])
def test_what_is_cut_or_escaped_is_found(logs, written):
    """Hydra's challenges are longer than a text of an event may be; cookies and codes have signs that are escaped."""
    app_logs.event("input_validation_fail", reason=f"at {written}")
    assert len(leaks(logs.getvalue(), {CHALLENGE * 20: "login_challenge", "of a+person=": "cookie"})) == 1


def granted_at_once(client, upstream):
    upstream.asks("consent", client={"skip_consent": True})
    upstream.signed_in()
    assert client.get(CONSENT).status_code == 303
    upstream.check()  # notes what was in the answers, too


def test_without_it_nothing_is_found(client, upstream, logs):
    upstream.takes("consent", "accept")
    granted_at_once(client, upstream)
    assert LOG.wire.secrets.keys() >= {"c", "the-session-cookie", "v", "s", "ada@example.org", "Lovelace"}
    assert (leaks(logs.getvalue(), LOG.wire.secrets), faults(logs.getvalue())) == ([], [])


def test_what_a_form_had_is_found(client, upstream, logs, leaking):
    page = client.get("/device?device_challenge=c")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    leaking["code"] = "aB3xY9zQ"
    leaking["csrf"] = token
    upstream.on("PUT", f"{upstream.url('device')}/accept", 400, {"error": "invalid_request"})
    client.send("/device", [("csrf_token", token), ("device_challenge", "c"), ("user_code", "aB3xY9zQ")])
    names = {leak.partition(" ")[0] for leak in leaks(logs.getvalue(), LOG.wire.secrets)}
    assert names == {"user_code", "csrf_token"}


@pytest.mark.parametrize("logger", ["gunicorn.error", "werkzeug", "somebody"])
def test_what_a_library_says_at_debug_is_looked_through(logger, log):
    logging.getLogger(logger).debug("GET /login?login_challenge=%s", CHALLENGE)
    log.wire.url(f"/login?login_challenge={CHALLENGE}")
    written = log.lines.getvalue()
    log.lines.seek(0)
    log.lines.truncate()
    assert len(leaks(written, log.wire.secrets)) == 1
    assert len(suspects(written)) == 1


def test_the_secrets_of_a_wire_are_known():
    wire = SecretValues()
    wire.body(identity(ADA, phone="+442079460001"))
    wire.body(flow("login/wrong_password"))
    wire.body({"redirect_to": f"http://h/?login_verifier=ver&back={authorize(state='sta')}", "tokenized": "jwt"})
    wire.page('<input type="hidden" name="ticket" value="tic">')
    known = {"ada@example.org", "Lovelace", "+442079460001", "kratos-csrf-token", "ver", "jwt", "tic"}
    assert wire.secrets.keys() >= known


@pytest.mark.parametrize(
    "text",
    [
        *(f"GET {LOGIN}", CHALLENGE, f"in '{CHALLENGE}'", "ada@example.org"),
        *("ory_kratos_session=MTczMjgwMDAwMHxaaGVyZS1pcy1hLWNvb2tpZQ", "?code=x"),
        *("id 6afc0bd6-3dd0-4b67-b1e2-e66152260225MTczMjgwMDAwMHx", "a-password-of-a-journey"),
    ],
)
def test_what_a_server_should_not_say_is_found(text, monkeypatch):
    monkeypatch.setattr(SENT, "secrets", {"a-password-of-a-journey": "password"})
    assert len(suspects(line(event="failure", error="E", where=["login.py:91 _do", text]))) >= 1
    assert len(suspects(text)) >= 1


@each_case(
    "text",
    [
        *("6afc0bd6-3dd0-4b67-b1e2-e66152260225", "http://localhost:45123"),
        *("trusted-6afc0bd6-3dd0-4b67-b1e2-e66152260225", "Listening at: http://127.0.0.1:45123 (4711)"),
        *("privilege_permissions_changed", "openid offline_access https://api.example.org/invoices.read"),
        *("/session/token/<template>", "templates.py:120 get_template_by_name"),
    ],
)
def test_what_a_server_does_say_is_not(text):
    assert suspects(line(event="request", route=text)) == []


@pytest.mark.parametrize(
    "printed", [CHALLENGE, line(event="unheard_of"), line(event="sys_startup", version="1", x="y")]
)
def test_a_servers_output_is_read_when_it_ends(tmp_path: Path, printed):
    with pytest.raises(AssertionError):
        read(printed)
    with Processes(tmp_path) as processes:
        processes.start("said", ["sh", "-c", f"echo '{printed}'", "app", "serve"], {"PATH": "/bin:/usr/bin"})
        processes.children["said"].process.wait()
        with pytest.raises(AssertionError):
            processes.end("said")


def test_other_programs_may_say_what_they_like(tmp_path):
    with Processes(tmp_path) as processes:
        processes.start("said", ["sh", "-c", f"echo '{CHALLENGE}'"], {"PATH": "/bin:/usr/bin"})
        processes.children["said"].process.wait()
