"""How an answer is written: in as few calls of the system as it can be, and in its order."""

from unittest.mock import Mock, call

from app.server.writing import Written


def test_a_head_and_what_comes_after_it_are_sent_at_once():
    client = Mock()
    written = Written(client)
    for piece in (b"head", b"body", b"more"):
        written.sendall(piece)
    written.sendall(b"")
    assert client.mock_calls == [call.sendall(b"headbody"), call.sendall(b"more")]


def test_a_head_alone_is_sent_at_the_end_once():
    client = Mock()
    written = Written(client)
    written.sendall(b"head")
    written.sendall(b"")
    written.sendall(b"")
    assert client.mock_calls == [call.sendall(b"head")]


def test_a_head_is_sent_before_all_else_that_is_done():
    client = Mock()
    written = Written(client)
    written.send(b"100")
    written.sendall(b"head")
    written.sendfile("file", offset=0)
    assert client.mock_calls == [call.send(b"100"), call.sendall(b"head"), call.sendfile("file", offset=0)]
