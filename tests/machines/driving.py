"""What people do with a page: fill in a form as they should, or as they should not."""

from __future__ import annotations

import re
import time

from kratos.sandbox.totp import code_at
from tests.machines.browser import Page, PageForm
from tests.machines.model import Model, Person
from tests.machines.records import Form
from tests.machines.world import World

MUTATIONS = (
    *("none", "remove", "remove", "double", "change", "truncate", "add scope", "add scope"),
    *("add all scopes", "swap challenge", "other token", "no token", "foreign origin"),
    *("null origin", "doubled action", "swap ticket", "remember", "audience"),
)
EXTRA = {
    "add scope": [("grant_scope", "photos")],
    "add all scopes": [("grant_scope", scope) for scope in ("offline_access", "phone", "admin", "photos", "email")],
    "doubled action": [("action", "accept")],
    "remember": [("remember", "true")],
    "audience": [("grant_access_token_audience", "https://other.example.org"), ("remember_for", "0")],
}
ORIGINS = {"foreign origin": "https://evil.example", "null origin": "null"}
FORWARD = ("method=password", "method=totp", "action=accept", "action=continue", "method=code")
PASSIVE = ("accept", "continue", "password", "totp", "code")


def keys_on(text: str) -> list[str]:
    """The keys for an authenticator app that a page shows, in groups of four."""
    return re.findall(r"\b[A-Z2-7]{32}\b", re.sub("</?span>", "", text))


def totp_code(world: World, model: Model, text: str, person: Person) -> str:
    """What an authenticator app shows: for the key on a page of settings, else for whom the page names, or has one."""
    keys = keys_on(text) if "/settings" in text else []
    named = [other for other in model.people if other.email in text]  # the session need not be the person's who types
    keys += [world.servers.secret_of(other.id) for other in (*named, person, *model.people)]
    key = next(filter(None, keys), "")
    return code_at(key, world.servers.now()) if key else "000000"


def mailed_code(world: World, recipient: str) -> str:
    """The code in the newest mail to this address, "" without."""
    address = f"{world.servers.urls['kratos_admin']}/admin/courier/messages"
    messages = world.servers.admin("GET", address)
    mine = [message for message in messages or [] if message.get("recipient") == recipient]
    code = re.search(r"\b\d{6}\b", mine[0]["body"]) if mine else None
    return code[0] if code else ""


def filled(world: World, model: Model, page: Page, form: PageForm, person: Person, user_code: str = "") -> Form:
    """The form as this person would fill it in."""
    typed = {"identifier": person.email, "email": person.email, "password": person.password, "user_code": user_code}
    entries: Form = []
    for name, value, kind in form.fields:
        if kind == "hidden" or (name == "identifier" and value):
            entries.append((name, value))
        elif name == "totp_code":
            entries.append((name, totp_code(world, model, page.text, person)))
        elif name == "code":
            entries.append((name, mailed_code(world, person.email)))
        else:
            entries.append((name, typed.get(name) or value))
    return entries


def mutated(mutation: str, entries: Form, place: int, others: list[Form]) -> Form:
    """The form after somebody has tampered with it; `others` are forms of other tabs and browsers."""
    if not entries:
        return EXTRA.get(mutation, [])
    place %= len(entries)
    name, value = entries[place]
    if mutation in EXTRA:
        return [*entries, *EXTRA[mutation]]
    if mutation == "remove":
        return entries[:place] + entries[place + 1 :]
    if mutation == "double":
        return [*entries, (name, value)]
    if mutation in ("change", "truncate"):
        new = value[: len(value) // 2] if mutation == "truncate" else f"{value}x"
        return [*entries[:place], (name, new), *entries[place + 1 :]]
    return _exchanged(mutation, entries, place, others)


def _exchanged(mutation: str, entries: Form, place: int, others: list[Form]) -> Form:
    names = {
        "swap challenge": ("consent_challenge", "login_challenge", "device_challenge", "logout_challenge"),
        "swap ticket": ("ticket",),
        "other token": ("csrf_token",),
        "no token": ("csrf_token",),
    }.get(mutation, ())
    foreign = [entry for form in others for entry in form if entry[0] in names and entry not in entries]
    replaced = dict(foreign[place % len(foreign) :][:1]) if foreign and mutation != "no token" else {}
    if mutation == "no token":
        replaced = {"csrf_token": ""}
    return [(name, replaced.get(name, value)) for name, value in entries]


def way_on(page: Page) -> tuple[PageForm | None, Form]:
    """What somebody in a hurry presses: the form that leads on, and its button."""
    for wanted in FORWARD:
        name, value = wanted.split("=")
        form = page.form_with(name, value)
        if form and (name, value) in form.buttons:
            return form, [(name, value)]
    forms = [form for form in page.forms if form.buttons or form.fields]
    return (forms[0], forms[0].buttons[:1]) if forms else (None, [])


def link_on(page: Page, turn: int) -> str:
    """The link to take where the form was of no use: the one to sign in or home first."""
    links = sorted(page.links, key=lambda link: "login" not in link and link != "/")
    return page.address(links[turn % len(links)]) if links else ""


def whose(model: Model, page: Page, otherwise: Person) -> Person:
    """Who a page asks to be: the person it names."""
    return next((person for person in model.people if person.email in page.text), otherwise)


def settle(world: World, page: Page) -> None:
    """Wait for a real courier."""
    if world.servers.is_real and 'name="code"' in page.text:
        time.sleep(0.2)
