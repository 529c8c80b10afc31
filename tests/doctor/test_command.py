"""The command itself: settings that cannot be used, and the exit status."""

import subprocess
import sys

import pytest

from tests.doctor.servers import KRATOS
from tests.stack.processes import PATIENCE
from tests.stack.stack import ROOT, environment


def run(*arguments, **settings):
    """`portico doctor` with these settings and no others."""
    command = [sys.executable, "-m", "app", "doctor", *arguments]
    env = environment() | settings
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_every_mistake_in_the_settings_is_a_finding():
    done = run(PORTICO_KRATOS_PUBLIC_URL="kratos")
    assert (done.returncode, done.stderr) == (1, "")
    assert [line[:13].strip() for line in done.stdout.splitlines()] == ["wrong"] * 3
    assert "PORTICO_PUBLIC_URL is missing" in done.stdout


@pytest.mark.parametrize(
    ("setting", "file", "content"),
    [
        ("PORTICO_TEMPLATES_DIR", "login.html", "{% broken"),
        ("PORTICO_LANGUAGES_DIR", "de.po", 'msgid "Sign in"\nmsgstr "Los, %(name)s"\n'),
    ],
)
def test_a_file_that_keeps_the_server_from_starting_is_a_finding(tmp_path, setting, file, content):
    tmp_path.joinpath(file).write_text(content)
    working = {"PORTICO_PUBLIC_URL": "http://localhost:9", "PORTICO_KRATOS_PUBLIC_URL": "http://localhost:9"}
    done = run(**working, PORTICO_SECRET_KEY="of-this-test-alone-0123456789-abcdef", **{setting: str(tmp_path)})
    assert (done.returncode, done.stderr) == (1, "")
    [line] = done.stdout.splitlines()
    assert line.startswith(f"wrong        {setting} has a ")


def test_a_python_without_the_packages_is_told_which_one_has_them():
    command = [sys.executable, "-S", "-m", "app", "doctor"]  # -S: without what is installed
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert ".venv/bin/portico" in done.stderr


def test_in_drop_in_mode_addresses_are_not_compared():
    done = run(COOKIE_SECRET="sixteen-letters-", KRATOS_PUBLIC_URL="http://127.0.0.1:9")
    assert "warning      Drop-in mode, for this machine only" in done.stdout
    assert "[KRATOS_PUBLIC_URL]" in done.stdout
    assert "ui_url" not in done.stdout
    assert "drop_in_mode" not in done.stdout, "a line of the log"


def test_a_client_and_a_request_are_two_questions():
    assert run("--client", "demo", "--authorize-url", KRATOS).returncode == 2
