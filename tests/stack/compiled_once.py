"""Imported where Porticos are made again and again: what each would compile anew is compiled once in a process.

Templates are kept by what stands in them, builders of addresses by their rule.
"""

from types import CodeType
from typing import Any

from werkzeug.routing import Rule

from app.http.templates import Templates

COMPILED: dict[object, CodeType] = {}
_builders: dict[object, Any] = {}
_init, _compile_builder = Templates.__init__, Rule._compile_builder


def _with_compiled(self: Templates, *args: Any, **options: Any) -> None:
    _init(self, *args, **options)
    self.compiled = COMPILED


def _builder(self: Rule, append_unknown: bool = True) -> Any:
    """Werkzeug's own, which asks the rule that it is bound to for everything but its parts."""
    key = self.rule, tuple(self._trace), append_unknown, repr(self.defaults)
    if key not in _builders:
        _builders[key] = _compile_builder(self, append_unknown)
    return _builders[key]


Templates.__init__ = _with_compiled  # type: ignore[method-assign]
Rule._compile_builder = _builder  # type: ignore[method-assign]
