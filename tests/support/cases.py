"""One test over many things that are alike: as cases of pytest's own, most of them would cost more than they take."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def each_of(things: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test once for each of these, its first argument; all that fail are told, each with what it was."""
    cases = list(things)
    assert cases, "a test of nothing"

    def over_all(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            failed = {str(case): error for case in cases if (error := _failure(test, case, fixtures))}
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(cases)}: {', '.join(failed)}", [*failed.values()])

        _, *fixtures = inspect.signature(test).parameters.values()
        run.__signature__ = inspect.Signature(fixtures)  # type: ignore[attr-defined]  # pytest asks for it
        return run

    return over_all


def _failure(test: Callable[..., None], case: Any, fixtures: dict[str, Any]) -> Exception | None:
    """What is wrong of this case; whatever is no failed assertion ends the test, with the case's name."""
    try:
        test(case, **fixtures)
    except AssertionError as error:
        error.add_note(f"of {case}")
        return error
    except Exception as error:
        error.add_note(f"of {case}")
        raise
    return None
