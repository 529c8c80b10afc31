"""What a screen reader says first: titles tell how it went, the summary what is wrong, buttons what they are for."""

import pytest

from tests.gallery.entries import BY_ID
from tests.gallery.entry import answer
from tests.support.pages import parsed, words


def page(name):
    return parsed(answer(BY_ID[name]))


@pytest.mark.parametrize(
    "name",
    [
        *("settings/profile_saved", "sessions/one-ended", "sessions/others-ended"),
        *("apps/one-disconnected", "apps/all-disconnected"),
    ],
)
def test_what_went_well_is_in_the_title_and_announced(name):
    shown = page(name)
    assert words(shown.title).startswith(f"Done: {words(shown.h1)}")
    assert shown.main.find(attrs={"role": "status"})


@pytest.mark.parametrize("name", ["settings/everything", "settings/no_credentials_after_recovery"])
def test_a_page_on_which_nothing_was_done_does_not_say_so(name):
    """Of a recovery a new password is still to come."""
    assert words(page(name).title).startswith(words(page(name).h1))


def test_a_message_that_does_not_name_its_field_has_the_name_before_it():
    links = [words(link) for link in page("login/identifier_first_unknown").select(".error-summary li a")]
    assert [link.startswith("Email: ") for link in links] == [True]


def test_one_that_does_is_not_said_to_be_about_it():
    links = [words(link) for link in page("login/unified_nothing_entered").select(".error-summary li a")]
    assert [link.partition(":")[0] in ("Email", "Password") for link in links] == [False, False]


@pytest.mark.parametrize("name", ["sessions/three", "sessions/many", "apps/four", "apps/more"])
def test_each_button_of_a_list_is_called_by_what_it_is_for(name):
    """Screen readers list buttons without what is around them."""
    shown = page(name)
    buttons = shown.main.select("button[name=session], button[name=client]")
    assert len(buttons) > 1
    for button in buttons:
        parts = [words(shown.find(id=part)) for part in button["aria-labelledby"].split()]
        assert parts == [words(button), words(button.find_parent("section").h2)]


def test_no_two_buttons_that_take_something_away_are_called_alike():
    names = [words(button) for button in page("settings/everything").main.select(".button-bad")]
    assert len(names) == len(set(names)) > 2


def test_a_date_to_copy_is_in_one_piece():
    """Browsers end lines after a hyphen, and a phone showed "2026-" at the end of one."""
    page = parsed(answer(BY_ID["registration/all_types_errors"]))
    assert [words(date) for date in page.select(".error-summary code")] == ["2026-11-21", "2026-11-21T09:30:00Z"]
