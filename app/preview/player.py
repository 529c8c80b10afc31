"""Runs Portico on stored answers of Kratos and Hydra: shows every page in every state without a server."""

import json
import lzma
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import local
from time import time
from types import CodeType
from typing import Any, ClassVar, Self

from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app import errors
from app.config.settings import Settings
from app.factory import create_app
from app.http.browser_session import PendingLogin, signed_value
from app.oauth2.assurance import short_hash
from app.ory.transport import Reply

FILE = Path(__file__).with_name("states.json.xz")  # `make preview-states` writes it
PUBLIC = "http://localhost:3000"
COOKIES = "ory_kratos_session=the-session-cookie; csrf_token_0123=the-csrf-cookie"
BROWSERS = count(1)  # each request has its own address and cookie, so that rate limits do not apply
OURS_ONLY: dict[str, Any] = {  # fixed values of settings that reach others, are secret, or depend on the machine
    "public_url": PUBLIC,
    "secret_key": secrets.token_urlsafe(48),
    "secret_key_fallbacks": [],
    "kratos_public_url": "http://kratos.internal:4433",
    "kratos_browser_url": "http://localhost:4433",
    "kratos_admin_url": "http://kratos.internal:4434",
    "hydra_admin_url": "http://hydra.internal:4445",
    "hydra_public_url": "http://localhost:4444",
    **dict.fromkeys(("base_path", "rate_limit_storage", "metrics_listen"), ""),
    **dict.fromkeys(("hydra_admin_token", "kratos_admin_token"), ""),
    "tracing": False,
    "allowed_hosts": [],
    "forwarded_hops": 0,
    "upstream_ca_file": None,
}


@dataclass(frozen=True)
class State:
    """One page in one state: the request, and the answers of Kratos and Hydra by "METHOD address".

    An answer is status, headers and body; or 0, and arguments and name of one of our errors. `pending_logins` are
    (challenge, application's id, name, page).
    """

    group: str
    name: str
    about: str
    path: str
    status: int = 200
    form: Mapping[str, str] | None = None  # the posted fields; a valid CSRF token is added unless `forged`
    method: str = ""
    forged: bool = False
    cookie: Mapping[str, Any] = field(default_factory=dict)  # the content of our session cookie
    pending_logins: list[list[str]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)  # additional settings
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1  # how often the request is sent
    answers: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its address in the preview, and the name of its picture."""
        return f"{self.group}/{self.name}"


def shipped() -> list[State]:
    """Return the states that Portico ships."""
    return [State(**values) for values in json.loads(lzma.decompress(FILE.read_bytes()))]


def of_clients(states: Iterable[State], client_ids: Iterable[str]) -> list[State]:
    """Return states for some pages of each application in the settings."""
    shown = [state for state in states if state.id in ("application/first", "consent/usual", "logout/application")]
    return [_of_client(state, client_id, number) for number, client_id in enumerate(client_ids, 1) for state in shown]


def _of_client(state: State, client_id: str, number: int) -> State:
    mark = json.dumps("demo"), json.dumps(client_id)
    answers = {
        key: [value.replace(f'"client_id": {mark[0]}', f'"client_id": {mark[1]}') if isinstance(value, str) else value
              for value in answer]
        for key, answer in state.answers.items()
    }  # fmt: skip
    name = state.id.replace("/", "-")
    return replace(state, group=f"client-{number}", name=name, about=f"{state.about} ({client_id})", answers=answers)


class PlayedTransport:
    """Replaces Transport: answers each thread with the answers of its state."""

    def __init__(self, public: str) -> None:
        self.public, self.now = public, local()

    def begin(self, state: State) -> None:
        """Set the state of this thread; `now.unforeseen` collects the calls for which it has no answer."""
        self.now.state, self.now.unforeseen = state, []

    def __call__(self, service: str, method: str, url: str, headers: object, body: object = None) -> Reply:  # noqa: ARG002 - Transport's
        """Answer like Transport; 404 if the state has no answer, for example for a schema."""
        asks_for = f"{method} {url.partition('?')[0]}"
        if asks_for not in self.now.state.answers:
            self.now.unforeseen.append(asks_for)
        status, more, text = self.now.state.answers.get(asks_for, (404, {}, "{}"))
        if status == 0:
            raise getattr(errors, text, RuntimeError)(*more)
        return Reply(status, more, text.replace(PUBLIC, self.public).encode())

    def named(self, service: str, operation: str) -> Self:  # noqa: ARG002 - Transport's
        """Do the same as Transport."""
        return self

    def ahead(self, service: str, url: str, headers: object) -> AbstractContextManager[Callable[[], Reply]]:
        """Do the same as Transport if no connection is free."""
        return nullcontext(partial(self, service, "GET", url, headers))


class Player:
    """Portico with the settings of each state, which `load` completes; made when first needed."""

    compiled: ClassVar[dict[object, CodeType]] = {}  # shared templates: compiling takes as long as showing all pages

    def __init__(self, load: Callable[[dict[str, Any]], Settings]) -> None:
        self.load = load
        self.apps: dict[str, Flask] = {}

    def app(self, settings: Mapping[str, Any] | None = None) -> Flask:
        """Return Portico with these additional settings; raises SettingsError."""
        key = json.dumps(dict(settings or {}), sort_keys=True)
        if key not in self.apps:
            self.apps[key] = _played(self.load(json.loads(key)), self.compiled)
        return self.apps[key]

    def answer(self, state: State, language: str = "en") -> TestResponse:
        """Return Portico's answer in this state; raises what a template raises."""
        app = self.app(state.settings)
        app.extensions["played"].begin(state)
        client, request = app.test_client(use_cookies=False), _request(app, state, language, next(BROWSERS))
        for _ in range(state.times):
            response = client.open(**request)
        return response


def _played(settings: Settings, compiled: dict[object, CodeType]) -> Flask:
    played: Any = PlayedTransport(settings.public_url)
    app = create_app(settings, transport=played)
    app.extensions["played"] = played
    app.jinja_env.compiled = compiled  # type: ignore[attr-defined]  # of app.http.templates
    app.jinja_env.auto_reload = True  # templates may change while the preview runs
    page = app.error_handler_spec[None][None][Exception]

    def show(error: Exception) -> Any:
        if played.now.state.status != 500:  # show the author a mistake in a template
            raise error
        return page(error)

    app.error_handler_spec[None][None][Exception] = show
    app.testing = True
    return app


def _pending_logins(app: Flask, state: State) -> str:
    with app.app_context():
        kept = [
            PendingLogin(login[0], short_hash(login[0]), login[1], login[2], login[3], time() - age)
            for age, login in enumerate(state.pending_logins)
        ]
        name = app.config["SESSION_COOKIE_NAME"]
        return "".join(f"; {name}-way{slot}={signed_value(login)}" for slot, login in enumerate(kept))


def _request(app: Flask, state: State, language: str, browser: int) -> dict[str, Any]:
    """Return the arguments for Flask's test client; `browser` is the number of this browser."""
    token = f"{browser:040x}"  # the random part of its CSRF tokens
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    noted = {"csrf_token": token} | dict(state.cookie)
    if "details" in noted:  # hashed with this app's key, which a state does not have
        by_key = TimestampSigner(app.config["SECRET_KEY"], "details")
        noted["details"] = [by_key.get_signature(value).decode()[:16] for value in noted["details"]]
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(noted)}"
    headers = {"Accept-Language": language, "Cookie": f"{COOKIES}; {cookie}{_pending_logins(app, state)}"}
    headers |= dict(state.headers)
    address = f"10.{browser >> 16 & 255}.{browser >> 8 & 255}.{browser & 255}"
    request: dict[str, Any] = {"path": state.path, "base_url": app.extensions["played"].public, "headers": headers}
    request |= {"buffered": True, "environ_overrides": {"REMOTE_ADDR": address}, "method": state.method or "GET"}
    if state.form is not None:
        signed = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(token)
        headers |= {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
        request |= {"method": "POST", "data": dict(state.form) | ({} if state.forged else {"csrf_token": signed})}
    return request
