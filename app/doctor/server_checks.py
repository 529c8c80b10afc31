"""What is the same for Kratos and Hydra: whether they answer, their versions and clocks, where they send browsers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from app.doctor.answer import Answer
from app.doctor.report import Finding, Level
from app.domain.models import text

SUPPORTED = (26, 2)  # the version Portico is tested with, v26.2.0
MAX_SKEW = 5  # seconds


def ready(name: str, answer: Answer, setting: str, level: Level = "wrong") -> Finding:
    """Whether a server says it can serve, asked at the address of a setting."""
    if answer.status == 200:
        return Finding("ok", f"{name} answers.")
    return Finding(level, f"{name} does not answer as it should ({answer.reason}).", setting)


def version(name: str, answer: Answer) -> Finding:
    """Whether a server's version is the one Portico is tested with."""
    told = text(answer.object.get("version"))
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", told)
    if found is None:
        return Finding("cannot tell", f"{name} does not tell its version ({answer.reason}).")
    number = (int(found[1]), int(found[2]))
    if number == SUPPORTED:
        return Finding("ok", f"{name} is {told[:20]}.")
    age = "older" if number < SUPPORTED else "newer"
    tested = f"v{SUPPORTED[0]}.{SUPPORTED[1]}.0"
    return Finding("warning", f"{name} is {told[:20]}, {age} than {tested}, which Portico is tested with.")


def clock(name: str, answer: Answer) -> Finding:
    """Whether a server's clock (RFC 9110 section 6.6.1) and ours agree."""
    try:
        skew = round(answer.at - parsedate_to_datetime(str(answer.headers["Date"])).timestamp())
    except (KeyError, ValueError, OverflowError):
        return Finding("cannot tell", f"{name} does not tell its time.")
    if abs(skew) < MAX_SKEW:
        return Finding("ok", f"The clocks of {name} and of this machine agree.")
    order = "behind" if skew > 0 else "ahead of"
    return Finding("warning", f"The clock of {name} is {abs(skew)} s {order} this machine's: set both by NTP.")


def leads(what: str, answer: Answer, mark: str, wanted: Sequence[str], where: str) -> Finding:
    """Whether a redirect goes to one of the wanted pages; one without the parameter `mark` (if any) is another one."""
    if not answer.page or (mark and not answer.parameter(mark)):
        return Finding("cannot tell", f"{what} was not shown ({answer.reason}); it should be {wanted[0]}.", where)
    if answer.page.rstrip("/") in [one.rstrip("/") for one in wanted]:
        return Finding("ok", f"{what} is {answer.page}.")
    return Finding("wrong", f"{what} is {answer.page[:200]}; it should be {wanted[0]}.", where)
