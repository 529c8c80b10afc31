"""The table of events that operators read (docs/operators.md): what the code writes is held to it."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/operators.md"
ROW = re.compile(r"\| `([a-z_]+)` \| (info|warning|error) \| ([^|]+) \| ((?:`[a-z_]+`(?:, )?)*) \|")

_TABLE = PAGE.read_text(encoding="utf-8").partition("<!-- events -->")[2].partition("<!-- /events -->")[0]
ROWS = _TABLE.strip().splitlines()[2:]
LEVELS = {row[1]: row[2] for row in map(ROW.fullmatch, ROWS) if row}
FIELDS = {row[1]: re.findall("[a-z_]+", row[4]) for row in map(ROW.fullmatch, ROWS) if row}
