"""The identities of the stand-in and what they sign in with, named as Kratos names them."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from kratos.sandbox.bodies import Refusal, Unrecorded, fill
from kratos.sandbox.clock import now
from kratos.sandbox.config import Config

Identity = dict[str, Any]

# As Go's net/mail reads an address, which minds blanks behind it and not those before it.
ATOM, LABEL = r"""[^\s@.,:;"<>()]+""", r"[A-Za-z0-9][A-Za-z0-9-]*"
ADDRESS = re.compile(rf"""\s*("[^"]+"|{ATOM}(\.{ATOM})*)@{LABEL}(\.{LABEL})*""")
MIN_PASSWORD = 8  # selfservice.methods.password.config.min_password_length


@dataclass
class Credentials:
    """What a person signs in with, the fields named like Kratos' groups; empty is not set up. In the clear.

    `lookup_secret` has per code when it was used, `oidc` per provider the subject there.
    """

    password: str = ""
    totp: str = ""
    lookup_secret: dict[str, datetime | None] = field(default_factory=dict)
    oidc: dict[str, str] = field(default_factory=dict)

    @property
    def aal(self) -> str:
        return "aal2" if self.totp or self.lookup_secret else "aal1"


class People:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.identities: dict[str, Identity] = {}
        self.credentials: dict[str, Credentials] = {}

    def put_identity(self, payload: Identity, identity_id: str = "") -> Identity:
        """Create or replace an identity from an admin payload; Refusal when it is not valid or its address is taken."""
        identity_id = identity_id or str(uuid.uuid4())
        previous = self.identities.get(identity_id, {})
        traits, state, moment = payload.get("traits", {}), payload.get("state", "active"), iso(now())
        identifiers = [str(traits.get(name, "")).strip().lower() for name in self.config.identifiers]
        self.check(payload, traits, state)
        if any(self.taken(identifier, identity_id) for identifier in identifiers):
            raise Refusal("identity_conflict")
        identity: Identity = fill(
            "identity",
            id=identity_id,
            public_url=self.config.public_url,
            credentials={kind: {"type": kind, "identifiers": identifiers} for kind in ("code", "password")},
            state=state,
            traits=traits,
            email=identifiers[0],
            metadata_public=payload.get("metadata_public"),
            created_at=previous.get("created_at", moment),
            updated_at=moment,
            state_changed_at=previous["state_changed_at"] if state == previous.get("state") else moment,
        )
        identity |= {key: payload[key] for key in ("external_id", "metadata_admin") if payload.get(key)}
        addresses = [*payload.get("verifiable_addresses", ()), *previous.get("verifiable_addresses", ())]
        verify(identity, {address["value"] for address in addresses if address.get("verified")})
        credentials = self.credentials.setdefault(identity_id, Credentials())
        password = payload.get("credentials", {}).get("password", {}).get("config", {}).get("password")
        credentials.password = password or credentials.password
        self.identities[identity_id] = identity
        return identity

    def check(self, payload: Identity, traits: dict[str, Any], state: str) -> None:
        """Refuse what the schema does; of the traits only the address and the names of the others are looked at."""
        schema_id = payload.get("schema_id", self.config.schema_id)
        if schema_id != self.config.schema_id:
            raise Unrecorded(400, f"Unable to find JSON Schema ID: {schema_id}")
        if state not in ("active", "inactive"):
            raise Unrecorded(400, "identity state is not valid")
        problem = traits_problem(traits)
        if problem == "missing":
            raise Refusal("identity_invalid")
        unheard_of = traits.keys() - self.config.traits.keys()
        if problem or unheard_of:
            raise Unrecorded(400, f"I[#/traits] validation failed: {problem or sorted(unheard_of)}")

    def find(self, identifier: str) -> Identity | None:
        """Find the identity by a credential's identifier; capital letters and blanks around it do not matter."""
        wanted, everybody = identifier.strip().lower(), self.identities.values()
        return next((each for each in everybody if wanted in each["credentials"]["code"]["identifiers"]), None)

    def taken(self, identifier: str, identity_id: str) -> bool:
        owner = self.find(identifier)
        return owner is not None and owner["id"] != identity_id

    def find_subject(self, provider: str, subject: str) -> Identity | None:
        owners = (self.identities[key] for key, its in self.credentials.items() if its.oidc.get(provider) == subject)
        return next(owners, None)


def public(identity: Identity) -> Identity:
    return {key: value for key, value in identity.items() if key not in ("credentials", "metadata_admin")}


def verify(identity: Identity, values: set[str]) -> None:
    for address in identity["verifiable_addresses"]:
        if address["value"] in values and not address["verified"]:
            address |= {"verified": True, "status": "completed", "verified_at": iso(now())}


def iso(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def traits_problem(traits: dict[str, Any]) -> str:
    """Name what is wrong with the e-mail address: `missing`, `invalid` or nothing. Other traits are not judged."""
    if not traits.get("email"):
        return "missing"
    return "" if ADDRESS.fullmatch(str(traits["email"])) else "invalid"


def password_problem(password: str, identifier: str) -> str:
    """Name what is wrong with a new password: `short`, `similar` (more than half is of the identifier) or nothing."""
    if len(password) < MIN_PASSWORD:
        return "short"
    common = SequenceMatcher(None, password.lower(), identifier.lower(), autojunk=False).find_longest_match()
    return "similar" if common.size > len(password) / 2 else ""
