"""A long list, a page at a time, each with an address of its own (`?page=2`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request

from app.http import inputs

SIZE = 20  # items of a page


class Page(NamedTuple):
    """The items of a page, its number, the number of the last page, and how many items there are on all of them."""

    items: Sequence[Any]
    number: int
    last: int
    total: int


def page_of(items: Sequence[Any]) -> Page:
    """The page that this request asks for; where there is no such page (any more), the nearest."""
    wished = inputs.single(request.args, "page")
    last = max(1, -(-len(items) // SIZE))
    number = min(max(1, int(wished)), last) if wished.isascii() and wished.isdigit() and len(wished) < 6 else 1
    return Page(items[(number - 1) * SIZE : number * SIZE], number, last, len(items))
