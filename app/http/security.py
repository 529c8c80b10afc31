"""What every answer carries and every request must pass: headers, hosts, forged forms."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
import flask_wtf.csrf
from flask import Flask, Response, after_this_request, current_app, g, make_response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.exceptions import NotFound
from werkzeug.sansio.http import parse_cookie
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.utils import cached_property
from wtforms.validators import ValidationError

from app import urls
from app.errors import BadInput
from app.http import inputs, logs
from app.http.signing import kept_serializer, with_kept_signer

MAX_BODY = 64 * 1024  # bytes
flask_wtf.csrf.URLSafeTimedSerializer = kept_serializer  # its own is made, and derives a key, for each token
_WRITTEN = re.compile(r"[\w.~:/?#@!$&'()*+,;=%-]*", re.ASCII)  # addresses with nothing that would have to be quoted
View = TypeVar("View", bound=Callable[..., Any])


class Request(flask.Request):
    """Flask's, which looks through all headers for the one that WSGI has by name."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """As there: what the browser sent."""
        return parse_cookie(self.environ.get("HTTP_COOKIE"), cls=self.dict_storage_class)  # type: ignore[return-value]


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie as plain JSON; its signer is made once, not twice for each request."""

    serializer = json  # type: ignore[assignment]  # Flask's own also keeps types that we keep none of, at three times the CPU
    digest_method = staticmethod(hashlib.sha1)  # as there, but known to `hmac`, which then works in C

    def __init__(self) -> None:
        make: Any = super().get_signing_serializer
        self.get_signing_serializer = cache(lambda app: with_kept_signer(make(app)))  # type: ignore[method-assign]

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, but not for a HEAD, whose notice nobody has seen; nothing is cached, so no `Vary`."""
        if session.modified and request.method != "HEAD":
            value = self.get_signing_serializer(app).dumps(dict(session)) if session else ""  # type: ignore[union-attr]
            set_cookie(response, app.config["SESSION_COOKIE_NAME"], str(value))


class _Onward(Response):
    """To an address as it is: Werkzeug takes each apart to quote its parts, which takes longer than all else of it."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:  # noqa: ARG002 - Werkzeug's
        """Those there are."""
        return self.headers


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # no-referrer would break our own forms: Origin becomes "null" with it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}

HSTS = "max-age=31536000; includeSubDomains"

CACHEABLE = ("static", "branding.file")  # what browsers may keep
# The form that changes only what this browser is shown: a token would cost pages that have no other form a cookie.
NO_CSRF_CHECK = "i18n.choose_language"


def csp(logo_hosts: Iterable[str], captcha_hosts: Iterable[str], own_fonts: bool) -> str:
    """The policy of all pages, `{nonce}` in it; captchas load more scripts, frames and answers themselves.

    No form-action: browsers apply it to every redirect after a POST (Hydra, the application): it would end consent.
    """
    logos, captchas = ("".join(f" https://{host}" for host in sorted(hosts)) for hosts in (logo_hosts, captcha_hosts))
    parts = ["default-src 'none'", f"script-src 'nonce-{{nonce}}'{captchas}", "style-src 'self'"]
    parts += [f"img-src 'self' data:{logos}", "base-uri 'none'", "frame-ancestors 'none'"]
    parts += [f"frame-src{captchas}", f"connect-src{captchas}"] if captchas else []
    parts += ["font-src 'self'"] if own_fonts else []
    return "; ".join(parts)


def init_app(app: Flask, public_url: str, path: str, hosts: Iterable[str], keys: tuple[str, ...], policy: str) -> None:
    """Guard the whole application; `keys`: the secret key, then the older ones that are still believed."""
    https = public_url.startswith("https://")
    allowed = tuple(host.lower() for host in hosts) or (str(urlsplit(public_url).hostname),)
    before_nonce, after_nonce = policy.split("{nonce}")
    fixed = app.extensions["headers"] = [*HEADERS.items(), *([("Strict-Transport-Security", HSTS)] if https else [])]
    _configure(app, keys, https, path)
    app.jinja_env.globals.update(csrf_token=generate_csrf, csp_nonce=csp_nonce)

    @app.before_request
    def refuse() -> ResponseReturnValue | None:
        sent: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Werkzeug documents it
        _check_host(sent, allowed)
        if request.environ["PATH_INFO"][:2] in ("", "//"):  # of nothing Werkzeug makes a slash by 308: forms go twice
            raise NotFound  # it reads one slash, and a proxy's rule for that path has not seen it
        if inputs.is_prefetch(sent) and sent.endpoint not in CACHEABLE and not sent.path.startswith("/health/"):
            return "", 204  # the browser asks again when somebody wants the page
        return _check_form(public_url, keys) if sent.method == "POST" else None

    answer: Any = app.wsgi_app

    def protected(environ: dict[str, Any], start_response: Any) -> Any:
        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            sent = dict(headers)
            if "Content-Security-Policy" not in sent:  # a brand's files have a stricter one
                headers.append(("Content-Security-Policy", f"{before_nonce}{csp_nonce()}{after_nonce}"))
            if "Cache-Control" not in sent or request.endpoint not in CACHEABLE:
                headers = [header for header in headers if header[0] != "Cache-Control"]
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers + fixed, *rest)

        return answer(environ, begin)

    app.wsgi_app = protected  # type: ignore[method-assign]  # not after_request: Flask's headers are checked one by one


def _configure(app: Flask, keys: tuple[str, ...], https: bool, path: str) -> None:
    """Cookies have the path in their names, not in their `Path`: `__Host-` allows none, and keeps neighbours out."""
    prefix, suffix = "__Host-" if https else "", path.replace("/", ".")
    names = {name: f"{prefix}{name}{suffix}" for name in ("portico", "language", "last-used")}
    app.config.update(SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=list(keys[1:]), MAX_CONTENT_LENGTH=MAX_BODY)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a token ends with its cookie: an age would go by one replica's clock
    app.config.update(COOKIES=names, SESSION_COOKIE_NAME=names["portico"], SESSION_COOKIE_SECURE=https)
    app.session_interface, app.request_class = Sessions(), Request


def cookie_name(name: str) -> str:
    """What one of our cookies is called at this deployment."""
    return str(current_app.config["COOKIES"][name])


def set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Give the browser one of our cookies, for `max_age` seconds or until it is closed; "" takes it away."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age if value else 0, secure=secure, httponly=True, samesite="Lax")


def send_cookie(name: str, value: str, max_age: int) -> None:
    """The same with the answer to this request, whatever it will be."""

    @after_this_request
    def send(response: Response) -> Response:
        set_cookie(response, name, value, max_age)
        return response


def csp_nonce() -> str:
    """The nonce of this answer's own scripts."""
    nonce: str = g.get("csp_nonce") or secrets.token_urlsafe(16)
    g.csp_nonce = nonce
    return nonce


def see_other(url: str) -> Response:
    """Send the browser on with a GET; 303, so that no posted secret is ever sent again (RFC 9700 section 4.12)."""
    is_written = _WRITTEN.fullmatch(url) is not None
    return (_Onward if is_written else Response)(status=303, headers={"Location": url, "Content-Length": "0"})


def if_forged(again: Callable[[], ResponseReturnValue]) -> Callable[[View], View]:
    """Name the page that is shown again, with a request to press once more, when this form's CSRF token is not good."""

    def mark(view: View) -> View:
        view.if_forged = again  # type: ignore[attr-defined]
        return view

    return mark


def _check_host(sent: flask.Request, allowed: tuple[str, ...]) -> None:
    """A page under a foreign name could deceive; Flask's TRUSTED_HOSTS cannot exempt /health, asked by address."""
    if sent.path.startswith(("/health/", "/static/")):
        return
    if not _is_allowed_host(sent.environ.get("HTTP_HOST", "").lower(), allowed):
        g.wrong_host = True
        raise BadInput("host is not ours")


@lru_cache(maxsize=64)
def _is_allowed_host(host: str, allowed: tuple[str, ...]) -> bool:
    address = re.fullmatch(r"\[([0-9a-f:]+)\](:[0-9]{1,5})?", host)  # host_is_trusted knows no IPv6
    return address.group(1) in allowed if address else host_is_trusted(host, allowed)


def _check_form(public_url: str, keys: tuple[str, ...]) -> ResponseReturnValue | None:
    """Refuse forms of unexpected shape (an unannounced length could be cut short unseen) and forged ones."""
    if request.content_length is None or request.mimetype != "application/x-www-form-urlencoded":
        raise BadInput("not a form of ours")
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None  # 404 and 405 have their own pages
    if not _is_same_origin(public_url):
        logs.event("malicious_cors", route=str(request.url_rule))
    elif request.endpoint == NO_CSRF_CHECK or _token_is_good(keys):
        return None
    else:
        logs.event("input_validation_fail", reason="csrf_token")
    g.press_again = True
    again = getattr(view, "if_forged", None)
    if again is None:
        raise BadInput("form is not ours or too old")
    response = make_response(again())
    response.status_code = 400 if response.status_code == 200 else response.status_code
    return response


def _is_same_origin(public_url: str) -> bool:
    """Whether the browser says the form came from one of our pages (Origin, Sec-Fetch-Site, else Referer on https)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if not source or public_url:
        return urls.same_origin(source, public_url) if source else not public_url.startswith("https://")
    # Drop-in mode: from the host it went to, perhaps behind a proxy. No page can change these two.
    parts, hosts = urls.split(source), [request.headers.get(name, "").lower() for name in ("Host", "X-Forwarded-Host")]
    return parts is not None and urls.is_loopback(parts.hostname) and parts.netloc.lower() in hosts


def _token_is_good(keys: tuple[str, ...]) -> bool:
    """Flask-WTF signs with the newest key and believes only that one: try the older ones too."""
    for key in keys:
        with suppress(ValidationError):
            validate_csrf(request.form.get("csrf_token"), secret_key=key)
            return True
    return False
