"""Long lists, a page at a time: how large the pages are, where they end, and what a failure leaves."""

import json

import pytest

from app.errors import ReplyTooLarge, UpstreamError
from app.ory import lists
from app.ory.lists import MAX_PAGE_BYTES, page_size
from app.ory.transport import Reply
from tests.support.cases import each_case

TOO_LARGE = ReplyTooLarge("Hydra", "too large")


def page(*items, link="", status=200):
    return Reply(status, {"Link": link} if link else {}, json.dumps(items).encode())


def more(token="next"):
    return f'</c?page_token={token}>; rel="next"'


class Server:
    """Answers with these pages in turn, the last again and again, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []

    def __call__(self, **parameters):
        self.requests.append((parameters["page_token"], parameters["page_size"]))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def read(server, most=1000, size=0):
    keep = lambda item: item if item != "left out" else None  # noqa: E731
    result = lists.read_pages("Hydra", server, keep, most, size)
    return result.items, result.more


@each_case(
    "item_bytes, size",
    [
        (0, 50),
        (1, 50),
        (MAX_PAGE_BYTES // 50, 50),
        (MAX_PAGE_BYTES // 20, 20),
        (MAX_PAGE_BYTES, 1),
        (3 * MAX_PAGE_BYTES, 1),
    ],
)
def test_a_page_has_as_many_items_as_it_can_carry(item_bytes, size):
    assert page_size(item_bytes) == size


def test_a_page_weighs_four_mebibytes_at_most():
    assert MAX_PAGE_BYTES == 4_194_304


@each_case(
    "link, token",
    [
        (more(), "next"),
        ("</c?page_token=next>; rel=next", "next"),
        ("</c?page_token=a>; rel=first,</c?page_token=b>; rel=next", "b"),
        ('</c?page_token=next>; title="t"; rel="next"', "next"),
    ],
)
def test_the_page_after_is_the_one_that_is_named_next(link, token):
    server = Server(page(1, link=link), page(2))
    assert read(server) == ([1, 2], False)
    assert server.requests == [("", "10"), (token, "50")]


@each_case("link", ["", "</c?page_token=a>; rel=prev", "</c?page_token=a>; rel=nextish", "</c>; rel=next", "next"])
def test_a_list_without_a_next_page_is_read(link):
    assert read(Server(page(1, "left out", link=link))) == ([1], False)


def test_a_page_of_none_is_the_last():
    server = Server(page(link=more()))
    assert read(server) == ([], False)
    assert len(server.requests) == 1


@each_case("most, pages", [(10, 1), (11, 2), (60, 2), (61, 3)])
def test_no_more_are_asked_for_than_most(most, pages):
    server = Server(page(1, link=more()))
    assert read(server, most) == ([1] * pages, True)
    assert [size for _, size in server.requests] == ["10", "50", "50"][:pages]


def test_a_size_that_is_known_is_kept():
    server = Server(page(1, link=more()), page(2))
    assert read(server, size=7) == ([1, 2], False)
    assert [size for _, size in server.requests] == ["7", "7"]


@each_case("items", [1, 2])
def test_the_weight_of_a_page_is_that_of_all_its_items(items):
    server = Server(page(*["x" * (MAX_PAGE_BYTES // 20)] * items, link=more()), page(2))
    read(server)
    assert server.requests[1] == ("next", "19")


@each_case("failure", [TOO_LARGE, UpstreamError("Hydra", "down"), page(status=500)])
def test_a_later_failure_leaves_what_was_read(failure):
    server = Server(page(1, link=more()), failure)
    assert read(server, size=7) == ([1], True)
    assert len(server.requests) == 2


@each_case(
    "failure, size", [(TOO_LARGE, 7), (TOO_LARGE, 1), (UpstreamError("Hydra", "down"), 0), (page(status=500), 0)]
)
def test_a_first_failure_is_one(failure, size):
    server = Server(failure)
    with pytest.raises(UpstreamError):
        read(server, size=size)
    assert len(server.requests) == 1


def test_items_too_large_are_asked_for_one_by_one_and_then_given_up():
    server = Server(TOO_LARGE)
    with pytest.raises(ReplyTooLarge):
        read(server)
    assert server.requests == [("", "10"), ("", "1")]


def test_later_items_too_large_are_asked_for_one_by_one_from_there():
    server = Server(page(1, link=more()), TOO_LARGE, page(2))
    assert read(server) == ([1, 2], False)
    assert server.requests == [("", "10"), ("next", "50"), ("next", "1")]


def test_also_two_items_that_are_too_large_together_are_asked_for_one_by_one():
    half = "x" * (MAX_PAGE_BYTES // 2 - len('[""]'))
    server = Server(page(half, link=more()), TOO_LARGE, page(2))
    assert read(server) == ([half, 2], False)
    assert [size for _, size in server.requests] == ["10", "2", "1"]


def test_a_link_header_that_is_none_takes_no_time():
    """F21: as much as http.client takes; where each beginning was looked for to the end, it took half a minute."""
    server = Server(page("one", link="<>;" * 21_000))
    assert read(server) == (["one"], False)
