"""Describes sessions: browser, system, place. A small table is enough, as User-Agent is frozen and only a hint."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from app.ory.models import Session, items, mapping, micros, moment, text
from app.translations import N_

RECENT = timedelta(days=31)  # for older sessions a date is clearer
MAX_SHOWN = 60  # characters shown of a value from a proxy or provider

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
    """One row of the sessions page; unknown texts are ""."""

    id: str
    browser: str
    system: str
    place: str
    address: str
    since: datetime | None  # its begin
    age: timedelta | None  # the time since then, if recent
    methods: tuple[tuple[str, str], ...]  # name and provider ("" for none), in the order of the proofs
    two_factors: bool

    @property
    def picture(self) -> str:
        """The icon of the device."""
        return "phone" if self.system in HANDHELD else "sessions" if self.system else "unknown"

    @classmethod
    def of(cls, session: Session, now: int) -> Self:
        """Describe a session; `now` is Kratos' time in microseconds."""
        began = micros(session.raw.get("issued_at")) or micros(session.raw.get("authenticated_at"))
        device = mapping(next(reversed(items(session.raw.get("devices"))), None))  # v26.2 has only the first
        agent, address = text(device.get("user_agent")), text(device.get("ip_address"))[:MAX_SHOWN]
        with_port = re.fullmatch(r"([0-9.]+|\[[0-9a-fA-F:.]+\]):[0-9]+", address)  # from a Kratos without a proxy
        methods = [(METHODS.get(proof.name, N_("another method")), proof.provider) for proof in session.methods]
        return cls(
            id=session.id,
            browser=_named(BROWSERS, agent),
            system=_named(SYSTEMS, agent),
            place=text(device.get("location"))[:MAX_SHOWN],
            address=with_port[1].strip("[]") if with_port else address,
            since=moment(began),
            age=age if began and (age := timedelta(microseconds=now - began)) < RECENT else None,
            methods=tuple(dict.fromkeys((method, provider[:MAX_SHOWN]) for method, provider in methods)),
            two_factors=session.aal == "aal2",
        )


def _named(patterns: Mapping[str, str], user_agent: str) -> str:
    return next((name for name, pattern in patterns.items() if re.search(pattern, user_agent[:1024])), "")
