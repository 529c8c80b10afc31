"""How a page in one state is written down here, and the Portico that shows it, of `app/preview`."""

import json
from collections.abc import Callable
from typing import Any

import responses
from flask import Flask
from werkzeug.test import TestResponse

from app import errors
from app.config.settings import Settings
from app.preview.player import OURS_ONLY, Player, State
from tests.support.upstream import KRATOS, Upstream

LOGOS = "logos.example.org"
# What applications register for people to see.
LINKS = {"policy_uri": "https://app.example.org/privacy", "tos_uri": "https://app.example.org/terms"}
LOGO = {"logo_uri": f"https://{LOGOS}/demo.svg"}
# Pages are made of what the nodes say where Kratos does not tell these.
MAY_BE_UNKNOWN = (f"GET {KRATOS}/schemas", f"GET {KRATOS}/self-service/registration/browser")
ARGUMENTS: dict[type[Exception], tuple[Any, ...]] = {
    errors.FlowGone: ("unknown",),
    errors.FlowElsewhere: (f"{KRATOS}/self-service/login/browser",),
    errors.UpstreamBusy: ("Kratos", 60),
    errors.UpstreamUnavailable: ("Kratos", "no answer"),
    errors.UpstreamError: ("Kratos", "odd answer"),
}


class Answers(dict[str, list[Any]]):
    """What Kratos and Hydra answer in a state; `add` is that of `responses`, which Upstream speaks to."""

    def add(
        self, method: Any, url: str = "", status: int = 200, json: Any = None, body: Any = b"", headers: Any = ()
    ) -> None:
        """Answer this request, whatever its query; a later answer to the same takes the place of the earlier."""
        if isinstance(method, responses.Response):
            self.upsert(method)
        elif isinstance(body, Exception):
            self[f"{method} {url}"] = [0, ARGUMENTS.get(type(body), ()), type(body).__name__]
        else:
            self[f"{method} {url}"] = [status, dict(headers), _text(body) if json is None else _text(json)]

    def upsert(self, answer: responses.Response) -> None:
        """Likewise, of a whole answer."""
        self.add(answer.method, str(answer.url), body=answer.body)


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else body if isinstance(body, str) else json.dumps(body)


def entry(
    group: str,
    name: str,
    about: str,
    path: str,
    prepare: Callable[[Upstream], object] = lambda _: None,
    status: int = 200,
    form: dict[str, str] | None = None,
    **more: Any,
) -> State:
    """One page in one state; `prepare` tells the upstreams their answers."""
    answers = Answers()
    prepare(Upstream(answers))  # type: ignore[arg-type]
    more |= {"status": status, "form": form, "answers": answers}
    return State(group, name, about, path, **json.loads(json.dumps(more)))


class Gallery(Player):
    """Portico with no more settings than it needs; raises LookupError where it asks for more than a state foresaw."""

    def __init__(self) -> None:
        super().__init__(lambda values: Settings(**OURS_ONLY | values))

    def answer(self, state: State, language: str = "en") -> TestResponse:
        """What Portico answers: without what it asked for, its page would only say that something went wrong."""
        page = super().answer(state, language)
        asked_for = self.app(state.settings).extensions["played"].now.unforeseen
        if unforeseen := [request for request in asked_for if not request.startswith(MAY_BE_UNKNOWN)]:
            raise LookupError(f"{state.id}: nobody foresaw {unforeseen}")
        return page


GALLERY = Gallery()
answer = GALLERY.answer


def served(state: State) -> Flask:
    """The Portico that shows this state."""
    return GALLERY.app(state.settings)


def bodies(state: State) -> list[Any]:
    """What Kratos and Hydra say in this state."""
    return [json.loads(body) for status, _, body in state.answers.values() if status and body]
