"""Which redirect_uri is a client's."""

from typing import Any
from urllib.parse import urlsplit

from hydra.sandbox.errors import refuse_if
from kratos.sandbox.serving import is_loopback


def match_redirect_uri(uri: str, client: dict[str, Any], is_openid: bool) -> str:
    registered = client["redirect_uris"]
    refuse_if(not uri and is_openid, "redirect_uri_missing")
    if not uri and len(registered) == 1:
        return str(registered[0])
    matches = uri in registered or any(same_but_port(uri, candidate) for candidate in registered)
    refuse_if(not matches, "redirect_uri_foreign")
    return uri


def same_but_port(requested: str, registered: str) -> bool:
    """RFC 8252 section 7.3: an application on a loopback address listens on whatever port it got."""
    wanted, known = urlsplit(requested), urlsplit(registered)
    loopback = wanted.scheme == "http" and wanted.hostname != "localhost" and is_loopback(wanted.hostname)
    return loopback and (wanted.hostname, wanted.path, wanted.query) == (known.hostname, known.path, known.query)


def is_claimable(client: dict[str, Any], redirect_uri: str) -> bool:
    """A public client at an address any program could claim (RFC 8252 section 8.6): its consent is never skipped."""
    uri = urlsplit(redirect_uri)
    is_local = uri.scheme == "http" and (is_loopback(uri.hostname) or (uri.hostname or "").endswith(".localhost"))
    return client["token_endpoint_auth_method"] == "none" and uri.scheme != "https" and not is_local
