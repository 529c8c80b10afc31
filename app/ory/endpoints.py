"""The requests as ory-client builds them, each built once; not its transport, which has no timeout, nor its models."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from app.ory import responses
from app.ory.apis import ApiClient, Configuration
from app.ory.transport import Reply, Transport


class Endpoint:
    """One request, by its parameters' values; ory-client alone would quote the `=` of most challenges slowly."""

    def __init__(self, service: str, transport: Transport, method: str, url: str, headers: Mapping[str, str]) -> None:
        self._service, self._transport = service, transport
        self._method, self._url = method, url
        self._headers = {**headers, "User-Agent": "Portico"}

    def __call__(self, body: Mapping[str, Any] | None = None, cookie: str = "", **parameters: str) -> Reply:
        """Send it with this JSON body and the browser's Cookie header."""
        data = None if body is None else json.dumps(body).encode()
        return self._transport(self._service, self._method, self._filled(parameters), self._with(cookie), data)

    def ahead(self, cookie: str) -> AbstractContextManager[Callable[[], Reply]]:
        """Send it now, where that costs no waiting, and read the answer when it is asked for."""
        return self._transport.ahead(self._service, self._url, self._with(cookie))

    def _filled(self, parameters: Mapping[str, str]) -> str:
        url = self._url
        for name, value in parameters.items():
            url = url.replace(f"__{name}__", quote(value, safe="="))  # "=" needs no quoting in a value
        return url

    def _with(self, cookie: str) -> Mapping[str, str]:
        return {**self._headers, "Cookie": cookie} if cookie else self._headers


class _NotSending(ApiClient):
    """ory-client up to where it would send: every call returns what it would have sent."""

    def call_api(self, method: str, url: str, header_params: Any = None, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(response=(method, url, header_params))


class Service:
    """An API of Kratos or Hydra at its base address, with the token that its guard wants ("" for none)."""

    _guarded: Callable[[], Reply]  # a call that costs little and needs the token

    def __init__(self, name: str, transport: Transport, url: str, token: str = "") -> None:
        self.name, self._base, self._bears_token = name, url.rstrip("/"), bool(token)
        self._transport = transport.bearing(token) if token else transport
        self._health = self._transport.named(name, "is_ready")
        self._client = _NotSending(Configuration(host=self._base))  # its own default is a public playground

    def _endpoint(self, api: type, operation: str, *parameters: str, **constants: object) -> Endpoint:
        """The request of this method of ory-client, with parameters that differ from call to call."""
        call = getattr(api, f"{operation}_without_preload_content")
        placeholders = {name: f"__{name}__" for name in parameters}
        transport = self._transport.named(self.name, operation)
        return Endpoint(self.name, transport, *call(api(self._client), **placeholders, **constants))

    def is_ready(self) -> bool:
        """Whether it says it can serve; raises UpstreamError when it says nothing, or does not let us in."""
        reply = self._health(self.name, "GET", f"{self._base}/health/ready", {"Accept": "application/json"})
        responses.let_in(self.name, reply)
        if self._bears_token:  # what guards an API often leaves its health open
            responses.let_in(self.name, self._guarded())
        return reply.status == 200
