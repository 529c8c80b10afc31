"""Whether a browser keeps a server's cookie and sends it where it is read (RFC 6265 section 5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.doctor.report import HYDRA, KRATOS, Finding
from app.domain import urls

BETWEEN_COOKIES = re.compile(r", (?=[^=;, ]+=)")  # of headers joined to one; the comma of a date is none


@dataclass(frozen=True, slots=True)
class Kind:
    """A server's cookie that it sets for everybody: whose, the beginning of its name, and the keys that shape it."""

    whose: str
    prefix: str
    domain: str
    same_site: str
    secure: str


# Of both servers it is the CSRF cookie: the session's own cannot be seen before somebody signs in.
OF_KRATOS = Kind(
    "Kratos'",
    "csrf_token_",
    f"{KRATOS}: cookies.domain",
    f"{KRATOS}: cookies.same_site",
    f"{KRATOS}: dev (or its option --dev)",
)
OF_HYDRA = Kind(
    "Hydra's",
    "ory_hydra_login_csrf_",
    f"{HYDRA}: serve.cookies.domain",
    f"{HYDRA}: serve.cookies.same_site_mode",
    f"{HYDRA}: dev (or its option --dev)",
)


def cookies(kind: Kind, set_cookie: str, setter: str, reader: str) -> Iterator[Finding]:
    """Whether the cookie that the server at `setter` sets reaches `reader`; both are addresses browsers use."""
    cookie = next((one for one in BETWEEN_COOKIES.split(set_cookie) if one.startswith(kind.prefix)), "")
    if not cookie:
        yield Finding("cannot tell", f"{kind.whose} cookie was not set, so it could not be looked at.")
        return
    attributes = dict(part.strip().lower().partition("=")[::2] for part in cookie.split(";")[1:])
    hosts = [str(parts and parts.hostname) for parts in map(urls.split, (setter, reader))]
    yield _reach(kind, attributes.get("domain", "").lstrip("."), *hosts)
    yield from _attributes(kind, attributes, reader.startswith("https:"))


def covers(domain: str, host: str) -> bool:
    """Whether a host is a domain or a part of it."""
    return host == domain or host.endswith(f".{domain}")


def _reach(kind: Kind, domain: str, setter: str, reader: str) -> Finding:
    if domain and not covers(domain, setter):
        told = f"Browsers refuse {kind.whose} cookie: its domain {domain} is not that of {setter}."
        return Finding("wrong", told, kind.domain)
    if setter == reader or (domain and covers(domain, reader)):
        return Finding("ok", f"Browsers send {kind.whose} cookie to {reader}.")
    told = f"Browsers do not send {kind.whose} cookie to {reader}: it is for {domain or setter} only."
    return Finding("wrong", f"{told} Use one host name, or a domain that covers both.", kind.domain)


def _attributes(kind: Kind, attributes: Mapping[str, str], https: bool) -> Iterator[Finding]:
    secure, same_site = "secure" in attributes, attributes.get("samesite", "")
    if same_site == "strict":
        told = f"{kind.whose} cookie is SameSite=Strict: browsers leave it out when they come from an application."
        yield Finding("wrong", told, kind.same_site)
    if same_site == "none" and not secure:
        told = f"{kind.whose} cookie is SameSite=None without Secure: browsers refuse it."
        yield Finding("wrong", told, kind.same_site)
    elif https and not secure:
        yield Finding("warning", f"{kind.whose} cookie is not Secure: it runs in development mode.", kind.secure)
    if secure and not https:
        told = f"{kind.whose} cookie is Secure, but Portico is reached by http: not every browser sends it there."
        yield Finding("warning", told, kind.secure)
