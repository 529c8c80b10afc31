"""Who is there: Portico's settings, the applications with their rules, two persons at two browsers."""

from __future__ import annotations

import base64
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from app.config.settings import Settings
from app.factory import create_app
from tests.machines.browser import Jar
from tests.machines.model import Client, Model, Person
from tests.machines.records import query_of
from tests.machines.world import Servers, World

SECRET = "secret-of-the-machines"
APPLICATION = "http://localhost:5555"
SCOPES = "openid offline_access profile email phone photos"
AUDIENCE = ["https://api.example.org", "https://other.example.org"]
CLIENTS = {
    client.name: client
    for client in (
        Client("first"),
        Client("usual"),
        Client("native", claimable=True),
        Client("strict", required_aal="aal2", required_aal_max_age=900, required_scopes=("email",)),
        Client("aged", max_session_age=300),
        Client("paired", pairwise=True),
        Client("tv"),
    )
}
SILENT = ("first", "native", "aged")  # registered with skip_consent, which counts where nobody can play the application
SETTINGS: dict[str, Any] = {
    "secret_key": "a-secret-key-of-the-machines-0123456789",
    "clients": {
        "strict": {"required_aal": "aal2", "required_aal_max_age": 900, "required_scopes": ["email"]},
        "aged": {"max_session_age": 300},
    },
    "audiences": {"https://api.example.org": "The interface"},
}


def portico(servers: Servers) -> Flask:
    """A Portico in front of these servers."""
    urls = servers.urls
    addresses = {
        "public_url": urls["portico"],
        "kratos_public_url": urls["kratos_public"],
        "kratos_browser_url": urls["kratos_public"],
        "hydra_admin_url": urls["hydra_admin"],
        "hydra_public_url": urls["hydra_public"],
    }
    return create_app(Settings(**addresses, **SETTINGS))


def registered(client: Client, *, pairwise: bool) -> dict[str, Any]:
    """The application as Hydra is told of it; `pairwise`: whether this Hydra can make subjects of that kind."""
    body: dict[str, Any] = {
        "client_id": client.name,
        "client_name": client.name.title(),
        "client_uri": "https://app.example.org/",
        "scope": SCOPES,
        "audience": AUDIENCE,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [redirect_uri(client)],
        "skip_consent": client.name in SILENT,
        "skip_logout_consent": client.name in SILENT,
        "token_endpoint_auth_method": "none" if client.claimable or client.name == "tv" else "client_secret_basic",
        "request_object_signing_alg": "none",
        "subject_type": "pairwise" if client.pairwise and pairwise else "public",
    }
    if body["token_endpoint_auth_method"] != "none":
        body["client_secret"] = SECRET
    if client.name == "tv":
        body |= {"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": []}
    return body


def redirect_uri(client: Client) -> str:
    """Where its answers go; any program can take the addresses of an own scheme."""
    return "com.example.native:/callback" if client.claimable else f"{APPLICATION}/{client.name}/callback"


def new_person(servers: Servers, name: str, number: int) -> dict[str, Any]:
    """Somebody whose every trait tells who it is; the identity, and the password beside it."""
    traits = {
        "email": f"{name}-{number}@example.org",
        "name": {"first": f"{name}first", "last": f"{name}last"},
        "phone": f"+4420794600{len(name):02d}",
    }
    address = {"value": traits["email"], "verified": name == "ada", "via": "email", "status": "completed"}
    password = f"{name}-analytical-{number}-engine"
    body = {
        "schema_id": "person",
        "state": "active",
        "traits": traits,
        "verifiable_addresses": [address],
        "credentials": {"password": {"config": {"password": password}}},
    }
    identity: dict[str, Any] = servers.admin("POST", f"{servers.urls['kratos_admin']}/admin/identities", body)
    return identity | {"password": password}


def set_up(servers: Servers, app: Flask, log: StringIO, number: int) -> tuple[World, Model]:
    """Two new persons, one of them with a second factor, and two empty browsers."""
    people = []
    for name in ("ada", "bob"):
        body = new_person(servers, name, number)
        if name == "ada":
            servers.second_factor(body["id"], body["traits"]["email"], body["password"])
        people.append(Person(body["id"], body["traits"]["email"], body["password"]))
    log.seek(0)
    log.truncate()
    origins = dict(servers.urls) | {"application": APPLICATION}
    model = Model(tuple(people), CLIENTS, origins)
    for person in people:
        model.keep_secret(person.password)
    world = World(servers, app, log, other=people[1].id, jars=[Jar(), Jar()])
    world.seen = lambda browser, url: model.visit(browser, url, servers.now())
    return world, model


def id_token(world: World, url: str) -> str:
    """The ID token for the code that an application was sent, "" where it was sent none or asked for no openid."""
    code, name = query_of(url).get("code", ""), url.partition("/callback")[0].rpartition("/")[2]
    client = CLIENTS.get(name, CLIENTS["native"])
    if not code:
        return ""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri(client)}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if client.claimable:
        form["client_id"] = client.name
    else:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{client.name}:{SECRET}".encode()).decode()
    reply = world.servers.send(
        "POST", f"{world.servers.urls['hydra_public']}/oauth2/token", headers, urlencode(form).encode()
    )
    body = reply.json()
    return str(body.get("id_token", "")) if isinstance(body, dict) else ""
