"""Kratos' answers as they were recorded, each kept as what differs from another one (see README.md)."""

import json
import re
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Form = dict[str, Any]
WORD = re.compile(r"[a-z_-]+")


@cache
def text(name: str) -> str:
    """Give the body `demo/login/choose_method` as JSON text with its placeholders; KeyError when there is none."""
    return json.dumps(listed(form(name))).replace('"$null"', "null")


def body(name: str) -> Any:
    """Give the same body as a value that may be changed."""
    return json.loads(text(name))


def filled(name: str, values: Mapping[str, Any]) -> Any:
    """Give the body with its placeholders filled in; `$uuid` is a new id where it has no value. KeyError as in `text`.

    `"$name"` alone stands for any JSON value, `$name` inside a longer string for text.
    """

    def value(match: re.Match[str]) -> str:
        whole, part = match.groups()
        key = whole or part
        replacement = str(uuid.uuid4()) if key == "uuid" and key not in values else values[key]
        return json.dumps(replacement) if whole else json.dumps(str(replacement))[1:-1]

    return json.loads(re.sub(r'"\$(\w+)"|\$(\w+)', value, text(name)))


def names(folder: str) -> list[str]:
    """Name the bodies of a folder (`demo`) without it, sorted: `login/choose_method`."""
    kinds = [str(path.relative_to(HERE).with_suffix("")) for path in files(folder)]
    return sorted(f"{kind}/{state}".removeprefix(f"{folder}/") for kind in kinds for state in differences(kind))


def files(folder: str) -> list[Path]:
    """Find the files of a folder; what is no flow's lies beside it, in `demo.json`."""
    return [*HERE.glob(f"{folder}.json"), *(HERE / folder).glob("*.json")]


@cache
def form(name: str) -> Form:
    kind, _, state = name.rpartition("/")
    patch = dict(differences(kind)[state])
    base = patch.pop("of", None)
    return merged(form(base), patch) if base else patch


@cache
def differences(kind: str) -> dict[str, Form]:
    """Read the file of a kind (`demo/login`): its states, and how the body of each differs from the one it names."""
    path = HERE / f"{kind}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def merged(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7386, section 2); both stay as they are."""
    if not isinstance(patch, dict):
        return patch
    kept = target if isinstance(target, dict) else {}
    changed = {key: merged(kept.get(key), value) for key, value in patch.items() if value is not None}
    return {key: value for key, value in kept.items() if key not in patch} | changed


def by_name(body: Any) -> Form:
    """Keep the nodes of a flow by their names: `nodes` maps them, `ui.nodes` lists the names in order.

    A name is that which an input is posted under, with a button's value where that is a word (`method=code`), or the
    node's id.
    """
    if "ui" not in body:
        return dict(body)
    nodes: Form = {}
    for node in body["ui"]["nodes"]:
        attributes = node["attributes"]
        name = attributes.get("name") or attributes["id"]
        value = attributes.get("value") if attributes.get("type") == "submit" else None
        name += f"={value}" if WORD.fullmatch(str(value or "")) else ""
        copies = sum(other == name or other.startswith(f"{name} #") for other in nodes)
        nodes[f"{name} #{copies + 1}" if copies else name] = node
    return dict(body) | {"ui": body["ui"] | {"nodes": list(nodes)}, "nodes": nodes}


def listed(form: Form) -> Any:
    """Undo `by_name`."""
    if "nodes" not in form:
        return form
    body = {key: value for key, value in form.items() if key != "nodes"}
    return body | {"ui": form["ui"] | {"nodes": [form["nodes"][name] for name in form["ui"]["nodes"]]}}
