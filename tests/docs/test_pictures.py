"""The diagrams are those of their lists, and the decision's are all that the login policy knows."""

import re
from typing import get_args
from xml.etree import ElementTree as ET

import pytest

from app.oauth2 import login_policy
from tests.docs.pictures import DECISION, DRAWN, IMAGES
from tests.gallery.screenshots import PICTURES
from tests.stack.stack import ROOT


@pytest.mark.parametrize("name", DRAWN)
def test_the_diagram_is_drawn_as_its_list_says(name: str) -> None:
    drawn = (IMAGES / name).read_text(encoding="utf-8")
    assert drawn == DRAWN[name](), "run `make screenshots`"
    ET.fromstring(drawn)
    assert not re.search(r"(?:href|src|url\((?!#))", drawn), "it fetches something"


def test_every_decision_of_the_policy_is_in_the_picture() -> None:
    decided = {decision for line in DECISION for decision in line.decisions}
    assert decided == {kind.__name__ for kind in get_args(login_policy.Decision)}


def test_every_picture_that_is_taken_is_shown_and_small() -> None:
    page = (ROOT / "docs/screens.md").read_text(encoding="utf-8")
    taken = {f"{picture.name}.webp" for picture in PICTURES}
    assert taken == {path.name for path in IMAGES.glob("*.webp")} == set(re.findall(r"\(images/([\w-]+\.webp)\)", page))
    assert [name for name in taken if (IMAGES / name).stat().st_size > 60_000] == []
