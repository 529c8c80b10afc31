"""The dashboard and the alerts of docs/observability name metrics and labels that Portico has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from app.http import metrics
from tests.stack.stack import ROOT
from tests.support.cases import each_case

FOLDER = ROOT / "docs/observability"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
ALERTS = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
EXPRESSIONS += [alert["expr"] for alert in ALERTS]
SUFFIXES = re.compile(r"_(total|bucket|sum|count|created|info)$")
BY_PROMETHEUS = {"le", "version"}  # of a histogram, and of the build


def _metrics():
    """The labels of each metric, by name without what is added for its kind."""
    own = [value for value in vars(metrics).values() if hasattr(value, "_labelnames")]
    return {SUFFIXES.sub("", metric._name): set(metric._labelnames) for metric in own} | {"portico_build": set()}


def test_there_are_metrics():
    assert {"portico_requests", "portico_upstream_seconds"} <= set(_metrics())


@each_case("expression", EXPRESSIONS)
def test_every_metric_and_label_is_one_that_portico_has(expression):
    known = _metrics()
    names = {SUFFIXES.sub("", name) for name in re.findall(r"portico_\w+", expression)}
    labels = {part for group in re.findall(r"by \(([^)]*)\)", expression) for part in group.split(", ")}
    labels |= set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
    assert names
    assert names <= set(known)
    assert labels <= set().union(*(known[name] for name in names)) | BY_PROMETHEUS


def test_every_metric_is_on_the_dashboard():
    shown = {SUFFIXES.sub("", name) for panel in EXPRESSIONS for name in re.findall(r"portico_\w+", panel)}
    assert set(_metrics()) <= shown


def test_every_metric_is_in_the_guide():
    guide = (ROOT / "docs/observability.md").read_text()
    assert [name for name in _metrics() if name not in guide] == []


def test_every_alert_says_what_to_do():
    assert all(alert["annotations"]["summary"] and alert["annotations"]["description"] for alert in ALERTS)
    assert all(alert["labels"]["severity"] in ("page", "ticket") for alert in ALERTS)


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: apt-get install prometheus)")
@pytest.mark.parametrize("command", [["check", "rules", "alerts.yaml"], ["test", "rules", "test_alerts.yaml"]])
def test_prometheus_own_tool_takes_them(command):
    done = subprocess.run(["promtool", *command], cwd=Path(FOLDER), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
