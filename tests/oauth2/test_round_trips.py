"""What does not depend on each other is asked at the same time: counted by what the servers see, no clock."""

import json
import threading
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from app.config.settings import Settings
from app.factory import create_app
from tests.support.fixtures import SETTINGS
from tests.support.loopback import Raw
from tests.support.upstream import ADA, BROWSER_HYDRA, CLIENT, NOW, authorize, session

COMMON = {"client": CLIENT | {"skip_consent": True}, "request_url": authorize(), "requested_scope": ["openid"]}
ON = {"redirect_to": f"{BROWSER_HYDRA}/oauth2/auth?verifier=v"}
BODIES = {
    "/sessions/whoami": session(ADA),
    "/admin/oauth2/auth/requests/login": COMMON | {"skip": False, "subject": ""},
    "/admin/oauth2/auth/requests/login/accept": ON,
    "/admin/oauth2/auth/requests/consent": COMMON | {"subject": ADA, "context": {"kratos_session": "session-1"}},
    "/admin/oauth2/auth/requests/consent/accept": ON,
}
READS = {"/sessions/whoami", "/admin/oauth2/auth/requests/login", "/admin/oauth2/auth/requests/consent"}


class Servers:
    """Kratos and Hydra, and what happens at them in turn; `together`: they answer reads by twos only."""

    def __init__(self):
        self.happened = []
        self.together = None
        self.kratos = Raw(lambda connection, number: self._answer(self.kratos, connection, number))
        self.hydra = Raw(lambda connection, number: self._answer(self.hydra, connection, number))

    def _answer(self, server, connection, number):
        path = urlsplit(server.requests[number].split(b" ")[1].decode()).path
        self.happened.append("asked")
        if self.together and path in READS:
            self.together.wait()
        self.happened.append("answered")
        body, date = json.dumps(BODIES[path]).encode(), format_datetime(NOW, usegmt=True)
        connection.sendall(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    @property
    def round_trips(self):
        """How often something was asked after an answer, or at first."""
        before = ["answered", *self.happened]
        return [*zip(before, self.happened, strict=False)].count(("answered", "asked"))

    def close(self):
        self.kratos.close()
        self.hydra.close()


@pytest.fixture
def servers():
    started = Servers()
    yield started
    started.close()


def test_a_single_sign_on_takes_four_round_trips(servers):
    """Without a page, into a first-party application; six, where nothing overlaps."""
    addresses = {"kratos_public_url": servers.kratos.url, "hydra_admin_url": servers.hydra.url}
    app = create_app(Settings(**SETTINGS | addresses))
    took = []
    for together in (None, threading.Barrier(2)):
        servers.happened, servers.together = [], together
        browser = app.test_client()
        for path in ("/login?login_challenge=c", "/consent?consent_challenge=c"):
            assert browser.get(path, base_url=SETTINGS["public_url"]).headers["Location"] == ON["redirect_to"]
        took.append(servers.round_trips)

    assert took == [6, 4]  # the first opens the connections
