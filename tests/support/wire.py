"""The wire to Kratos and Hydra, faked by `responses` at the one place where Portico sends and reads."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
import responses
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from app.ory.http1 import Reply, Request, read


class FakeWire(responses.RequestsMock):
    """RequestsMock for what Portico asks: no connection is made, and replies are read by Portico's own rules."""

    def __init__(self, **options: Any) -> None:
        super().__init__(target="app.ory.transport.Transport._exchange", **options)

    def unbound_on_send(self) -> Callable[..., Any]:
        """What takes the place of `Transport._exchange`."""
        send, adapter = super().unbound_on_send(), HTTPAdapter()

        def exchange(_: object, service: str, pool: object, request: Request, *until: object) -> Reply:
            prepared = requests.PreparedRequest()
            prepared.method, prepared.url, prepared.body = request.method, request.url, request.body
            prepared.headers = CaseInsensitiveDict(request.headers)
            answer = send(adapter, prepared).raw
            body = answer.read(decode_content=False)
            headers = [*answer.headers.items(), ("Content-Length", str(len(body)))]
            head = [f"HTTP/1.1 {answer.status} X", *map(": ".join, headers), "", ""]
            return read(service, BytesIO("\r\n".join(head).encode() + body))[0]

        return exchange
