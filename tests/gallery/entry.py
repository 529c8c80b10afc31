"""One page in one state: what is asked of Portico, and what Kratos and Hydra answer meanwhile."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import cache, partial
from typing import Any, Self

import responses
from flask import Flask
from werkzeug.test import TestResponse

from app.config.settings import Settings
from app.factory import create_app
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos, KratosAdmin
from app.ory.transport import Reply
from app.preview.player import BROWSERS, request_of
from tests.support.upstream import BROWSER_HYDRA, BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC, Upstream

ADMIN, LOGOS = "http://kratos.internal:4434", "logos.example.org"
SETTINGS: dict[str, Any] = {
    "public_url": PUBLIC,
    "secret_key": "a-secret-key-of-the-gallery-0123456789",
    "kratos_public_url": KRATOS,
    "kratos_browser_url": BROWSER_KRATOS,
    "hydra_admin_url": HYDRA,
    "hydra_public_url": BROWSER_HYDRA,
    "client_logo_hosts": [LOGOS],
}


@dataclass(frozen=True)
class Entry:
    """One page in one state; `prepare` tells the upstreams their answers.

    `form`: what is posted (then the request is a POST; Portico's own token comes along unless `forged`). `cookie`: what
    Portico has noted in this browser. `ways`: the sign-ins not finished there, each (challenge, application's id, name,
    page). `settings`: those that differ from SETTINGS. `times`: how often it is sent.
    """

    group: str
    name: str
    about: str
    path: str
    prepare: Callable[[Upstream], object] = lambda _: None
    status: int = 200
    form: Mapping[str, str] | None = None
    method: str = ""
    forged: bool = False
    cookie: Mapping[str, Any] = field(default_factory=dict)
    ways: tuple[tuple[str, str, str, str], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1

    @property
    def id(self) -> str:
        """`login/first-look`: its address in the gallery, and the name of its picture."""
        return f"{self.group}/{self.name}"

    def __str__(self) -> str:
        return self.id


class Canned:
    """Stands where Wire is and answers from memory; `add` is that of `responses`, which Upstream speaks to."""

    def __init__(self) -> None:
        self._now = threading.local()

    def begin(self, entry: Entry) -> None:
        """From now on this thread's requests are those of this entry."""
        self._now.answers, self._now.unforeseen, self._now.status = {}, [], entry.status
        entry.prepare(Upstream(self))  # type: ignore[arg-type]

    @property
    def status(self) -> int:
        """The status this thread's entry expects."""
        return int(self._now.status)

    @property
    def answers(self) -> dict[tuple[str, str], Reply | Exception]:
        """What this thread's entry is answered, by method and address."""
        return dict(self._now.answers)

    @property
    def replies(self) -> list[Reply]:
        """What this thread's entry is answered, errors apart."""
        return [reply for reply in self._now.answers.values() if isinstance(reply, Reply)]

    def add(
        self, method: Any, url: str = "", status: int = 200, json: Any = None, body: Any = b"", headers: Any = ()
    ) -> None:
        """Answer this request, whatever its query; a later answer to the same takes the place of the earlier."""
        if isinstance(method, responses.Response):
            self.upsert(method)
        else:
            answer = body if isinstance(body, Exception) else _reply(status, json, body, headers)
            self._now.answers[method, url] = answer

    def upsert(self, answer: responses.Response) -> None:
        """Likewise, of a whole answer."""
        self.add(answer.method, str(answer.url), body=answer.body)

    def __call__(self, service: str, method: str, url: str, headers: object, body: object = None) -> Reply:
        """What Wire's own does; raises what was added as an exception."""
        answer = self._now.answers.get((method, url.partition("?")[0]))
        if answer is None and url.startswith((f"{KRATOS}/schemas", f"{KRATOS}/self-service/registration/browser")):
            return Reply(404, {}, b"{}")  # its pages are made of what the nodes say
        if answer is None:
            self._now.unforeseen.append(f"{method} {url}")
            raise LookupError(f"nobody foresaw {method} {url}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def named(self, service: str, operation: str) -> Self:
        """What Transport's own does."""
        return self

    def ahead(self, service: str, url: str, headers: object) -> AbstractContextManager[Callable[[], Reply]]:
        """What Wire's own does where no connection is free."""
        return nullcontext(partial(self, service, "GET", url, headers))

    def check(self, entry: Entry) -> None:
        """Nothing was asked that the entry did not foresee: the page would only say that something went wrong."""
        if self._now.unforeseen:
            raise LookupError(f"{entry}: nobody foresaw {self._now.unforeseen}")


def _reply(status: int, value: Any, body: bytes, headers: Any) -> Reply:
    return Reply(status, dict(headers), body if value is None else json.dumps(value).encode())


@cache
def _served(settings: str) -> tuple[Flask, Canned]:
    """Portico with these settings besides (JSON), its upstreams played from memory."""
    canned = Canned()
    app = create_app(Settings(**SETTINGS | json.loads(settings)))
    app.jinja_env.auto_reload = True
    _let_through(app, canned)
    deployment = app.extensions["portico"]
    hydra = deployment.hydra and Hydra(canned, HYDRA)  # type: ignore[arg-type]
    admin = deployment.kratos_admin and KratosAdmin(canned, ADMIN)  # type: ignore[arg-type]
    kratos = Kratos(canned, KRATOS)  # type: ignore[arg-type]
    app.extensions["portico"] = changed(deployment, kratos=kratos, kratos_admin=admin, hydra=hydra)
    return app, canned


def _let_through(app: Flask, canned: Canned) -> None:
    """A mistake in a template is for who made it, not for the page that says so to people."""
    page = app.error_handler_spec[None][None][Exception]

    def show(error: Exception) -> Any:
        if canned.status != 500:
            raise error
        return page(error)

    app.error_handler_spec[None][None][Exception] = show
    app.testing = True


def served(entry: Entry) -> tuple[Flask, Canned]:
    """The Portico that shows this entry."""
    return _served(json.dumps(dict(entry.settings), sort_keys=True))


def answer(entry: Entry, language: str = "en") -> TestResponse:
    """What Portico answers to the entry's request; raises LookupError when it asks more than the entry foresaw."""
    app, canned = served(entry)
    canned.begin(entry)
    client, request = app.test_client(use_cookies=False), request_of(app, entry, language, next(BROWSERS))
    for _ in range(entry.times):
        response = client.open(**request)
        canned.check(entry)
    return response
