"""The running server while half of all answers of Kratos fail, each in another way (F10): no worker sticks."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
import requests

from tests.faults import wire
from tests.server.server import forked
from tests.stack.processes import PATIENCE
from tests.support.loopback import Raw

NOBODY = wire.reply(b'{"error": {"code": 401}}', status=401)
BROKEN = [
    wire.NO_ANSWER[name].act
    for name in ("reset after it", "closed after it", "cut in the head", "reset in the body", "no HTTP", "no gzip")
]
FAILING = [*BROKEN, wire.with_status(503).act, wire.NO_JSON["HTML"].act]
PAGES = 160


class Flapping(Raw):
    """Answers that nobody is signed in; while it `flaps`, every second request fails."""

    def __init__(self) -> None:
        self.flaps, self.failed, self._ways = False, 0, cycle(FAILING)
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket, number: int) -> None:
        if self.flaps and number % 2:
            self.failed += 1
            next(self._ways)(connection, NOBODY)
        else:
            connection.sendall(NOBODY)


@pytest.fixture
def kratos():
    started = Flapping()
    yield started
    started.close()


def statuses(url, number):
    """The statuses of so many pages, eight at a time."""
    with ThreadPoolExecutor(8) as crowd:
        return Counter(crowd.map(lambda _: requests.get(url, timeout=PATIENCE).status_code, range(number)))


def test_no_more_pages_fail_than_answers_and_all_is_well_at_once_after_it(kratos, tmp_path):
    """F10. With one worker and fewer places than failures, each place that stuck would be missed."""
    with forked(tmp_path, PORTICO_KRATOS_PUBLIC_URL=kratos.url) as server:
        kratos.flaps = True
        during = statuses(f"{server.url}/", PAGES)
        kratos.flaps = False
        assert 0 < during[502] + during[503] <= kratos.failed
        assert during[200] + during[502] + during[503] == PAGES
        assert kratos.failed > 64
        assert statuses(f"{server.url}/", PAGES) == {200: PAGES}
