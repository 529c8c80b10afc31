"""A person's sessions in words. An own table: browsers have frozen User-Agent, and what is left is only a hint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ory.models import Session, items, mapping, micros, moment, text
from app.translations import N_

RECENT = timedelta(days=31)  # for longer ago a date tells more than a span
MAX_SHOWN = 60  # characters of what a proxy or provider says that are shown

# The first that matches counts: nearly every browser also claims to be Chrome and Safari.
BROWSERS = {
    "Edge": r"\b(?:Edg|EdgA|EdgiOS|Edge)/",
    "Opera": r"\b(?:OPR|OPT|OPX)/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Vivaldi": r"\bVivaldi/",
    "DuckDuckGo": r"\b(?:DuckDuckGo|Ddg)/",
    "Firefox": r"\b(?:Firefox|FxiOS)/",
    "Chrome": r"\b(?:HeadlessChrome|Chrome|Chromium|CriOS)/",
    "Safari": r"\bVersion/\S+ (?:Mobile/\S+ )?Safari/",
}
SYSTEMS = {  # iPads may say macOS
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows NT\b",
    "ChromeOS": r"\bCrOS\b",
    "macOS": r"\bMac(?:intosh| OS X)\b",
    "Linux": r"\bLinux\b",
}
HANDHELD = ("iPhone", "iPad", "Android")
METHODS = {
    "password": N_("password"),
    "code": N_("one-time code"),
    "code_recovery": N_("recovery code"),
    "link_recovery": N_("recovery link"),
    "oidc": N_("linked account"),
    "saml": N_("organisation account"),
    "totp": N_("authenticator app"),
    "lookup_secret": N_("backup code"),
    "webauthn": N_("security key"),
    "passkey": N_("passkey"),
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One row of the sessions page; texts may be "" for unknown."""

    id: str
    browser: str
    system: str
    place: str
    address: str
    since: datetime | None  # when it began
    age: timedelta | None  # how long ago that is, if it is recent
    methods: tuple[tuple[str, str], ...]  # words and provider ("" without), in the order they were proven
    two_factors: bool

    @property
    def picture(self) -> str:
        """What it looks like, as far as that is known."""
        return "phone" if self.system in HANDHELD else "sessions" if self.system else "unknown"

    @classmethod
    def of(cls, session: Session, now: int) -> SignIn:
        """Read a session; `now` is Kratos' clock in microseconds, which its times are compared with."""
        began = micros(session.raw.get("issued_at")) or micros(session.raw.get("authenticated_at"))
        device = mapping(next(reversed(items(session.raw.get("devices"))), None))  # v26.2 keeps one: where it began
        agent, address = text(device.get("user_agent")), text(device.get("ip_address"))[:MAX_SHOWN]
        with_port = re.fullmatch(r"([0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]+", address)  # of a Kratos without a proxy
        words = [(METHODS.get(proof.name, N_("another method")), proof.provider) for proof in session.methods]
        return cls(
            id=session.id,
            browser=_named(BROWSERS, agent),
            system=_named(SYSTEMS, agent),
            place=text(device.get("location"))[:MAX_SHOWN],
            address=with_port[1].strip("[]") if with_port else address,
            since=moment(began),
            age=age if began and (age := timedelta(microseconds=now - began)) < RECENT else None,
            methods=tuple(dict.fromkeys((method, provider[:MAX_SHOWN]) for method, provider in words)),
            two_factors=session.aal == "aal2",
        )


def _named(patterns: Mapping[str, str], user_agent: str) -> str:
    return next((name for name, pattern in patterns.items() if re.search(pattern, user_agent[:1024])), "")
