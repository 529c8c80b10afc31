"""What is seen and where typing begins without scrolling, on a small phone."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(chromium):
    """375 by 667, the smallest that is still in many hands."""
    with chromium.new_context(viewport={"width": 375, "height": 667}) as context:
        yield context.new_page()


@pytest.mark.parametrize("page", ["consent/usual", "consent/required-scopes"])
def test_allow_is_on_the_first_screen_with_three_scopes(phone, gallery, page):
    phone.goto(f"{gallery}/page/{page}?lang=en")

    for name in ("accept", "deny"):
        box = phone.locator(f"[name=action][value={name}]").bounding_box()
        assert box["y"] + box["height"] <= 667


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


def test_what_was_typed_for_one_way_to_sign_up_is_there_in_the_others(phone, gallery):
    phone.goto(f"{gallery}/page/registration/unified?lang=en")
    fields = phone.locator("[name='traits.email']")
    fields.first.fill("ada@example.org")

    assert fields.count() > 1
    assert fields.evaluate_all("fields => fields.map(field => field.value)") == ["ada@example.org"] * fields.count()
