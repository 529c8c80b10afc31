"""Writes the library of bodies (kratos/bodies): every body as what differs from another one.

A body keeps the one it differed from until now, so that a new release of Kratos gives a diff of what Kratos changed; a
new body is written over the one it differs from least.
"""

import json
import re
from typing import Any

from kratos.bodies import library
from kratos.bodies.library import Form, by_name

FOLDERS = ("demo", "variants", "made")  # a body differs from one of its own folder or of one before it
WIDTH = 120
NEW = "?"


def write(bodies: dict[str, Any]) -> None:
    """Write all folders these bodies (`demo/login/choose_method`) are of: what they do not name is removed.

    A body of another folder that differs from one written here changes with it. ValueError, and nothing is written,
    when a body is gone from which another one differs.
    """
    folders = {name.partition("/")[0] for name in bodies}
    others = [f"{folder}/{name}" for folder in FOLDERS for name in library.names(folder) if folder not in folders]
    forms = {name: form_of(body) for name, body in bodies.items()} | {name: library.form(name) for name in others}
    bases = {name: base_until_now(name) for name in forms}
    if missing := {base for base in bases.values() if base not in ("", NEW, *forms)}:
        raise ValueError(f"other bodies differ from these, which are gone: {', '.join(sorted(missing))}")
    for name in (name for name in forms if bases[name] == NEW):
        bases[name] = nearest(name, forms, bases)
    files: dict[str, Form] = {}
    for name in sorted(bodies):
        kind, _, state = name.rpartition("/")
        base = {"of": bases[name]} if bases[name] else {}
        files.setdefault(kind, {})[state] = base | difference(whole(bases[name], forms, bases), forms[name])
    for path in (path for folder in folders for path in library.files(folder)):
        path.unlink()
    for kind, states in files.items():
        path = library.HERE / f"{kind}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(formatted(states) + "\n", encoding="utf-8")


def form_of(body: Any) -> Form:
    """Give the form a body is compared in; null is written `$null`, because a merge patch cannot set it."""
    return by_name(json.loads(re.sub(r"\bnull\b(?=[,}\]])", '"$null"', json.dumps(body))))


def base_until_now(name: str) -> str:
    """Name the body this one differs from in the library; "" for a whole one, NEW for one the library does not have."""
    kind, _, state = name.rpartition("/")
    states = library.differences(kind)
    return str(states[state].get("of", "")) if state in states else NEW


def nearest(name: str, forms: dict[str, Form], bases: dict[str, str]) -> str:
    """Name the body of a flow from which this one differs least; "" when there is none."""
    before = FOLDERS[: FOLDERS.index(name.partition("/")[0]) + 1]
    near = [base for base in forms if bases[base] != NEW and base.startswith(before) and "nodes" in forms[base]]
    return min(near, key=lambda base: len(formatted(difference(whole(base, forms, bases), forms[name]))), default="")


def whole(name: str, forms: dict[str, Form], bases: dict[str, str]) -> Form:
    """Give the form of a body with the nodes that it does not show, but that those it is written over do."""
    if not name or "nodes" not in forms[name]:
        return forms.get(name, {})
    nodes = whole(bases[name], forms, bases).get("nodes", {})
    return forms[name] | {"nodes": nodes | forms[name]["nodes"]}


def difference(base: Form, form: Form) -> Form:
    """Give the JSON merge patch (RFC 7386) that makes `form` of `base`; nodes that are not shown may stay."""
    if "nodes" not in form:
        return changes(base, form)
    return changes(base, form | {"nodes": base.get("nodes", {}) | form["nodes"]})


def changes(base: Form, form: Form) -> Form:
    patch: Form = {key: None for key in base if key not in form}
    for key, value in form.items():
        before = base.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            patch |= {key: inner} if (inner := changes(before, value)) else {}
        elif key not in base or before != value:
            patch[key] = value
    return patch


def formatted(value: Any, indent: int = 0, before: int = 0) -> str:
    """Write JSON: on one line what fits there, otherwise each member on its own."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + before + len(line) < WIDTH:
        return line
    space = " " * (indent + 2)
    if isinstance(value, dict):
        keys = {key: f"{json.dumps(key, ensure_ascii=False)}: " for key in value}
        parts = [space + keys[key] + formatted(member, indent + 2, len(keys[key])) for key, member in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{' ' * indent}}}"
    parts = [space + formatted(member, indent + 2) for member in value]
    return "[\n" + ",\n".join(parts) + f"\n{' ' * indent}]"
