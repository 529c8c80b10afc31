"""Shows the consent page: rendered once for all whom an application asks the same, with gaps for what is new.

It is rendered from a Question and the application's look only, never from anything of a person or a request.
"""

import re
import secrets
from typing import Any, NamedTuple, Self

from flask import render_template

from app.deployment import deployment
from app.http import here, i18n
from app.http.branding import theme
from app.http.catalogues import Language
from app.http.escaping import written
from app.oauth2.consent_policy import Scope
from app.ory.challenges import ConsentRequest

TEMPLATE = "oauth2/consent.html"
MAX_NAMES, MAX_LETTERS = 40, 1000  # of what is kept: anybody may register and ask for ever new names
OF_REQUEST = ("csrf_token", "csp_nonce", "current_address")  # functions of templates that look at the request
_MARK = secrets.token_hex(16)  # nobody can send it
_GAP = re.compile(f"{_MARK}-([a-z_]+)-")
GAPS = {name: f"{_MARK}-{name}-" for name in ("account", "account_initial", "challenge", "ticket", *OF_REQUEST)}


class Registered(NamedTuple):
    """What the page says of an application, called as in Client."""

    id: str
    title: str
    full_name: str
    policy_uri: str
    tos_uri: str

    def link(self, field: str) -> str:
        """Return `policy_uri` or `tos_uri`."""
        return str(getattr(self, field))


class Asked(NamedTuple):
    """What the page has of a ConsentRequest, called as there."""

    client: Registered
    for_device: bool
    challenge: str = GAPS["challenge"]

    @classmethod
    def of(cls, request: ConsentRequest) -> Self:
        """Return this of a request."""
        client = request.client
        links = client.link("policy_uri"), client.link("tos_uri")
        return cls(Registered(client.id, client.title, client.full_name, *links), request.for_device)


class Question(NamedTuple):
    """All that the page depends on besides language, look and gaps, called as in the template."""

    consent_request: Asked
    hosts: tuple[str, ...]
    scopes: tuple[Scope, ...]
    used_with: tuple[str, ...]
    can_remember: bool
    logo: str
    popup: bool

    @property
    def is_short(self) -> bool:
        """Whether its page can be kept."""
        client, scopes = self.consent_request.client, [scope.name for scope in self.scopes]
        names = (*client, *self.hosts, *scopes, *self.used_with, self.logo)
        return len(names) <= MAX_NAMES and len("".join(names)) <= MAX_LETTERS


def show(consent_request: ConsentRequest, question: Question, account: str, ticket: str, notice: str) -> str | bytes:
    """Return the page; `account` is what it calls the person, `notice` is said above the question.

    With templates of the operator, which could print anything, each page is rendered by itself.
    """
    new = {"account": account, "account_initial": account[:1].upper(), "ticket": ticket}
    functions: Any = here.app().jinja_env.globals
    address = functions["current_address"]()  # "" in an answer to a form
    if notice or not address or deployment().settings.templates_dir or not question.is_short:
        values = question._asdict() | new | {"consent_request": consent_request, "notice": notice}
        return render_template(TEMPLATE, **values)
    new |= {"challenge": consent_request.challenge, "current_address": address}
    new |= {"csrf_token": functions["csrf_token"](), "csp_nonce": functions["csp_nonce"]()}
    parts = list(i18n.language().page_once(_parts, theme(), question))
    parts[1::2] = [written(new[name]).encode() for name in parts[1::2]]
    return b"".join(parts)


def _parts(language: Language, _: object, question: Question) -> tuple[bytes | str, ...]:
    """Render the page; return its parts, of which each second one is the name of a gap."""
    functions = {name: lambda *_, gap=GAPS[name]: gap for name in OF_REQUEST}
    page = language.templates.get_template(TEMPLATE).render(**GAPS | functions, **question._asdict(), notice="")
    parts = _GAP.split(page)
    return tuple(part if number % 2 else part.encode() for number, part in enumerate(parts))
