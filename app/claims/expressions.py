"""The expressions of claim rules: JMESPath (https://jmespath.org/specification.html) over an identity of Kratos."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

ADMIN = "metadata_admin"
ROOTS = ("traits", "metadata_public", ADMIN, "verifiable_addresses", "updated_at")
# Node types whose later children read the first child's result, not the identity.
_RELATIVE = ("subexpression", "pipe", "projection", "value_projection", "filter_projection")
_PATH = re.compile(r"\w+(\.\w+)*")  # for expressions that JMESPath has parsed
_JOIN = re.compile(r"join\('([^'\\]*)', \[(\w[\w.]*(?:, \w[\w.]*)*)\]\)")  # for these, too
_UNSUITED = object()


class RuleError(ValueError):
    """A wrong claim rule; the text says which and why."""


class _Functions(Functions):
    @signature({"types": ["string"]}, {"types": ["array"]})
    def _func_join(self, separator: str, parts: list[Any]) -> str:
        """Join the parts that are texts; JMESPath's join fails if one is missing, such as a middle name."""
        return _joined(separator, parts)


def _joined(separator: str, parts: Iterable[Any]) -> str:
    return separator.join(part for part in parts if isinstance(part, str) and part.strip())


_INTERPRETER = TreeInterpreter(Options(custom_functions=_Functions()))


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression and the members of an identity that it reads; `paths` are several times as fast as its `node`.

    They are one path, or those that a `join` puts together with its `separator`; empty for all other expressions.
    """

    text: str
    roots: frozenset[str]
    node: Any
    paths: tuple[tuple[str, ...], ...]
    separator: str | None

    def search(self, identity: Mapping[str, Any]) -> Any:
        """Return what the expression finds, None for nothing; _UNSUITED if a function cannot handle the value."""
        if self.separator is not None:
            return _joined(self.separator, [_at(path, identity) for path in self.paths])
        if self.paths:
            return _at(self.paths[0], identity)
        try:
            return _INTERPRETER.visit(self.node, identity)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return _UNSUITED


def _at(path: Iterable[str], value: Any) -> Any:
    try:
        for key in path:
            value = value.get(key)
    except AttributeError:  # a part of the path has no members
        return None
    return value


def parse_expression(text: object) -> Expression:
    """Parse an expression; raises RuleError."""
    if not isinstance(text, str):
        raise RuleError(f"'{text}' is no JMESPath expression")
    try:
        node: Any = jmespath.compile(text).parsed
    except (JMESPathError, RecursionError) as error:
        place = getattr(error, "lex_position", None)
        where = "" if place is None else f": see character {place + 1}"
        raise RuleError(f"'{text}' is no JMESPath expression{where}") from None
    roots = frozenset(_roots(node, of_identity=True))
    if foreign := sorted(roots.difference(ROOTS)):
        raise RuleError(f"'{text}' looks at '{foreign[0]}'; an identity has {', '.join(ROOTS)} to look at")
    join = _JOIN.fullmatch(text)
    paths = join[2].split(", ") if join else [text] if _PATH.fullmatch(text) else []
    return Expression(text, roots, node, tuple(tuple(path.split(".")) for path in paths), join[1] if join else None)


def _roots(node: Mapping[str, Any], of_identity: bool) -> Iterator[str]:
    """Yield the members of the identity that a node reads, "@" for all; raise RuleError for an unknown function."""
    kind, children = node["type"], node["children"]
    if of_identity and kind in ("field", "current", "identity"):
        yield node.get("value", "@")
    if kind == "function_expression":
        parameters = Functions.FUNCTION_TABLE.get(node["value"], {"signature": None})["signature"]
        more = bool(parameters) and parameters[-1].get("variadic", False)
        if parameters is None or len(children) < len(parameters) or (len(children) > len(parameters) and not more):
            raise RuleError(f"JMESPath has no function {node['value']}() of {len(children)} arguments")
    for number, child in enumerate(children if kind != "slice" else ()):
        yield from _roots(child, of_identity and kind != "expref" and not (number and kind in _RELATIVE))
