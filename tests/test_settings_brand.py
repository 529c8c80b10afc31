"""The settings of a brand: what cannot be used, or read, is told at start, in one sentence."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from app.brand.brand import Colours
from app.config import settings
from app.config.settings import Settings
from app.config.sources import SettingsError

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
MINIMUM = """
public_url = "https://login.example.org"
secret_key = "a-signing-key-that-nobody-may-ever-read-in-a-log"
kratos_public_url = "http://kratos:4433"
"""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """An empty working directory and no PORTICO_ variable: only what a test sets."""
    for name in [name for name in os.environ if name.upper().startswith("PORTICO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def load(text: str) -> Settings:
    """The settings of a portico.toml with this after what is needed."""
    Path("portico.toml").write_text(MINIMUM + text, encoding="utf-8")
    return settings.load()


def mistake(text: str) -> str:
    """The one sentence that loading ends in."""
    with pytest.raises(SettingsError) as caught:
        load(text)
    [told] = caught.value.mistakes
    return told


def file(name: str, content: str | bytes = SVG) -> str:
    """A file in the working directory."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def test_a_whole_brand_is_read():
    file("logo.svg")
    file("favicon.png", PNG)
    brand = load("""
        [brand]
        name = "Example"
        logo = "logo.svg"
        logo_dark = "logo.svg"
        favicon = "favicon.png"
        accent = "#7A1FA2"
        accent_dark = "#d7a6ff"
        on_accent = "#fff"
        page = "#ffffff"
        font = "Inter, sans-serif"
        radius = "6px"
        privacy = "https://example.org/privacy"
        status = "https://status.example.org/"
    """).brand.brand()

    assert (brand.name, brand.font, brand.radius) == ("Example", '"Inter",sans-serif', "6px")
    assert (brand.logo.content, brand.logo.media_type) == (SVG.encode(), "image/svg+xml")
    assert brand.favicon.media_type == "image/png"
    assert brand.light == Colours("#7a1fa2", "#ffffff", "#ffffff")
    assert brand.dark == Colours("#d7a6ff")
    assert brand.links == {"privacy": "https://example.org/privacy", "status": "https://status.example.org/"}


def test_a_brand_comes_from_the_environment_as_json(monkeypatch):
    monkeypatch.setenv("PORTICO_BRAND", json.dumps({"name": "Example"}))

    assert load('[brand]\nname = "From the file"').brand.name == "Example"


def test_there_is_no_brand_unless_one_is_set():
    found = load("")

    assert (found.brand, found.extra_stylesheet, found.extra_files, found.templates_dir) == (None, None, [], None)


# Colours


def test_an_accent_nobody_can_read_is_told_with_the_ratio_and_the_nearest_shade():
    told = mistake('[brand]\naccent = "#ffd400"')

    assert told.startswith("PORTICO_BRAND has colours that are hard to read: accent has a contrast of 1.2")
    assert told.endswith("where 4.5:1 is needed, #826c00 would do.")


def test_both_schemes_are_checked():
    told = mistake('[brand]\naccent = "#ffd400"\naccent_dark = "#333333"')

    assert "accent has a contrast" in told
    assert "accent_dark has a contrast" in told


@pytest.mark.parametrize(
    "value", ["red", "#12345", "red;}body{display:none", "#fff}", "var(--x)", "url(//evil.example)"]
)
@pytest.mark.parametrize("name", ["accent", "accent_dark", "on_accent", "page"])
def test_what_is_no_colour_is_refused(name, value):
    assert mistake(f'[brand]\n{name} = "{value}"') == f"PORTICO_BRAND ({name}) is not a colour such as #1d4f91."


def test_an_applications_colours_are_checked_with_those_it_shares():
    """It inherits a colour for text on the accent that its page colour has nothing to do with: what counts is both."""
    told = mistake('[brand]\naccent = "#1d4f91"\n[clients."billing".brand]\non_accent = "#888888"')

    assert told.startswith("PORTICO_CLIENTS (billing.brand) has colours that are hard to read: on_accent has")


def test_an_applications_colours_are_checked_without_any_they_share():
    assert "(billing.brand)" in mistake('[clients."billing".brand]\naccent = "#ffd400"')


# Words and addresses


@pytest.mark.parametrize("name", ["x" * 61, " x", "two\\nlines", "a\\u202Eb", "\\u0000"])
def test_a_name_is_one_short_line(name):
    assert mistake(f'[brand]\nname = "{name}"') == "PORTICO_BRAND (name) is not a name of at most 60 characters."


def test_a_name_may_hold_any_letter():
    assert load('[brand]\nname = "<b>Ünïcode & 会社</b>"').brand.name == "<b>Ünïcode & 会社</b>"


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://example.org", "//example.org", "/privacy", "https://", "x"]
)
@pytest.mark.parametrize("name", ["privacy", "terms", "support", "status"])
def test_a_link_begins_with_https(name, link):
    told = mistake(f'[brand]\n{name} = "{link}"')

    assert told == f"PORTICO_BRAND ({name}) is not an address that begins with https://."


@pytest.mark.parametrize("font", ["x;}", "url(x)", "a, ,b"])
def test_what_is_no_font_is_refused(font):
    assert "(font) is not a list of font families" in mistake(f"[brand]\nfont = '{font}'")


@pytest.mark.parametrize("radius", ["round", "6", "-1px", "1px;}"])
def test_what_is_no_length_is_refused(radius):
    assert (
        mistake(f'[brand]\nradius = "{radius}"') == "PORTICO_BRAND (radius) is not a length such as 0, 6px or 0.5rem."
    )


def test_a_misspelt_name_is_refused():
    assert "PORTICO_BRAND (colour)" in mistake('[brand]\ncolour = "#fff"')


@pytest.mark.parametrize("name", ["favicon", "font", "radius", "privacy", "templates_dir"])
def test_an_application_has_values_only_that_make_it_known(name):
    assert f"PORTICO_CLIENTS (billing.brand.{name})" in mistake(f'[clients."billing".brand]\n{name} = "x"')


# Pictures


def test_a_picture_may_stand_in_the_setting_itself():
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"

    assert load(f'[brand]\nfavicon = "{url}"').brand.favicon.content == PNG


def test_a_picture_in_the_setting_may_be_escaped():
    assert load("[brand]\nfavicon = 'data:image/svg+xml,%3Csvg%20/%3E'").brand.favicon.content == b"<svg />"


@pytest.mark.parametrize("url", ["data:image/png;base64,!!", "data:text/html,<script>", "data:", "data:image/png,x"])
def test_a_data_address_that_is_no_picture_is_refused(url):
    assert mistake(f"[brand]\nfavicon = '{url}'").startswith("PORTICO_BRAND (favicon) is ")


@pytest.mark.parametrize("path", ["nowhere.svg", ".", "https://cdn.example.org/logo.svg", "\\u0000", "a/../nowhere"])
def test_a_picture_that_cannot_be_read_is_refused(path):
    assert mistake(f'[brand]\nfavicon = "{path}"') == "PORTICO_BRAND (favicon) names a file that cannot be read."


@pytest.mark.parametrize("content", ["<html>", "#!/bin/sh", "root:x:0:0", ""])
def test_a_file_that_is_no_picture_is_not_served_as_one(content):
    """Whoever may write settings can name any file there is; the name of none is enough."""
    told = mistake(f'[brand]\nfavicon = "{file("logo.svg", content)}"')

    assert told == "PORTICO_BRAND (favicon) is no SVG, PNG, WebP, JPEG or ICO picture."


def test_a_large_picture_is_refused():
    told = mistake(f'[brand]\nfavicon = "{file("favicon.png", PNG + bytes(100 * 1024))}"')

    assert told == "PORTICO_BRAND (favicon) names a file larger than 100 kB."


def test_a_large_picture_in_the_setting_itself_is_refused():
    assert "is larger than 100 kB" in mistake(f"[brand]\nfavicon = 'data:image/svg+xml,<svg >{'x' * 102400}'")


@pytest.mark.parametrize("value", ["[1]", "true", "7"])
def test_a_picture_that_is_no_text_is_refused(value):
    assert mistake(f"[brand]\nfavicon = {value}") == "PORTICO_BRAND (favicon) is not the path of a file."


@pytest.mark.parametrize("table", ["[brand]", '[clients."billing".brand]'])
def test_a_logo_needs_a_name_for_those_who_do_not_see_it(table):
    file("logo.svg")

    assert "has a logo without a name" in mistake(f'{table}\nlogo = "logo.svg"')


def test_a_dark_logo_needs_a_light_one():
    file("logo.svg")

    assert "has logo_dark without logo" in mistake('[brand]\nlogo_dark = "logo.svg"')


# The operator's own files


def test_a_stylesheet_and_its_files_are_read():
    file("site.css", "@font-face {}")
    file("inter.woff2", b"wOF2...")
    found = load('extra_stylesheet = "site.css"\nextra_files = ["inter.woff2"]')

    assert (found.extra_stylesheet.name, found.extra_stylesheet.media_type) == ("site.css", "text/css")
    assert [extra_file.name for extra_file in found.extra_files] == ["inter.woff2"]


def test_files_may_be_listed_with_commas(monkeypatch):
    monkeypatch.setenv("PORTICO_EXTRA_FILES", f"{file('a.svg')}, {file('b.svg')}")

    assert [extra_file.name for extra_file in load("").extra_files] == ["a.svg", "b.svg"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('extra_stylesheet = "nowhere.css"', "PORTICO_EXTRA_STYLESHEET names a file that cannot be read."),
        ('extra_stylesheet = "binary.css"', "PORTICO_EXTRA_STYLESHEET names a file that is no stylesheet in UTF-8."),
        ('extra_files = ["page.html"]', "PORTICO_EXTRA_FILES (0) names a file that is no picture and no WOFF font."),
        ('extra_files = ["nowhere"]', "PORTICO_EXTRA_FILES (0) names a file that cannot be read."),
        ('extra_files = ["a.svg", "a.svg"]', "PORTICO_EXTRA_FILES names two files of the same name."),
        ('templates_dir = "nowhere"', "PORTICO_TEMPLATES_DIR names a directory that does not exist."),
        ('templates_dir = "a.svg"', "PORTICO_TEMPLATES_DIR names a directory that does not exist."),
        ('languages_dir = "nowhere"', "PORTICO_LANGUAGES_DIR names a directory that does not exist."),
        ('default_language = "english!"', "PORTICO_DEFAULT_LANGUAGE is not a language tag, such as en or pt-BR."),
    ],
)
def test_what_cannot_be_used_is_refused(text, told):
    file("binary.css", b"\xff\xfe")
    file("page.html", "<html>")
    file("a.svg")

    assert mistake(text) == told


@pytest.mark.parametrize("name", ["in ter.woff2", "ä.woff2", "a'b.woff2", ".woff2"])
def test_a_file_is_named_in_plain_letters(name):
    assert "PORTICO_EXTRA_FILES (0) names a file with more in its name" in mistake(
        f'extra_files = ["{file(name, b"wOF2")}"]'
    )


def test_claims_are_read_where_the_pictures_are_not():
    """`portico claims` runs on any machine."""
    Path("portico.toml").write_text('[clients."billing".brand]\nlogo = "nowhere.svg"\n[clients."billing".claims.email]')

    assert settings.load_rules().clients["billing"].brand is None
