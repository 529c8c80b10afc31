"""How a body is reached that the demo's Kratos does not send: who comes to which flow, and what they post there.

Posts are told as in scripts.py. `$passkey` and `$security_key` stand for what an authenticator answers the page, and
`$wrong_key` for what another one would; `open` follows a mailed link, `refused` comes back from the social provider
with an error, and `wait` is in seconds.
"""

from dataclasses import dataclass, field
from typing import Any

from kratos.recorder.scripts import CONFIRM, PASSWORD, REGENERATE, TOTP, Post
from kratos.recorder.walker import BACK


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: with a password, or as they came in by the forms of `entry` (a flow and its posts)."""

    email: str
    traits: dict[str, Any] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()  # sent to their settings beforehand
    entry: tuple[str, tuple[Post, ...]] | None = None
    spends: bool = False  # one of their lookup secrets
    leaves: bool = False  # signs out again


@dataclass(frozen=True)
class Case:
    """One body: the flow that is begun, by whom (None: nobody is signed in), and what is posted there."""

    flow: str
    posts: tuple[Post, ...]
    person: Person | None
    query: dict[str, str]


def case(flow: str, *posts: Post, person: Person | None = None, back: bool = False, **query: str) -> Case:
    """Tell a case in one line; `back`: an application's login waits at the end."""
    return Case(flow, posts, person, query | ({"return_to": BACK} if back else {}))


ADA, GRACE, JOAN, KEY = "ada@example.org", "grace@example.org", "joan@example.org", "key@example.org"
NEW, NOBODY, NONE = "new@example.org", "nobody@example.org", "none@example.org"
BOTH, NUMBER, NEW_NUMBER = "both@example.org", "+4915112345678", "+4915112345679"

SAVE: Post = {"method": "profile", "traits.email": ADA, "traits.name.first": "Ada", "traits.name.last": "Lovelace"}
LINK: Post = {"link": "demo-id", "at_provider": {"name": "Ada Lovelace"}}
ADD_PASSKEY: Post = {"method": "passkey", "passkey_settings_register": "$passkey"}
ADD_KEY: Post = {"webauthn_register_displayname": "My key", "webauthn_register": "$security_key"}
PROFILE: Post = {"method": "profile", "traits.email": NEW, "traits.name.first": "New", "traits.name.last": "Person"}
NAMELESS: Post = {"traits.name.first": "", "traits.name.last": ""}
NEW_PASSWORD: Post = PROFILE | {"method": "password", "password": PASSWORD}
SIGN_UP_KEY: Post = PROFILE | NAMELESS | {"traits.email": KEY}
TOTP_WRONG: Post = TOTP | {"totp_code": "000000"}
WRONG_CODE: Post = {"method": "code", "code": "000000"}
BY_LINK: Post = {"method": "link", "email": ADA}
OPEN: Post = {"open": "$link"}

PLAIN, NAMED = Person(ADA), Person(ADA, {"name": {"first": "Ada", "last": "Lovelace"}})
FULL = Person(ADA, posts=(SAVE, LINK, ADD_PASSKEY, ADD_KEY, TOTP, REGENERATE, CONFIRM))
SEND_BOTH: Post = {"method": "code", "identifier": BOTH}
BY_CODE = Person(BOTH, entry=("login", (SEND_BOTH, SEND_BOTH | {"code": "$code"})))
WITH_PASSKEY = Person(
    KEY, entry=("registration", (SIGN_UP_KEY | {"method": "passkey", "passkey_register": "$passkey"},))
)
SOPHIE: Post = {"provider": "demo-id", "at_provider": {"name": "Sophie", "email": "social@example.org"}}
WITH_SOCIAL = Person("social@example.org", entry=("registration", (SOPHIE,)))
