"""The checks that Kratos and Hydra share: which API answers, version and clock, redirects, cookies."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from app import urls
from app.doctor.probe import Answer, Probe
from app.doctor.report import Finding, Level
from app.ory.models import text

TESTED = "26.2"  # the version Portico is tested with
MAX_SKEW = 5  # seconds
# A pattern of the cookie's name (Hydra's can be set, except for the number), and the keys that shape the cookie.
COOKIES = {
    "kratos.yml": (re.compile("csrf_token_"), "cookies", "same_site"),
    "hydra.yml": (re.compile("[^=]+_[0-9]+="), "serve.cookies", "same_site_mode"),
}
STRIPPED = "your proxy, which has to pass cookies on as they are"
BETWEEN_COOKIES = re.compile(r", (?=[^=;, ]+=)")  # of headers joined to one; the comma of a date is none


class Api(NamedTuple):
    """One of the four APIs, with a question that none of the others can answer (/health is the same everywhere)."""

    name: str
    question: str
    is_answer: Callable[[Answer], bool]  # whether this API answers the question so


def _is_list(answer: Answer) -> bool:
    return isinstance(answer.body, list)


KRATOS_PUBLIC = Api("Kratos' public API", "/sessions/whoami", lambda answer: answer.error.get("code") == 401)
KRATOS_ADMIN = Api("Kratos' admin API", "/admin/identities?ids=00000000-0000-0000-0000-000000000000", _is_list)
HYDRA_PUBLIC = Api("Hydra's public API", "/.well-known/openid-configuration", lambda answer: "issuer" in answer.object)
HYDRA_ADMIN = Api("Hydra's admin API", "/admin/clients?page_size=1", _is_list)


def check_api(api: Api, ask: Probe, address: str, setting: str, is_outside: bool = False) -> list[Finding]:
    """Check that this API answers at a setting's address and is ready; one for browsers may be unreachable here."""
    answer = ask(address + api.question)
    if api.is_answer(answer):
        ready = Answer(200) if is_outside else ask(f"{address}/health/ready")
        problem = f"{api.name} answers at {address}, but its /health/ready says no ({ready.reason})."
        return [Finding("wrong", problem, setting)] if ready.status != 200 else []
    if not answer.status:
        level: Level = "cannot tell" if is_outside and not answer.is_about_tls else "wrong"
        return [Finding(level, f"{api.name} does not answer at {address}: {answer.reason}.", setting)]
    if answer.status in (401, 403) and api in (KRATOS_ADMIN, HYDRA_ADMIN):
        problem = f"{api.name} does not let Portico in ({answer.reason}): the token is missing, wrong, or has no right."
        return [Finding("wrong", problem, setting.replace("_URL", "_TOKEN"))]
    for other in (KRATOS_PUBLIC, KRATOS_ADMIN, HYDRA_PUBLIC, HYDRA_ADMIN):
        if other is not api and other.is_answer(ask(address + other.question)):
            return [Finding("wrong", f"{address} is the address of {other.name}, not of {api.name}.", setting)]
    return [Finding("wrong", f"{api.name} does not answer as it should at {address} ({answer.reason}).", setting)]


def check_admin_is_closed(api: Api, outside: Probe, address: str, setting: str) -> Iterator[Finding]:
    """Check that browsers cannot reach an admin API: everybody could sign in as anybody."""
    if api.is_answer(outside(address + api.question)):
        yield Finding("wrong", f"{api.name} answers at the address of browsers: close /admin in your proxy.", setting)


def check_admin(api: Api, ask: Probe, address: str, setting: str) -> list[Finding]:
    """Check that an admin API answers and, if it does, the version of its server."""
    if problems := check_api(api, ask, address, setting):
        return problems
    server, version = api.name.partition("'")[0], text(ask(f"{address}/version").object.get("version"))[:20]
    number = re.match(r"v?(\d+\.\d+)", version)  # one built from source has none
    problem = f"{server} is {version}; Portico is tested with v{TESTED}."
    return [Finding("warning", problem, f"the version of {server}")] if number and number[1] != TESTED else []


def check_clock(server: str, answer: Answer) -> Iterator[Finding]:
    """Warn if a server's clock and ours differ (RFC 9110 section 6.6.1)."""
    with suppress(KeyError, ValueError, OverflowError):
        skew = round(answer.at - parsedate_to_datetime(str(answer.headers["Date"])).timestamp())
        if abs(skew) >= MAX_SKEW:
            problem = f"The clock of {server} is {abs(skew)} s {'behind' if skew > 0 else 'ahead of'} this machine's."
            yield Finding("warning", problem, "NTP on both machines")


def check_scheme(public: str, address: str, setting: str) -> Iterator[Finding]:
    """Check that browsers reach this address by https if they reach Portico by https."""
    if public.startswith("https:") and not address.startswith("https:"):
        yield Finding("wrong", f"Browsers reach Portico by https, but not {address}.", setting)


class Redirect(NamedTuple):
    """A server's setting (`key`), its redirect, the parameter in it ("" for none), our pages, the usual one first."""

    key: str
    answer: Answer
    mark: str
    pages: tuple[str, ...]


def check_redirects(file: str, redirects: Sequence[Redirect], public: str) -> Iterator[Finding]:
    """Check that browsers are sent to Portico's pages; if all are sent to one other address, report one mistake."""
    shown = [redirect for redirect in redirects if redirect.answer.page]
    origins, roots = {urls.origin(redirect.answer.page) for redirect in shown}, set(map(_root, shown))
    for places, own in ((origins, urls.origin(public)), (roots, public)):
        if len(places) == 1 and len(redirects) > 1 and not places & {own, ""}:
            problem = f"All pages are at {places.pop()}, but Portico is said to be at {public}."
            yield Finding("wrong", problem, f"PORTICO_PUBLIC_URL, or every page in {file}")
            return
    for redirect in redirects:
        key, page, wanted = f"{file}: {redirect.key}", redirect.answer.page, [public + path for path in redirect.pages]
        if not page or (redirect.mark and not redirect.answer.parameter(redirect.mark)):
            problem = f"It was not shown ({redirect.answer.reason}); it should be {wanted[0]}."
            yield Finding("cannot tell", problem, key)
        elif normalised(page) not in wanted:
            yield Finding("wrong", f"Browsers are sent to {page[:200]}; it should be {wanted[0]}.", key)


def _root(redirect: Redirect) -> str:
    there = normalised(redirect.answer.page)
    return next((there.removesuffix(path) for path in redirect.pages if there.endswith(path)), "")


def normalised(url: str) -> str:
    """Return origin and path without repeated slashes, which Portico redirects; text that is no address as it is."""
    parts = urls.split(url)
    return f"{urls.origin(url)}/{'/'.join(filter(None, parts.path.split('/')))}" if parts else url


def check_cookie(file: str, answer: Answer, setter: str, reader: str) -> Iterator[Finding]:
    """Yield the worst reason why browsers do not send `setter`'s CSRF cookie to `reader` (RFC 6265 section 5).

    `answer`: one that has such a cookie when it leaves the server.
    """
    name, section, same_site_key = COOKIES[file]
    header, attributes = _cookie(answer, name)
    domain, same_site = attributes.get("domain", "").lstrip("."), attributes.get("samesite")
    secure, https = "secure" in attributes, reader.startswith("https:")
    host, reader_host = (str(parts and parts.hostname) for parts in map(urls.split, (setter, reader)))
    is_sent = host == reader_host or (bool(domain) and covers(domain, reader_host))
    only = f"is for {domain or host} only, not for {reader_host}: use one host name, or a domain that covers both"
    path = attributes.get("path", "/").rstrip("/")
    is_near = file == "kratos.yml" and not f"{urlsplit(reader).path}/".lower().startswith(f"{path}/")
    domain_key, same_site_key = f"{file}: {section}.domain", f"{file}: {section}.{same_site_key}"
    dev_key = f"{file}: dev (or its option --dev)"
    problems: tuple[tuple[bool, Level, str, str], ...] = (
        (not header, "wrong", f"of {setter} gets lost: nobody can sign in without it", STRIPPED),
        (bool(domain) and not covers(domain, host), "wrong", f"is for {domain}, so {host} cannot set it", domain_key),
        (not is_sent, "wrong", only, domain_key),
        (is_near, "wrong", f"is for {path} only, and {reader} is not below it", f"{file}: {section}.path"),
        (same_site == "strict", "wrong", "is Strict: it does not come with who comes from elsewhere", same_site_key),
        (same_site == "none" and not secure, "wrong", "is None without Secure: browsers refuse it", same_site_key),
        (https and not secure, "warning", "is not Secure: it runs in development mode", dev_key),
        (secure and not https, "warning", f"is Secure, but not every browser sends it to {reader}", dev_key),
    )
    applying = (problem[1:] for problem in problems if problem[0])
    yield from [Finding(level, f"The cookie {problem}.", key) for level, problem, key in applying][:1]


def _cookie(answer: Answer, name: re.Pattern[str]) -> tuple[str, dict[str, str]]:
    """Return the Set-Cookie header of the cookie with this name, "" for none, and its attributes in small letters."""
    headers = BETWEEN_COOKIES.split(str(answer.headers.get("Set-Cookie", "")))
    header = next((header for header in headers if name.match(header)), "")
    return header, dict(part.strip().lower().partition("=")[::2] for part in header.split(";")[1:])


def covers(domain: str, host: str) -> bool:
    """Whether a host is this domain or below it."""
    return host == domain or host.endswith(f".{domain}")
