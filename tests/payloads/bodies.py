"""Kratos' bodies for the tests: what it sends with other configurations than the demo's, and what it cannot send.

They are in kratos/bodies (its README.md says where they come from); here they get ids, times and codes that stay.
"""

import csv
import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kratos.bodies import library
from kratos.sandbox.totp import QR

# `login/unified`, `made/login/captcha`, ...
NAMES = sorted([*library.names("variants"), *(f"made/{name}" for name in library.names("made"))])
TIMES = (
    "issued_at",
    "created_at",
    "updated_at",
    "added_at",
    "verified_at",
    "state_changed_at",
    "used_at",
    "expired_at",
)
VALUES: dict[str, Any] = {
    "public_url": "http://localhost:4433",
    "organization_id": None,
    "uuid": "0b79cbb1-e6b1-4cb1-a0b7-1f9a2c1a7c5e",
    "csrf_token": "7esGrylKUz52Mh9kWw7FrINv3EQ90c1aQTE1AfRDWgpNDw4zZCDb0Y96PpVOm9ejZX43z/ndXwX6SxgkF9zEAQ==",
    "challenge": "nghkE-wNpFd53g2EO0HDhyqTj5M5cqUn3TLuD1vgczU",
    "minutes": "0.03",
    "privileged_minutes": "15.00",
    "user_handle": "VDJncHA1aE52QUhhWTBqUnQxTThrRlNDR1FQZmt6QWhFZXVVamthMkhjTU9PVTgwRXZoS1ZPb0xVMDlSU2VaeA",
    "link_token": "KzNdj6yRAWYQFZYhSr4TJKuGlYZEpGTH",
    "address_1": "U2r9Uj4Z3IP8y6gi715MpkYRExSq8KooZmfFvqGN1ws=",
    "address_2": "nRophO7tPYSGWL9fEAstje+rJYQfAJNDyT++UBeNQ+s=",
    "used_time": "2026-11-21 09:30:15 +0000 UTC",
    "totp_qr": QR,
    "totp_secret": "GZKUGTZ3HU3FCQKPKVMEK3DSJNYEG4BQ",
    **{f"lookup_{number}": f"code{number:04}" for number in range(1, 13)},
    **dict.fromkeys(TIMES, "2026-11-21T09:30:15.332297281Z"),
    **dict.fromkeys((f"{time}_unix" for time in TIMES), 1795253415),
    **dict.fromkeys(("expires_at", "privileged_until", "privileged_session_expires_at"), "2026-11-21T09:45:15Z"),
    "privileged_session_expires_at_unix": 1795254315,
}


@dataclass(frozen=True)
class Said:
    """A sentence of Kratos: `text` holds {placeholders}, `kind` is info, error or success."""

    id: int
    kind: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """The message as Kratos sends it."""
        return {"id": self.id, "text": self.text, "type": self.kind, "context": {}}


def kind_of(name: str) -> str:
    """Which kind of flow a body is: login, registration, recovery, verification or settings."""
    return name.removeprefix("made/").split("/")[0]


def load(name: str) -> dict[str, Any]:
    """A body, to be changed at will."""
    return dict(json.loads(_text(name)))


@cache
def _text(name: str) -> str:
    path = name if name.startswith("made/") else f"variants/{name}"
    return json.dumps(library.filled(path, VALUES | {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}))


@cache
def messages() -> tuple[Said, ...]:
    """Every sentence that Kratos v26.2.0 and Kratos' HEAD of 2026-07-29 can say."""
    with (Path(__file__).parents[2] / "app/selfservice/kratos_messages.tsv").open(newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Said(int(number), kind, text) for number, kind, text, *_ in rows)


def type_of(node: dict[str, Any]) -> str:
    """An input's own type (text, hidden, submit ...), for other nodes what they are (text of a `text` node: "says")."""
    kind = str(node["type"])
    return str(node["attributes"]["type"]) if kind == "input" else "says" if kind == "text" else kind


def nodes(body: dict[str, Any], *types: str) -> list[dict[str, Any]]:
    """The nodes of a body whose `type_of` is one of these; all of them when none is given."""
    return [node for node in body["ui"]["nodes"] if not types or type_of(node) in types]


def name_of(node: dict[str, Any]) -> str:
    """The name an input is posted under, "" for other nodes."""
    return str(node["attributes"].get("name", ""))


def posted(value: object) -> str:
    """A node's value as a form posts it."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
