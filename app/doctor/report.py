"""What the doctor found, one line each, fit for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "cannot tell", "warning", "wrong"]
WIDTH = 13  # columns of the level
WRONG, UNKNOWN = 1, 3  # exit statuses; 2 is argparse's
KRATOS, HYDRA = "kratos.yml", "hydra.yml"  # what Ory's documentation calls the two files


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `where`: what to change, a PORTICO_ setting or file and key of Ory's configuration; `details`: lines below it.
    """

    level: Level
    what: str
    where: str = ""
    details: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The finding as lines; a client's registration may hold anything, a terminal's commands too."""
        where = f"  [{self.where}]" if self.where else ""
        below = [" " * WIDTH + line for line in self.details]
        return [printable(line) for line in (f"{self.level:<{WIDTH}}{self.what}{where}", *below)]


def printable(line: str) -> str:
    """The line with a question mark for each character that is no glyph, so that columns stay."""
    return "".join(one if one.isprintable() else "?" for one in line)


def lines(findings: Iterable[Finding]) -> list[str]:
    """All findings as lines."""
    return [line for finding in findings for line in finding.lines()]


def is_wrong(findings: Iterable[Finding]) -> bool:
    """Whether something has to be changed."""
    return any(finding.level == "wrong" for finding in findings)


def status(findings: Iterable[Finding]) -> int:
    """The exit status: 1 if something has to be changed, else 3 if something could not be asked, else 0."""
    levels = {finding.level for finding in findings}
    return WRONG if "wrong" in levels else UNKNOWN if "cannot tell" in levels else 0


def conclusion(findings: Iterable[Finding]) -> str:
    """One sentence that says what the exit status means."""
    counts = Counter(finding.level for finding in findings)
    if counts["wrong"]:
        return f"Things to change: {counts['wrong']}."
    if counts["cannot tell"]:
        return f"Nothing wrong was seen, but not everything could be asked: {counts['cannot tell']} left to look at."
    return f"Nothing has to be changed. Warnings: {counts['warning'] or 'none'}."
