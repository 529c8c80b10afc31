"""Every page at 320 px: axe finds nothing, nothing sticks out, targets are large, the focus can be seen (B03)."""

import pytest

from tests.accessibility.walk import walk
from tests.gallery.entries import ENTRIES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def findings(chromium, gallery):
    """What a walk through the whole gallery found."""
    return walk(chromium, gallery)


def test_every_page_was_looked_at(findings):
    assert findings.pages + findings.alike == len(ENTRIES)
    assert findings.shown_to_axe > 60


def test_axe_finds_no_violation_of_any_impact(findings):
    assert findings.complaints["axe"] == {}


def test_the_contrast_is_enough_in_light_and_dark(findings):
    assert findings.complaints["colours"] == {}
    assert findings.complaints["dark"] == {}


def test_nothing_is_wider_than_320_pixels(findings):
    """WCAG 1.4.10: the width of a small telephone, and of a desk screen at 400 %."""
    assert findings.complaints["wide"] == {}


def test_text_twice_as_large_is_readable_on_a_phone(findings):
    """WCAG 1.4.4 at 360 pixels, in English, German and Arabic: no scrolling sideways, no columns of single letters."""
    assert findings.complaints["large"] == {}


def test_what_is_pressed_is_44_pixels_high(findings):
    """More than WCAG 2.5.8 demands; links within sentences are exempt there."""
    assert findings.complaints["low"] == {}


def test_the_focus_can_be_seen(findings):
    """WCAG 2.4.7, by outline or shadow; the link that skips to the content appears."""
    assert findings.complaints["unfocused"] == {}
