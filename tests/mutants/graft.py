"""Puts a changed module into the running program: into the functions, classes and values everybody already holds.

To import everything anew for each mutant would take longer than its tests.
"""

import inspect
import sys
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any


def beside(name: str, code: CodeType) -> ModuleType:
    """The module once more, by the changed code."""
    fresh = ModuleType(name)
    fresh.__file__ = sys.modules[name].__file__
    exec(code, vars(fresh))
    return fresh


def graft(fresh: ModuleType) -> None:
    """Let the running module's own functions and values become like the new one's."""
    module = sys.modules[fresh.__name__]
    for key, new in vars(fresh).items():
        old = vars(module).get(key)
        if key.startswith("__") or new is old:
            continue
        if isinstance(new, type) and isinstance(old, type):
            for attribute, part in vars(new).items():
                if not become(vars(old).get(attribute), part) and isinstance(part, FunctionType):
                    setattr(old, attribute, part)
        elif not become(old, new) and differ(old, new):
            rebind(key, old, new)


def become(old: Any, new: Any) -> bool:
    """Whether the old is a function (or wrapped around one) that now does what the new one does."""
    old, new = function(old), function(new)
    if not isinstance(old, FunctionType) or not isinstance(new, FunctionType):
        return False
    if old.__code__.co_freevars != new.__code__.co_freevars:
        return False
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    for mine, theirs in zip(old.__closure__ or (), new.__closure__ or (), strict=True):
        if not isinstance(theirs.cell_contents, type):
            mine.cell_contents = theirs.cell_contents
    return True


def function(value: Any) -> Any:
    """What is within a method of a class or a decorator's wrapper; of an object's method the object counts, too."""
    if isinstance(value, MethodType):
        return value
    for within in ("fget", "func", "__func__"):
        value = getattr(value, within, value)
    return inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value


def differ(old: Any, new: Any) -> bool:
    return type(old) is not type(new) or bool(old != new)


def rebind(key: str, old: Any, new: Any) -> None:
    """Give the new value to every module that has the old one under this name."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        if key in names and names[key] is old:
            names[key] = new


def again(path: Path) -> None:
    """Run a test module once more where it is: its functions, those pytest has too, then see the values of now."""
    module = next(module for module in list(sys.modules.values()) if getattr(module, "__file__", "") == str(path))
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
