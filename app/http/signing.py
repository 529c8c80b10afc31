"""itsdangerous' signatures by signers made once, each with a key derived once: an answer has up to three."""

import hashlib
from functools import cache
from typing import Any

from itsdangerous import TimestampSigner, URLSafeTimedSerializer


class KeptSigner(TimestampSigner):
    """itsdangerous', which derives its key once and not for each signature."""

    default_digest_method = staticmethod(hashlib.sha1)  # as there, but known to `hmac`, which then works in C

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]


def with_kept_signer(serializer: URLSafeTimedSerializer) -> URLSafeTimedSerializer:
    """The same, which makes its signer once."""
    serializer.signer = KeptSigner
    serializer.make_signer = cache(serializer.make_signer)  # type: ignore[method-assign]
    return serializer
