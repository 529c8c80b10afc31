"""Portico in this process with Kratos and Hydra on a faked wire, for as many answers as there are inputs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from unittest.mock import patch

import responses
from werkzeug.test import TestResponse

from app.http import time_budget
from tests.support.fixtures import _app, browser
from tests.support.pages import CheckedClient
from tests.support.upstream import Upstream, without_schemas

UNHURRIED = SimpleNamespace(monotonic=lambda: 0.0)  # no input is too slow
_portico = cache(_app)


@contextmanager
def wire() -> Iterator[tuple[CheckedClient, Upstream]]:
    """A new browser, and upstreams that know nothing yet; what they are not told of is not there."""
    with (
        responses.RequestsMock(assert_all_requests_are_fired=False) as mock,
        patch.object(time_budget, "time", UNHURRIED),
    ):
        upstream = Upstream(mock)
        without_schemas(mock)
        yield browser(_portico()), upstream


def served(answer: TestResponse) -> TestResponse:
    """The answer, if it is no bug of ours; 502 says that an upstream's was none."""
    assert answer.status_code < 500 or answer.status_code == 502, answer.status
    return answer
