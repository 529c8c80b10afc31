"""A person's sessions in words: which browser, where, since when, and how they proved who they are.

An own table instead of a library: browsers have frozen all but a few words of User-Agent (RFC 9110 section 10.1.5), and
what is left is a hint for the person, never a proof. What the table does not know is called unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.models import Session, items, mapping, micros, text

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000  # microseconds
LONGEST = 60  # characters of what a proxy or provider says that are shown

# The first that matches counts: nearly every browser also claims to be Chrome and Safari.
BROWSERS = (
    ("Edge", r"\b(?:Edg|EdgA|EdgiOS|Edge)/"),
    ("Opera", r"\b(?:OPR|OPT|OPX)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("DuckDuckGo", r"\b(?:DuckDuckGo|Ddg)/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:HeadlessChrome|Chrome|Chromium|CriOS)/"),
    ("Safari", r"\bVersion/\S+ (?:Mobile/\S+ )?Safari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows NT\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac(?:intosh| OS X)\b"),
    ("Linux", r"\bLinux\b"),
)
METHODS = {
    "password": "password",
    "code": "one-time code",
    "code_recovery": "recovery code",
    "link_recovery": "recovery link",
    "oidc": "social sign-in",
    "saml": "single sign-on",
    "totp": "authenticator app",
    "lookup_secret": "backup code",
    "webauthn": "security key",
    "passkey": "passkey",
}


@dataclass(frozen=True, slots=True)
class Device:
    """What a session was begun or last confirmed with; everything may be "" for unknown."""

    browser: str
    system: str
    place: str
    address: str

    @property
    def title(self) -> str:
        """Browser and system in words."""
        browser = self.browser or "Unknown browser"
        return f"{browser} on {self.system}" if self.system else browser


@dataclass(frozen=True, slots=True)
class SignIn:
    """One row of the sessions page; `since` is when it began, `methods` are words in the order they were proven."""

    id: str
    device: Device
    since: datetime | None
    ago: str
    methods: tuple[str, ...]
    two_factors: bool

    @classmethod
    def of(cls, session: Session, now: int) -> SignIn:
        """Read a session; `now` is Kratos' clock in microseconds, which its times are compared with."""
        began = micros(session.raw.get("issued_at")) or micros(session.raw.get("authenticated_at"))
        return cls(
            id=session.id,
            device=_device(session),
            since=datetime.fromtimestamp(began / SECOND, UTC) if began else None,
            ago=ago(now - began) if began else "",
            methods=_methods(session),
            two_factors=session.aal == "aal2",
        )


def browser(user_agent: str) -> str:
    """The browser's name, "" if the table does not know it."""
    return _first(BROWSERS, user_agent)


def system(user_agent: str) -> str:
    """The system or device the browser runs on, "" if the table does not know it (iPads may say macOS)."""
    return _first(SYSTEMS, user_agent)


def ago(microseconds: int) -> str:
    """A span of time up to now in plain words; "" for more than a month, which a date tells better."""
    if microseconds < MINUTE:
        return "just now"
    for unit, length, limit in (("minute", MINUTE, HOUR), ("hour", HOUR, DAY), ("day", DAY, 31 * DAY)):
        if microseconds < limit:
            number = microseconds // length
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return ""


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in table if re.search(pattern, user_agent[:1024])), "")


def _device(session: Session) -> Device:
    """The last of the session's devices; Kratos v26.2 keeps one, the browser the session began in."""
    last = mapping(next(reversed(items(session.raw.get("devices"))), None))
    agent, address = text(last.get("user_agent")), text(last.get("ip_address"))[:LONGEST]
    port = re.fullmatch(r"([0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]+", address)  # Kratos without a proxy in front of it
    return Device(
        browser(agent),
        system(agent),
        text(last.get("location"))[:LONGEST],
        port.group(1).strip("[]") if port else address,
    )


def _methods(session: Session) -> tuple[str, ...]:
    """The proofs in words, each once; a social one with the provider's name."""
    found = []
    for one in items(session.raw.get("authentication_methods")):
        method = mapping(one)
        name, provider = text(method.get("method")), text(method.get("provider"))[:LONGEST]
        words = METHODS.get(name, "another method")
        found.append(f"{words} ({provider})" if provider else words)
    return tuple(dict.fromkeys(found))
