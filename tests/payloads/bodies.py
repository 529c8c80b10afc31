"""The bodies of `GET /self-service/<kind>/flows?id=` in this directory, see README.md for where they come from."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# `login/unified`, `made/login/captcha`, ...: the path of each without its ending.
NAMES = sorted(str(path.relative_to(HERE).with_suffix("")) for path in HERE.rglob("*.json"))


@dataclass(frozen=True)
class Said:
    """A sentence of Kratos: `text` holds {placeholders}, `kind` is info, error or success."""

    id: int
    kind: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """The message as Kratos sends it."""
        return {"id": self.id, "text": self.text, "type": self.kind, "context": {}}


def kind_of(name: str) -> str:
    """Which kind of flow a body is: login, registration, recovery, verification or settings."""
    return name.removeprefix("made/").split("/")[0]


def load(name: str) -> dict[str, Any]:
    """A body, to be changed at will."""
    return dict(json.loads((HERE / f"{name}.json").read_text()))


@cache
def messages() -> tuple[Said, ...]:
    """Every sentence that Kratos v26.2.0 and Kratos' HEAD of 2026-07-29 can say."""
    with (HERE / "messages.tsv").open(newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Said(int(id_), kind, text) for id_, kind, text, _ in rows)


def type_of(node: dict[str, Any]) -> str:
    """An input's own type (text, hidden, submit ...), for other nodes what they are (text of a `text` node: "says")."""
    kind = str(node["type"])
    return str(node["attributes"]["type"]) if kind == "input" else "says" if kind == "text" else kind


def nodes(body: dict[str, Any], *types: str) -> list[dict[str, Any]]:
    """The nodes of a body whose `type_of` is one of these; all of them when none is given."""
    return [node for node in body["ui"]["nodes"] if not types or type_of(node) in types]


def name_of(node: dict[str, Any]) -> str:
    """The name an input is posted under, "" for other nodes."""
    return str(node["attributes"].get("name", ""))


def posted(value: object) -> str:
    """A node's value as a form posts it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
