"""`make preview-states`: the gallery's states as `portico preview` brings them, without the brands of the tests."""

import json
import lzma
import re
from typing import Any

from app.ory.transport import Reply
from app.preview.player import FILE
from tests.gallery.entries import ENTRIES
from tests.gallery.entry import Canned, Entry
from tests.gallery.mishaps import ARGUMENTS

RANDOM, SAME = re.compile(r'"id": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}"'), "0b79cbb1-e6b1-4cb1-a0b7-1f9a2c1a7c5e"
FIELDS = ("group", "name", "about", "path", "status", "form", "method", "forged", "cookie", "ways", "headers", "times")
THEIRS = {"scopes", "audiences", "clients", "brand", "brand_dir"}  # the operator's own count


def states() -> list[dict[str, Any]]:
    """Each entry, its answers by method and address."""
    return [_state(entry) for entry in ENTRIES if entry.group != "brand"]


def _state(entry: Entry) -> dict[str, Any]:
    canned = Canned()
    canned.begin(entry)
    values = {name: getattr(entry, name) for name in FIELDS}
    values["settings"] = {name: value for name, value in entry.settings.items() if name not in THEIRS}
    answers = {" ".join(key): _written(answer) for key, answer in canned.answers.items()}
    return dict(json.loads(json.dumps(values | {"answers": answers})))


def _written(answer: Reply | Exception) -> list[Any]:
    if isinstance(answer, Reply):
        body = answer.body if isinstance(answer.body, str) else answer.body.decode()
        return [answer.status, dict(answer.headers), RANDOM.sub(f'"id": "{SAME}"', body)]
    return [0, ARGUMENTS.get(type(answer), ()), type(answer).__name__]


if __name__ == "__main__":
    FILE.write_bytes(lzma.compress(json.dumps(states()).encode(), preset=9))
    print(f"{FILE.name}: {FILE.stat().st_size / 1000:.0f} kB")
