"""How an answer is written: in as few calls of the system as it can be, and in its order."""

from unittest.mock import Mock, call

from app.server.writing import Written


def taking(bytes_at_once=1_000_000):
    """A client's socket; the kernel takes so many bytes of ours with one call."""
    return Mock(send=Mock(side_effect=lambda data: min(len(data), bytes_at_once)))


def test_a_head_and_what_comes_after_it_are_sent_at_once():
    client = taking()
    written = Written(client)
    for piece in (b"head", b"body", b"more"):
        written.sendall(piece)
    written.sendall(b"")
    assert client.mock_calls == [call.send(b"headbody"), call.send(b"more")]


def test_what_the_kernel_does_not_take_at_once_is_sent_after_it():
    client = taking(bytes_at_once=6)
    written = Written(client)
    written.sendall(b"head")
    written.sendall(b"body")
    assert client.mock_calls == [call.send(b"headbody"), call.sendall(b"dy")]


def test_a_head_alone_is_sent_at_the_end_once():
    client = taking()
    written = Written(client)
    written.sendall(b"head")
    written.sendall(b"")
    written.sendall(b"")
    assert client.mock_calls == [call.send(b"head")]


def test_a_head_is_sent_before_all_else_that_is_done():
    client = taking()
    written = Written(client)
    written.send(b"100")
    written.sendall(b"head")
    written.sendfile("file", offset=0)
    assert client.mock_calls == [call.send(b"100"), call.send(b"head"), call.sendfile("file", offset=0)]
