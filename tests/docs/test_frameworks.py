"""What docs/frameworks.md configures fits Hydra as `make run` starts it: the client can be registered and may ask."""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import yaml

from tests.journeys.conftest import KINDS
from tests.journeys.site import Site, Visitor, site_of
from tests.stack.stack import ROOT, Stack

PAGE = (ROOT / "docs/frameworks.md").read_text(encoding="utf-8")
HYDRA = yaml.safe_load((ROOT / "hydra/hydra.yml").read_text())
REGISTRATION = re.compile(r"^curl (\S+) .* -d '(\{.*?^\})'$", re.MULTILINE | re.DOTALL)
SECTIONS = {
    part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:] if REGISTRATION.search(part)
}  # by heading
READERS: dict[str, Callable[[str], Any]] = {"toml": tomllib.loads, "yaml": yaml.safe_load, "python": ast.parse}


def client(section: str) -> tuple[str, dict[str, Any]]:
    """Where its client is registered, and as what."""
    [(address, body)] = REGISTRATION.findall(section)
    return address, json.loads(body)


def snippets(section: str) -> list[tuple[str, str]]:
    """The language and text of each configuration, without the command that registers the client."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [(language, text) for language, text in blocks if language != "sh"]


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with site_of(Stack(request.param)) as made:
        yield made


def test_every_framework_says_whether_it_was_tried() -> None:
    rows = re.findall(r"^\| \[[^\]]+\]\(#([^)]+)\) \| (.+?) \| .+ \|$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in SECTIONS]
    assert sorted(anchor for anchor, _ in rows) == sorted(anchors)
    untried = [anchor for anchor, tried in rows if tried == "**not tried**"]
    assert untried == [
        anchor for anchor, text in zip(anchors, SECTIONS.values(), strict=True) if "**Not tried.**" in text
    ]
    assert all(tried == "**not tried**" or re.search(r"\d", tried) for _, tried in rows), "a version is missing"


@pytest.mark.parametrize("heading", SECTIONS)
def test_what_is_configured_is_what_is_registered(heading: str) -> None:
    """The issuer of hydra.yml, this client, and each snippet can be read where Python has a reader for it."""
    address, registered = client(SECTIONS[heading])
    texts = "".join(text for _, text in snippets(SECTIONS[heading]))
    path = registered["redirect_uris"][0].partition("//")[2].partition("/")[2]
    assert address == f"{HYDRA['urls']['self']['admin']}/admin/clients"
    assert HYDRA["urls"]["self"]["issuer"] in texts
    assert re.search(rf"""["' ]{re.escape(registered["client_id"])}["'\n]""", texts)
    assert path.split("/")[0] in texts or "callback" in path
    for language, text in snippets(SECTIONS[heading]):
        READERS.get(language, str)(text)


@pytest.mark.parametrize("heading", SECTIONS)
def test_its_client_is_registered_and_leads_to_the_sign_in(site: Site, heading: str) -> None:
    address, registered = client(SECTIONS[heading])
    here = address.replace(HYDRA["urls"]["self"]["admin"], site.urls["hydra_admin"])
    answer = requests.post(here, json=registered, timeout=60)
    assert answer.status_code == 201, answer.text

    query = {"client_id": registered["client_id"], "redirect_uri": registered["redirect_uris"][0], "scope": "openid"}
    query |= {"response_type": "code", "state": "0123456789", "nonce": "0123456789"}
    query |= {"resource": registered.get("audience", [])}
    visitor = Visitor(site)
    page = visitor.open(requests.Request("GET", f"{site.hydra}/oauth2/auth", params=query).prepare().url)
    visitor.close()

    assert page.url.startswith(f"{site.portico}/login?flow="), page.url
    assert registered["client_name"] in page.text
