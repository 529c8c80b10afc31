"""The doctor's report: one line for each finding, safe for a terminal."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "cannot tell", "warning", "wrong"]
WIDTH = 13  # columns of the level
UNSEEN = "Now sign in and out once: some settings of Kratos and Hydra cannot be asked for (docs/operators.md)."
WRONG, UNKNOWN = 1, 3  # exit statuses; 2 is argparse's


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `where` names what to change: a setting of Portico, or a file of Ory and the key in it."""

    level: Level
    text: str
    where: str = ""
    details: tuple[str, ...] = ()  # lines below it

    def lines(self) -> list[str]:
        """Return the finding as lines."""
        where = f"  [{self.where}]" if self.where else ""
        return [f"{self.level:<{WIDTH}}{self.text}{where}", *(" " * WIDTH + detail for detail in self.details)]


def lines(report: Sequence[Finding | str]) -> list[str]:
    """Return the report as lines; control characters, for example in a client's name, become question marks."""
    plain = [line for part in report for line in (part.lines() if isinstance(part, Finding) else [part])]
    return ["".join(character if character.isprintable() else "?" for character in line) for line in plain]


def exit_status(report: Sequence[Finding | str]) -> int:
    """Return 1 if something has to be changed, else 3 if something could not be asked, else 0."""
    levels = {part.level for part in report if isinstance(part, Finding)}
    return WRONG if "wrong" in levels else UNKNOWN if "cannot tell" in levels else 0


def conclusion(findings: Sequence[Finding]) -> str:
    """Return a sentence that says what the exit status means."""
    counts = Counter(finding.level for finding in findings)
    if counts["wrong"]:
        return f"Things to change: {counts['wrong']}."
    if counts["cannot tell"]:
        return f"Nothing wrong was seen, but not everything could be asked: {counts['cannot tell']} left to look at."
    return f"Nothing wrong was seen. Warnings: {counts['warning'] or 'none'}. {UNSEEN}"
