"""`make docs`: README, docs/ and the other pages as a site, in site/. It fails for a link that leads nowhere.

The pages are copied beside docs/zensical.toml, each to the path it has here, with the page of settings that is made of
their declaration. Zensical checks links and anchors between pages; what it lets through is looked for in its pages.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.docs.settings_page import page

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "docs/zensical.toml"
SHOWN = ("Dockerfile", "compose.yaml")  # what pages lead to besides
FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src")}


class Links(HTMLParser):
    """The addresses of one page: where links lead, and what a browser fetches for it."""

    def __init__(self) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "link" and attributes.get("rel") not in {"stylesheet", "icon"}:
            return
        for name, value in attributes.items():
            if (tag, name) in FETCHED:
                self.fetched.append(value or "")
            elif (tag, name) == ("a", "href"):
                self.leads.append(value or "")


def sources() -> list[str]:
    """The pages and what they show, as git knows them, those not committed yet too."""
    command = [
        *("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md", "docs", "LICENSE"),
        *SHOWN,
        ":!.github",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).is_file() and name != "docs/zensical.toml"]


def in_navigation(nav: Any) -> Iterator[str]:
    """Every page that a part of the configuration's `nav` names."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from in_navigation(part)


def misplaced() -> list[str]:
    """The pages that the navigation has not, or has and are not there."""
    pages = {name for name in sources() if name.endswith(".md")} | {"docs/settings.md"}
    nav = set(in_navigation(tomllib.loads(CONFIG.read_text(encoding="utf-8"))["project"]["nav"]))
    return [f"{name} has no place in nav of docs/zensical.toml" for name in sorted(pages - nav)] + [
        f"nav of docs/zensical.toml names {name}, which is not there" for name in sorted(nav - pages)
    ]


def lay_out(folder: Path) -> None:
    """Copy the pages and the configuration there."""
    shutil.copy(CONFIG, folder / "zensical.toml")
    for name in sources():
        target = folder / "pages" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    (folder / "pages/docs/settings.md").write_text(page(), encoding="utf-8")


def broken(site: Path) -> list[str]:
    """What pages link to or show and is not there, and what they would fetch from elsewhere."""
    mistakes = []
    for html in sorted(site.rglob("*.html")):
        links, name = Links(), str(html.relative_to(site))
        links.feed(html.read_text(encoding="utf-8"))
        mistakes += [f"{name} fetches {link}" for link in links.fetched if urlsplit(link).netloc]
        if name != "404.html":  # its links are those of the server's root
            mistakes += [f"{name} leads to {link}" for link in links.leads + links.fetched if _missing(html, link)]
    return mistakes


def _missing(html: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return False
    target = html.parent / unquote(parts.path)
    return not (target.is_file() or (target / "index.html").is_file())


def build(target: Path) -> list[str]:
    """Make the site there, and return what is wrong with it."""
    with tempfile.TemporaryDirectory(prefix="portico-docs-") as name:
        folder = Path(name)
        lay_out(folder)
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return [done.stdout + done.stderr]
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "site", target)
    return broken(target)


def main() -> None:
    mistakes = misplaced() or build(ROOT / "site")
    if mistakes:
        raise SystemExit("\n".join(mistakes))
    print("The site is in site/: open site/index.html, or serve that folder.")


if __name__ == "__main__":
    main()
