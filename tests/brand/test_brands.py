"""All brands of a deployment: the files of one folder, whose they are, and what cannot be used."""

import os
import re
from pathlib import Path

import pytest

from app.brand.brands import MAX_SIZE, MEDIA_TYPES, load
from app.brand.theme import Theme

CSS = Path("static/app.css").read_text()


def loaded(folder, common=(), **of_clients):
    return load(dict(common), of_clients, folder, CSS)


@pytest.fixture
def folder(tmp_path):
    """A folder of pictures, a font, a stylesheet, and of what is none of ours."""
    for name in ("logo.svg", "dark.PNG", "inter font.woff2", "site.css"):
        (tmp_path / name).write_text(name)
    for name in (".hidden.svg", "._logo.svg", "portico.toml", "page.html", "script.js", "picture.gif", "svg"):
        (tmp_path / name).write_text("secret")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "x.svg").write_text("secret")
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "gone.ico").symlink_to(tmp_path / "nowhere.ico")
    os.mkfifo(tmp_path / "waiting.png")
    return tmp_path


def test_without_a_brand_nothing_is_served():
    brands, mistakes = loaded(None)
    assert (brands.common, brands.files, mistakes) == (Theme(), {}, [])
    assert (brands.common.stylesheets, brands.common.favicon) == (("app.css",), "favicon.svg")


def test_pictures_fonts_and_stylesheets_right_in_the_folder_are_served_and_nothing_else(folder):
    """By the ends of their names: with nosniff and a sandbox no browser makes anything else of them."""
    brands, mistakes = loaded(folder)
    assert mistakes == []
    assert {name: file.media_type for name, file in brands.files.items()} == {
        "logo.svg": "image/svg+xml",
        "dark.PNG": "image/png",
        "inter font.woff2": "font/woff2",
        "site.css": "text/css",
    }
    assert brands.has_fonts
    assert not any(
        kind.endswith(("html", "xml", "script", "json")) for kind in MEDIA_TYPES.values() if "svg" not in kind
    )


def test_a_version_changes_with_the_content_alone(folder):
    before = loaded(folder)[0].files
    (folder / "logo.svg").write_text("another")
    after = loaded(folder)[0].files
    assert [name for name in before if before[name].version != after[name].version] == ["logo.svg"]


def test_a_theme_names_its_files(folder):
    brands, mistakes = loaded(
        folder,
        {"name": "Example", "logo": "logo.svg", "logo_dark": "dark.PNG", "favicon": "logo.svg", "radius": "0"}
        | {"stylesheet": "site.css", "privacy": "https://example.org/privacy"},
    )
    assert mistakes == []
    assert brands.common == Theme(
        name="Example",
        logo="brand/logo.svg",
        logo_dark="brand/dark.PNG",
        favicon="brand/logo.svg",
        stylesheets=("app.css", "brand/themes/all.css", "brand/site.css"),
        links={"privacy": "https://example.org/privacy"},
    )
    assert brands.files["themes/all.css"].content == b"@layer tokens{:root{--radius:0}}\n"


def test_an_application_has_a_theme_of_its_own_under_a_name_that_says_nothing(folder):
    clients = ("billing", "../../etc", "a/b", "<script>", "\u00e4")
    brands, mistakes = loaded(folder, {"name": "Example"}, **{client: {"radius": "1px"} for client in clients})
    assert mistakes == []
    assert brands.theme_for("other") == brands.common
    for client in clients:
        theme = brands.theme_for(client)
        assert theme.name == "Example"
        assert re.fullmatch(r"brand/themes/[0-9a-f]{12}\.css", theme.stylesheets[1])


@pytest.mark.parametrize(
    "value", ["nowhere.svg", "../logo.svg", "templates/x.svg", ".hidden.svg", "portico.toml", "folder.svg"]
)
def test_a_file_that_is_not_there_is_refused(folder, value):
    assert loaded(folder, {"favicon": value})[1] == [
        f"PORTICO_BRAND (favicon) names {value}, but PORTICO_BRAND_DIR has no such picture, font or stylesheet."
    ]


@pytest.mark.parametrize("name", ["logo", "logo_dark", "favicon"])
def test_what_cannot_be_a_picture_is_not_shown_as_one(folder, name):
    for value in ("inter font.woff2", "site.css"):
        assert loaded(folder, {name: value})[1] == [
            f"PORTICO_BRAND ({name}) is not the name of a picture (SVG, PNG, WebP, JPEG or ICO)."
        ]
    assert loaded(folder, {"stylesheet": "logo.svg"})[1] == [
        "PORTICO_BRAND (stylesheet) is not the name of a stylesheet (CSS)."
    ]


def test_what_is_too_large_or_cannot_be_read_is_refused(folder):
    (folder / "large.webp").write_bytes(bytes(MAX_SIZE * 1024 + 1))
    assert loaded(folder)[1] == ["PORTICO_BRAND_DIR has a file larger than 400 kB: large.webp."]
    assert loaded(folder / "gone")[1] == ["PORTICO_BRAND_DIR has something in it that cannot be read: gone."]


def test_all_mistakes_are_told_and_each_once(folder):
    common = {"accent": "#ffffff", "favicon": "nowhere"}
    _, mistakes = loaded(folder, common, billing={"font": "serif", "logo": "no"}, shop={"accent": "#eeeeee"})
    assert [sentence.split(")")[0] for sentence in mistakes] == [
        "PORTICO_BRAND (favicon",
        "PORTICO_BRAND (accent",
        "PORTICO_CLIENTS (billing.brand.logo",
        "PORTICO_CLIENTS (shop.brand.accent",
    ]
