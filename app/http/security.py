"""Security for every request and answer: response headers, allowed hosts, CSRF checks, cookies."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from flask import Flask, Response, after_this_request, current_app, g, make_response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.exceptions import NotFound
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.utils import cached_property
from wtforms.validators import ValidationError

from app import urls
from app.errors import BadInput
from app.http import here, inputs, logs
from app.http.signing import csrf_token, with_kept_signer

MAX_BODY = 64 * 1024  # bytes
A_YEAR = 365 * 24 * 3600  # seconds
_WRITTEN = urls.UNRESERVED + b":/?#@!$&'()*+,;=%"  # addresses with nothing that would have to be quoted
View = TypeVar("View", bound=Callable[..., Any])


class Request(flask.Request):
    """Flask's request with other `cookies`."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies, as browsers divide them; Werkzeug's `"` reaches over `;`: a neighbour's two would hide ours."""
        sent = [cookie.partition("=") for cookie in self.environ.get("HTTP_COOKIE", "").split(";")]
        return ImmutableMultiDict([(name.strip(" \t"), value.strip(' \t"')) for name, _, value in sent])


class Sessions(SecureCookieSessionInterface):
    """Flask's signed session cookie, as plain JSON; the signer is made once instead of twice per request."""

    serializer = json  # type: ignore[assignment]  # Flask's takes three times as long, for types we do not store
    digest_method = staticmethod(hashlib.sha1)  # the same, in the form for which `hmac` works in C

    def __init__(self) -> None:
        make: Any = super().get_signing_serializer
        self.get_signing_serializer = cache(lambda app: with_kept_signer(make(app)))  # type: ignore[method-assign]

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it changed, but not for HEAD: nobody saw its page. Nothing is cached, so no `Vary`."""
        if session.modified and here.sent().method != "HEAD":
            value = self.get_signing_serializer(app).dumps(dict(session)) if session else ""  # type: ignore[union-attr]
            set_cookie(response, app.config["SESSION_COOKIE_NAME"], str(value))


class Answer(Response):
    """Flask's response, without Werkzeug's work on headers that stay as they are."""

    def __init__(self, response: Any = None, status: Any = None, headers: Any = None, **rest: Any) -> None:
        """Make an answer of HTML by default; Werkzeug would look for a Content-Type, by raising an error inside."""
        html = {} if headers or "mimetype" in rest else {"content_type": HTML}
        super().__init__(response, status, headers, **html | rest)

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers; Werkzeug's if it has to quote an address, to find a length, or to leave one out."""
        sent = dict(iter(self.headers))
        is_whole = "Content-Length" in sent and self.status_code not in (204, 304)
        is_written = is_whole and urls.consists_of(sent.get("Location", ""), _WRITTEN)
        return self.headers if is_written else super().get_wsgi_headers(environ)


HTML = "text/html; charset=utf-8"
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

CACHEABLE = ("static", "branding.file")  # endpoints of files that browsers may cache
# This form only changes what this browser shows; a token would make every page without another form set a cookie.
NO_CSRF_CHECK = "i18n.choose_language"


def csp(logo_hosts: Iterable[str], captcha_hosts: Iterable[str], own_fonts: bool) -> str:
    """Return the Content-Security-Policy of all pages, with `{nonce}` in it and what captchas need.

    Without form-action: browsers apply it to every redirect after a POST (Hydra, the application): consent would fail.
    """
    logos, captchas = ("".join(f" https://{host}" for host in sorted(hosts)) for hosts in (logo_hosts, captcha_hosts))
    parts = ["default-src 'none'", f"script-src 'nonce-{{nonce}}'{captchas}", "style-src 'self'"]
    parts += [f"img-src 'self' data:{logos}", "base-uri 'none'", "frame-ancestors 'none'"]
    parts += [f"frame-src{captchas}", f"connect-src{captchas}"] if captchas else []
    parts += ["font-src 'self'"] if own_fonts else []
    return "; ".join(parts)


def init_app(app: Flask, public_url: str, path: str, hosts: Iterable[str], keys: tuple[str, ...], policy: str) -> None:
    """Protect the whole application; `keys`: the secret key, then older ones that are still accepted."""
    https = public_url.startswith("https://")
    allowed = tuple(host.lower() for host in hosts) or (str(urlsplit(public_url).hostname),)
    before_nonce, after_nonce = policy.split("{nonce}")
    fixed = app.extensions["headers"] = [*HEADERS.items(), *([("Strict-Transport-Security", HSTS)] if https else [])]
    _configure(app, keys, https, path)
    app.jinja_env.globals.update(csrf_token=partial(csrf_token, keys[0]), csp_nonce=csp_nonce)

    @app.before_request
    def refuse() -> ResponseReturnValue | None:
        sent = here.sent()
        _check_host(sent, allowed)
        # Werkzeug redirects an empty path by 308 (forms go twice) and reads "//" as "/" (unlike a proxy's rules).
        if sent.environ["PATH_INFO"][:2] in ("", "//"):
            raise NotFound
        if inputs.is_prefetch(sent) and sent.endpoint not in CACHEABLE and not sent.path.startswith("/health/"):
            return "", 204  # the browser asks again when the person opens the page
        return _check_form(public_url, keys) if sent.method == "POST" else None

    answer: Any = app.wsgi_app

    def protected(environ: dict[str, Any], start_response: Any) -> Any:
        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            sent = dict(headers)
            if "Content-Security-Policy" not in sent:  # a brand's files have their own, stricter one
                headers.append(("Content-Security-Policy", f"{before_nonce}{csp_nonce()}{after_nonce}"))
            if "Cache-Control" not in sent or request.endpoint not in CACHEABLE:
                headers = [header for header in headers if header[0] != "Cache-Control"]
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers + fixed, *rest)

        return answer(environ, begin)

    app.wsgi_app = protected  # type: ignore[method-assign]  # after_request would be slower: Flask checks each header


def _configure(app: Flask, keys: tuple[str, ...], https: bool, path: str) -> None:
    """Configure cookies; names hold our path, as `__Host-` (other sites cannot set it) allows no `Path`."""
    prefix, suffix = "__Host-" if https else "", path.replace("/", ".")
    names = {name: f"{prefix}{name}{suffix}" for name in ("portico", "language", "last-used")}
    app.config.update(SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=list(keys[1:]), MAX_CONTENT_LENGTH=MAX_BODY)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # tokens end with their cookie; an age would depend on one replica's clock
    app.config.update(COOKIES=names, SESSION_COOKIE_NAME=names["portico"], SESSION_COOKIE_SECURE=https)
    app.session_interface, app.request_class, app.response_class = Sessions(), Request, Answer


def cookie_name(name: str) -> str:
    """Return the full name of one of our cookies."""
    return str(current_app.config["COOKIES"][name])


def set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set one of our cookies for `max_age` seconds, None until the browser closes; the value "" deletes it."""
    secure = here.app().config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age if value else 0, secure=secure, httponly=True, samesite="Lax")


def send_cookie(name: str, value: str, max_age: int) -> None:
    """Set a cookie with the answer to this request, whatever that will be."""

    @after_this_request
    def send(response: Response) -> Response:
        set_cookie(response, name, value, max_age)
        return response


def csp_nonce() -> str:
    """Return the nonce for scripts of this answer."""
    notes = here.notes()
    return str(notes.get("csp_nonce") or notes.setdefault("csp_nonce", secrets.token_urlsafe(16)))


def see_other(url: str) -> Response:
    """Redirect with 303, so that the browser never posts a secret again (RFC 9700 section 4.12)."""
    return Answer(status=303, content_type=HTML, headers={"Location": url, "Content-Length": "0"})


def if_forged(again: Callable[[], ResponseReturnValue]) -> Callable[[View], View]:
    """Decorate a form's view with the view that asks to press again if the CSRF token is bad."""

    def mark(view: View) -> View:
        view.if_forged = again  # type: ignore[attr-defined]
        return view

    return mark


def _check_host(sent: flask.Request, allowed: tuple[str, ...]) -> None:
    """Refuse foreign host names, which could deceive; TRUSTED_HOSTS cannot exempt /health, asked by address."""
    if sent.path.startswith(("/health/", "/static/")):
        return
    if not _is_allowed_host(sent.environ.get("HTTP_HOST", "").lower(), allowed):
        g.wrong_host = True
        raise BadInput("host is not ours")


@lru_cache(maxsize=64)
def _is_allowed_host(host: str, allowed: tuple[str, ...]) -> bool:
    address = re.fullmatch(r"\[([0-9a-f:]+)\](:[0-9]{1,5})?", host)  # host_is_trusted does not support IPv6
    return address.group(1) in allowed if address else host_is_trusted(host, allowed)


def _check_form(public_url: str, keys: tuple[str, ...]) -> ResponseReturnValue | None:
    """Refuse forged forms and those without a length, which could be cut short unnoticed, or of another type."""
    if request.content_length is None or request.mimetype != "application/x-www-form-urlencoded":
        raise BadInput("not a form of ours")
    if (view := current_app.view_functions.get(request.endpoint or "")) is None:
        return None  # 404 and 405 have pages of their own
    if not _is_same_origin(public_url):
        logs.event("malicious_cors", route=str(request.url_rule))
    elif request.endpoint == NO_CSRF_CHECK or _token_is_good(keys):
        return None
    else:
        logs.event("input_validation_fail", reason="csrf_token")
    g.press_again = True
    if (again := getattr(view, "if_forged", None)) is None:
        raise BadInput("form is not ours or too old")
    response = make_response(again())
    response.status_code = 400 if response.status_code == 200 else response.status_code
    return response


def _is_same_origin(public_url: str) -> bool:
    """Whether the form came from one of our pages, by Sec-Fetch-Site and Origin, else (on https) Referer."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if not source or public_url:
        return urls.same_origin(source, public_url) if source else not public_url.startswith("https://")
    # Drop-in mode: the form came from the host it was sent to, perhaps a proxy's. No page can change these headers.
    parts, hosts = urls.split(source), [request.headers.get(name, "").lower() for name in ("Host", "X-Forwarded-Host")]
    return parts is not None and urls.is_loopback(parts.hostname) and parts.netloc.lower() in hosts


def _token_is_good(keys: tuple[str, ...]) -> bool:
    """Check the CSRF token with every key: Flask-WTF accepts only the newest one."""
    for key in keys:
        with suppress(ValidationError):
            validate_csrf(inputs.single(request.form, "csrf_token"), secret_key=key)
            return True
    return False
