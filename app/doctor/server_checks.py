"""What is the same for Kratos and Hydra: which of them answers, their versions and clocks, where they send browsers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime

from app.doctor.answer import Answer
from app.doctor.report import HYDRA, KRATOS, Finding, Level
from app.domain import urls
from app.domain.models import mapping, text

SUPPORTED = (26, 2)  # the version Portico is tested with, v26.2.0
MAX_SKEW = 5  # seconds
FALLBACK = "/oauth2/fallbacks/"  # Hydra's own pages, shown where a URL is not set
HOST = "the header Host that your proxy passes on, or PORTICO_PUBLIC_URL"
KRATOS_PUBLIC, KRATOS_ADMIN = "Kratos' public API", "Kratos' admin API"
HYDRA_PUBLIC, HYDRA_ADMIN = "Hydra's public API", "Hydra's admin API"
# A question to each that none of the others can answer (/health is the same everywhere), and that shows no person.
QUESTIONS = {
    KRATOS_PUBLIC: "/sessions/whoami",
    KRATOS_ADMIN: "/admin/identities?ids=00000000-0000-0000-0000-000000000000",
    HYDRA_PUBLIC: "/.well-known/openid-configuration",
    HYDRA_ADMIN: "/admin/clients?page_size=1",
}


def answers_as(api: str, answer: Answer) -> bool:
    """Whether this is what an API says to its own question."""
    if api == KRATOS_PUBLIC:
        return mapping(answer.object.get("error")).get("code") == 401
    if api == HYDRA_PUBLIC:
        return answer.status == 200 and bool(text(answer.object.get("issuer")))
    return answer.status == 200 and isinstance(answer.body, list)


def reached(
    api: str, address: str, answers: Mapping[str, Answer], ready: Answer, name: str, silent: Level = "wrong"
) -> Finding:
    """Whether it is this API that answers at the address of the setting `name`.

    `answers` to the questions, this API's own at least; `silent`: how bad it is when nobody is there.
    """
    own, setting = answers[api], f"PORTICO_{name.upper()}"
    if not own.status:
        level = "wrong" if own.is_about_tls else silent
        return Finding(level, f"{api} does not answer at {address}: {own.reason}.", setting)
    if answers_as(api, own):
        if ready.status == 200:
            return Finding("ok", f"{api} answers at {address}.")
        return Finding("wrong", f"{api} answers at {address}, but is not ready ({ready.reason}).", setting)
    if own.status in (401, 403) and api in (KRATOS_ADMIN, HYDRA_ADMIN):
        told = f"{api} does not let Portico in ({own.reason}): the token is missing, wrong, or may not do this."
        return Finding("wrong", told, setting.replace("_URL", "_TOKEN"))
    other = next((name for name, answer in answers.items() if answers_as(name, answer)), "")
    if other:
        return Finding("wrong", f"{address} is the address of {other}, not of {api}.", setting)
    return Finding("wrong", f"{api} does not answer as it should at {address} ({own.reason}).", setting)


def elsewhere(name: str, shown: Iterable[Answer], public: str) -> Finding | None:
    """What to say where all pages of a server lead to one other place, None where they do not.

    It is then Portico's address that is mistaken, once, and not each page.
    """
    pages = [answer.page for answer in shown if answer.page]
    origins = {urls.origin(page) for page in pages}
    is_set = not any(FALLBACK in page for page in pages)
    if not is_set or len(pages) < 2 or len(origins) > 1 or origins & {urls.origin(public), ""}:
        return None
    told = f"{name} sends browsers to {origins.pop()} with all its pages, but Portico is said to be at {public}."
    return Finding("wrong", told, f"PORTICO_PUBLIC_URL, or every page in {KRATOS if name == 'Kratos' else HYDRA}")


def storage(why: str) -> Finding:
    """Whether replicas can count tries together; `why` not, "" if they can."""
    if not why:
        return Finding("ok", "Redis answers.")
    told = f"Redis does not answer ({why}): each worker counts tries for itself."
    return Finding("wrong", told, "PORTICO_RATE_LIMIT_STORAGE")


def portico(answer: Answer, public: str) -> Finding:
    """Whether Portico answers where people are said to reach it; the answer is of a page that knows its own address."""
    if text(answer.object.get("enroll")) == f"{public}/settings":
        return Finding("ok", f"Portico answers at {public}.")
    if not answer.status:
        level: Level = "wrong" if answer.is_about_tls else "cannot tell"
        return Finding(level, f"Portico does not answer at {public}: {answer.reason}.", "PORTICO_PUBLIC_URL")
    if answer.status == 400 and "X-Request-Id" in answer.headers:
        told = f"Portico is there, but does not know that it is {public}: it is asked for another host name."
        return Finding("wrong", told, HOST)
    return Finding("wrong", f"Something else answers at {public} ({answer.reason}).", "PORTICO_PUBLIC_URL")


def version(name: str, answer: Answer) -> Finding:
    """Whether a server's version is the one Portico is tested with."""
    told = text(answer.object.get("version"))
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", told)
    if found is None:
        return Finding("ok", f"{name} calls its version {told[:20] or 'nothing'}, which is none to compare.")
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
    if _page(answer.page) in map(_page, wanted):
        return Finding("ok", f"{what} is {answer.page}.")
    return Finding("wrong", f"{what} is {answer.page[:200]}; it should be {wanted[0]}.", where)


def _page(url: str) -> str:
    """The page of ours that a browser ends at: Portico leads it there when there is a slash too many."""
    parts = urls.split(url)
    return f"{urls.origin(url)}/{'/'.join(filter(None, parts.path.split('/')))}" if parts else url
