"""What a mutant is: one change to the syntax tree of a module, and how it reads."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
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
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
OTHERS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# No behaviour: types, names of blueprints and of the log's events, sentences and what else errors say to programmers.
NO_BEHAVIOUR = {"annotation", "returns", "decorator_list", "type_ignores", "format_spec"}
GUARDS = {"if_forged", "signed_in"}  # decorators that can be left out
NO_CALLS = {"Blueprint", "TypeVar", "event", "cast", "N_"}


@dataclass(frozen=True)
class Mutant:
    """The `number`th change of a module, in words; `lines` are those of its statement, none outside functions."""

    path: str
    number: int
    function: str
    words: str
    lines: range

    def __str__(self) -> str:
        return f"{self.path} {self.words}"

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def code(self) -> CodeType:
        """The changed module; its tree stays changed: a process can make one mutant of it."""
        tree, made = parsed(self.path)
        change = made[self.number]
        setattr_or_item(change.node, change.name, change.index, change.new)
        return compile(ast.fix_missing_locations(tree), str(ROOT / self.path), "exec")


@dataclass(frozen=True)
class Change:
    """One field of a node (or one of its list) that becomes something else; `function` "" is outside of all."""

    node: Any
    name: str
    index: int | None
    new: Any
    function: str
    statement: ast.stmt


@cache
def source(path: str) -> str:
    """As it was when the run began."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: str) -> tuple[ast.Module, list[Change]]:
    """A module's syntax tree, and all changes of it."""
    tree = ast.parse(source(path))
    return tree, list(changes(tree))


def mutants(path: str) -> list[Mutant]:
    """All changes of a module; where two read alike the second is called so."""
    made, seen = [], Counter[str]()
    for number, change in enumerate(parsed(path)[1]):
        words = f"{change.function or 'module'}: {in_english(change)}"
        seen[words] += 1
        again = f" ({seen[words]})" if seen[words] > 1 else ""
        made.append(
            Mutant(path, number, change.function, words + again, lines(change) if change.function else range(0))
        )
    return made


def changes(node: ast.AST, function: str = "", statement: Any = None) -> Iterator[Change]:
    """Every change below a node, from the top to the bottom of the file."""
    if isinstance(node, ast.Call) and called(node) in NO_CALLS:
        return
    statement = node if isinstance(node, ast.stmt) else statement
    yield from unguarded(node, function)
    for name, value in ast.iter_fields(node):
        if name in NO_BEHAVIOUR:
            continue
        named = name == "body" and isinstance(node, ast.FunctionDef | ast.ClassDef)
        inside = f"{function}.{getattr(node, 'name', '')}".strip(".") if named else function
        for index, part in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(part, ast.AST) or is_docstring(part):
                continue
            for new in replacements(node, name, part):
                if isinstance(statement, ast.Raise) and isinstance(getattr(new, "value", 0), str):
                    continue
                yield Change(node, name, index, new, inside, part if isinstance(part, ast.stmt) else statement)
            yield from changes(part, inside, statement)


def unguarded(node: Any, function: str) -> Iterator[Change]:
    """A view without each decorator that guards it."""
    nothing = ast.parse("lambda view: view", mode="eval").body
    for number, decorator in enumerate(getattr(node, "decorator_list", ())):
        if called(decorator) in GUARDS:
            yield Change(node, "decorator_list", number, nothing, function, node)


def replacements(node: ast.AST, name: str, part: Any) -> Iterator[Any]:
    """What can take the place of a part of this node."""
    if type(part) in SWAPS:
        yield SWAPS[type(part)]()
    elif isinstance(part, ast.Constant):
        yield from constants(part)
    elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        yield part.operand
    elif isinstance(part, ast.Name) and part.id in OTHERS and isinstance(node, ast.Call) and name == "func":
        yield ast.Name(OTHERS[part.id], ast.Load())
    yield from statements(part)
    yield from guards(node, name, part)
    yield from shorter(node, part)


def statements(part: Any) -> Iterator[Any]:
    if isinstance(part, ast.Raise) or is_effect(part):
        yield ast.Pass()
    elif isinstance(part, ast.Return) and not (part.value is None or is_none(part.value)):
        yield ast.Return(ast.Constant(None))


def shorter(node: ast.AST, part: Any) -> Iterator[Any]:
    """Without each of what it lists."""
    if isinstance(part, ast.BoolOp):  # without each of its operands
        yield from (without(part, "values", number) for number in range(len(part.values)))
    if isinstance(part, ast.Call):  # without each of its keywords
        yield from (without(part, "keywords", number) for number, word in enumerate(part.keywords) if word.arg)
    if isinstance(node, ast.ExceptHandler) and isinstance(part, ast.Tuple):
        yield from (without(part, "elts", number) for number in range(len(part.elts)))


def constants(part: ast.Constant) -> Iterator[Any]:
    if isinstance(part.value, bool):
        yield ast.Constant(not part.value)
    elif isinstance(part.value, int):
        yield ast.Constant(part.value + 1)
    elif isinstance(part.value, str) and not (" " in part.value and part.value.endswith(".")):
        yield ast.Constant(f"{part.value}XX" if part.value else "XX")


def guards(node: ast.AST, name: str, part: Any) -> Iterator[Any]:
    """A condition that always holds, or never."""
    if name == "test" and isinstance(node, ast.If | ast.IfExp) and not isinstance(part, ast.Constant):
        yield ast.Constant(False)
        yield ast.Constant(True)
    elif name == "ifs":
        yield ast.Constant(True)


def without(part: Any, field: str, number: int) -> Any:
    """A copy without one of a list; of two operands the other alone."""
    kept = [item for index, item in enumerate(getattr(part, field)) if index != number]
    if isinstance(part, ast.BoolOp) and len(kept) == 1:
        return kept[0]
    less = copy.copy(part)
    setattr(less, field, kept)
    return less


def is_effect(part: Any) -> bool:
    """A statement for what it does: a call, or something kept in an object."""
    keeps = isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Subscript | ast.Attribute)
    return keeps or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)) or isinstance(part, ast.Delete)


def is_docstring(part: ast.AST) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def is_none(part: ast.AST) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


def called(node: Any) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def setattr_or_item(node: Any, name: str, index: int | None, new: Any) -> None:
    if index is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[index] = new


def lines(change: Change) -> range:
    """The lines of the statement, of a compound one those of its head."""
    statement = change.statement
    body = getattr(statement, "body", None)
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


def in_english(change: Change) -> str:
    """How the statement or expression around reads, and what takes the place of what."""
    old = getattr(change.node, change.name)
    old = old if change.index is None else old[change.index]
    around = unparsed(old) if isinstance(old, ast.stmt) else unparsed(change.node)
    if gone := missing(old, change.new):
        return f"`{around[:100]}`: without {unparsed(gone)[:80]}"
    return f"`{around[:100]}`: {unparsed(old)[:60]} -> {unparsed(change.new)[:60]}"


def missing(old: Any, new: Any) -> Any:
    """The one operand, keyword or class of exceptions that the new one does not have, None for another change."""
    for field in ("values", "keywords", "elts"):
        items = getattr(old, field, [])
        kept = [new] if any(new is item for item in items) else getattr(new, field, [])
        gone = [item for item in items if not any(item is other for other in kept)]
        if (kept and len(gone) == 1) or (field == "keywords" and type(old) is type(new) and len(gone) == 1):
            return gone[0]
    return None


def unparsed(part: ast.AST) -> str:
    """On one line, or the first line of a block; an operator's name."""
    if not isinstance(part, ast.expr | ast.stmt):
        return type(part).__name__ if not isinstance(part, ast.keyword | ast.comprehension) else ast.unparse(part)
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(part)))
    return " ".join((text.splitlines()[0] if isinstance(part, ast.stmt) else text).split())
