"""The bodies recorded from the real Kratos, and how their placeholders are filled in again.

A recorded body is Kratos' JSON in which what changes from answer to answer is written `$name`. `"$name"` alone stands
for any JSON value, `$name` inside a longer string for text, and `$uuid` for an id nobody refers to.
"""

import json
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"


class NotRecorded(LookupError):
    """The sandbox was led where no row of its table or no recorded body is."""


def fill(name: str, **values: Any) -> Any:
    """Give the body recorded as `name` (`login/choose_method`) with its placeholders filled in."""

    def value(match: re.Match[str]) -> str:
        whole, part = match.groups()
        found = str(uuid.uuid4()) if (whole or part) == "uuid" else values[whole or part]
        return json.dumps(found) if whole else json.dumps(str(found))[1:-1]

    return json.loads(re.sub(r'"\$(\w+)"|\$(\w+)', value, _text(name)))


@cache
def _text(name: str) -> str:
    path = RECORDED / f"{name}.json"
    if not path.exists():
        raise NotRecorded(
            f"the sandbox has no recorded body {name}: add its row to the table and its post to record.py"
        )
    return path.read_text()
