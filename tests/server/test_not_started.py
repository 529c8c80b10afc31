"""A start that fails: one line of JSON says why, a list of sentences in it, and nothing that was set; then it ends."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing

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


def ends_of(folder, *starts):
    """The status that servers which cannot start end with, and their logs; of each its command and settings.

    All are begun at once: they wait, for a port for example.
    """
    for name, content in FILES.items():
        (folder / name).write_text(content)
    with Processes(folder) as children:
        for number, (command, settings) in enumerate(starts):
            values = {name: value.replace("{folder}", str(folder)) for name, value in settings.items()}
            env = environment() | variables(folder) | KRATOS | values
            children.start(str(number), [sys.executable, *command], env)
        statuses = [child.process.wait(PATIENCE) for child in children.children.values()]
        logs = [children.log(name) for name in children.children]
        return [
            (status, [json.loads(line) for line in log.splitlines()])
            for status, log in zip(statuses, logs, strict=True)
        ]


def mistakes(status, lines):
    """What is told, by the only line that an alert is for."""
    (line,) = [line for line in lines if line["level"] in ("warning", "error", "critical")]
    assert status == 1
    assert line.keys() == {"event", "level", "timestamp", "request_id", "version", "mistakes"}
    assert (line["event"], line["level"]) == ("not_started", "error")
    return line["mistakes"]


def test_what_is_wrong_is_one_line_without_what_was_set(tmp_path):
    ends = ends_of(tmp_path, *((SERVE, settings) for settings, _ in FAILURES.values()))
    for (_, words), end in zip(FAILURES.values(), ends, strict=True):
        (sentence,) = mistakes(*end)
        assert sentence.startswith(words)
        assert "marked" not in sentence.removeprefix("marked.toml")


def test_a_port_that_somebody_has_is_one_line(tmp_path):
    """gunicorn itself says it in eleven; of the metrics' port it knows nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        of_pages, of_metrics = ends_of(
            tmp_path, (GUNICORN, {"PORTICO_LISTEN": address}), (SERVE, {"PORTICO_METRICS_LISTEN": address})
        )
    for which, end in (("PORTICO_LISTEN", of_pages), ("PORTICO_METRICS_LISTEN", of_metrics)):
        assert mistakes(*end) == [f"{which} has an address that cannot be listened on: Address already in use."]


def test_all_mistakes_in_the_settings_are_in_the_one_line(tmp_path):
    settings = {
        "PORTICO_SECRET_KEY": "marked",
        "PORTICO_WORKERS": "0",
        "PORTICO_CLAIMS": '{"profile": {"name": "join(("}}',
        "PORTICO_BRAND": "[" * 9999,
        "PORTICO_HYDRA_ADMIN_TOKEN_FILE": "{folder}",
    }

    for end in ends_of(tmp_path, (SERVE, settings), (GUNICORN, settings)):
        sentences = mistakes(*end)
        assert {sentence.split()[0] for sentence in sentences} == set(settings)
        assert "marked" not in str(sentences)


def test_a_package_that_is_not_there_is_told_like_all_else(tmp_path):
    packages = ["gevent", "opentelemetry"]
    for package in packages:
        (tmp_path / f"without_{package}").mkdir()
        (tmp_path / f"without_{package}/{package}.py").write_text(f"raise ModuleNotFoundError(name={package!r})")
    paths = [os.pathsep.join(map(str, (tmp_path / f"without_{package}", ROOT))) for package in packages]

    ends = ends_of(tmp_path, *((SERVE, TRACING | {"PYTHONPATH": path}) for path in paths))

    for package, end in zip(packages, ends, strict=True):
        (sentence,) = mistakes(*end)
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
    command = ("-m", "gunicorn", "--config", str(tmp_path / "conf.py"), "app.server.wsgi:app")
    [(status, lines)] = ends_of(tmp_path, (command, {}))
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
