"""Kratos' flows: every body of tests/payloads as it was sent, then what only an application's login shows."""

import json
import re
from collections.abc import Callable
from typing import Any

from app.http.error_texts import NOTICES
from app.oauth2.assurance import short_hash
from app.preview.player import State
from tests.gallery.entry import LINKS, LOGO, LOGOS, entry
from tests.payloads.bodies import NAMES, Said, kind_of, load, messages, name_of, nodes
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, Upstream, authorize

BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
LONG = "The Society for the Advancement of Extraordinarily Long Application Names"
AT = "2026-11-21T09:30:15Z"
SAMPLES: dict[str, Any] = {  # for the places in Kratos' messages; others get a number or AT
    **dict.fromkeys(("provider", "available_oidc_providers"), "Demo ID"),
    **dict.fromkeys(("address", "duplicateIdentifier", "credential_identifier_hint"), "ada@example.org"),
    **dict.fromkeys(("secret", "secrets"), "k3v9x2mq"),
    "masked_address": "ad****@example.org",
    "display_name": "My key",
    "property": "email",
    "title": "Email",
    "pattern": "^[a-z]+$",
    "expected": "yes",
    "reason": "the password is too similar to the email",
    "allowed_types": ["integer"],
    "actual_type": "string",
    "available_credential_types": ["password"],
}
GONE = {  # what is said of a page that began, as Portico has Kratos keep it in the flow
    name: f"Says why the page is a new one: {name}." for name in NOTICES if not name.startswith("press_again")
}


def flow(body: dict[str, Any], **fields: Any) -> Callable[[Upstream], None]:
    """Kratos has this flow, Ada is signed in (only pages that need it ask), her application waits."""

    def prepare(upstream: Upstream) -> None:
        kind = str(body["ui"]["action"]).partition("/self-service/")[2].partition("?")[0].partition("/")[0]
        kind = kind if kind in ("login", "registration", "recovery", "verification", "settings") else "verification"
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, body)
        upstream.signed_in()
        upstream.asks("login", **fields)

    return prepare


def shown(group: str, name: str, about: str, body: str, change: dict[str, Any] | None = None, **more: Any) -> State:
    """The page of a body of tests/payloads with other top fields (`change`) and request of Hydra (`request`)."""
    fields = more.pop("request", {})
    raw = load(body) | (change or {})
    return entry(group, name, about, f"/{kind_of(body)}?flow={raw['id']}", flow(raw, **fields), **more)


def captured() -> list[State]:
    """Every body, one page each."""
    return [shown(kind_of(name), _short(name), f"Body {name}.", name) for name in NAMES]


def _short(name: str) -> str:
    return name.split("/")[-1] + ("_made" if name.startswith("made/") else "")


def filled(message: Said) -> dict[str, Any]:
    """A message as Kratos sends it, with values in its places."""
    names = re.findall(r"\{(\w+)", message.text)
    context = {name: SAMPLES.get(name, AT if name.endswith("_at") else "12") for name in names}
    said = re.sub(r"\{(\w+)[^}]*\}", lambda place: str(context[place[1]]).strip("[']"), message.text)
    return message.as_json() | {"text": said.replace("[", "").replace("]", ""), "context": context}


def sentence(message: Said) -> State:
    """A message of Kratos, said about the flow and about a field."""
    body = load("login/password_only")
    body["ui"]["messages"] = [filled(message)]
    for node in nodes(body):
        node["messages"] = [filled(message)] if name_of(node) == "identifier" else []
    return entry(
        "messages", str(message.id), f"{message.kind}: {message.text}", f"/login?flow={body['id']}", flow(body)
    )


def providers(*labels: str) -> dict[str, Any]:
    """The body of a login with these social providers."""
    body = load("login/unified")
    provider = next(node for node in nodes(body) if node["group"] == "oidc")
    body["ui"]["nodes"] = [node for node in nodes(body) if node["group"] != "oidc"]
    body["ui"]["nodes"] += [_provider(provider, label) for label in labels]
    return body


def _provider(node: dict[str, Any], label: str) -> dict[str, Any]:
    name = label.lower().replace(" ", "-")
    text = {"id": 1010002, "type": "info", "text": f"Sign in with {label}", "context": {"provider": label}}
    text["context"] = {"provider": label, "provider_id": name}
    return node | {"attributes": node["attributes"] | {"value": name}, "meta": {"label": text}}


WELL_KNOWN = (
    "Apple", "Google", "Microsoft", "GitHub", "GitLab", "Facebook", "LinkedIn", "Slack", "Discord", "Spotify", "X",
    "Amazon", "PayPal", "Yandex", "Dingtalk", "A provider with quite a long name indeed",
)  # fmt: skip


def many(*labels: str) -> State:
    body = providers(*labels)
    name = f"providers-{len(labels)}"
    return entry("login", name, f"{len(labels)} social providers.", f"/login?flow={body['id']}", flow(body))


TERMS = "I accept the [terms of use](https://example.org/terms) and the [privacy notice](/privacy)"
SCHEMA = {
    "tags": {"type": "array", "items": {"type": "string"}},
    "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
    "colours": {"type": "array", "items": {"type": "string", "enum": ["red", "green"]}},
    "terms": {"const": True},
    "org": {"type": "object", "properties": {"unit": {"type": "string"}}},
    "essay": {"type": "string"},
    "seen": {"type": "string", "format": "date-time"},
}


def traits(kind: str, name: str, about: str, stored: dict[str, Any], query: str = "") -> State:
    """A page of a schema with lists, a box with links, a moment, a text of several lines."""
    group = "profile" if kind == "settings" else "password"

    def node(key: str, title: str, form: str = "text", value: object = None, **more: Any) -> dict[str, Any]:
        label = {"id": 1070002, "text": title, "type": "info"}
        field = {"name": f"traits.{key}", "type": form, "value": value, "disabled": False, "node_type": "input"} | more
        ui_node: dict[str, Any] = {"type": "input", "group": group, "attributes": field, "messages": []}
        return ui_node | {"meta": {"label": label} if title else {}}

    made = [
        node("emails", "Email and phone", required=True),
        *(node(f"emails.{number}", "", value=item) for number, item in enumerate(stored.get("emails", []))),
        node("tags", "Tags"),
        *(node(f"tags.{number}", "", value=item) for number, item in enumerate(stored.get("tags", []))),
        node("colours", "Colours"),
        *(node(f"colours.{number}", "", value=item) for number, item in enumerate(stored.get("colours", []))),
        node("seen", "Seen", "datetime-local", stored.get("seen")),
        node("essay", "Essay", value=stored.get("essay")),
        node("org.unit", "Unit", value=stored.get("org", {}).get("unit")),
        node("terms", TERMS, "checkbox", required=True),
    ]
    body = load(f"{kind}/password_only")
    body["ui"]["nodes"] = [*(node for node in nodes(body) if not name_of(node).startswith("traits.")), *made]
    body |= {"identity_schema": "gallery", "identity": {"schema_id": "gallery", "traits": stored}}

    def prepare(upstream: Upstream) -> None:
        flow(body)(upstream)
        schema = {"properties": {"traits": {"type": "object", "properties": SCHEMA}}}
        upstream.on("GET", f"{KRATOS}/schemas/gallery", 200, schema)

    return entry(kind, name, about, f"/{kind}?flow={body['id']}{query}", prepare)


def of_a_schema() -> list[State]:
    """Traits that are more than a line of text."""
    stored = {"emails": ["ada@example.org", "a@example.org"], "tags": ["math", "chess"], "colours": ["green"]}
    stored |= {"seen": "2026-11-21T09:30:00Z", "essay": "One\ntwo", "org": {"unit": "R&D"}}
    sealed = stored | {"org": {"unit": "R&D", "more": [{}]}}
    return [
        traits("settings", "lists", "Lists of the person's, and a box with links.", stored),
        traits("settings", "lists-one-more", "The page with a field for one more.", stored, "&add=traits.tags"),
        traits("settings", "sealed", "An object that no form can carry.", sealed),
        traits("settings", "sealed-whole", "Nothing can be changed without the script.", stored | {"other": [{}]}),
        traits("registration", "lists", "Lists nobody has filled in yet.", {}),
    ]


def unanswered() -> State:
    """A verification after an empty code: Kratos asks for the address in place of the button that sends a new one."""
    body = load("verification/code_sent")
    [field] = [node for node in nodes(body) if name_of(node) == "email"]
    field["attributes"] |= {"type": "email", "value": ""}
    field["messages"] = [{"id": 4000002, "text": "Property email is missing.", "type": "error", "context": {}}]
    return shown("verification", "code-missing", "No code was entered.", "verification/code_sent", {"ui": body["ui"]})


def changed() -> list[State]:
    """Settings after a change, or one that was left undone."""
    saved = load("settings/totp_linked")
    known = saved["id"] + json.dumps([saved["identity"]["traits"], ["totp_unlink"]], sort_keys=True)
    row = {"value": "new@example.org", "via": "email", "verified": False, "status": "sent"}
    identity = saved["identity"] | {"verifiable_addresses": [row | {"created_at": "2027-01-01T00:00:00Z"}]}
    taken = load("settings/nothing_enrolled")
    [field] = [node for node in nodes(taken) if name_of(node) == "traits.email"]
    field["attributes"]["value"] = "grace@example.org"
    text = "An account with the same identifier (email, phone, username, ...) exists already."
    taken["ui"]["messages"] = [{"id": 4000007, "text": text, "type": "error"}]
    return [
        shown("settings", "details-taken", "Another account has the new email.", "settings/nothing_enrolled",
              {"ui": taken["ui"]}),
        shown("settings", "password-changed", "A new password was saved.", "settings/totp_linked",
              cookie={"details": [known]}),
        shown("settings", "email-changed", "A new email has to be verified.", "settings/profile_saved",
              {"identity": identity}),
        shown("settings", "codes-not-kept", "Backup codes were shown before, and not kept.",
              "settings/nothing_enrolled", cookie={"codes": ["another-flow", short_hash(saved["identity"]["id"])]}),
    ]  # fmt: skip


def in_an_application() -> list[State]:
    """The way into an application, whose name is on the page."""
    way = {"return_to": BACK}
    hint = authorize(login_hint="grace@example.org")
    bodies = {
        "first": "login/unified", "wrong-password": "login/unified_wrong_password", "code-sent": "login/code_sent",
        "identifier-first": "login/identifier_first", "identifier-first-methods": "login/identifier_first_methods",
        "passkey": "login/passkey_only", "refresh": "login/refresh_everything", "second-factor": "login/aal2_all",
        "linking": "login/account_linking", "sign-up": "registration/profile",
        "sign-up-credentials": "registration/credentials", "recovery": "recovery/email",
        "recovery-sent": "recovery/code_sent", "new-password": "settings/after_recovery",
        "verification": "verification/code_sent", "verified": "verification/passed",
        "no-way-on": "login/refresh_nothing",
    }  # fmt: skip
    entries = [shown("application", name, f"{body}, on the way to Demo.", body, way) for name, body in bodies.items()]
    return [
        *entries,
        shown("application", "long-name", "The application has a long name.", "login/unified", way,
              request={"client": {"client_name": LONG}}),
        shown("application", "long-name-sign-up", "The same on the way to an account.", "registration/profile", way,
              request={"client": {"client_name": LONG}}),
        shown("application", "unspaced-name", "A name without a space.", "login/unified", way,
              request={"client": {"client_name": LONG.replace(" ", "")}}),
        shown("application", "right-to-left-name", "A name in another direction.", "login/unified", way,
              request={"client": {"client_name": "תצוגה (Demo)"}}),
        shown("application", "links", "It has registered a logo, a privacy policy and terms.", "login/unified", way,
              request={"client": LOGO | LINKS}, settings={"client_logo_hosts": [LOGOS]}),
        shown("application", "unnamed", "Hydra cannot say which application.", "login/unified", way,
              request={"status": 404}),
        shown("application", "hint", "The application says who it expects.", "login/unified", way,
              request={"request_url": hint}),
        shown("application", "popup", "In a small window of its own.", "login/unified", way,
              request={"request_url": authorize(display="popup")}),
        shown("application", "demanded-second-factor", "The application lets nobody in without.", "settings/everything",
              {"return_to": f"{BACK}&task=second_factor"}),
        shown("application", "demanded-second-factor-none", "The same, nothing set up.", "settings/nothing_enrolled",
              {"return_to": f"{BACK}&task=second_factor"}),
        shown("application", "passkey-offered", "A passkey, offered on the way.", "settings/nothing_enrolled",
              {"return_to": f"{BACK}&task=passkey"}),
        shown("application", "passkey-offered-alone", "The same where no application waits.",
              "settings/nothing_enrolled", {"return_to": f"{PUBLIC}/?task=passkey"}),
    ]  # fmt: skip


def begun_again() -> list[State]:
    """A fresh page that says why it is one."""
    return [
        shown("notices", name, about, "login/unified", {"request_url": f"{BROWSER_KRATOS}/?notice={name}"})
        for name, about in GONE.items()
    ]


def alone() -> list[State]:
    """Deployments without some of Kratos' flows."""
    bare = {"kratos_flows": []}
    return [
        shown("login", "alone", "Neither sign-up nor recovery.", "login/unified", settings=bare),
        shown(
            "login", "alone-refresh", "The same where it has to be confirmed.", "login/refresh_password", settings=bare
        ),
    ]


ENTRIES = [
    *captured(),
    *of_a_schema(),
    unanswered(),
    *changed(),
    many(*WELL_KNOWN[:1]),
    many(*WELL_KNOWN[:5]),
    many(*WELL_KNOWN),
    *alone(),
    *in_an_application(),
    *begun_again(),
]
MESSAGES = [sentence(message) for message in messages()]
