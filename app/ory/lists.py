"""Reads long lists page by page and keeps only the needed part of each item, as items can be large."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app import urls
from app.errors import ReplyTooLarge, UpstreamError
from app.ory import responses
from app.ory.transport import Reply

FIRST_PAGE, MAX_PAGE = 10, 50  # items
MAX_PAGE_BYTES = 4 * 1024 * 1024

_NEXT = re.compile('<([^<>]*)>;[^,<]*\\brel="?next\\b')
Item = TypeVar("Item")


def page_size(item_bytes: int) -> int:
    """Return how many items of this size make a page."""
    return max(1, min(MAX_PAGE, MAX_PAGE_BYTES // max(1, item_bytes)))


@dataclass(slots=True)
class PartialList(Generic[Item]):
    """The items that were read, and whether there are `more`."""

    items: list[Item]
    more: bool = True


def read_pages(
    service: str, ask: Callable[..., Reply], keep: Callable[[Any], Item | None], most: int, size: int = 0
) -> PartialList[Item]:
    """Read up to `most` items in pages of `size`; 0: choose the size by the items before.

    `ask` takes `page_token` and `page_size`. A page without items is the last, because Kratos links to a next page even
    after an empty one. Raises UpstreamError if the first page fails; if a later page fails or there is no time left for
    it, the list is incomplete.
    """
    result: PartialList[Item] = PartialList([])
    token, requested, step = "", 0, size or FIRST_PAGE
    while result.more and requested < most:
        try:
            reply = ask(page_token=token, page_size=str(step))
            responses.expect(service, reply, 200)
            page = responses.json_of(service, reply, list)
        except UpstreamError as error:
            if isinstance(error, ReplyTooLarge) and step > 1 and not size:  # these items are larger
                step = 1
                continue
            if not requested:
                raise
            break
        result.items += [item for item in map(keep, page) if item is not None]
        token, requested = _next_page(reply) if page else "", requested + step
        result.more, step = bool(token), size or page_size(len(reply.body) // max(1, len(page)))
    return result


def _next_page(reply: Reply) -> str:
    """Return the token of the next page, "" for none (`Link: <...?page_token=...>; rel="next"`, RFC 8288)."""
    link = _NEXT.search(reply.headers.get("Link", ""))
    return urls.query(link[1]).get("page_token", "") if link else ""
