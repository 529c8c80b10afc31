"""Portico with its Kratos and Hydra played from memory: every page in every state, and no address of theirs is used."""

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
from app.http.browser_session import PendingLogin, sealed
from app.oauth2.assurance import short_hash
from app.ory.transport import Reply

FILE = Path(__file__).with_name("states.json.xz")  # `make preview-states` writes it
PUBLIC = "http://localhost:3000"
COOKIES = "ory_kratos_session=the-session-cookie; csrf_token_0123=the-csrf-cookie"
BROWSERS = count(1)  # everybody has an address and a cookie of their own, so that looking often is not limited
OURS_ONLY: dict[str, Any] = {  # what reaches others, is secret, or differs from one machine to the next
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
    """One page in one state: the request, and what Kratos and Hydra answer meanwhile, by "METHOD address".

    An answer: status, headers, body; or 0, arguments and name of one of our errors. `ways`: the sign-ins not finished
    there, each (challenge, application's id, name, page).
    """

    group: str
    name: str
    about: str
    path: str
    status: int = 200
    form: Mapping[str, str] | None = None  # what is posted, with Portico's own token unless `forged`
    method: str = ""
    forged: bool = False
    cookie: Mapping[str, Any] = field(default_factory=dict)  # what Portico has noted in this browser
    ways: list[list[str]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)  # those that it needs besides
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1  # how often it is sent
    answers: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its address, and the name of its picture."""
        return f"{self.group}/{self.name}"


def shipped() -> list[State]:
    """The states that Portico ships."""
    return [State(**values) for values in json.loads(lzma.decompress(FILE.read_bytes()))]


def of_clients(states: Iterable[State], client_ids: Iterable[str]) -> list[State]:
    """Some pages of each application that has a table of its own in the settings."""
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
    """Stands where Transport is, and answers each thread with its state's."""

    def __init__(self, public: str) -> None:
        self.public, self.now = public, local()

    def begin(self, state: State) -> None:
        """From now on this thread's requests are those of this state; `now.unforeseen`: those without an answer."""
        self.now.state, self.now.unforeseen = state, []

    def __call__(self, service: str, method: str, url: str, headers: object, body: object = None) -> Reply:  # noqa: ARG002 - Transport's
        """What Transport's own does; 404 to what the state does not foresee, as of a schema."""
        asks_for = f"{method} {url.partition('?')[0]}"
        if asks_for not in self.now.state.answers:
            self.now.unforeseen.append(asks_for)
        status, more, text = self.now.state.answers.get(asks_for, (404, {}, "{}"))
        if status == 0:
            raise getattr(errors, text, RuntimeError)(*more)
        return Reply(status, more, text.replace(PUBLIC, self.public).encode())

    def named(self, service: str, operation: str) -> Self:  # noqa: ARG002 - Transport's
        """What Transport's own does."""
        return self

    def ahead(self, service: str, url: str, headers: object) -> AbstractContextManager[Callable[[], Reply]]:
        """What Transport's own does where no connection is free."""
        return nullcontext(partial(self, service, "GET", url, headers))


class Player:
    """Portico with the settings that `load` makes of a state's own; each is made when it is first needed."""

    compiled: ClassVar[dict[object, CodeType]] = {}  # the templates of all of them: to compile takes as long as to show

    def __init__(self, load: Callable[[dict[str, Any]], Settings]) -> None:
        self.load = load
        self.apps: dict[str, Flask] = {}

    def app(self, settings: Mapping[str, Any] | None = None) -> Flask:
        """The Portico with these settings besides; SettingsError with what is wrong."""
        key = json.dumps(dict(settings or {}), sort_keys=True)
        if key not in self.apps:
            self.apps[key] = _played(self.load(json.loads(key)), self.compiled)
        return self.apps[key]

    def answer(self, state: State, language: str = "en") -> TestResponse:
        """What Portico answers in this state; raises what a template raises."""
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
    app.jinja_env.auto_reload = True  # who writes a template looks again and again
    page = app.error_handler_spec[None][None][Exception]

    def show(error: Exception) -> Any:
        if played.now.state.status != 500:  # a mistake in a template is for who made it
            raise error
        return page(error)

    app.error_handler_spec[None][None][Exception] = show
    app.testing = True
    return app


def _ways(app: Flask, state: State) -> str:
    with app.app_context():
        kept = [
            PendingLogin(way[0], short_hash(way[0]), way[1], way[2], way[3], time() - age)
            for age, way in enumerate(state.ways)
        ]
        name = app.config["SESSION_COOKIE_NAME"]
        return "".join(f"; {name}-way{slot}={sealed(way)}" for slot, way in enumerate(kept))


def _request(app: Flask, state: State, language: str, browser: int) -> dict[str, Any]:
    """What Flask's test client is to send; `browser` tells this one from others."""
    token = f"{browser:040x}"  # the random part of its CSRF tokens
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    noted = {"csrf_token": token} | dict(state.cookie)
    if "details" in noted:  # by the key of this app, which no state can know
        by_key = TimestampSigner(app.config["SECRET_KEY"], "details")
        noted["details"] = [by_key.get_signature(value).decode()[:16] for value in noted["details"]]
    cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(noted)}"
    headers = {"Accept-Language": language, "Cookie": f"{COOKIES}; {cookie}{_ways(app, state)}"}
    headers |= dict(state.headers)
    address = f"10.{browser >> 16 & 255}.{browser >> 8 & 255}.{browser & 255}"
    request: dict[str, Any] = {"path": state.path, "base_url": app.extensions["played"].public, "headers": headers}
    request |= {"buffered": True, "environ_overrides": {"REMOTE_ADDR": address}, "method": state.method or "GET"}
    if state.form is not None:
        signed = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(token)
        headers |= {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
        request |= {"method": "POST", "data": dict(state.form) | ({} if state.forged else {"csrf_token": signed})}
    return request
