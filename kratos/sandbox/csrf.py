"""CSRF as Kratos does it (nosurf): a token in a cookie, and in every form the same token under a one-time pad."""

import base64
import hmac
import secrets

from kratos.sandbox.bodies import Refusal

LENGTH = 32


class Csrf:
    """The CSRF cookie of one request; `token` is what it holds, or a new one (`is_new`) where it holds none."""

    def __init__(self, cookie_header: str, cookie: str | None) -> None:
        self.has_cookies, self.has_cookie = bool(cookie_header), cookie is not None
        sent = _decoded(cookie or "")
        self.is_new = len(sent) != LENGTH
        self.token = secrets.token_bytes(LENGTH) if self.is_new else sent

    def renew(self) -> None:
        """Take another token: Kratos does at sign-in and sign-out, which ends every page opened before."""
        self.token, self.is_new = secrets.token_bytes(LENGTH), True

    def check_form(self, form: dict[str, str]) -> None:
        """Compare the form's masked token with the cookie; raises Refusal with Kratos' reason."""
        sent = form.get("csrf_token", "")
        self._compare(_unmask(sent), "csrf_mismatch" if sent else "csrf_no_token")

    def check_flow(self, token: bytes) -> None:
        """Reading a flow takes the cookie it was begun with (Kratos issue 1282)."""
        self._compare(token, "csrf_no_token")

    def _compare(self, token: bytes, otherwise: str) -> None:
        if hmac.compare_digest(token, self.token):
            return
        if self.has_cookies:
            raise Refusal(otherwise if self.has_cookie else "csrf_no_csrf_cookie")
        raise Refusal("csrf_no_cookies")


def mask(token: bytes) -> str:
    """Write `token` as a form carries it: a fresh one-time pad, then the token under it."""
    pad = secrets.token_bytes(len(token))
    return base64.b64encode(pad + _xor(pad, token)).decode()


def _unmask(masked: str) -> bytes:
    raw = _decoded(masked)
    return _xor(raw[:LENGTH], raw[LENGTH:]) if len(raw) == 2 * LENGTH else b""


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
