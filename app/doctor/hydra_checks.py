"""What Hydra's answers to a browser without a session say about its `urls`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from app.doctor.answer import Answer
from app.doctor.report import HYDRA, Finding, Level
from app.doctor.server_checks import FALLBACK, HYDRA_ADMIN, answers_as, leads
from app.domain import urls
from app.domain.models import items, mapping, strings, text


def usable_client(clients: Any) -> Mapping[str, Any] | None:
    """A client that an authorization request can be tried with; nothing is created or changed for it."""
    return next(
        (
            one
            for one in map(mapping, items(clients))
            if strings(one.get("redirect_uris")) and "code" in response_types(one)
        ),
        None,
    )


def response_types(client: Mapping[str, Any]) -> Iterable[str]:
    """What a client may ask for."""
    return strings(client.get("response_types"))


def authorize_url(hydra: str, client: Mapping[str, Any], **more: str) -> str:
    """An authorization request of this client; state, nonce and PKCE challenge are to be among `more`."""
    scopes = text(client.get("scope")).split()
    return f"{hydra}/oauth2/auth?" + urlencode(
        {
            "client_id": text(client.get("client_id")),
            "redirect_uri": next(iter(strings(client.get("redirect_uris"))), ""),
            "response_type": "code",
            "scope": "openid" if "openid" in scopes else " ".join(scopes[:1]),
            **more,
        }
    )


def sign_in_pages(login: Answer, registration: Answer, public: str) -> Iterator[Finding]:
    """Whether Hydra sends logins here, and `prompt=registration`; unset, that is urls.login, which knows what to do."""
    yield _shown("login", login, "login_challenge", (f"{public}/login",))
    if registration.page != login.page:
        wanted = (f"{public}/registration", f"{public}/login")
        yield _shown("registration", registration, "login_challenge", wanted)


def device_page(answer: Answer, public: str) -> Finding:
    """Whether Hydra sends people with a code from a device here."""
    return _shown("device.verification", answer, "device_challenge", (f"{public}/device",))


def error_page(answer: Answer, public: str) -> Finding:
    """Whether Hydra shows its errors here: an unknown client is one it cannot tell the application."""
    return _shown("error", answer, "error", (f"{public}/error", f"{public}/oauth2/error"))


def signed_out_page(answer: Answer, public: str) -> Finding:
    """Whether Hydra ends a logout here; without a session it goes there at once."""
    return _shown("post_logout_redirect", answer, "", (f"{public}/signed-out",))


def _shown(name: str, answer: Answer, mark: str, wanted: tuple[str, ...]) -> Finding:
    where = f"{HYDRA}: urls.{name}"
    if FALLBACK in answer.page:
        level: Level = "warning" if name == "device.verification" else "wrong"  # not everybody has devices
        return Finding(level, f"Hydra's urls.{name} is not set; it should be {wanted[0]}.", where)
    return leads(f"Hydra's urls.{name}", answer, mark, wanted, where)


def discovery(answer: Answer, hydra: str) -> Finding:
    """Whether Hydra calls itself what browsers and applications are said to call it.

    Applications compare `issuer` with the address they asked (OpenID Connect Discovery section 4.3) and with `iss`.
    """
    issuer = text(answer.object.get("issuer"))
    endpoint = text(answer.object.get("authorization_endpoint")).removesuffix("/oauth2/auth")
    names = {"issuer": issuer, "public": endpoint}
    mistaken = {name: url for name, url in names.items() if not urls.same_place(url, hydra)}
    if not mistaken:
        return Finding("ok", f"Applications find Hydra at {issuer}.")
    keys = " and ".join(f"urls.self.{name}" for name in mistaken)
    said = " and ".join(dict.fromkeys(url[:200] for url in mistaken.values()))
    told = f"Hydra calls itself {said}, but browsers and applications are said to reach it as {hydra}."
    return Finding("wrong", told, f"{HYDRA}: {keys}, or PORTICO_HYDRA_PUBLIC_URL")


def open_admin(answer: Answer) -> Iterator[Finding]:
    """Whether the admin API can be reached through the address browsers use: everybody could sign in as anybody."""
    if answers_as(HYDRA_ADMIN, answer):
        told = "Hydra's admin API answers at the address that browsers use: close /admin in your proxy."
        yield Finding("wrong", told, "PORTICO_HYDRA_PUBLIC_URL")
