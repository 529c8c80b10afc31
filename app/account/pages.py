"""Splits a long list into pages with an address each (`?page=2`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request

SIZE = 20  # items of a page


class Page(NamedTuple):
    """The items of a page, its number, the last page's number, and the number of all items."""

    items: Sequence[Any]
    number: int
    last: int
    total: int


def page_of(items: Sequence[Any]) -> Page:
    """Return the page of this request, or the nearest one if it does not exist."""
    last = max(1, -(-len(items) // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    return Page(items[(number - 1) * SIZE : number * SIZE], number, last, len(items))
