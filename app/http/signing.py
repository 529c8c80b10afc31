"""itsdangerous' signatures, each made of a key that is derived once and by a signer that is made once."""

import hashlib
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import g, session
from itsdangerous import Signer, TimestampSigner, URLSafeTimedSerializer

Signer.default_digest_method = staticmethod(hashlib.sha1)  # as it is, but not in a function that hmac does not know


class KeptSigner(TimestampSigner):
    """itsdangerous', which derives its key once and not for each signature."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]


def with_kept_signer(serializer: URLSafeTimedSerializer) -> URLSafeTimedSerializer:
    """The same, which makes its signer once."""
    serializer.signer = KeptSigner
    serializer.make_signer = cache(serializer.make_signer)  # type: ignore[method-assign]
    return serializer


def csrf_tokens(secret_key: str) -> Callable[[], str]:
    """What gives the token of Flask-WTF's `generate_csrf`, which makes a serializer for each."""
    serializer = with_kept_signer(URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token"))

    def csrf_token() -> str:
        if "csrf_token" not in g:
            if not isinstance(session.get("csrf_token"), str):
                session["csrf_token"] = secrets.token_hex(20)
            g.csrf_token = serializer.dumps(session["csrf_token"])
        return str(g.csrf_token)

    return csrf_token
