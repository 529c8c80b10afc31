"""How an answer is written: its head waits for its body, so that both are one call of the system and one packet."""

from __future__ import annotations

from typing import Any


class Written:
    """A client's socket as gunicorn needs it to answer a request: by a head, then what there is of a body."""

    _head: bytes | None = None

    def __init__(self, client: Any) -> None:
        self._client = client

    def sendall(self, data: bytes) -> None:
        """Send it, but for a head."""
        if self._head is None:
            self._head = data
        else:
            data, self._head = self._head + data, b""
            self._client.sendall(data)

    def flush(self) -> None:
        """Send a head that no body came after."""
        if self._head:
            self.sendall(b"")

    def __getattr__(self, name: str) -> Any:
        """What is done beside writing: to send a file, or to hang up."""
        self.flush()
        return getattr(self._client, name)
