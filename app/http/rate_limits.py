"""Limits how often one address and one browser may try a device's code, as Hydra has no limit for guesses."""

import re
import time
from functools import cached_property, wraps
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, request, session
from flask.typing import ResponseReturnValue
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from app.deployment import keyed_hash
from app.http import errors, logs, metrics
from app.http.error_texts import ERROR_TEXTS

LIMITS = {"address": "60 per 10 minutes", "browser": "10 per 10 minutes"}  # many people may share an address
TIMEOUTS: dict[str, float] = {"socket_connect_timeout": 1, "socket_timeout": 1}  # seconds
# Networks with an IPv4 address in the last 32 bits: mapped (RFC 4291), translated (RFC 2765), NAT64, SIIT (RFC 6052).
_HOLD_IPV4 = tuple(map(ip_network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_OBFUSCATED = re.compile(r"_[A-Za-z0-9._-]{1,255}")
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::[^:]*)?|([^:]*|[0-9A-Fa-f:]*:[0-9.]+\.[0-9]+):[^:]*")


class Counts:
    """Counts tries in `storage` or, while that does not answer, in memory; opened after gunicorn's fork."""

    def __init__(self, storage: str) -> None:
        self._uri, self._lost = storage, False

    @cached_property
    def _shared(self) -> FixedWindowRateLimiter:
        options = {} if self._uri == "memory://" else TIMEOUTS
        return FixedWindowRateLimiter(storage_from_string(self._uri, wrap_exceptions=True, **options))

    @cached_property
    def _own(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(MemoryStorage())

    def wait(self, item: RateLimitItem, key: str) -> int:
        """Count a try; return the seconds to wait if the limit is reached, else 0."""
        try:
            seconds, lost = _count(self._shared, item, key), False
        except StorageError:
            seconds, lost = _count(self._own, item, key), True
        if lost != self._lost:  # log only changes, not every try
            self._lost = lost
            meaning = "each worker counts tries for itself" if lost else "all workers count tries together again"
            logs.event("rate_limit_storage_lost" if lost else "rate_limit_storage_back", meaning=meaning)
        return seconds


def _count(limiter: FixedWindowRateLimiter, item: RateLimitItem, key: str) -> int:
    if limiter.hit(item, key):
        return 0
    return max(1, int(limiter.get_window_stats(item, key).reset_time - time.time()))


def init_app(app: Flask, storage: str, endpoint: str) -> None:
    """Limit this endpoint; right and wrong tries count alike, so that simultaneous ones count, too."""
    counts, items = Counts(storage), {per: parse(limit) for per, limit in LIMITS.items()}
    view = app.view_functions[endpoint]

    @wraps(view)
    def limited(**arguments: Any) -> ResponseReturnValue:
        # The peer's address, or that from a trusted proxy; the secret of this browser's CSRF tokens.
        keys = {"address": household(request.remote_addr or ""), "browser": session["csrf_token"]}
        for per, item in items.items():
            if seconds := counts.wait(item, keyed_hash("limits", keys[per])):
                metrics.RATE_LIMITED.labels(per).inc()
                logs.event("excess_rate_limit_exceeded", limit=LIMITS[per], per=per)
                response = errors.page(ERROR_TEXTS["too_many"])
                response.headers["Retry-After"] = str(seconds)
                return response
        return view(**arguments)  # type: ignore[return-value]

    app.view_functions[endpoint] = limited


def household(forwarded: str) -> str:
    """Return a key for an address, in a proxy's notation, that all addresses of one household share.

    An IPv4 address, also one inside an IPv6 address, is its own key. IPv6 addresses share their /64, because each
    household has 2^64 of them. A proxy's own identifier (`_hidden`, RFC 7239 section 6.3) is kept. All other values
    ("unknown", garbage, nothing) share one key.
    """
    node = forwarded.strip().strip('"')
    if match := _WITH_PORT.fullmatch(node):
        node = match[1] or match[2] or ""
    if _OBFUSCATED.fullmatch(node):
        return node
    try:
        address = ip_address(node)
    except ValueError:
        return "unknown"
    low = int(address)  # drops the zone of fe80::1%eth0, which has a meaning on this machine only
    if address.version == 4 or any(IPv6Address(low) in network for network in _HOLD_IPV4):
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(ip_network((low, 64), strict=False))
