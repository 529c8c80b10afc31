"""Metrics of four workers: they add up, outlive a worker, and nothing that visitors send makes a series of its own."""

import os
import random
import re
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from app.http.events import EVENTS
from app.ory.transport.breaker import ENOUGH
from tests.bench.system import sockets
from tests.server.server import ROOT, forked, stopped, workers
from tests.stack.patience import HURRIED
from tests.stack.ports import unused_port
from tests.stack.processes import PATIENCE
from tests.support.loopback import Raw, serving
from tests.support.upstream import ADA, CLIENT, authorize, session

LONG = 10**9  # seconds
CLOSE = {"Connection": "close"}  # who comes again is let in anew, by any worker
ASKED = {"challenge": "c", "skip": False, "subject": "", "client": CLIENT, "request_url": authorize()}
CONSENT = ASKED | {
    "subject": ADA,
    "client": CLIENT | {"skip_consent": True},
    "requested_scope": ["openid"],
    "requested_access_token_audience": [],
    "oidc_context": {},
    "login_session_id": "hydra-1",
    "context": {"kratos_session": "session-1"},
}
ON = {"redirect_to": "http://localhost:4444/oauth2/auth?login_verifier=v"}
REQUESTS = "/admin/oauth2/auth/requests"
ROUTES = {
    ("GET", "/sessions/whoami"): (200, session(expires_in=LONG)),
    ("GET", "/self-service/login/flows"): (410, {"error": {"id": "self_service_flow_expired"}}),
    ("GET", f"{REQUESTS}/login"): (200, ASKED),
    ("PUT", f"{REQUESTS}/login/accept"): (200, ON),
    ("GET", f"{REQUESTS}/consent"): (200, CONSENT),
    ("PUT", f"{REQUESTS}/consent/accept"): (200, ON),
    ("GET", f"{REQUESTS}/logout"): (500, {}),
    ("PUT", f"{REQUESTS}/device/accept"): (400, {}),
}
PATHS = (
    *("/error?error=x", "/nowhere", "/login?flow=f"),
    *("/login?login_challenge=c", "/consent?consent_challenge=c", "/logout?logout_challenge=c"),
)
LABELS = ("route", "method", "status", "event")
GAUGES = {"portico_upstream_silent", "portico_build_info"}
SENT_AWAY = "portico_overload_refused_total"  # it takes a crowd: test_overload.py


class Counted:
    """A running server with its metrics and its workers."""

    def __init__(self, server, port):
        self.url, self.first, self.talk = server.url, server.process.pid, server.talk
        self.port = port

    def workers(self):
        return workers(self.first)

    def text(self):
        return requests.get(f"http://127.0.0.1:{self.port}/metrics", timeout=PATIENCE).text

    def samples(self):
        """Every value by its name and labels, without zeros."""
        families = text_string_to_metric_families(self.text())
        samples = [sample for family in families for sample in family.samples]
        return {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples if sample.value}

    def counts(self):
        """What only ever grows, by whole numbers: no seconds, no gauges."""
        steady = (item for item in self.samples().items() if not item[0][0].endswith("_sum"))
        return Counter({key: value for key, value in steady if key[0] not in GAUGES})

    def until(self, is_so):
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.05)

    def alone(self, worker):
        """Only this worker runs: whoever comes is its visitor."""
        return stopped([pid for pid in self.workers() if pid != worker])

    def listens(self, pid):
        """Whether a process has the socket of the metrics."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = [line for line in lines if line[1].endswith(f":{self.port:04X}") and line[3] == "0A"]  # it listens
        return bool(sockets(pid) & {line[9] for line in ours})


@contextmanager
def counted(folder, upstream, workers, **limits):
    port = unused_port()
    settings = {"PORTICO_KRATOS_PUBLIC_URL": upstream, "PORTICO_HYDRA_ADMIN_URL": upstream}
    settings |= {"PORTICO_METRICS_LISTEN": f"127.0.0.1:{port}", "PORTICO_WORKERS": str(workers)}
    settings["GUNICORN_CMD_ARGS"] = "--timeout 0"  # tests stop workers for a while
    with forked(folder, **settings, **limits) as started:
        server = Counted(started, port)
        server.until(lambda: started.log.read_text().count("Booting worker") == workers)
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(ROUTES) as upstream, counted(tmp_path_factory.mktemp("metrics"), upstream, 4) as server:
        yield server


def visit(url):
    """One of everything that is counted; a device's code is tried until nobody is let through."""
    with requests.Session() as browser:
        browser.headers.update(CLOSE)
        for path in PATHS:
            browser.get(url + path, allow_redirects=False, timeout=PATIENCE)
        page = browser.get(f"{url}/device?device_challenge=c", timeout=PATIENCE).text
        form = dict(re.findall(r'name="(csrf_token|device_challenge)"[^>]*value="([^"]*)"', page))
        for _ in range(11):
            browser.post(f"{url}/device", form | {"user_code": "aB3xY9zQ"}, headers={"Origin": url}, timeout=PATIENCE)


def of_the_guide():
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/observability.md").read_text(), re.M))


def test_every_metric_is_the_sum_over_all_workers(server):
    before, after = server.counts(), []
    for worker in server.workers():
        with server.alone(worker):
            visit(server.url)
            after.append(server.counts())

    first = after[0] - before
    assert {re.sub("_(bucket|count)$", "", key[0]) for key in first} == of_the_guide() - GAUGES - {SENT_AWAY}
    assert {key: value for key, value in (after[3] - before).items() if not key[0].endswith("_bucket")} == {
        key: 4 * value for key, value in first.items() if not key[0].endswith("_bucket")
    }


def test_what_a_worker_has_counted_outlives_it(server):
    before, workers = server.counts(), set(server.workers())

    os.kill(min(workers), signal.SIGKILL)
    server.until(lambda: len(server.workers()) == 4 and set(server.workers()) != workers)
    assert before - server.counts() == Counter()

    workers = set(server.workers())
    os.kill(server.first, signal.SIGHUP)
    server.until(lambda: len(server.workers()) == 4 and not workers & set(server.workers()))
    assert before - server.counts() == Counter()
    requests.get(f"{server.url}/nowhere", headers=CLOSE, timeout=PATIENCE)
    nowhere = ("portico_requests_total", ("method", "GET"), ("route", "unknown"), ("status", "404"))
    assert (server.counts() - before)[nowhere] == 1


def test_the_first_process_alone_answers_prometheus(server):
    """A worker would add up numbers while people wait for it: all have its socket, from the fork."""
    server.until(lambda: not any(map(server.listens, server.workers())))
    assert server.listens(server.first)


ODD = "odd0"  # in everything that somebody sends to make a series
ODD_PATHS = (
    *("/{0}", "/static/{0}", "/session/token/{0}", "/error?error={0}", "/login?{0}={0}", "/health/{0}", "//{0}/login"),
    *("/login/{0}", "/login?login_challenge={0}", "/%{0}", "/apps?page={0}", "/device?user_code={0}", "/lang?{0}"),
    *("/consent?consent_challenge={0}", "/login?flow={0}", "/.well-known/{0}", "/login;{0}", "/../{0}", "http://{0}/"),
)


def odd(chance):
    """A request as nobody makes it but to make a series."""
    word = f"{ODD}{chance.getrandbits(40):x}"
    path = chance.choice(ODD_PATHS).format(word)
    method = chance.choice(["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", word.upper(), "get", "GET" * 5])
    version = chance.choice(["1.0", "1.1", f"1.{chance.randrange(10)}"])
    host = chance.choice(["127.0.0.1", word, f"{word}.example.org"])
    headers = [f"{name}: {word}" for name in ("X-Request-Id", "X-Forwarded-Host", "User-Agent", "Origin", "Cookie")]
    headers += [f"Accept-Language: {word}", f"traceparent: 00-{chance.getrandbits(128):032x}-{1:016x}-01"]
    return "\r\n".join([f"{method} {path} HTTP/{version}", f"Host: {host}", "Connection: close", *headers, "", ""])


def test_what_visitors_choose_makes_no_series(server, client_with):
    """N98: paths, methods, hosts, headers, queries: each label has the values that are in our code, no others."""
    chance = random.Random(7)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(server.talk, [odd(chance).encode() for _ in range(300)]))

    samples = server.samples()
    values = {name: {dict(labels)[name] for _, *labels in samples if name in dict(labels)} for name in LABELS}
    assert len({answer.split(b" ")[1] for answer in answers if answer}) > 4
    assert values["route"] <= {rule.rule for rule in client_with().application.url_map.iter_rules()} | {"unknown"}
    assert values["method"] <= {"GET", "HEAD", "POST", "other"}
    assert values["event"] <= set(EVENTS)
    assert all(re.fullmatch("[2-5][0-9][0-9]", value) for value in values["status"])
    assert ODD not in server.text().casefold()


def silent(connection, number):
    """Nothing, for ever."""


def test_a_worker_that_is_gone_is_not_among_those_that_do_not_ask(tmp_path):
    upstream = Raw(silent)
    is_silent = ("portico_upstream_silent", ("upstream", upstream.url))
    with counted(tmp_path, upstream.url, 1, **HURRIED) as server:
        (worker,) = server.workers()
        with ThreadPoolExecutor(ENOUGH) as pool:
            list(pool.map(lambda _: requests.get(f"{server.url}/", timeout=PATIENCE), range(ENOUGH)))
        assert server.samples()[is_silent] == 1

        os.kill(worker, signal.SIGKILL)
        server.until(lambda: worker not in server.workers())
        server.until(lambda: is_silent not in server.samples())
    upstream.close()
