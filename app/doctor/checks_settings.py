"""What the settings say about themselves, and whether Portico and Redis are where they say."""

from __future__ import annotations

from collections.abc import Iterator

from app.config.settings import Settings
from app.doctor.probe import Probe, redis_failure
from app.doctor.report import Finding, Level
from app.ory.models import text

PUBLIC_URL = "PORTICO_PUBLIC_URL"
NOBODY_BEHIND = (502, 503, 504)  # what a proxy answers as long as nobody listens behind it
HOST = f"the header Host that your proxy passes on, PORTICO_ALLOWED_HOSTS, or {PUBLIC_URL}"


def check_settings(settings: Settings) -> Iterator[Finding]:
    """What can be used and still should be thought about, and Redis."""
    if not settings.public_url:
        warning = f"Drop-in mode, for this machine only: addresses cannot be compared before {PUBLIC_URL} is set."
        yield Finding("warning", warning, PUBLIC_URL)
    if settings.public_url.startswith("https:") and not settings.forwarded_hops:
        warning = "No proxy's headers are believed: if one is in front, everybody has its address in rate limits."
        yield Finding("warning", warning, "PORTICO_FORWARDED_HOPS")
    if settings.metrics_listen.startswith(("0.0.0.0:", "[::]:")):
        yield Finding("warning", "The metrics are open to every network of this machine.", "PORTICO_METRICS_LISTEN")
    clients = ", ".join(name for name, client in settings.clients.items() if client.required_aal == "aal2")
    if clients:  # Kratos shows nobody this key
        warning = "Nobody can see this key: unless it is highest_available, a password alone enrols the second factor"
        key = "kratos.yml: selfservice.flows.settings.required_aal"
        yield Finding("warning", f"{warning} demanded of {clients}.", key)
    storage = settings.rate_limit_storage.get_secret_value()
    if storage and (failure := redis_failure(storage)):
        problem = f"Redis does not answer ({failure}): each worker counts tries for itself."
        yield Finding("wrong", problem, "PORTICO_RATE_LIMIT_STORAGE")


def check_portico(public: str, outside: Probe) -> Iterator[Finding]:
    """Whether Portico answers where people are said to reach it; it is asked for a page that holds its own address."""
    answer = outside(f"{public}/.well-known/passkey-endpoints")
    if text(answer.object.get("enroll")) == f"{public}/settings":
        return
    if answer.status in (0, *NOBODY_BEHIND):
        level: Level = "wrong" if answer.is_about_tls else "cannot tell"
        yield Finding(level, f"Portico does not answer at {public}: {answer.reason}.", PUBLIC_URL)
    elif answer.status == 400 and "X-Request-Id" in answer.headers:
        problem = f"Portico is there, but does not know that it is {public}: it is asked for another host name."
        yield Finding("wrong", problem, HOST)
    else:
        yield Finding("wrong", f"Something else answers at {public} ({answer.reason}).", PUBLIC_URL)
