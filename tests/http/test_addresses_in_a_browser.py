"""Addresses are read as a browser reads them: over thousands that are made of what parsers trip over."""

import random
from collections import defaultdict
from urllib.parse import unquote

import playwright.sync_api as playwright
import pytest

from app.ory.redirect_uris import target
from app.urls import https_link, is_loopback, is_path, origin, split

pytestmark = pytest.mark.browser

COUNT = 8000
SITE = "https://portico.example"
BEGINNINGS = "https://good.example http://127.0.0.1 http://localhost https:// https: http:// / // app:/cb"
SEPARATORS = "/ // \\ @ ? # : . % %2e %2f %40 %00 %C3%A9 ; & [::1] [ ] é 。 ／ ſ İ xn--a - _ * ' <"
HOSTS = "evil good.example localhost .localhost 127.0.0.1 127.1 0x7f 010 256 2130706433 1.2.3.4.5"
PORTS = ":80 :443 :0443 :444 :99999"
SIGNS = dict.fromkeys(map(ord, "!\"$%&'()*+,:;<=>^`{|}~"))
READ = r"""
addresses => addresses.map(address => [undefined, '%s/login'].map(base => {
  try {
    const {protocol, hostname, port, origin} = new URL(address, base)
    return {scheme: protocol.slice(0, -1), host: hostname.replace(/[\[\]]/g, ''), port, origin}
  } catch { return null }
}))
"""


@pytest.fixture(scope="module")
def read(driver: playwright.Playwright, browser_path: str):
    """The addresses with what the browser makes of each alone, and as a link of our pages; None where it cannot."""
    generator = random.Random(20261128)
    pieces = [*SEPARATORS.split(), *HOSTS.split(), *PORTS.split(), *"\t\n \x00"]
    made = [
        generator.choice(BEGINNINGS.split()) + "".join(generator.choices(pieces, k=generator.randrange(6)))
        for _ in range(COUNT)
    ]
    with driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]) as browser:
        results = browser.new_page().evaluate(READ % SITE, made)
    return [(address, *result) for address, result in zip(made, results, strict=True)]


def test_addresses_of_one_origin_are_of_one_origin_in_a_browser(read):
    origins = defaultdict(set)
    for address, alone, _ in read:
        if alone and origin(address):
            origins[origin(address)].add(alone["origin"])
    assert len(origins) > 50
    assert not {ours: theirs for ours, theirs in origins.items() if len(theirs) > 1}


def test_a_link_leads_by_https_to_the_host_that_it_names(read):
    links = [(address, linked) for address, _, linked in read if https_link(address) and linked]
    assert len(links) > 50
    for address, linked in links:
        assert linked["scheme"] == "https", address
        number = linked["host"].replace(".", "").isdigit()  # 127.1 is written anew
        assert number or linked["host"] == split(address).hostname, address


def test_a_path_is_looked_for_at_our_site(read):
    paths = [(address, linked) for address, _, linked in read if is_path(address)]
    assert len(paths) > 20
    assert not [address for address, linked in paths if not linked or linked["origin"] != SITE]


def test_what_can_only_mean_this_machine_means_it_to_a_browser(read):
    reads = [(split(address), target(address), alone) for address, alone, _ in read if alone]
    own = [alone for parts, _, alone in reads if parts and is_loopback(parts.hostname)]
    own += [alone for _, read_by_us, alone in reads if read_by_us and is_loopback(read_by_us.host)]
    assert len(own) > 20
    assert not [alone for alone in own if not is_loopback(alone["host"].removesuffix("."))]


def test_where_an_answer_goes_is_told_as_a_browser_goes_there(read):
    """Not compared: spellings of IPv6, and names with signs that no domain has."""
    hosts = [(address, alone) for address, alone, _ in read if alone and alone["host"] != "."]
    names = [(address, alone) for address, alone in hosts if alone["host"].translate(SIGNS) == alone["host"]]
    assert len(names) > 200
    for address, alone in names:
        read_by_us = target(address)
        assert read_by_us, address
        assert read_by_us.scheme == alone["scheme"], address
        if alone["scheme"] in ("http", "https"):
            host = unquote(read_by_us.host).rstrip(".")
            assert (host, read_by_us.port) == (alone["host"].rstrip("."), alone["port"]), address
