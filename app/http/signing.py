"""itsdangerous' signatures by signers made once, each with a key derived once: an answer has up to three."""

import hashlib
from functools import cache
from typing import Any

from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer


class KeptSigner(TimestampSigner):
    """itsdangerous', which derives its key once and not for each signature."""

    default_digest_method = staticmethod(hashlib.sha1)  # as there, but known to `hmac`, which then works in C

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """As there; what a replica has signed whose clock is ahead, or this one before its own went back, is good."""
        value, at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and self.get_timestamp() - at.timestamp() > max_age:
            raise SignatureExpired("too old", payload=value, date_signed=at)
        return (value, at) if return_timestamp else value


def with_kept_signer(serializer: URLSafeTimedSerializer) -> URLSafeTimedSerializer:
    """The same, which makes its signer once."""
    serializer.signer = KeptSigner
    serializer.make_signer = cache(serializer.make_signer)  # type: ignore[method-assign]
    return serializer
