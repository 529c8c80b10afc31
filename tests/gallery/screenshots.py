"""`make screenshots`: pictures of the gallery, for the README and docs/screens.md, or of everything to look at.

python -m tests.gallery.screenshots                      docs/images/ anew
python -m tests.gallery.screenshots --sheets DIRECTORY   contact sheets of every page, 360, 768 and 1280 px wide,
                                                         in light and dark; --lang, --only GROUP [GROUP ...]
"""

import argparse
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import playwright.sync_api as playwright

from app.preview.player import State
from app.preview.site import serving
from tests.gallery.entries import ENTRIES, SITE
from tests.stack.report import find_browser

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
WIDTHS, SCHEMES = (360, 768, 1280), ("light", "dark")
PER_SHEET = 10
SHEET_WIDTH = 1500  # pixels
SHEET = """
body {{ margin: 12px; display: grid; grid-template-columns: repeat({columns}, 1fr); gap: 12px; background: #777; }}
figure {{ margin: 0; }} figcaption {{ font: 14px sans-serif; color: #fff; }} img {{ width: 100%; }}
"""


@dataclass(frozen=True)
class Picture:
    """One file of docs/images: an entry, how it is looked at, and how big (CSS pixels)."""

    name: str
    entry: str
    language: str = "en"
    scheme: str = "light"
    width: int = 640
    height: int = 720


PICTURES = (
    Picture("login", "application/first", height=1010),
    Picture("consent", "consent/usual", height=940),
    Picture("settings", "settings/everything", height=1010),
    Picture("device", "device/prefilled", height=700),
    Picture("dark", "application/first", scheme="dark", height=1010),
    Picture("arabic", "application/first", language="ar", height=1010),
    Picture("registration", "application/sign-up", height=900),
    Picture("second-factor", "application/second-factor", height=760),
    Picture("recovery", "application/recovery-sent", height=760),
    Picture("verification", "application/verification", height=760),
    Picture("home", "home/signed-in", height=900),
    Picture("sessions", "sessions/three", height=900),
    Picture("apps", "apps/four", height=900),
    Picture("account-choice", "account-choice/expects-another", height=700),
    Picture("logout", "logout/application", height=640),
    Picture("leave", "leave/page", height=1010),
    Picture("error", "errors/oauth2-invalid-request", height=700),
    Picture("brand", "brand/full-login", height=1010),
    Picture("brand-consent", "brand/full-consent", height=900),
)


@contextmanager
def chromium() -> Iterator[playwright.Browser]:
    path = find_browser()
    if path is None:
        raise SystemExit("No browser: install Chromium, or name one in TEST_BROWSER.")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def take(browser: playwright.Browser, gallery: str, picture: Picture) -> bytes:
    """The picture as WebP, a third of a PNG: what a window of its size shows first."""
    size = {"width": picture.width, "height": picture.height}
    options = {"viewport": size, "color_scheme": picture.scheme, "reduced_motion": "reduce"}
    with browser.new_context(**options) as context:
        tab = context.new_page()
        tab.goto(f"{gallery}/page/{picture.entry}?lang={picture.language}")
        shot = context.new_cdp_session(tab).send("Page.captureScreenshot", {"format": "webp", "quality": 80})
        return base64.b64decode(shot["data"])


def for_the_readme() -> None:
    """Write docs/images anew."""
    with serving(SITE) as gallery, chromium() as browser:
        for picture in PICTURES:
            content = take(browser, gallery, picture)
            (IMAGES / f"{picture.name}.webp").write_bytes(content)
            print(f"docs/images/{picture.name}.webp  {len(content) / 1000:.0f} kB")


def sheets(directory: Path, language: str, groups: list[str]) -> None:
    """Pictures of all pages of these groups (none: all), many on one sheet, for each width and scheme."""
    directory.mkdir(parents=True, exist_ok=True)
    entries = [entry for entry in ENTRIES if entry.group in groups or not groups]
    parts = [entries[start : start + PER_SHEET] for start in range(0, len(entries), PER_SHEET)]
    with serving(SITE) as gallery, chromium() as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                for number, part in enumerate(parts, 1):
                    path = directory / f"{language}-{width}-{scheme}-{number:02}.png"
                    path.write_bytes(sheet(browser, gallery, part, language, scheme, width))
                    print(path)


def sheet(
    browser: playwright.Browser, gallery: str, entries: list[State], language: str, scheme: str, width: int
) -> bytes:
    """These pages at this width in rows, each whole, under its name."""
    figures = []
    with browser.new_context(
        viewport={"width": width, "height": 700}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        tab = context.new_page()
        for entry in entries:
            tab.goto(f"{gallery}/page/{entry.id}?lang={language}")
            data = base64.b64encode(tab.screenshot(full_page=True, type="jpeg", quality=90)).decode()
            figures.append(
                f'<figure><figcaption>{escape(entry.id)}</figcaption><img src="data:image/jpeg;base64,{data}"></figure>'
            )
        tab = context.new_page()  # one without the pages' content security policy
        tab.set_viewport_size({"width": SHEET_WIDTH, "height": 700})
        tab.set_content(f"<style>{SHEET.format(columns=max(2, 2000 // width))}</style>{''.join(figures)}")
        return tab.screenshot(full_page=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.screenshots", description=__doc__)
    parser.add_argument("--sheets", type=Path, metavar="DIRECTORY", help="print contact sheets of every page there")
    parser.add_argument("--lang", default="en", help="of the contact sheets")
    parser.add_argument("--only", nargs="*", default=[], metavar="GROUP", help="the groups that are on them")
    options = parser.parse_args()
    if options.sheets:
        sheets(options.sheets, options.lang, options.only)
    else:
        for_the_readme()


if __name__ == "__main__":
    main()
