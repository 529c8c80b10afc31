"""Faster itsdangerous signatures, as an answer has up to three: each signer and its derived key are made once."""

import hashlib
from functools import cache
from typing import Any

from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer


class KeptSigner(TimestampSigner):
    """itsdangerous' signer; it derives its key once instead of for each signature."""

    default_digest_method = staticmethod(hashlib.sha1)  # the same, in the form for which `hmac` works in C

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Unsign as usual, but accept signatures from the future: another replica's clock may be ahead of ours."""
        value, at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and self.get_timestamp() - at.timestamp() > max_age:
            raise SignatureExpired("too old", payload=value, date_signed=at)
        return (value, at) if return_timestamp else value


def with_kept_signer(serializer: URLSafeTimedSerializer) -> URLSafeTimedSerializer:
    """Return the serializer, changed so that it makes its signer once."""
    serializer.signer = KeptSigner
    serializer.make_signer = cache(serializer.make_signer)  # type: ignore[method-assign]
    return serializer
