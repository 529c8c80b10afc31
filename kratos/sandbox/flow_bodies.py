"""How the recorded body of a flow's state is filled in for one person: their traits, and the methods they have."""

from itertools import groupby
from typing import Any

from flask import g

from kratos.sandbox.bodies import fill
from kratos.sandbox.csrf import mask
from kratos.sandbox.people import Credentials, iso, public
from kratos.sandbox.store import Flow, expiry, store
from kratos.sandbox.totp import QR

Nodes = list[dict[str, Any]]
OPTIONAL = {
    # of these groups the recorder's person has all, and others see what they have set up
    "refresh": ("oidc", "password"),
    "aal2": ("totp", "lookup_secret"),
    "refresh_aal2": ("totp", "lookup_secret"),
}
ENROLLABLE = ("totp", "lookup_secret", "oidc")


def flow_body(flow: Flow) -> Any:
    body = recorded(flow, flow.state)
    body["ui"]["nodes"] = with_traits(flow, chosen(flow, body["ui"]["nodes"]))
    body.pop("return_to", None)
    body |= {"return_to": flow.return_to} if flow.return_to else {}
    if flow.next_id:
        body["state"] = "success"
        body["ui"]["action"] = f"{store.config.public_url}/self-service/settings?flow={flow.next_id}"
    return body


def recorded(flow: Flow, state: str) -> Any:
    config, identity = store.config, store.identities.get(flow.identity_id)
    privileged_until = flow.issued_at + config.privileged_age
    return fill(
        f"{flow.kind}/{state}",
        id=flow.id,
        public_url=config.public_url,
        request_url=flow.request_url,
        return_to=flow.return_to or config.default_return,
        organization_id=flow.organization_id,
        csrf_token=mask(g.csrf.token),
        identifier=flow.identifier,
        identity=identity and public(identity),
        length=flow.length,
        totp_secret=flow.totp_secret,
        totp_qr=QR,
        lookup_codes=lookup_codes(flow),
        expires_at=iso(flow.expires_at),
        **dict.fromkeys(("issued_at", "created_at", "updated_at"), iso(flow.issued_at)),
        **dict.fromkeys(("privileged_until", "privileged_session_expires_at"), iso(privileged_until)),
        privileged_session_expires_at_unix=int(privileged_until.timestamp()),
        privileged_minutes=f"{config.privileged_age.total_seconds() / 60:.2f}",
        **expiry(flow.predecessor_expired_at or flow.expires_at),
    )


def chosen(flow: Flow, nodes: Nodes) -> Nodes:
    """Leave out the groups of methods this person has not set up; in settings offer to end those they have."""
    has = store.credentials.get(flow.identity_id, Credentials())
    if flow.name != "settings":
        absent = [group for group in OPTIONAL.get(flow.kind, ()) if not getattr(has, group)]
        return [node for node in nodes if node["group"] not in absent]
    enrolled = [method for method in ENROLLABLE if getattr(has, method) and not flow.state.startswith(method)]
    if not enrolled:
        return nodes
    everything = groups(recorded(flow, "enrolled")["ui"]["nodes"])
    present = groups(nodes)
    return [node for group in present for node in (everything if group in enrolled else present)[group]]


def groups(nodes: Nodes) -> dict[str, Nodes]:
    return {group: list(run) for group, run in groupby(nodes, lambda node: str(node["group"]))}


def with_traits(flow: Flow, nodes: Nodes) -> Nodes:
    """Put the person's traits, or what was posted last, into the fields named after them; a mailed link's code too."""
    identity = store.identities.get(flow.identity_id)
    values = flat(flow.traits or (identity["traits"] if identity else {}))
    values |= {"code": flow.link_code, "identifier": flow.identifier}
    for attributes in (node["attributes"] for node in nodes):
        name = attributes.get("name", "")
        if name.startswith("traits."):
            attributes.pop("value", None)
        if values.get(name):
            attributes["value"] = values[name]
    return nodes


def flat(traits: dict[str, Any], name: str = "traits") -> dict[str, Any]:
    """Name traits as the fields of a form do: `traits.name.first`."""
    fields: dict[str, Any] = {}
    for key, value in traits.items():
        fields |= flat(value, f"{name}.{key}") if isinstance(value, dict) else {f"{name}.{key}": value}
    return fields


def posted_traits(form: dict[str, str]) -> dict[str, Any]:
    """Read `traits.name.first` and the like; an empty field is none, an object of the schema is always there."""
    traits: dict[str, Any] = {name: {} for name, trait in store.config.traits.items() if trait["type"] == "object"}
    for field, value in form.items():
        if field.startswith("traits.") and value:
            *parents, name = field.removeprefix("traits.").split(".")
            place = traits
            for parent in parents:
                place = place.setdefault(parent, {})
            place[name] = value
    return traits


def lookup_codes(flow: Flow) -> dict[str, Any]:
    """Word the codes as Kratos does: the new ones, or all of the person with the time where one was used."""
    has = store.credentials.get(flow.identity_id, Credentials())
    used = dict.fromkeys(flow.lookup_codes) or has.lookup_secret
    secrets = []
    for code, when in used.items():
        if when is None:
            secrets.append({"id": 1050009, "text": code, "type": "info", "context": {"secret": code}})
        else:
            when = when.replace(microsecond=0)
            text = f"Secret was used at {when:%Y-%m-%d %H:%M:%S} +0000 UTC"
            context = {"used_at": iso(when), "used_at_unix": int(when.timestamp())}
            secrets.append({"id": 1050014, "text": text, "type": "info", "context": context})
    text = ", ".join("used" if when else code for code, when in used.items())
    return {"id": 1050015, "text": text, "type": "info", "context": {"secrets": secrets}}
