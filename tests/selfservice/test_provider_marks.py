"""The marks of social providers: ours, an operator's own, a letter for all others; and many of them."""

from base64 import b64encode

import pytest

from app.config.sources import SettingsError
from tests.payloads.bodies import load, name_of, nodes
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import KRATOS

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def buttons(client, upstream, *providers):
    """The buttons of a login page with these providers."""
    body = load("login/social_only")
    provider = next(node for node in nodes(body) if name_of(node) == "provider")
    made = [provider | {"attributes": provider["attributes"] | {"value": name}} for name in providers]
    body["ui"]["nodes"] = [node for node in nodes(body) if name_of(node) != "provider"] + made
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
    return parsed(client.get("/login?flow=f"))


@each_case("provider", ["google", "Google", "google-work", "github_app", "github", "x", "line", "apple"])
def test_a_known_provider_has_its_mark_within_the_page(client, upstream, provider):
    [button] = buttons(client, upstream, provider).select("button[name=provider]")
    assert button.svg.path["d"]
    assert button.svg["aria-hidden"] == "true"
    assert not button.select("img, .initial")


@each_case("provider", ["microsoft", "demo-id", "x-corp", "line-of-duty", "googleish", "-", "'\"<b>"])
def test_every_other_has_its_first_letter(client, upstream, provider):
    [button] = buttons(client, upstream, provider).select("button[name=provider]")
    assert button.select_one(".initial")["data-initial"] == provider[0].upper()
    assert not button.svg


def test_an_operators_own_goes_before_ours_and_needs_no_request(client_with, upstream, tmp_path):
    for name in ("provider-demo-id.svg", "provider-google.svg"):
        (tmp_path / name).write_bytes(SVG)
    client = client_with(brand_dir=tmp_path, brand={"name": "Example"})
    page = buttons(client, upstream, "demo-id", "google", "github")
    address = f"data:image/svg+xml;base64,{b64encode(SVG).decode()}"
    assert [picture["src"] for picture in page.select("button img")] == [address, address]
    assert [picture["alt"] for picture in page.select("button img")] == ["", ""]


def test_one_that_would_weigh_on_every_page_is_refused(client_with, tmp_path):
    (tmp_path / "provider-demo-id.svg").write_bytes(SVG + b" " * 4096)
    with pytest.raises(SettingsError, match=r"PORTICO_BRAND_DIR has a provider's mark larger than 4 kB: provider-demo"):
        client_with(brand_dir=tmp_path)


@each_case("count, folded", [(1, 0), (5, 0), (6, 1), (16, 11)])
def test_five_are_shown_and_the_rest_wait_under_more_options(client, upstream, count, folded):
    page = buttons(client, upstream, *(f"provider-{number}" for number in range(count)))
    assert len(page.select("button[name=provider]")) == count
    assert len(page.select("details button[name=provider]")) == folded
    assert [words(summary) for summary in page.main("summary")] == ["More options"] * bool(folded)
