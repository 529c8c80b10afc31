"""`make preview-states`: the gallery's states as `portico preview` brings them, without the brands of the tests."""

import json
import lzma
from dataclasses import asdict
from typing import Any

from app.preview.player import FILE
from tests.gallery.entries import ENTRIES

THEIRS = {"scopes", "audiences", "clients", "brand", "brand_dir"}  # the operator's own count


def states() -> list[dict[str, Any]]:
    """Each state, without settings that are the operator's."""
    own = [asdict(state) for state in ENTRIES if state.group != "brand"]
    return [
        state | {"settings": {name: value for name, value in state["settings"].items() if name not in THEIRS}}
        for state in own
    ]


if __name__ == "__main__":
    FILE.write_bytes(lzma.compress(json.dumps(states()).encode(), preset=9))
    print(f"{FILE.name}: {FILE.stat().st_size / 1000:.0f} kB")
