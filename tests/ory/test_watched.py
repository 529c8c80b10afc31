"""Calls that are watched: each is ended once, by its name, with what became of it."""

from contextlib import suppress

import pytest

from app.errors import UpstreamError
from app.ory.hydra import Hydra
from app.ory.responses import HYDRA, KRATOS, KRATOS_ADMIN
from app.ory.transport import Transport, connections
from app.ory.transport.watched import APIS, BAD_REPLY, BUSY, ERRORS, FAILED, NO_ANSWER, NOT_ASKED, Watched, operation_id
from tests.support.cases import each_case
from tests.support.loopback import OK, hang_up


@pytest.fixture
def ended():
    """What the watch was handed: the names of each call and how it ended."""
    return []


@pytest.fixture
def transport(ended):
    def watch(api, operation):
        return lambda call: lambda status, error: ended.append((api, operation, call.method, status, error))

    return Watched([watch], "").named(KRATOS, "to_session")


def answer(status):
    return lambda connection, number: connection.sendall(OK.replace(b"200 OK", f"{status} Any".encode()))


def ask(transport, url):
    with suppress(UpstreamError):
        transport(KRATOS, "GET", f"{url}/x", {})


@pytest.mark.parametrize(
    ("status", "error"), [(200, ""), (401, ""), (403, ""), (429, BUSY), (500, FAILED), (502, FAILED)]
)
def test_an_answer_is_told_by_its_status(transport, ended, serve, status, error):
    ask(transport, serve(answer(status)).url)
    assert ended == [("kratos", "toSession", "GET", status, error)]


def test_no_answer_is_told(transport, ended, serve):
    ask(transport, serve(lambda connection, number: hang_up(connection)).url)
    assert ended == [("kratos", "toSession", "GET", 0, NO_ANSWER)]


def test_an_answer_of_too_many_bytes_is_told(transport, ended, serve, monkeypatch):
    monkeypatch.setattr("app.ory.transport.MAX_REPLY", 3)
    ask(transport, serve(answer(200)).url)
    assert ended == [("kratos", "toSession", "GET", 0, BAD_REPLY)]


def test_a_call_that_is_not_sent_is_told(ended, serve):
    def watch(api, operation):
        return lambda call: lambda status, error: ended.append(error)

    transport = Watched([watch], "", dict, lambda: 0.0).named(KRATOS, "to_session")
    ask(transport, serve(answer(200)).url)

    assert ended == [NOT_ASKED]


def test_a_read_ahead_is_told_once_when_it_was_read(transport, ended, serve):
    server = serve(answer(200))
    ask(transport, server.url)
    ended.clear()
    with transport.ahead(KRATOS, f"{server.url}/y", {}) as later:
        assert ended == []
        assert later().status == 200
    assert ended == [("kratos", "toSession", "GET", 200, "")]
    assert server.connections == 1


def test_a_read_ahead_without_a_connection_is_told_once(transport, ended, serve):
    with transport.ahead(KRATOS, f"{serve(answer(200)).url}/y", {}) as later:
        assert later().status == 200
    assert len(ended) == 1


def test_what_nobody_wanted_in_the_end_is_not_told(transport, ended, serve):
    server = serve(answer(200))
    ask(transport, server.url)
    ended.clear()
    with transport.ahead(KRATOS, f"{server.url}/y", {}):
        pass
    assert ended == []


def test_a_call_without_a_name_is_not_told(ended, serve):
    ask(Watched([lambda *_: pytest.fail("it has no name")], ""), serve(answer(200)).url)


def test_all_calls_of_an_api_have_names_and_share_their_connections(serve):
    names, server = [], serve(answer(200))

    def watch(api, operation):
        names.append((api, operation))
        return lambda call: lambda status, error: None

    hydra = Hydra(Watched([watch], ""), server.url, "token")
    hydra.check_ready()
    hydra.check_ready()

    assert server.connections == 1
    assert {api for api, _ in names} == {"hydra"}
    assert {"getOAuth2LoginRequest", "acceptOAuth2ConsentRequest", "listOAuth2ConsentSessions", "isReady"} <= {
        operation for _, operation in names
    }


def test_a_transport_that_nobody_watches_is_no_other_one():
    transport = Transport()
    assert transport.named(KRATOS, "to_session") is transport


def test_every_api_has_a_label():
    assert set(APIS) == {KRATOS, HYDRA, KRATOS_ADMIN}
    assert len(ERRORS) == 5
    assert connections.Call.ends == ()


@each_case(
    "operation, name",
    [("to_session", "toSession"), ("get_o_auth2_login_request", "getOAuth2LoginRequest"), ("is_ready", "isReady")],
)
def test_operations_have_the_names_of_orys_specification(operation, name):
    assert operation_id(operation) == name
