"""Imported by what forks Portico: its templates and catalogues are read and compiled once for all that are forked.

Each gets memory of its own for what a server's processes tell each other.
"""

import mmap
import os
from functools import cache

import tests.stack.compile_cache  # noqa: F401 - what it compiles is there for all that are forked
from app.config.settings import Settings
from app.factory import create_app
from app.http import catalogues, ending

_texts = catalogues._translated
catalogues._messages = cache(catalogues._messages)  # type: ignore[assignment]
catalogues._compiled = cache(catalogues._compiled)
catalogues._translated = cache(lambda messages: tuple(_texts(messages)))  # type: ignore[assignment]
_needed = {"public_url": "http://localhost", "secret_key": "x" * 32, "kratos_public_url": "http://localhost"}
_application = create_app(Settings(**_needed))
_languages = [_application.extensions["languages"].get(tag) for tag in _application.extensions["languages"].files]
for _name in _application.jinja_env.list_templates(extensions=["html"]):
    _languages[0].templates.get_template(_name)


def _own_memory(forking: int = os.getpid()) -> None:
    if os.getppid() == forking:  # not a server's own workers
        ending._flag = mmap.mmap(-1, 1)


os.register_at_fork(after_in_child=_own_memory)
