"""Builds each request once with ory-client; its transport (no timeout) and its models are not used."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from app.errors import UpstreamUnavailable
from app.ory import responses
from app.ory.apis import ApiClient, Configuration
from app.ory.transport import Reply, Transport
from app.urls import UNRESERVED, consists_of

_PLAIN = UNRESERVED + b"="  # needs no quoting; `quote` is slow


class Endpoint:
    """One kind of request; fills in its parameters itself, because ory-client quotes the `=` of challenges slowly."""

    def __init__(self, service: str, transport: Transport, method: str, url: str, headers: Mapping[str, str]) -> None:
        self._service, self._transport = service, transport
        self._method, self._url = method, url
        self._headers = {**headers, "User-Agent": "Portico"}

    def __call__(self, body: Mapping[str, Any] | None = None, cookie: str = "", **parameters: str) -> Reply:
        """Send the request with this JSON body and the browser's Cookie header."""
        data = None if body is None else json.dumps(body).encode()
        return self._transport(self._service, self._method, self._filled(parameters), self._with(cookie), data)

    def ahead(self, cookie: str) -> AbstractContextManager[Callable[[], Reply]]:
        """Send the request before the block if a connection is free; call the value to read the answer."""
        return self._transport.ahead(self._service, self._url, self._with(cookie))

    def _filled(self, parameters: Mapping[str, str]) -> str:
        url = self._url
        for name, value in parameters.items():
            url = url.replace(f"__{name}__", value if consists_of(value, _PLAIN) else quote(value, safe="="))
        return url

    def _with(self, cookie: str) -> Mapping[str, str]:
        return {**self._headers, "Cookie": cookie} if cookie else self._headers


class _NotSending(ApiClient):
    """ory-client without sending: every call returns the request."""

    def call_api(self, method: str, url: str, header_params: Any = None, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(response=(method, url, header_params))


class Service:
    """An API of Kratos or Hydra at its base address, with a bearer token ("" for none)."""

    _guarded: Callable[[], Reply]  # a cheap call that needs the token

    def __init__(self, name: str, transport: Transport, url: str, token: str = "") -> None:
        self.name, self._base, self._bears_token = name, url.rstrip("/"), bool(token)
        self._transport = transport.bearing(token) if token else transport
        self._health = self._transport.named(name, "is_ready")
        self._client = _NotSending(Configuration(host=self._base))  # the default host is Ory's public playground

    def _endpoint(self, api: type, operation: str, *parameters: str, **constants: object) -> Endpoint:
        """Return the request of this ory-client method; `parameters` differ in each call, `constants` do not."""
        call = getattr(api, f"{operation}_without_preload_content")
        placeholders = {name: f"__{name}__" for name in parameters}
        transport = self._transport.named(self.name, operation)
        return Endpoint(self.name, transport, *call(api(self._client), **placeholders, **constants))

    def check_ready(self) -> None:
        """Raise UpstreamError with the reason, unless the API says that it is ready and accepts our token."""
        reply = self._health(self.name, "GET", f"{self._base}/health/ready", {"Accept": "application/json"})
        responses.let_in(self.name, reply)
        if self._bears_token:  # a proxy that checks tokens often leaves /health open
            responses.let_in(self.name, self._guarded())
        if reply.status != 200:
            raise UpstreamUnavailable(self.name, "not ready", reply.status)
