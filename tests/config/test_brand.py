"""The settings of a brand: what cannot be meant is told at start, in one sentence."""

import pytest
from pydantic import ValidationError

from app.config import settings
from app.config.brand import BrandConfig
from tests.config.conftest import toml

LINK = "is not an address that begins with https://."
COLOUR = "is not a colour such as #1d4f91."
NO_COLOURS = (
    *("red", "#12", "#12345", "#1234567", "#12345g", "rgb(1,2,3)", "#123456 ", "red;}body{display:none", "#fff}"),
    *("var(--x)", "url(//evil.example)"),
)
NO_FONTS = (",", "Inter,", 'a"b', "a;}", "url(x)", "a}b", "In\nter", "x" * 62, "<x>", "var(--x)", "a, ,b", "Inter\\")
NO_RADIUS = ("round", "6", "px", ".px", "-1px", "100px", "1%", "6px;}", "calc(1px)", "6px ", "6px\n", "\u0663px")
NO_NAMES = ("x" * 61, " x", "two\nlines", "a\u202eb", "\0")
NO_LINKS = ("javascript:alert(1)", "http://example.org", "//example.org", "/privacy", "https://", "x")
SCHEMES = ("", "_dark")
REFUSED = {
    "name": (NO_NAMES, "is not a name of at most 60 characters."),
    "font": (NO_FONTS, "is not a list of font families such as Inter, system-ui, sans-serif."),
    "radius": (NO_RADIUS, "is not a length such as 0, 6px or 0.5rem."),
    **dict.fromkeys(("privacy", "terms", "support", "status"), (NO_LINKS, LINK)),
    **{f"{name}{end}": (NO_COLOURS, COLOUR) for name in ("accent", "button", "on_button", "page") for end in SCHEMES},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(mistakes, monkeypatch, name):
    """N96: whatever is left may stand in a stylesheet as it is."""
    values, words = REFUSED[name]
    for value in values:
        with pytest.raises(ValidationError) as caught:
            BrandConfig.model_validate({name: value})
        assert str(caught.value.errors()[0]["ctx"]["error"]) + "." == words, value
    assert mistakes(BRAND=f'{{"{name}": "url(x)\\u202e"}}') == [f"PORTICO_BRAND ({name}) {words}"]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("name", "<b>Ünïcode & 会社</b>", "<b>Ünïcode & 会社</b>"),
        ("accent", "#7A1FA2", "#7a1fa2"),
        ("accent", "#1aF", "#11aaff"),
        ("font", "Inter, system-ui, sans-serif", '"Inter",system-ui,sans-serif'),
        ("font", "'Source Sans 3', serif", '"Source Sans 3",serif'),
        ("font", "ui-rounded,-apple-system", "ui-rounded,-apple-system"),
        *(("radius", length, length) for length in ("0", "6px", "12px", "0.5rem", ".625rem", "1em")),
    ],
)
def test_what_can_be_meant_is_kept(name, value, kept):
    assert BrandConfig.model_validate({name: value}).values() == {name: kept}


def test_a_brand_is_read_from_the_file(load):
    toml('[brand]\nname = "Example"\naccent = "#fff"\n[clients."billing".brand]\nfont = "serif"')
    loaded = load()
    assert loaded.brand.values() == {"name": "Example", "accent": "#ffffff"}
    assert loaded.clients["billing"].brand.values() == {"font": "serif"}


def test_a_logo_needs_a_name_for_those_who_do_not_see_it_and_a_dark_one_a_light_one(mistakes):
    for table, where in (("[brand]", "BRAND"), ('[clients."billing".brand]', "CLIENTS (billing.brand)")):
        toml(f'{table}\nlogo = "logo.svg"')
        assert mistakes() == [f"PORTICO_{where} has a logo without a name, which is read to those who do not see it."]
        toml(f'{table}\nlogo_dark = "logo.svg"')
        assert mistakes() == [f"PORTICO_{where} has logo_dark without logo."]


def test_claims_are_read_where_the_pictures_are_not():
    """`portico claims` runs on any machine."""
    toml('brand_dir = "nowhere"\n[clients.billing.brand]\nname = "x"\nlogo = "no.svg"\n[clients.billing.claims.email]')
    assert "email" in settings.load_rules().clients["billing"].claims
