"""Themes: which colours people can read, what a stylesheet says, what an application shares with all others."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.brand.theme import (
    BEHIND_LINKS,
    BLACK,
    DARK,
    LIGHT,
    ON_PAGE,
    TEXT,
    WHITE,
    colours,
    contrast,
    merged,
    mixed,
    stylesheet,
    tokens,
    unreadable,
)
from tests.support.cases import each_case

CSS = Path("static/app.css").read_text()
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
ENDS = st.sampled_from(["", "_dark"])
few = settings(max_examples=50, deadline=None)


def mistakes(**values):
    return dict(unreadable(values, CSS))


def shade(words):
    """The colour that would do."""
    return re.search(r"(#[0-9a-f]{6}) would do", words)[1]


@each_case(
    "colour, other, ratio",
    [
        (BLACK, WHITE, 21),
        ("#777777", WHITE, 4.48),
        ("#767676", WHITE, 4.54),
        ("#ff0000", WHITE, 4.0),
        (WHITE, WHITE, 1),
    ],
)
def test_contrast_is_what_wcag_says(colour, other, ratio):
    """WCAG 2.2, "contrast ratio"; #767676 is the best known grey that passes on white."""
    assert contrast(colour, other) == contrast(other, colour) == pytest.approx(ratio, abs=0.005)


def test_a_mixture_lies_between():
    assert mixed("#000000", "#ff8000", 0.5) == "#804000"


def test_our_own_look_can_be_read_and_needs_no_stylesheet():
    light, dark = tokens(CSS)
    assert {*BEHIND_LINKS, *ON_PAGE, "accent"} <= light.keys() & dark.keys()
    assert (light["card"], dark["card"]) == ("#ffffff", "#171b23")
    assert mistakes() == {}
    assert stylesheet({"name": "Example", "logo": "x.svg", "privacy": "https://example.org"}) == ""


# What cannot be read


@each_case(
    "values, name, words",
    [
        ({"accent": "#ffd400"}, "accent", "has a contrast of 1.27:1 to --note-page (#eff2f8) where 4.5:1 is needed: #"),
        ({"accent_dark": "#222222"}, "accent_dark", "to --good-page (#14271c) where 4.5:1 is needed: #"),
        ({"accent": "#7a1fa2", "on_button": "#888888"}, "on_button", "to --button (#7a1fa2) where"),
        ({"button_dark": "#ffffff", "on_button_dark": "#aaaaaa"}, "on_button_dark", "to --button (#ffffff) where"),
        ({"page": "#1d4f91"}, "page", "to --good (#17693a) where"),
        ({"page_dark": "#eeeeee"}, "page_dark", "to --ink (#eceff5) where"),
        ({"page": "#d0d0d0"}, "page", "to --soft (#566073) where"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_pair_and_a_shade_that_can(values, name, words):
    sentences = mistakes(**values)
    assert words in sentences[name]
    assert mistakes(**{**values, name: shade(sentences[name])}).get(name) is None


def test_both_schemes_are_looked_at():
    assert mistakes(accent="#ffd400", accent_dark="#333333").keys() == {"accent", "accent_dark"}


def test_a_ratio_that_is_just_too_small_is_not_told_as_enough():
    """4.4998:1 is no 4.50:1."""
    [words] = mistakes(accent="#1d4f91", on_button="#bcc2bf").values()
    assert "of 4.49:1" in words


@few
@given(COLOURS, st.sampled_from(["accent", "page"]), ENDS)
def test_the_shade_that_is_told_would_do(value, part, end):
    for name, words in mistakes(**{f"{part}{end}": value}).items():
        assert name not in mistakes(**{f"{part}{end}": value, name: shade(words)})


# What can


@few
@given(COLOURS, ENDS)
def test_one_accent_is_enough_for_both_schemes(accent, end):
    """Links can be read on all they may stand on, and the words on buttons, where the one that was given can."""
    values = {f"accent{end}": accent}
    if f"accent{end}" in mistakes(**values):
        return
    assert mistakes(**values) == {}
    for scheme, ours in zip((LIGHT, DARK), tokens(CSS), strict=True):
        palette = {**ours, **colours(values, scheme)}
        assert min(contrast(palette["accent"], palette[name]) for name in BEHIND_LINKS) >= TEXT
        assert contrast(palette["on-button"], palette["button"]) >= TEXT


@few
@given(COLOURS)
def test_a_button_may_have_any_colour(button):
    """A company's orange, say, which no link on white could have: its words are black or white, as can be read."""
    assert mistakes(button=button) == {}
    for scheme in (LIGHT, DARK):
        palette = colours({"button": button}, scheme)
        assert palette["button"] == button
        assert contrast(palette["on-button"], button) >= TEXT


# The stylesheet


def test_colours_come_in_the_layer_of_tokens_each_in_its_scheme():
    assert stylesheet({"accent": "#7a1fa2", "accent_dark": "#d7a6ff", "radius": "0"}) == (
        "@layer tokens{:root{--radius:0}"
        "@media(prefers-color-scheme:light){:root{--accent:#7a1fa2;--button:#7a1fa2;--on-button:#ffffff}}"
        "@media(prefers-color-scheme:dark){:root{--accent:#d7a6ff;--button:#d7a6ff;--on-button:#000000}}}\n"
    )


def test_a_page_colour_for_light_leaves_the_dark_one_as_it_was():
    """Outside of a media query it would win over that of app.css."""
    css = stylesheet({"page": "#fff4ec"})
    assert css == "@layer tokens{@media(prefers-color-scheme:light){:root{--page:#fff4ec}}}\n"


def test_font_and_corners_hold_in_both_schemes():
    values = {"font": '"Inter",sans-serif', "radius": "0"}
    assert stylesheet(values) == '@layer tokens{:root{--font:"Inter",sans-serif;--radius:0}}\n'


@few
@given(COLOURS, ENDS)
def test_every_property_that_a_brand_sets_is_one_of_ours(value, end):
    css = stylesheet({f"{name}{end}": value for name in ("accent", "button", "on_button", "page")} | {"radius": "0"})
    assert set(re.findall(r"--[a-z-]+(?=:)", css)) <= set(re.findall(r"--[a-z-]+(?=:)", CSS))


# One application's own


def test_an_application_has_what_is_common_beside_its_own():
    common = {"favicon": "f.svg", "font": "serif", "accent": "#1d4f91", "privacy": "https://example.org"}
    assert merged(common, {"page": "#ffffff"}) == {**common, "page": "#ffffff"}


@each_case(
    "common, own",
    [
        ({"name": "Example", "logo": "a.svg", "logo_dark": "b.svg"}, {"name": "Billing"}),
        ({"accent": "#1d4f91", "accent_dark": "#9cc4ff", "on_button": "#ffffff"}, {"accent": "#7a1fa2"}),
    ],
)
def test_what_belongs_together_is_not_mixed(common, own):
    """A picture of Example read out as "Billing" would be a lie."""
    assert merged({**common, "radius": "0"}, own) == {**own, "radius": "0"}
