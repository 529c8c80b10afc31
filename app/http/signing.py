"""Faster itsdangerous signatures, as an answer has up to three: each signer and its derived key are made once."""

import hashlib
import secrets
from functools import cache
from typing import Any

from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from itsdangerous.serializer import Serializer

from app.http import here

SHORT = 512  # bytes that are not compressed: to begin, zlib clears a quarter of a megabyte, which empties caches, too


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
    """Return the serializer, changed so that it makes its signer once and compresses only what is long."""

    def dump_payload(obj: Any) -> bytes:
        plain = Serializer.dump_payload(serializer, obj)
        return base64_encode(plain) if len(plain) <= SHORT else compressed(obj)

    serializer.signer, compressed = KeptSigner, serializer.dump_payload
    serializer.make_signer = cache(serializer.make_signer)  # type: ignore[method-assign]
    serializer.dump_payload = dump_payload  # type: ignore[method-assign]
    return serializer


@cache
def kept_serializer(secret_key: str, salt: str) -> URLSafeTimedSerializer:
    """itsdangerous', made once for each key."""
    return with_kept_signer(URLSafeTimedSerializer(secret_key, salt=salt))


def csrf_token(key: str) -> str:
    """Return the token of this answer's forms as Flask-WTF makes it, which looks at seven of Flask's proxies."""
    notes = here.notes()
    if "csrf_token" not in notes:
        kept = here.session()
        secret = kept.get("csrf_token") or kept.setdefault("csrf_token", secrets.token_hex(20))
        notes["csrf_token"] = kept_serializer(key, "wtf-csrf-token").dumps(secret)
    return str(notes["csrf_token"])
