"""What the settings alone say about a deployment."""

from __future__ import annotations

from collections.abc import Iterator

from app.doctor.report import Finding, Level
from app.domain import urls
from app.domain.secret_keys import weakness
from app.settings import Settings

OF_OUR_TESTS = "a-secret-key-of-the-tests"  # not in any guide, yet known to everybody


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """The settings that can be used and still should not."""
    yield Finding("ok", "The settings can be read.")
    yield _secret(settings)
    yield from _hosts(settings)
    yield from _public(settings)
    yield from _ports(settings)


def _secret(settings: Settings) -> Finding:
    keys = [key.get_secret_value() for key in (settings.secret_key, *settings.secret_key_fallbacks)]
    weak = {weakness(key) for key in keys}
    if "example" in weak or any(OF_OUR_TESTS in key for key in keys):
        level: Level = "warning" if urls.is_here(settings.public_url) else "wrong"
        return Finding(level, "The secret key is one of the published examples.", "PORTICO_SECRET_KEY")
    if "pattern" in weak:
        return Finding("warning", "The secret key does not look random.", "PORTICO_SECRET_KEY")
    return Finding("ok", "The secret key is long enough and none of the published examples.")


def _hosts(settings: Settings) -> Iterator[Finding]:
    parts = urls.split(settings.public_url)
    if parts is not None and settings.allowed_hosts:
        host = str(parts.hostname)
        if not any(host == one.lower() or (one[:1] == "." and host.endswith(one)) for one in settings.allowed_hosts):
            yield Finding("wrong", f"Portico answers nobody at {host}: it is no allowed host.", "PORTICO_ALLOWED_HOSTS")


def _public(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        told = "Drop-in mode, for this machine only: addresses cannot be compared before PORTICO_PUBLIC_URL is set."
        yield Finding("warning", told, "PORTICO_PUBLIC_URL")
    if settings.public_url.startswith("https:") and not settings.forwarded_hops:
        told = "No proxy's headers are believed: if one is in front, everybody has its address in rate limits."
        yield Finding("warning", told, "PORTICO_FORWARDED_HOPS")


def scheme(public_url: str, url: str, setting: str) -> Iterator[Finding]:
    """Everything browsers use has one scheme: of two they make two sites, and forms must not be posted in clear."""
    ours, theirs = (address.partition(":")[0] for address in (public_url, url))
    if ours != theirs:
        level: Level = "wrong" if ours == "https" else "warning"
        yield Finding(level, f"Browsers reach Portico by {ours}, but not {url}.", setting)


def _ports(settings: Settings) -> Iterator[Finding]:
    host = settings.metrics_listen.rpartition(":")[0].strip("[]")
    if host in ("0.0.0.0", "::"):  # noqa: S104 - looked for, not listened on
        yield Finding("warning", "The metrics are open to every network of this machine.", "PORTICO_METRICS_LISTEN")
