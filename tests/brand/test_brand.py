"""Brands: which colours people can read, what a stylesheet may hold, which file is what."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.brand.brand import (
    BEHIND_LINKS,
    ON_PAGE,
    SCHEMES,
    TOKENS,
    Brand,
    Colours,
    font_stack,
    is_radius,
    mistakes,
    stylesheet,
    tokens,
)
from app.brand.brands import PATH, Theme, brands
from app.brand.colours import BLACK, TEXT, WHITE, colour, contrast, least, mixed, nearest
from app.brand.files import File, media_type

CSS = Path("static/app.css").read_text()
SVG = File(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
PNG = File(b"\x89PNG\r\n\x1a\nx", "image/png")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")

# Colours


@pytest.mark.parametrize("one", ["#1D4F91", "#1d4f91"])
def test_a_colour_is_written_in_small_letters(one):
    assert colour(one) == "#1d4f91"


def test_three_digits_stand_for_six():
    assert colour("#1aF") == "#11aaff"


@pytest.mark.parametrize(
    "value",
    *[
        [
            "",
            "red",
            "#12",
            "#12345",
            "#1234567",
            "#12345g",
            "rgb(1,2,3)",
            "#123456 ",
            "#123456\n",
            "#123;}",
            "red;}body{",
        ]
    ],
)
def test_what_is_no_colour_is_none(value):
    assert colour(value) == ""


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, 21),
        ("#777777", WHITE, 4.48),
        ("#767676", WHITE, 4.54),
        ("#ff0000", WHITE, 4.0),
        (WHITE, WHITE, 1),
    ],
)
def test_contrast_is_what_wcag_says(one, other, ratio):
    """WCAG 2.2, "contrast ratio"; #767676 is the best known grey that passes on white."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@settings(max_examples=50, deadline=None)
@given(COLOURS, COLOURS)
def test_contrast_has_no_direction(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21


def test_a_mixture_lies_between():
    assert mixed("#000000", "#ff8000", 0.5) == "#804000"


def test_the_nearest_shade_is_the_first_that_passes():
    found = nearest("#777777", BLACK, lambda shade: contrast(shade, WHITE) >= TEXT)

    assert found == "#767676"


# Our own look


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_colours_known_here_are_those_of_the_stylesheet(scheme):
    """They are checked against an operator's; a change of one has to be made in both files."""
    layer = CSS[CSS.index("@layer tokens {") :]
    light, _, dark = layer[: layer.index("@layer base")].partition("@media (prefers-color-scheme: dark)")
    written = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", light if scheme == "light" else dark))

    assert {name: colour(written[name]) for name in TOKENS[scheme]} == TOKENS[scheme]


def test_our_own_look_can_be_read():
    assert mistakes(Brand()) == []


def test_our_own_look_needs_no_stylesheet():
    assert stylesheet(Brand(name="Example", logo=SVG, links={"privacy": "https://example.org"})) == ""


# An operator's colours


@pytest.mark.parametrize(
    ("brand", "told"),
    [
        (Brand(light=Colours(accent="#ffd400")), "accent has a contrast of 1.2"),
        (Brand(dark=Colours(accent="#222222")), "accent_dark has a contrast of "),
        (Brand(light=Colours(accent="#7a1fa2", on_accent="#888888")), "on_accent has a contrast of "),
        (Brand(dark=Colours(accent="#ffffff", on_accent="#aaaaaa")), "on_accent_dark has a contrast of "),
        (Brand(light=Colours(page="#1d4f91")), "page has a contrast of "),
        (Brand(dark=Colours(page="#eeeeee")), "page_dark has a contrast of "),
    ],
)
def test_what_cannot_be_read_is_told_with_the_ratio_and_a_shade_that_can(brand, told):
    found = [mistake for mistake in mistakes(brand) if mistake.startswith(told)]

    assert len(found) == 1
    assert re.fullmatch(
        r"\w+ has a contrast of \d+\.\d\d:1 to .+ \(#[0-9a-f]{6}\) where .+ is needed, #\w{6} would do", found[0]
    )


def better(brand):
    """The brand with the shade in place of what the only mistake is about."""
    [told] = mistakes(brand)
    name, shade = told.split()[0], re.search(r"(#[0-9a-f]{6}) would do", told)[1]
    scheme, part = ("dark", name.removesuffix("_dark")) if name.endswith("_dark") else ("light", name)
    given = getattr(brand, scheme)
    known = {"accent": given.accent, "on_accent": given.on_accent, "page": given.page} | {part: shade}
    return Brand(**{"light": brand.light, "dark": brand.dark} | {scheme: Colours(**known)})


@settings(max_examples=50, deadline=None)
@given(COLOURS, st.sampled_from(["accent", "page"]), st.sampled_from(SCHEMES))
def test_the_shade_that_is_told_would_do(value, part, scheme):
    brand = Brand(**{scheme: Colours(**{part: value})})
    if mistakes(brand):
        assert mistakes(better(brand)) == []


@settings(max_examples=50, deadline=None)
@given(COLOURS, COLOURS, st.sampled_from(SCHEMES))
def test_a_colour_for_text_on_the_accent_is_told_likewise(accent, on_accent, scheme):
    brand = Brand(**{scheme: Colours(accent=accent, on_accent=on_accent)})
    if [mistake for mistake in mistakes(brand) if mistake.startswith("on_accent")]:
        assert mistakes(better(brand)) == []


@settings(max_examples=50, deadline=None)
@given(COLOURS, st.sampled_from(SCHEMES))
def test_one_accent_is_enough_for_both_schemes(accent, given_for):
    """Everything that is derived can be read: links on all they may stand on, text on buttons, also under the mouse."""
    brand = Brand(**{given_for: Colours(accent=accent)})
    if mistakes(brand):
        return
    for scheme in SCHEMES:
        found = tokens(brand, scheme)
        for name in ("accent", "accent-strong"):
            assert least(found[name], [found[behind] for behind in BEHIND_LINKS]) >= TEXT
            assert contrast(found["on-accent"], found[name]) >= TEXT


def test_a_ratio_that_is_just_too_small_is_not_told_as_enough():
    """4.4997:1 is no 4.50:1."""
    [told] = mistakes(Brand(light=Colours(accent="#1d4f91", on_accent="#b4b3b4")))
    ratio = float(re.search(r"of (\d+\.\d\d):1", told)[1])

    assert ratio < TEXT


def test_all_that_is_written_on_a_page_is_looked_at():
    [told] = mistakes(Brand(light=Colours(page="#d0d0d0")))

    assert told.startswith("page ")
    assert set(ON_PAGE) >= {"ink", "soft", "edge"}


# The stylesheet


def test_colours_come_in_the_layer_of_tokens_for_both_schemes():
    css = stylesheet(Brand(light=Colours(accent="#7a1fa2"), dark=Colours(accent="#d7a6ff")))

    assert css.startswith("@layer tokens{:root{")
    light, _, dark = css.partition("@media(prefers-color-scheme:dark){")
    assert "--accent:#7a1fa2" in light
    assert "--accent:#d7a6ff" in dark
    assert css.count("{") == css.count("}")


def test_font_and_corners_hold_in_both_schemes():
    assert stylesheet(Brand(font='"Inter",sans-serif', radius="0")) == (
        '@layer tokens{:root{--font:"Inter",sans-serif;--radius:0}}\n'
    )


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("Inter, system-ui, sans-serif", '"Inter",system-ui,sans-serif'),
        ("'Source Sans 3', serif", '"Source Sans 3",serif'),
        ("ui-rounded,-apple-system", "ui-rounded,-apple-system"),
    ],
)
def test_a_font_family_is_put_in_quotes(given, made):
    assert font_stack(given) == made


@pytest.mark.parametrize(
    "value", ["", ",", "Inter,", 'a"b', "a;}", "url(x)", "a}b", "Inter\\", "In\nter", "x" * 62, "<x>", "var(--x)"]
)
def test_what_could_end_a_rule_is_no_font(value):
    assert font_stack(value) == ""


@pytest.mark.parametrize("value", ["0", "6px", "12px", "0.5rem", ".625rem", "1em"])
def test_a_length_is_a_radius(value):
    assert is_radius(value)


@pytest.mark.parametrize(
    "value", ["", "6", "px", ".px", "-1px", "100px", "1%", "6px;}", "calc(1px)", "6px ", "6px\n", "٣px"]
)
def test_anything_else_is_none(value):
    assert not is_radius(value)


# Files


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg xmlns='x'>", "image/svg+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made by > hand --><!DOCTYPE svg>\n<svg\n>", "image/svg+xml"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x01\n\x03\x04WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x01\x00\x01\x00", "image/x-icon"),
        (b"wOF2\x00", "font/woff2"),
        (b"wOFF\x00", "font/woff"),
    ],
)
def test_the_content_says_what_a_file_is(content, kind):
    assert media_type(content) == kind


@pytest.mark.parametrize(
    "content", [b"", b"<html><svg>", b"<script>", b"GIF89a", b"<svgx>", b"#!/bin/sh", b"RIFF1234WAVE"]
)
def test_other_content_is_nothing(content):
    assert media_type(content) == ""


def test_a_long_comment_before_a_picture_is_read_quickly():
    """A pattern with two ways to read white space would try them all."""
    assert media_type(b"<!-- x -->" * 5000 + b" " * 50000 + b"<html>") == ""


# All brands of a deployment


def test_without_a_brand_nothing_is_served():
    found = brands(Brand(), {}, [])

    assert found.common == Theme()
    assert not found.files


def test_files_stand_under_a_digest_of_all_of_them():
    found = brands(Brand(name="Example", logo=SVG), {}, [])

    assert found.common.logo == f"{PATH}/{found.digest}/logo.svg"
    assert found.files == {"logo.svg": SVG}
    assert brands(Brand(name="Example", logo=PNG), {}, []).digest != found.digest


def test_the_operators_stylesheet_comes_last_with_its_files_beside_it():
    css, font = File(b"", "text/css", "site.css"), File(b"wOF2", "font/woff2", "inter.woff2")

    found = brands(Brand(radius="0"), {}, [css, font])

    at = f"{PATH}/{found.digest}"
    assert found.common.stylesheets == (f"{at}/brand.css", f"{at}/extra/site.css")
    assert found.files["extra/inter.woff2"] == font
    assert found.has_fonts


def test_an_application_has_the_common_brand_where_it_has_none_of_its_own():
    found = brands(Brand(name="Example", logo=SVG), {"billing": Brand(radius="0")}, [])

    assert found.of("billing").name == "Example"
    assert found.of("billing").logo.endswith("/logo.svg")
    assert found.of("other") == found.common


def test_an_application_with_a_name_has_no_logo_of_somebody_else():
    """A picture of Example read out as "Billing" would be a lie."""
    look = brands(Brand(name="Example", logo=SVG, logo_dark=PNG), {"billing": Brand(name="Billing")}, []).of("billing")

    assert (look.name, look.logo, look.logo_dark) == ("Billing", "", "")


def test_an_applications_accent_is_not_mixed_with_the_common_one():
    common = Brand(light=Colours("#1d4f91", "#ffffff"), dark=Colours("#9cc4ff", "#000000", "#000000"))

    own = common.under(Brand(light=Colours("#7a1fa2")))

    assert own.light == Colours("#7a1fa2", "", "")
    assert own.dark == Colours("", "", "#000000")


def test_an_applications_page_keeps_the_common_accent():
    common = Brand(light=Colours("#1d4f91", "#ffffff"))

    assert common.under(Brand(light=Colours(page="#ffffff"))).light == Colours("#1d4f91", "#ffffff", "#ffffff")


def test_what_only_everybody_has_holds_for_an_application_too():
    common = Brand(favicon=PNG, font="serif", radius="0", links={"privacy": "https://example.org"})

    own = common.under(Brand(name="Billing"))

    assert (own.favicon, own.font, own.radius, own.links) == (PNG, "serif", "0", common.links)


@pytest.mark.parametrize("client_id", ["../../etc", "a/b", "<script>", "", "ä"])
def test_no_client_id_gets_into_an_address(client_id):
    found = brands(Brand(), {client_id or "x": Brand(radius="0")}, [])

    assert all(re.fullmatch(r"[0-9a-f]{12}/brand\.css", name) for name in found.files)
