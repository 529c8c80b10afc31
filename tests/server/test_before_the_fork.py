"""What workers share: all is read, compiled and imported before they begin, and no request does it again (counted)."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.payloads.bodies import load
from tests.server.server import ROOT, SECRET
from tests.stack.processes import PATIENCE
from tests.support.loopback import serving
from tests.support.upstream import ADA, BROWSER_KRATOS, CLIENT, PUBLIC, authorize, session

LONG = 10**9  # seconds
CONSENT = {
    "challenge": "c",
    "skip": False,
    "subject": ADA,
    "client": CLIENT,
    "requested_scope": ["openid", "email"],
    "requested_access_token_audience": [],
    "request_url": authorize(),
    "oidc_context": {},
    "login_session_id": "hydra-1",
    "context": {"kratos_session": "session-1"},
}
ROUTES = {
    ("GET", "/sessions/whoami"): (200, session(expires_in=LONG)),
    ("GET", "/self-service/login/flows"): (200, load("login/unified")),
    ("GET", "/admin/oauth2/auth/requests/consent"): (200, CONSENT),
    ("GET", "/admin/oauth2/auth/sessions/consent"): (200, []),
}
PAGES = ("/", "/login?flow=f", "/consent?consent_challenge=c", "/error?error=access_denied", "/nowhere")
# As gunicorn does before it makes workers; what requests open, compile and import after that is noted.
SCRIPT = """
import gc, json, sys
from types import SimpleNamespace

plugins = []
sys.addaudithook(lambda event, arguments: plugins.extend(
    [arguments[0]] if event == "open" and str(arguments[0]).endswith("entry_points.txt") else []
))
from app.server import options as server, wsgi, worker

server.when_ready(SimpleNamespace())
noted, is_noting = [], False

def note(event, arguments):
    if is_noting and event in ("open", "compile", "import"):
        noted.append(f"{event} {arguments[-1] if event == 'compile' else arguments[0]}")

sys.addaudithook(note)
browser = wsgi.app.test_client()
browser.set_cookie("ory_kratos_session", "s", domain="localhost")
is_noting = True
statuses = {
    f"{tag} {path}": browser.get(path, base_url=wsgi.settings.public_url, headers={"Accept-Language": tag}).status_code
    for tag in wsgi.app.extensions["languages"].files
    for path in json.loads(sys.argv[1])
}
is_noting = False
counts = {"frozen": gc.get_freeze_count(), "collects": gc.isenabled()}
print(json.dumps({"plugins": plugins, "noted": noted, "statuses": statuses, **counts}))
"""


@pytest.fixture(scope="module")
def first_process(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script says of a process like the server's first one."""
    file = tmp_path_factory.mktemp("fork") / "portico.toml"
    file.write_text("")
    with serving(ROUTES) as upstream:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
        env |= {"PORTICO_PUBLIC_URL": PUBLIC, "PORTICO_SECRET_KEY": SECRET, "PORTICO_CONFIG": str(file)}
        env |= {"PORTICO_KRATOS_PUBLIC_URL": upstream, "PORTICO_HYDRA_ADMIN_URL": upstream}
        env |= {"PORTICO_KRATOS_BROWSER_URL": BROWSER_KRATOS}
        command = [sys.executable, "-c", SCRIPT, json.dumps(PAGES)]
        ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def test_no_request_reads_a_catalogue_compiles_a_template_or_imports_a_module(first_process):
    """In no language there is: all of it is done before the fork."""
    languages = {name.split()[0] for name in first_process["statuses"]}
    assert len(languages) > 10
    assert [first_process["statuses"][f"en {page}"] for page in PAGES] == [200, 200, 200, 400, 404]
    assert first_process["noted"] == []


def test_installed_packages_are_looked_through_for_plugins_once(first_process):
    """As pydantic does; gevent would 25 times, a tenth of the start."""
    assert len(first_process["plugins"]) == len(set(first_process["plugins"]))


def test_garbage_collection_leaves_alone_what_was_loaded_before_the_fork(first_process):
    """It would copy all of it in every worker; what comes after the fork is collected as ever."""
    assert first_process["frozen"] > 50_000
    assert first_process["collects"]
