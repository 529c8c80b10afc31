"""The examples of docs/integrators.md do what they say, as they are written, but for the addresses."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.site import Person, Site, Visitor
from tests.stack.stack import ROOT

GUIDE = Path(__file__).resolve().parents[2] / "docs/integrators.md"


def examples(heading: str, language: str) -> list[str]:
    """The code of one section."""
    section = GUIDE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert blocks, heading
    return blocks


def shell(command: str) -> str:
    """What a command of the guide prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=60).stdout


def portico(site: Site, *command: str) -> subprocess.CompletedProcess[str]:
    """A `portico` command of the guide, with the settings of this site."""
    program, *arguments = command
    assert program == "portico"
    run = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(
        run, env=site.stack.settings(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
def test_a_client_is_registered_and_somebody_signs_in_as_the_guide_says(site: Site, ada: Person) -> None:
    """Hydra's own command registers it; Authlib begins, exchanges the code and verifies."""

    def here(code: str) -> str:
        return code.replace("http://127.0.0.1:4445", site.urls["hydra_admin"]).replace(
            "https://billing.example.org", site.demo
        )

    [command] = examples("Registering a client", "sh")
    made = shell(here(command))
    begin, exchange, verify = map(here, examples("Starting a sign-in", "python"))
    variables: dict[str, Any] = {"issuer": site.hydra}
    for name in ("client_id", "client_secret"):
        variables[name] = re.search(rf"^{name.upper().replace('_', ' ')}\s+(\S+)", made, re.MULTILINE)[1]

    visitor = Visitor(site)
    exec(begin, variables)
    page = visitor.sign_in(visitor.open(variables["url"]), ada).press("action=accept")
    variables["callback_url"] = page.url
    exec(exchange + verify, variables)
    variables["client"].close()
    visitor.close()

    assert variables["claims"]["sub"] == ada.id

    doctor, about_request = examples("When the first request does not work", "sh")[:2]
    arguments = shlex.split(doctor)
    report = portico(site, *arguments)
    assert report.returncode == 0, report.stdout
    assert f"{site.demo}/callback" in report.stdout
    [request] = [line for line in report.stdout.splitlines() if line.startswith(f"{site.hydra}/oauth2/auth?")]
    assert "client_id=billing" in about_request
    assert portico(site, *shlex.split(about_request)[:-1], request).returncode == 0
    site.admin("DELETE", "hydra", "/admin/clients/billing")


@pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
def test_a_device_is_registered_and_gets_a_code_as_the_guide_says(site: Site) -> None:
    register, ask, _ = examples("Devices without a keyboard", "sh")
    made = shell(register.replace("http://localhost:4445", site.urls["hydra_admin"]))
    client_id = re.search(r"^CLIENT ID\s+(\S+)", made, re.MULTILINE)[1]
    answer = shell(f"CLIENT_ID={client_id}; {ask.replace('http://localhost:4444', site.hydra)}")
    assert {"user_code", "verification_uri", "device_code"} <= json.loads(answer).keys()
