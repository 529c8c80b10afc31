"""What is seen and where typing begins without scrolling, on a small phone."""

import pytest

from tests.accessibility.walk import in_one_document
from tests.gallery.entries import BY_ID
from tests.languages.catalogues import PLACE

pytestmark = pytest.mark.browser

LANGUAGES = ["en", *sorted(catalogue.stem for catalogue in PLACE.glob("*.po"))]


@pytest.fixture
def phone(windows):
    """375 by 667, the smallest that is still in many hands."""
    with windows.tab(viewport={"width": 375, "height": 667}) as tab:
        yield tab


@pytest.mark.parametrize("page", ["consent/usual", "consent/required-scopes"])
def test_allow_is_on_the_first_screen_with_three_scopes(phone, gallery, page):
    """In every language."""
    low = {}
    phone.goto(f"{gallery}/page/{page}")
    for language in LANGUAGES:
        phone.set_content(in_one_document(BY_ID[page], language))
        for name in ("accept", "deny"):
            box = phone.locator(f"[name=action][value={name}]").bounding_box()
            if box["y"] + box["height"] > 667:
                low[language, name] = box
    assert low == {}


def test_words_are_not_broken_where_there_is_room(phone, gallery):
    """What a fact is called, a command, and the words of a button that has a neighbour."""
    for page, words in [
        ("sessions/only-here", ".facts dt"),
        ("errors/oauth2-invalid-scope", "p code"),
        ("consent/usual", ".pair .button"),
    ]:
        phone.goto(f"{gallery}/page/{page}?lang=de")
        broken = phone.locator(words).evaluate_all(
            """all => all.filter((one) => {
              const range = document.createRange();
              range.selectNodeContents(one);
              return new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
            }).map((one) => one.innerText)"""
        )
        assert broken == [], page


def test_two_buttons_beside_each_other_have_their_words_in_the_middle(phone, gallery):
    phone.goto(f"{gallery}/page/home/signed-out?lang=de")
    middles = phone.locator(".pair .button").evaluate_all(
        """all => all.map((one) => {
          const range = document.createRange();
          range.selectNodeContents(one);
          const { top, height } = range.getBoundingClientRect();
          return top + height / 2;
        })"""
    )

    assert middles[0] == pytest.approx(middles[1], abs=1)


@pytest.mark.parametrize("width", [375, 1280])
def test_two_addresses_of_a_person_stand_one_below_the_other(phone, gallery, width):
    """Each with its own state and button, on wide screens too."""
    phone.set_viewport_size({"width": width, "height": 667})
    phone.goto(f"{gallery}/page/settings/code_only")
    first, second = [row.bounding_box() for row in phone.locator("#profile li").all()]
    assert (first["x"], first["width"]) == (second["x"], second["width"])
    assert first["y"] + first["height"] <= second["y"]


@pytest.mark.parametrize(
    ("page", "focused"),
    [
        ("login/code_sent", "code"),
        ("login/aal2_totp", "totp_code"),
        ("login/aal2_all", "totp_code"),
        ("login/aal2_lookup", "lookup_secret"),
        ("recovery/code_sent", "code"),
        ("verification/code_sent", "code"),
        ("login/unified", None),
        ("settings/nothing_enrolled", None),
        ("device/code", None),
        ("consent/usual", None),
    ],
)
def test_one_code_to_type_has_the_focus_and_nothing_else(phone, gallery, page, focused):
    phone.goto(f"{gallery}/page/{page}?lang=en")
    assert phone.evaluate("document.activeElement.name ?? null") == focused


def test_what_went_wrong_is_read_before_anything_is_typed(phone, gallery):
    phone.goto(f"{gallery}/page/login/code_wrong?lang=en")
    assert phone.evaluate("document.activeElement.className") == "error-summary"


def test_a_sign_up_on_one_page_asks_for_nothing_twice(phone, gallery):
    phone.goto(f"{gallery}/page/registration/unified?lang=en")
    names = phone.locator("main input[name]:not([type=hidden])").evaluate_all(
        "fields => fields.map(field => field.name)"
    )
    assert len(names) == len(set(names)) > 1


def test_enter_in_the_name_of_a_security_key_begins_to_add_it(phone, gallery):
    """Posted as it is, Kratos would find no key in it."""
    phone.goto(f"{gallery}/page/settings/nothing_enrolled?lang=en")
    phone.evaluate("""() => {
      window.__oryWebAuthnInitialized = true;
      window.oryWebAuthnRegistration = () => { document.body.dataset.begun = "yes"; };
    }""")
    name = phone.locator("[name=webauthn_register_displayname]")
    name.evaluate("field => { field.closest('details').open = true; }")
    name.fill("The blue key")
    name.press("Enter")

    assert phone.get_attribute("body", "data-begun") == "yes"
    assert phone.url.startswith(gallery + "/page/settings/")
