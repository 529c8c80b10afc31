"""The site of `make docs`: what is in it, and what fails it. Building it is that target's own."""

from pathlib import Path

from app.config.settings import Settings
from tests.docs import settings_page, site


def test_every_page_has_a_place_in_the_navigation() -> None:
    assert site.misplaced() == []


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
