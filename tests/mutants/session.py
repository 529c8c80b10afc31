"""A session of pytest that runs its tests once to see which lines they pass, and then those near each mutant.

Each mutant has a process of its own, forked when everything is imported and collected and no test has run.
"""

import gc
import os
import pickle
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import coverage
import pytest

from tests.mutants.changes import ROOT, Mutant
from tests.mutants.graft import again, beside, graft

WORKERS = int(os.environ.get("WORKERS", "2"))
# Seconds of work of a test (beside ten times its own), and of its waiting: what never ends is noticed. Not of all
# tests near a change: where none notices it they can take ten minutes on a busy machine.
CPU, PATIENCE = 5, 600
BEFORE = -1  # in place of a test: at import, or when the application is made
SURVIVED, NOTICED, BROKEN = 0, 1, 3  # the last: this program could not do it


class Session:
    """The plugin; `survivors` and `failing` are what comes of it. `near` says which folders are for a module.

    The `unnoticed` ones come last, before tests that have noticed another mutant of their module.
    """

    def __init__(
        self,
        chosen: Sequence[Mutant],
        near: Callable[[str], tuple[str, ...]],
        folder: Path,
        unnoticed: Collection[str] = (),
    ) -> None:
        self.chosen = sorted(chosen, key=lambda mutant: str(mutant) in unnoticed)
        self.near, self.folder, self.unnoticed = near, folder, unnoticed
        self.survivors: list[Mutant] = []
        self.untested: list[Mutant] = []
        self.ended = 0
        self.impossible: list[Mutant] = []
        self.failing: list[str] = []
        self.failed = False
        # Which tests fail when everything is only made anew, and which do not: of those that noticed an early mutant.
        self.breakable, self.sound = set[int](), set[int]()
        self.passed_by: dict[tuple[str, int], set[int]] = {}  # which tests pass a line
        self.took: dict[int, float] = {}
        self.turn: dict[int, int] = {}  # of a test with parameters, which one this is
        self.noticing: dict[tuple[str, str], dict[int, None]] = {}  # which tests have, by function
        self.coverage = self._tracer()
        self.coverage.start()

    def _tracer(self) -> coverage.Coverage:
        files = sorted({str(ROOT / mutant.path) for mutant in self.chosen})
        tracer = coverage.Coverage(data_file=None, include=files, config_file=False)
        tracer.set_option("run:disable_warnings", ["no-data-collected"])  # a worker may find no module of tests left
        return tracer

    def pytest_configure(self) -> None:
        """Few examples, the same ones for every mutant and in every run."""
        hypothesis = import_module("hypothesis")  # a plugin of pytest, which wants to import it itself
        hypothesis.settings.register_profile(
            "same",
            hypothesis.settings(),
            derandomize=True,
            database=None,
            max_examples=25,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # nobody reads the smallest example
        )
        hypothesis.settings.load_profile("same")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            sys.exit("tests cannot be collected")
        self.default_app = import_module("tests.support.fixtures")._default_app
        self.in_order: set[str] = import_module("tests.support.pages").IN_ORDER
        app = self.default_app()
        for name in app.jinja_env.list_templates():
            app.jinja_env.get_template(name)
        self.coverage.stop()
        self._note(self.coverage.get_data())
        self.items = session.items
        turns = Counter[str]()
        for number, item in enumerate(self.items):
            function = item.nodeid.partition("[")[0]
            self.turn[number] = turns[function]
            turns[function] += 1
        reporter = session.config.pluginmanager.unregister(name="terminalreporter")
        gc.freeze()
        self._look()
        if not self.failing:
            self._break()
        session.config.pluginmanager.register(reporter, "terminalreporter")
        return True

    def _look(self) -> None:
        """Run every test, WORKERS modules at a time, and note which lines of app/ it passes and how long it takes."""
        modules = sorted({item.path for item in self.items})
        next_one, numbers = os.pipe()  # whoever is free takes the next module
        os.write(numbers, bytes(range(len(modules))))
        os.close(numbers)
        results = [self.folder / f"{number}" for number in range(WORKERS)]
        pids = [self._fork(self._trace, modules, next_one, result) for result in results]
        for pid in pids:
            _, status = os.waitpid(pid, 0)
            if status != SURVIVED:
                error = file.read_text() if (file := self.folder / f"error-{pid}").exists() else ""
                sys.exit(f"looking which lines tests pass broke off with {os.waitstatus_to_exitcode(status)}\n{error}")
        os.close(next_one)
        for result in results:
            lines, took, failing, pages = pickle.loads(result.read_bytes())
            for key, items in lines.items():
                self.passed_by.setdefault(key, set()).update(items)
            self.took.update(took)
            self.failing += failing
            self.in_order |= pages  # only pages that a mutant changes are looked over again

    def _trace(self, modules: Sequence[Path], next_one: int, result: Path) -> int:
        self.passed_by, failing = {}, []
        tracer = self._tracer()
        tracer.start()
        while taken := os.read(next_one, 1):
            for number, item in enumerate(self.items):
                if item.path != modules[taken[0]]:
                    continue
                tracer.switch_context(str(number))
                began = time.process_time()
                self._run([number])
                self.took[number] = time.process_time() - began
                if self.failed:
                    failing.append(item.nodeid)
                self.failed = False
        tracer.stop()
        self._note(tracer.get_data())
        result.write_bytes(pickle.dumps((self.passed_by, self.took, failing, self.in_order)))
        return 0

    def _note(self, data: coverage.CoverageData) -> None:
        for file in data.measured_files():
            for line, contexts in data.contexts_by_lineno(file).items():
                key = str(Path(file).relative_to(ROOT)), line
                self.passed_by.setdefault(key, set()).update(int(context or BEFORE) for context in contexts)

    def _break(self) -> None:
        running: dict[int, Mutant] = {}
        waiting = list(reversed(self.chosen))
        while waiting or running:
            while waiting and len(running) < WORKERS:
                mutant = waiting.pop()
                if tests := self.tests_of(mutant):
                    running[self._fork(self._broken, mutant, tests)] = mutant
                else:
                    self.untested.append(mutant)
            if running:
                pid, status = os.wait()
                mutant = running.pop(pid)
                if not self._counts(mutant, pid, status):
                    waiting.append(mutant)

    def _counts(self, mutant: Mutant, pid: int, status: int) -> bool:
        """Note what came of a mutant; False if it has to be tried once more, without the test that failed."""
        by = int(file.read_text()) if (file := self.folder / f"by-{pid}").exists() else None
        if by is not None and self.is_early(mutant) and not self._is_sound(by, self.tests_of(mutant)):
            return False
        self.ended += 1
        if by is not None:  # the next mutants of the function meet it first
            self.noticing.setdefault((mutant.path, mutant.function), {})[by] = None
        if status == SURVIVED:
            self.survivors.append(mutant)
        if os.waitstatus_to_exitcode(status) == BROKEN:
            self.impossible.append(mutant)
        sys.stderr.write(f"{'survived' if status == SURVIVED else 'noticed '} {mutant}\n")
        return True

    def _is_sound(self, number: int, tests: list[int]) -> bool:
        """Whether a test passes when everything is only made anew: else it has not noticed a mutant."""
        if number not in self.sound | self.breakable:
            _, status = os.waitpid(self._fork(self._made_anew, number, tests), 0)
            (self.sound if status == SURVIVED else self.breakable).add(number)
        return number in self.sound

    def _made_anew(self, number: int, tests: list[int]) -> int:
        signal.alarm(PATIENCE)
        self._anew(tests)
        self._run([number])
        return NOTICED if self.failed else SURVIVED

    def _broken(self, mutant: Mutant, tests: list[int]) -> int:
        signal.alarm(PATIENCE)
        signal.setitimer(signal.ITIMER_PROF, 10 * CPU)  # until the first test begins
        fresh = None
        with suppress(Exception):
            fresh = beside(mutant.module, mutant.code())
        if fresh is None:
            return NOTICED  # it cannot even be imported
        graft(fresh)
        if self.is_early(mutant):
            if not self._anew(tests):
                return NOTICED
            tests = [number for number in tests if number not in self.breakable]
        self._run(tests)
        return NOTICED if self.failed else SURVIVED

    def _anew(self, tests: list[int]) -> bool:
        """Make the application anew, and what the tests made of the module at import; whether they could."""
        self.default_app.cache_clear()
        with suppress(Exception):
            for path in {self.items[number].path for number in tests}:
                again(path)
            return True
        return False

    def is_early(self, mutant: Mutant) -> bool:
        """Whether it was done before any test, at import or when the application was made, or is in what was made."""
        if not mutant.lines or within_function(mutant):
            return True
        return any(BEFORE in self.passed_by.get((mutant.path, line), ()) for line in mutant.lines)

    def tests_of(self, mutant: Mutant) -> list[int]:
        """Those near that pass its lines, of each one with parameters one first, the quickest before the others.

        Then all others where it ran before them too. Of an unnoticed one only those that noticed others: where nothing
        fails, all tests near a module take as long as a hundred mutants of it.
        """
        paths = self.near(mutant.path)
        near = {number for number, item in enumerate(self.items) if item.nodeid.startswith(paths)}
        passing = self._passing((mutant.path, line) for line in mutant.lines)
        chosen = near if not mutant.lines or BEFORE in passing else near & passing
        if str(mutant) in self.unnoticed:
            noticing = [set(numbers) for (path, _), numbers in self.noticing.items() if path == mutant.path]
            chosen = chosen & set[int]().union(*noticing) if noticing else chosen
        first = [number for number in self.noticing.get((mutant.path, mutant.function), ()) if number in chosen]
        rank = {number: (number not in passing, self.turn[number], self.took[number]) for number in chosen}
        return [*first, *sorted(chosen.difference(first), key=rank.__getitem__)]

    def _passing(self, keys: Iterable[tuple[str, int]]) -> set[int]:
        return set[int]().union(*(self.passed_by.get(key, ()) for key in keys))

    def _run(self, tests: Sequence[int]) -> None:
        """Run them until one fails, which is noted."""
        items = [self.items[number] for number in tests]
        for number, item, following in zip(tests, items, [*items[1:], None], strict=True):
            signal.alarm(PATIENCE)
            if number in self.took:
                signal.setitimer(signal.ITIMER_PROF, CPU + 10 * self.took[number])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                (self.folder / f"by-{os.getpid()}").write_text(str(number))
                return

    def _fork(self, work: Callable[..., int], *arguments: Any) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = BROKEN
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            for descriptor in (1, 2):
                os.dup2(nothing, descriptor)
            code = work(*arguments)
        except BaseException:  # noqa: BLE001 - whatever it was: this process says nothing else
            (self.folder / f"error-{os.getpid()}").write_text(traceback.format_exc())
        finally:
            os._exit(code)


def within_function(mutant: Mutant) -> bool:
    """Whether it is in a function that another one makes, which the running application has already."""
    outer, inner, _ = mutant.function.partition(".")
    return bool(inner) and not isinstance(getattr(sys.modules[mutant.module], outer), type)
