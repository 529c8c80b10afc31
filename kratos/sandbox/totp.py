"""Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, six digits, 30 seconds."""

import base64
import hmac
import secrets
import time
from pathlib import Path

# Of a secret nobody has: the stand-in draws no QR codes, its key is to be typed.
QR = "data:image/png;base64," + base64.b64encode((Path(__file__).parent / "totp_qr.png").read_bytes()).decode()


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, moment: float) -> str:
    """Give the code of a base32 `secret` at a time.time()."""
    digest = hmac.digest(base64.b32decode(secret), int(moment // 30).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def is_valid(secret: str, code: str) -> bool:
    """Judge a code; the period before and the one after count too (RFC 6238 5.2)."""
    return any(hmac.compare_digest(code_at(secret, time.time() + skew), code) for skew in (0, -30, 30))
