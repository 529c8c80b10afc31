"""The site of `make docs`: what is in it, and what fails it. Building it is that target's own."""

import re
from pathlib import Path
from posixpath import join, normpath

import pytest

from app.config.settings import Settings
from tests.docs import settings_page, site

PAGES = [name for name in site.sources() if name.endswith(".md")]
LINK = re.compile(r"\]\(([^)#\s]+)")


def test_every_page_has_a_place_in_the_navigation() -> None:
    assert site.misplaced() == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_is_laid_out_with_it(page: str) -> None:
    """The site is made of fewer files than the repository."""
    links = [link for link in LINK.findall((site.ROOT / page).read_text(encoding="utf-8")) if ":" not in link]
    targets = {normpath(join(page, "..", link)) for link in links}
    files = {target for target in targets if not (site.ROOT / target).is_dir()}
    assert files - {*site.sources(), "docs/settings.md"} == set()


def test_every_setting_has_a_heading_of_its_own() -> None:
    page = settings_page.page()
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(Settings.model_fields)


def test_links_that_lead_nowhere_and_what_is_fetched_from_elsewhere_are_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text('<a href="../">up</a><a href="#here">here</a><a href="https://x.test">x</a>')
    (tmp_path / "index.html").write_text(
        '<a href="a/">a</a><a href="b/">b</a><img src="c.webp"><script src="https://x.test/x.js"></script>'
    )

    assert site.broken(tmp_path) == [
        "index.html fetches https://x.test/x.js",
        "index.html leads to b/",
        "index.html leads to c.webp",
    ]
