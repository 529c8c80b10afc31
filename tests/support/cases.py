"""One test over many things that are alike: as cases of pytest's own, most of them would cost more than they take."""

import functools
import inspect
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

Test = Callable[..., None]
FRESH: dict[str, Callable[[], AbstractContextManager[Any]]] = {}  # fixtures that each case has anew, as each test has
BEHIND = "unhurried"  # what all of these rely on, which is the same for each case
WITH_VALUES = type(pytest.param())


def each_of(things: Iterable[Any]) -> Callable[[Test], Test]:
    """Run a test once for each of these, its first argument; all that fail are told, each with what it was."""
    cases = [(thing,) for thing in things]
    assert cases, "a test of nothing"
    return lambda test: _over((next(iter(inspect.signature(test).parameters)),), cases, test)


def each_case(names: str, things: Iterable[Any]) -> Callable[[Test], Test]:
    """The same for arguments of these names, as `pytest.mark.parametrize` has them."""
    arguments = tuple(name.strip() for name in names.split(","))
    cases = [_values(thing, len(arguments)) for thing in things]
    assert cases, "a test of nothing"
    return lambda test: _over(arguments, cases, test)


def _values(thing: Any, arguments: int) -> tuple[Any, ...]:
    values = thing.values if isinstance(thing, WITH_VALUES) else thing if arguments > 1 else (thing,)
    assert len(values) == arguments, f"{arguments} arguments: {values}"
    return tuple(values)


def _over(names: tuple[str, ...], cases: list[tuple[Any, ...]], test: Test) -> Test:
    others = [each for each in inspect.signature(test).parameters.values() if each.name not in names]
    fresh = [each.name for each in others if each.name in FRESH]

    @functools.wraps(test)
    def run(*itself: Any, **fixtures: Any) -> None:
        fixtures.pop(BEHIND, None)
        failed = []
        for case in cases:
            arguments = fixtures | dict(zip(names, case, strict=True))
            if error := _failure(functools.partial(test, *itself, **arguments), case, fresh):
                failed.append((_name(case), error))
        if failed:
            which = "; ".join(name for name, _ in failed)
            raise ExceptionGroup(f"{len(failed)} of {len(cases)}: {which}", [error for _, error in failed])

    remaining = [each for each in others if each.name not in FRESH]
    if fresh:
        remaining.append(inspect.Parameter(BEHIND, inspect.Parameter.POSITIONAL_OR_KEYWORD))
    run.__signature__ = inspect.Signature(remaining)  # type: ignore[attr-defined]  # pytest asks for it
    return run


def _name(case: tuple[Any, ...]) -> str:
    return ", ".join(str(value)[:80] for value in case)


def _failure(test: Test, case: tuple[Any, ...], fresh: list[str]) -> Exception | None:
    """What is wrong of this case; whatever is no failed assertion ends the test, with the case's name."""
    try:
        with ExitStack() as stack:
            if fresh:
                stack.enter_context(FRESH["log"]())
            test(**{each: stack.enter_context(FRESH[each]()) for each in fresh})
    except (AssertionError, ExceptionGroup) as error:
        error.add_note(f"of {_name(case)}")
        return error
    except BaseException as error:
        error.add_note(f"of {_name(case)}")
        raise
    return None
