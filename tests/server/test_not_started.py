"""A start that fails: one line of JSON says why, a list of sentences in it, and nothing that was set; then it ends."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from tests.server.server import ROOT, SECRET, SERVE, variables
from tests.stack.processes import PATIENCE, Processes
from tests.stack.stack import environment

GUNICORN = ("-m", "gunicorn", "--config", str(ROOT / "app/server/options.py"), "app.server.wsgi:app")
KRATOS = {"PORTICO_KRATOS_PUBLIC_URL": "http://127.0.0.1:9"}
TRACING = {"PORTICO_TRACING": "true"}
# What is set, and what the only mistake that is told begins with; `{folder}` has what FILES says.
FAILURES = {
    "a file that is no TOML": ({"PORTICO_CONFIG": "{folder}/marked.toml"}, "marked.toml is not valid TOML"),
    "a template": ({"PORTICO_TEMPLATES_DIR": "{folder}"}, "PORTICO_TEMPLATES_DIR has a template that cannot be used"),
    "a catalogue": ({"PORTICO_LANGUAGES_DIR": "{folder}"}, "PORTICO_LANGUAGES_DIR has a file that cannot be used"),
    "the folder of the metrics": ({"PROMETHEUS_MULTIPROC_DIR": "/marked"}, "PROMETHEUS_MULTIPROC_DIR names a folder"),
    "a collector's key": (TRACING | {"OTEL_EXPORTER_OTLP_HEADERS": "marked"}, "OTEL_EXPORTER_OTLP_HEADERS must be"),
}
FILES = {"login.html": "{% broken", "de.po": "broken", "marked.toml": "marked"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
ENVIRONMENT |= KRATOS | {"PORTICO_PUBLIC_URL": "http://localhost:3000", "PORTICO_SECRET_KEY": SECRET}


def end_of(folder, command=SERVE, **settings):
    """The status a server that cannot start ends with, and its log."""
    for name, content in FILES.items():
        (folder / name).write_text(content)
    values = {name: value.replace("{folder}", str(folder)) for name, value in settings.items()}
    with Processes(folder) as children:
        children.start("server", [sys.executable, *command], environment() | variables(folder) | KRATOS | values)
        status = children.children["server"].process.wait(PATIENCE)
        return status, [json.loads(line) for line in children.log("server").splitlines()]


def mistakes(status, lines):
    """What is told, by the only line that an alert is for."""
    (line,) = [line for line in lines if line["level"] in ("warning", "error", "critical")]
    assert status == 1
    assert line.keys() == {"event", "level", "timestamp", "request_id", "version", "mistakes"}
    assert (line["event"], line["level"]) == ("not_started", "error")
    return line["mistakes"]


@pytest.mark.parametrize(("settings", "words"), FAILURES.values(), ids=FAILURES)
def test_what_is_wrong_is_one_line_without_what_was_set(tmp_path, settings, words):
    (sentence,) = mistakes(*end_of(tmp_path, **settings))
    assert sentence.startswith(words)
    assert "marked" not in sentence.removeprefix("marked.toml")


@pytest.mark.parametrize(("which", "command"), [("PORTICO_LISTEN", GUNICORN), ("PORTICO_METRICS_LISTEN", SERVE)])
def test_a_port_that_somebody_has_is_one_line(tmp_path, which, command):
    """gunicorn itself says it in eleven; of the metrics' port it knows nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sentences = mistakes(*end_of(tmp_path, command, **{which: f"127.0.0.1:{taken.getsockname()[1]}"}))
    assert sentences == [f"{which} has an address that cannot be listened on: Address already in use."]


@pytest.mark.parametrize("command", [SERVE, GUNICORN], ids=["portico", "gunicorn"])
def test_all_mistakes_in_the_settings_are_in_the_one_line(tmp_path, command):
    settings = {
        "PORTICO_SECRET_KEY": "marked",
        "PORTICO_WORKERS": "0",
        "PORTICO_CLAIMS": '{"profile": {"name": "join(("}}',
        "PORTICO_BRAND": "[" * 9999,
        "PORTICO_HYDRA_ADMIN_TOKEN_FILE": "{folder}",
    }

    sentences = mistakes(*end_of(tmp_path, command, **settings))

    assert {sentence.split()[0] for sentence in sentences} == set(settings)
    assert "marked" not in str(sentences)


@pytest.mark.parametrize("package", ["gevent", "opentelemetry"])
def test_a_package_that_is_not_there_is_told_like_all_else(tmp_path, package):
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(name={package!r})")
    (sentence,) = mistakes(*end_of(tmp_path, **TRACING, PYTHONPATH=os.pathsep.join(map(str, (tmp_path, ROOT)))))
    assert package in sentence
    assert ("portico[otel]" in sentence) == (package == "opentelemetry")


WORKER = """
from app.server.options import *

def post_worker_init(_):
    raise ValueError("marked")
"""


def test_a_worker_that_cannot_begin_ends_the_server_with_a_line_of_its_own(tmp_path):
    """gunicorn prints what the error says, as it is."""
    (tmp_path / "conf.py").write_text(WORKER)
    status, lines = end_of(tmp_path, ("-m", "gunicorn", "--config", str(tmp_path / "conf.py"), "app.server.wsgi:app"))
    assert status != 0
    assert "marked" not in str(lines)
    assert [line["error"] for line in lines if line["event"] == "failure"] == ["ValueError"]
    assert [line["level"] for line in lines if line["event"] == "not_started"] == ["error"]


def test_a_person_at_a_terminal_reads_sentences():
    ours, theirs = os.openpty()
    with closing(os.fdopen(ours, "rb", buffering=0)) as screen:
        command = [sys.executable, *SERVE]
        status = subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT | {"PORTICO_WORKERS": "0"}, stderr=theirs, timeout=PATIENCE, check=False
        ).returncode
        os.close(theirs)
        words = screen.read(4096).decode()

    assert status == 1
    assert words.splitlines() == ["Portico cannot start:", "- PORTICO_WORKERS must be 1 or more."]


RELOADED = """
import runpy
from app.server import options as server, wsgi

def create_app(_):
    raise KeyError("marked")

wsgi.create_app = create_app
server.QuietLogger(__import__("gunicorn.config").config.Config())
print(runpy.run_path("app/server/options.py")["_settings"] is wsgi.settings)
"""


def test_what_nobody_planned_for_ends_no_server_that_runs():
    """At SIGHUP gunicorn reads its options anew, and ends where that fails."""
    command = [sys.executable, "-c", RELOADED]
    ended = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    (line,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.stdout == "True\n"
    assert (line["event"], line["level"]) == ("not_reloaded", "error")
    assert line["mistakes"][0].startswith("A fault of Portico's, KeyError, at ")
    assert "marked" not in ended.stderr
