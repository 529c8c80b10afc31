"""The expressions of claim rules: JMESPath (https://jmespath.org/specification.html) over an identity of Kratos."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

ADMIN = "metadata_admin"
ROOTS = ("traits", "metadata_public", ADMIN, "verifiable_addresses", "updated_at")
# Node types whose later children read the first child's result, not the identity.
_RELATIVE = ("subexpression", "pipe", "projection", "value_projection", "filter_projection")
_UNSUITED = object()


class RuleError(ValueError):
    """A wrong claim rule; the text says which and why."""


class _Functions(Functions):
    @signature({"types": ["string"]}, {"types": ["array"]})
    def _func_join(self, separator: str, parts: list[Any]) -> str:
        """Join the parts that are texts; JMESPath's join fails if one is missing, such as a middle name."""
        return separator.join(part for part in parts if isinstance(part, str) and part.strip())


_FUNCTIONS = _Functions()
_INTERPRETER = TreeInterpreter(Options(custom_functions=_FUNCTIONS))


Part = Callable[[Any], Any]


def _select(parts: list[Part], names: list[str], value: Any) -> Any:
    return None if value is None else dict(zip(names, [part(value) for part in parts], strict=True))


def _or(parts: list[Part], _: object, value: Any) -> Any:
    found = parts[0](value)
    return found if found or type(found) in (int, float) else parts[1](value)  # to JMESPath 0 is a value


def _call(parts: list[Part], name: str, value: Any) -> Any:
    return _FUNCTIONS.call_function(name, [part(value) for part in parts])


_KINDS: Mapping[str, Callable[[list[Part], Any, Any], Any]] = {
    "subexpression": lambda parts, _, value: reduce(lambda found, part: part(found), parts, value),
    "key_val_pair": lambda parts, _, value: parts[0](value),
    "multi_select_list": lambda parts, _, value: None if value is None else [part(value) for part in parts],
    "multi_select_dict": _select,
    "or_expression": _or,
    "function_expression": _call,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, the members of an identity that it reads, and the function that finds its value."""

    text: str
    roots: frozenset[str]
    find: Callable[[Any], Any]

    def search(self, identity: Mapping[str, Any]) -> Any:
        """Return what the expression finds, None for nothing; _UNSUITED if a function cannot handle the value."""
        try:
            return self.find(identity)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return _UNSUITED


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
    return Expression(text, roots, _function(node))


def _function(node: Any) -> Callable[[Any], Any]:
    """Return a node as a function; JMESPath's interpreter, which looks each node up each time, does the rare kinds."""
    kind, name, steps = node["type"], node.get("value"), node["children"] or [node]
    if kind in ("field", "subexpression") and all(step["type"] == "field" for step in steps):
        return _path([step["value"] for step in steps])
    if kind not in _KINDS:
        return partial(_INTERPRETER.visit, node)
    return partial(_KINDS[kind], list(map(_function, steps)), name or [step.get("value") for step in steps])


def _path(names: list[str]) -> Callable[[Any], Any]:
    def find(value: Any) -> Any:
        try:
            for name in names:
                value = value.get(name)
        except AttributeError:  # a part of the path has no members
            return None
        return value

    return find


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
