"""`python -m tests.mutants` (`make mutants`): breaks rules and defences one by one, and says which no test noticed.

A mutant is one change to the syntax tree of one function: a comparison, `and`/`or`, a number, a guard that is left out.
It is made when the module is imported, so no file is written. Functions are named, wherever in app/ they are, beside
the tests that are near them, wherever in tests/ those are: neither knows a folder. MUTANTS=all makes every mutant of
these functions instead of 90 of them; MUTANTS=name those of one function.
"""

import ast
import copy
import importlib.machinery
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, zip_longest
from pathlib import Path
from types import CodeType
from typing import Any
from zlib import crc32

import pytest

ROOT = Path(__file__).resolve().parent.parent
COUNT = 90
WORKERS = int(os.environ.get("WORKERS", "2"))
PATIENCE = 600  # seconds; a mutant that goes round for ever is noticed too
SHARED = ("babel", "bs4", "html5lib", "ory_client", "playwright.sync_api")  # long to import, and no plugins of pytest

# near which tests: the functions, as `name`, or as `module.name` where a name is no function's own
RULES = {
    "test_login_policy test_login_policy_properties": "login_policy.decide _bounded _remembered "
    "login_policy._new _demanded _too_old _choice _missing_proof",
    "test_assurance test_login_policy": "counts enrolling before _proofs assurance.newest older "
    "provider_not_allowed remaining wished_aal acr amr",
    "test_consent_policy test_audiences": "consent_policy.granted without_asking session_of_login scopes "
    "consent_policy._registered",
    "test_remembered_scopes": "left_out remembered_scopes _may_be_silent can_be_remembered",
    "test_redirect_uris": "redirect_uris.matches _same_but_port nobody_else_takes proves_itself",
    "test_urls": "origin is_loopback https_link is_path can_return_to from_kratos",
    "test_authorization_request": "authorization_request._seconds _time _has_request_object",
    "test_claims": "rules.claims rules._claims",
    "test_names": "_seen",
    "test_security test_cookie test_hosts test_drop_in test_consent_tampering": "_check_host _check_form _from_here "
    "save_session protected",
    "test_consent_tampering test_consent_decision test_challenge_errors": "consent.answer _not_theirs "
    "consent.too_late _check_ticket",
    "test_login_account test_login_challenge": "choose_account login._at_kratos",
    "test_logout": "logout.answer _theirs _without_asking",
    "test_sessions": "sessions.end",
    "test_applications": "disconnect _may_be_theirs",
    "test_session_token": "token _asked_by_listed",
    "test_device": "rate_limits._together rate_limits.wait",
    "test_prefetch": "is_prefetch",
    "test_settings test_secret_keys": "_is_strong _is_here",
    "test_responses test_endpoints": "let_in responses.hydra",
    "test_transport test_transport_limits test_transport_ahead": "transport._read transport.ahead connections._sent",
    "test_breaker": "breaker.lets_through breaker.answered breaker.waited",
}
# Changes that no test can notice, with the reason.
ALIKE = {
    "remaining: `session.expires_at or 0`: 0 -> 1": "a microsecond of 1970",
}

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutant:
    """One change: the `number`th of the function at that line of the file, in words, and the tests near it."""

    path: Path
    line: int
    function: str
    number: int
    words: str
    tests: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.function}: {self.words}"

    def code(self) -> CodeType:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        function = next(function for function in functions(tree) if function.lineno == self.line)
        apply, _ = changes(function)[self.number]
        apply()
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec")


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def changes(function: ast.FunctionDef) -> list[tuple[Any, str]]:
    """Every change of a function: what makes it, and how it reads."""
    changes_ = []
    for node in ast.walk(function):
        for name, value in ast.iter_fields(node):
            places = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, part in places:
                news = replacements(node, name, part)
                changes_ += [(setter(node, name, index, new), in_english(node, part, new)) for new in news]
    return changes_


def replacements(node: ast.AST, name: str, part: Any) -> Iterator[Any]:
    if type(part) in SWAPS:
        yield SWAPS[type(part)]()
    elif isinstance(part, ast.Constant) and isinstance(part.value, bool):
        yield ast.Constant(not part.value)
    elif isinstance(part, ast.Constant) and isinstance(part.value, int):
        yield ast.Constant(part.value + 1)
    elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        yield part.operand
    elif isinstance(part, ast.Raise) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)):
        yield ast.Pass()
    elif isinstance(node, ast.If) and name == "test" and not isinstance(part, ast.Constant):
        yield ast.Constant(False)


def setter(node: ast.AST, name: str, index: int | None, new: Any) -> Any:
    def apply() -> None:
        if index is None:
            setattr(node, name, new)
        else:
            getattr(node, name)[index] = new

    return apply


def in_english(node: ast.AST, part: Any, new: Any) -> str:
    """How the smallest statement or expression around reads, and what takes the place of what."""
    old = ast.unparse(part) if isinstance(part, ast.expr | ast.stmt) else ""
    around = old if isinstance(part, ast.stmt) else ast.unparse(node).splitlines()[0]
    return f"`{' '.join(around.split())[:100]}`: {old[:40] or type(part).__name__} -> {spelled(new)[:40]}"


def spelled(new: Any) -> str:
    return (
        ast.unparse(ast.fix_missing_locations(copy.deepcopy(new)))
        if isinstance(new, ast.expr | ast.stmt)
        else type(new).__name__
    )


def mutants() -> list[Mutant]:
    """All mutants, function by function; exits naming what is nowhere, or in two places, any more."""
    places: dict[str, list[tuple[Path, ast.FunctionDef]]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            for name in (function.name, f"{path.stem}.{function.name}"):
                places.setdefault(name, []).append((path, function))
    wanted = [(tests, name) for tests, names in RULES.items() for name in names.split()]
    lost = [name for _, name in wanted if len(places.get(name, [])) != 1]
    if lost:
        sys.exit(f"tests/mutants.py: no one function in app/ is called {', '.join(lost)}: name it anew in RULES")
    groups = []
    for tests, name in wanted:
        ((path, function),) = places[name]
        made = [Mutant(path, function.lineno, name, n, words, tests) for n, (_, words) in enumerate(changes(function))]
        groups.append(sorted(made, key=lambda field: crc32(field.words.encode())))
    # one of each function, then a second of each, and so on
    return [
        mutant
        for mutant in chain(*zip_longest(*groups))
        if mutant and f"{mutant.function}: {mutant.words}" not in ALIKE
    ]


def files(stems: str) -> list[str]:
    """The test files of these names; exits naming one that is nowhere."""
    test_files = []
    for stem in stems.split():
        paths = [str(path) for path in (ROOT / "tests").rglob(f"{stem}.py")]
        if not paths:
            sys.exit(f"tests/mutants.py: there is no {stem}.py in tests/ any more: name it anew in RULES")
        test_files += paths
    return test_files


class Mutated(importlib.machinery.SourceFileLoader):
    """Import hook: the module of the mutant is made from its changed tree."""

    mutant: Mutant

    @classmethod
    def find_spec(
        cls, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        path = cls.mutant.path
        if name != ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"):
            return None
        return importlib.util.spec_from_file_location(name, path, loader=cls(name, str(path)))

    def get_code(self, _: str) -> CodeType:
        return self.mutant.code()


def begin(mutant: Mutant | None, paths: list[str], log: Path) -> int:
    """Run the tests with the mutant in a process of its own, and give its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 4
    try:
        signal.alarm(PATIENCE)
        with log.open("wb") as output:
            for descriptor in (1, 2):
                os.dup2(output.fileno(), descriptor)
        if mutant:
            Mutated.mutant = mutant
            sys.meta_path.insert(0, Mutated)
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-m", "not stack and not browser", *paths]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def survivors(chosen: Sequence[Mutant | str], folder: Path) -> list[Mutant | str]:
    """Those whose tests pass, in the order they end; a string is the tests alone, nothing broken."""
    running: dict[int, Mutant | str] = {}
    alive = []
    waiting = list(reversed(chosen))
    while waiting or running:
        while waiting and len(running) < WORKERS:
            job = waiting.pop()
            broken, tests = (None, job) if isinstance(job, str) else (job, job.tests)
            running[begin(broken, files(tests), folder / f"{len(waiting)}.log")] = job
        pid, status = os.wait()
        job = running.pop(pid)
        if status == 0:
            alive.append(job)
        if not isinstance(job, str):
            sys.stdout.write(f"{'survived' if status == 0 else 'noticed '}  {job}\n")
            sys.stdout.flush()
    return alive


def main() -> int:
    """1 when a mutant survived, or when tests fail with nothing broken, which would notice everything."""
    for name in SHARED:
        import_module(name)
    wanted = os.environ.get("MUTANTS", "")
    chosen = [mutant for mutant in mutants() if wanted in ("", "all", mutant.function)]
    chosen = chosen if wanted else chosen[:COUNT]
    with tempfile.TemporaryDirectory() as folder:
        near = sorted({mutant_.tests for mutant_ in chosen})
        failing = sorted(set(near) - {str(survivor) for survivor in survivors(near, Path(folder))})
        if failing:
            sys.stdout.write(f"Tests that fail with nothing broken: {', '.join(failing)}\n")
            sys.stdout.writelines(log.read_text()[-3000:] for log in Path(folder).glob("*.log") if os.environ.get("V"))
            return 1
        alive = survivors(chosen, Path(folder))
    sys.stdout.write(f"\n{len(chosen)} mutants, {len(alive)} survived\n")
    sys.stdout.writelines(f"  {mutant_}\n" for mutant_ in sorted(map(str, alive)))
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
