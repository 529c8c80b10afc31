"""The expressions of claim rules: JMESPath (https://jmespath.org/specification.html) over an identity of Kratos."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

ADMIN = "metadata_admin"
ROOTS = ("traits", "metadata_public", ADMIN, "verifiable_addresses", "updated_at")
# Where all but the first child looks at the result of the first one, not at the identity.
_RELATIVE = ("subexpression", "pipe", "projection", "value_projection", "filter_projection")
_PATH = re.compile(r"\w+(\.\w+)*")  # of what JMESPath has parsed already
_UNSUITED = object()


class RuleError(ValueError):
    """A claim rule that cannot be meant; the text says which and why."""


class _Functions(Functions):
    @signature({"types": ["string"]}, {"types": ["array"]})
    def _func_join(self, separator: str, parts: list[Any]) -> str:
        """JMESPath's own fails when a part is missing, and people without a middle name would have no name at all."""
        return separator.join(part for part in parts if isinstance(part, str) and part.strip())


_INTERPRETER = TreeInterpreter(Options(custom_functions=_Functions()))


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression and the members of an identity that it looks at; a plain `path` is walked several times as fast."""

    text: str
    roots: frozenset[str]
    path: tuple[str, ...]
    node: Any

    def search(self, identity: Mapping[str, Any]) -> Any:
        """What it finds, None for nothing; an object of no type where what is there does not suit its functions."""
        value: Any = identity
        try:
            for key in self.path:
                value = value.get(key)
            return value if self.path else _INTERPRETER.visit(self.node, identity)
        except AttributeError:  # a path through what has no members
            return None
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return _UNSUITED


def parse_expression(text: object) -> Expression:
    """Read an expression; raises RuleError."""
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
    return Expression(text, roots, tuple(text.split(".")) if _PATH.fullmatch(text) else (), node)


def _roots(node: Mapping[str, Any], of_identity: bool) -> Iterator[str]:
    """The members of the identity it begins at, "@" for the whole; RuleError for a function there is not."""
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
