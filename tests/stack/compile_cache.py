"""Imported where Porticos are made again and again: what each would compile anew is compiled once in a process.

Templates are kept by what stands in them, builders of addresses by their rule.
"""

from types import CodeType
from typing import Any

from jinja2 import nodes
from werkzeug.routing import Rule

from app.http.templates import Templates

COMPILED: dict[object, CodeType] = {}
_trees: dict[object, nodes.Template] = {}
_builders: dict[object, Any] = {}
_init, _parse, _compile_builder = Templates.__init__, Templates.parse, Rule._compile_builder


def _with_compiled(self: Templates, *args: Any, **options: Any) -> None:
    _init(self, *args, **options)
    self.compiled = COMPILED


def _tree(self: Templates, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
    """The tree of this source, which is only read."""
    key = source, name, filename
    if key not in _trees:
        _trees[key] = _parse(self, *key)
    return _trees[key]


def _builder(self: Rule, append_unknown: bool = True) -> Any:
    """Werkzeug's own, which asks the rule that it is bound to for everything but its parts."""
    key = self.rule, tuple(self._trace), append_unknown, repr(self.defaults)
    if key not in _builders:
        _builders[key] = _compile_builder(self, append_unknown)
    return _builders[key]


Templates.__init__ = _with_compiled  # type: ignore[method-assign]
Templates.parse = _tree  # type: ignore[assignment, method-assign]
Rule._compile_builder = _builder  # type: ignore[method-assign]
