"""Imported by what forks Portico: its templates and catalogues are read and compiled once for all that are forked.

To translate the templates took each of them a third of its start. And each gets memory of its own for what a server's
processes tell each other.
"""

import mmap
import os
from functools import cache
from types import CodeType
from typing import Any

import tests.stack.compile_cache  # noqa: F401 - what it compiles is there for all that are forked
from app.config.settings import Settings
from app.factory import create_app
from app.http import catalogues, ending
from app.http.templates import Templates

_compile, _texts = Templates.compile, catalogues._translated
_in_each_language = dict[object, CodeType]()


def _compiled(self: Templates, *of: Any) -> CodeType:
    """Once with the texts of each catalogue, which is read once: every server has Languages of its own."""
    key = *of[:3], getattr(getattr(self.gettext, "__self__", None), "catalogue", None)
    if key not in _in_each_language:
        _in_each_language[key] = _compile(self, *of)
    return _in_each_language[key]


Templates.compile = _compiled  # type: ignore[assignment, method-assign]
catalogues._messages = cache(catalogues._messages)  # type: ignore[assignment]
catalogues._compiled = cache(catalogues._compiled)
catalogues._translated = cache(lambda messages: tuple(_texts(messages)))  # type: ignore[assignment]
_needed = {"public_url": "http://localhost", "secret_key": "x" * 32, "kratos_public_url": "http://localhost"}
_application = create_app(Settings(**_needed))
for _tag in _application.extensions["languages"].files:
    for _name in _application.jinja_env.list_templates(extensions=["html"]):
        _application.extensions["languages"].get(_tag).templates.get_template(_name)


def _own_memory(forking: int = os.getpid()) -> None:
    if os.getppid() == forking:  # not a server's own workers
        ending._flag = mmap.mmap(-1, 1)


os.register_at_fork(after_in_child=_own_memory)
