"""The examples of docs/integrators.md do what they say, as they are written, but for the addresses."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.site import Person, Site, Visitor

GUIDE = Path(__file__).resolve().parents[2] / "docs/integrators.md"


def examples(heading: str, language: str) -> list[str]:
    """The code of one section."""
    section = GUIDE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found


@pytest.mark.parametrize("kind", [pytest.param("real", marks=[pytest.mark.stack, pytest.mark.real])], indirect=True)
def test_a_client_is_registered_and_somebody_signs_in_as_the_guide_says(site: Site, ada: Person) -> None:
    """Hydra's own command registers it; Authlib begins, exchanges the code and verifies."""

    def here(code: str) -> str:
        return code.replace("http://127.0.0.1:4445", site.urls["hydra_admin"]).replace(
            "https://billing.example.org", site.demo
        )

    [command] = examples("Registering a client", "sh")
    made = subprocess.run(["sh", "-c", here(command)], capture_output=True, text=True, check=True, timeout=30).stdout
    begin, exchange, verify = map(here, examples("Starting a sign-in", "python"))
    known: dict[str, Any] = {"issuer": site.hydra}
    for name in ("client_id", "client_secret"):
        known[name] = re.search(rf"^{name.upper().replace('_', ' ')}\s+(\S+)", made, re.MULTILINE)[1]

    visitor = Visitor(site)
    exec(begin, known)
    page = visitor.sign_in(visitor.open(known["url"]), ada).press("action=accept")
    known["callback_url"] = page.url
    exec(exchange + verify, known)
    known["client"].close()
    visitor.close()

    assert known["claims"]["sub"] == ada.id
