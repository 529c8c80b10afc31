"""Bytes as choices: what coverage-guided fuzzing varies is which of several things a target does."""

import json
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, TypeVar

Option = TypeVar("Option")

DEEP = 60  # lists in one another
# What stands in the place of any part of an answer.
ODD: tuple[Any, ...] = (
    *(*(None, True, False, 0, -1, 1.5), 10**30, 1e308, "", " ", "x" * 3000, "\ud800", "\u202e\u2066", "\U0001f600"),
    *("<script>alert(1)</script>", "\"'><b onclick=x>", "{{7*7}}", "{% x %}", "%(x)s %s", "javascript:alert(1)"),
    *("//evil.example/", "https://evil.example/", "https://["),
    *("/login?flow=f", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
    *([], {}, [None], [[]], {"": ""}, {"text": "x", "id": 1}, {"id": "1010001", "type": 7, "text": None}),
    *("password", "csrf_token", "method", "hidden", "submit", "input", "a", "img", "script", "text", "traits.email"),
)


class Choices:
    """One input; when its bytes are used up, everything is the first of what it could be."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> bool:
        """Whether there is more to choose."""
        return self._at < len(self._data)

    def number(self, below: int) -> int:
        """One of 0, 1, ... below that."""
        size = 1 if below <= 256 else 2
        chunk = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(chunk, "big") % below

    def of(self, options: Sequence[Option]) -> Option:
        """One of these."""
        return options[self.number(len(options))]

    def text(self, longest: int = 60) -> str:
        """Some text."""
        size = self.number(longest + 1)
        chunk = self._data[self._at : self._at + size]
        self._at += size
        return chunk.decode(errors="replace")

    def rest(self) -> str:
        """All that is left, as text."""
        chunk, self._at = self._data[self._at :], len(self._data)
        return chunk.decode(errors="replace")


def changed(body: dict[str, Any], choices: Choices, most: int = 6) -> dict[str, Any]:
    """A copy of a JSON object in which some parts have become others."""
    body = json.loads(json.dumps(body))
    for _ in range(most):
        if choices.left and body:
            _change(body, choices)
    return body


def _change(place: Any, choices: Choices) -> None:
    """Walk down to some part and put something else there."""
    while True:
        key = choices.of(sorted(place)) if isinstance(place, dict) else choices.number(len(place))
        if not isinstance(place[key], dict | list) or not place[key] or choices.number(5) == 0:
            break
        place = place[key]
    choices.of((_left_out, _written, _twice, _wrapped, _odd, _odd))(place, key, choices)


def _left_out(place: Any, key: Any, _: Choices) -> None:
    del place[key]


def _written(place: Any, key: Any, choices: Choices) -> None:
    place[key] = "".join(filter(str.isprintable, choices.text()))  # with control characters no HTML is valid


def _twice(place: Any, key: Any, _: Choices) -> None:
    copy = json.loads(json.dumps(place[key]))
    if isinstance(place, list):
        place.append(copy)
    else:
        place[key] = [place[key], copy]


def _wrapped(place: Any, key: Any, choices: Choices) -> None:
    for _ in range(choices.number(DEEP)):
        place[key] = [place[key]]


def _odd(place: Any, key: Any, choices: Choices) -> None:
    place[key] = deepcopy(choices.of(ODD))
