"""No text, whoever wrote it, costs a pattern of kratos_reasons.tsv more than its length (N67).

What is measured is CPU time, and a hundred times what a line needs: of squares a text would cost ten times as much.
"""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.selfservice.messages import _REASONS
from tests.support.cases import each_case

LENGTH = 50_000  # characters of a text
ENOUGH = 0.5  # seconds of CPU, of which the slowest row takes a hundredth
SYNTAX = re.compile(r"\(\?(?:P<\w+>|:)|\[\^?[^]]*\][+*]|\\[dS]\+|\.[+*]|[()|?]")
PUMPS = ("a", "1", " ", '"', "\n", '" ', "a ")


class Stuck(Exception):
    """A pattern goes on and on."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise Stuck once the block has worked for too long."""

    def stuck(*_: object) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, stuck)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENOUGH)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def hostile(pattern: str) -> Iterator[str]:
    """Texts that begin as the pattern does, go round some part of it for ever, and do not end as it does."""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in SYNTAX.split(pattern) if part]
    for begun in range(len(parts) + 1):
        start = "a".join(parts[:begun])
        rounds = (
            "a".join(parts[begun:end]) + filler for end in range(begun + 1, len(parts) + 1) for filler in ("", "a")
        )
        for pump in (*PUMPS, *rounds):
            yield start + pump * (LENGTH // len(pump)) + "\0"


def check(pattern: re.Pattern[str]) -> None:
    for text in hostile(pattern.pattern):
        with in_time():
            pattern.fullmatch(text)


@each_case("pattern", [pattern for pattern, _ in _REASONS])
def test_a_text_costs_no_more_than_its_length(pattern: re.Pattern[str]) -> None:
    check(pattern)


@each_case("pattern", [r"only \d+\d+ items", r"property (?:\S+ ?)+ is required"])
def test_a_pattern_that_goes_back_and_forth_is_noticed(pattern: str) -> None:
    with pytest.raises(Stuck):
        check(re.compile(pattern, re.DOTALL))
