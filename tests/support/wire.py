"""The wire to Kratos and Hydra, faked by `responses` at the one place where Portico sends and reads."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import requests
import responses
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from app.ory.transport import Reply, Request, read


class Wire(responses.RequestsMock):
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
            raw = send(adapter, prepared).raw
            response = SimpleNamespace(status=raw.status, headers=raw.headers, length=0)
            response.read = lambda size: raw.read(size, decode_content=False)
            return read(service, response)  # type: ignore[arg-type]

        return exchange
