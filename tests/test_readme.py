"""The README says what is true."""

import pytest

from app.settings import Settings
from tests import readme


def test_the_table_of_settings_is_the_declaration():
    try:
        found = readme.written()
    except (OSError, ValueError) as error:
        pytest.fail(f"{error}: the settings table belongs between {readme.BEGIN} and {readme.END}")

    assert found == readme.table(), "run `.venv/bin/python -m tests.readme`"


def test_every_setting_says_in_one_line_what_it_means():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description
