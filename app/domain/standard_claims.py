"""The claim rules Portico ships: every standard claim of OpenID Connect Core 5.4, for Ory's usual trait names."""

from __future__ import annotations

from typing import Any

ADDRESS = ("street_address", "locality", "region", "postal_code", "country")


def _trait(*names: str, **more: Any) -> dict[str, Any]:
    rules = [{"path": f"traits.{name}", **more} for name in names]
    return rules[0] if len(rules) == 1 else {"first_of": rules}


STANDARD: dict[str, dict[str, dict[str, Any]]] = {
    "profile": {
        "name": {
            "first_of": [
                {"path": "traits.name"},
                {"path": "traits.name.full"},
                {"join": ["traits.name.first", "traits.name.middle", "traits.name.last"]},
                {"join": ["traits.first_name", "traits.last_name"]},
                {"join": ["traits.given_name", "traits.family_name"]},
            ]
        },
        "given_name": _trait("name.first", "given_name", "first_name"),
        "family_name": _trait("name.last", "family_name", "last_name"),
        "middle_name": _trait("name.middle", "middle_name"),
        "nickname": _trait("nickname"),
        "preferred_username": _trait("preferred_username", "username"),
        "profile": _trait("profile", type="url"),
        "picture": _trait("picture", type="https_url"),
        "website": _trait("website", type="url"),
        "gender": _trait("gender"),
        "birthdate": _trait("birthdate", type="date"),
        "zoneinfo": _trait("zoneinfo", type="zoneinfo"),
        "locale": _trait("locale", type="locale"),
        "updated_at": {"path": "identity.updated_at", "type": "epoch"},
    },
    "email": {
        "email": {"first_of": [{"path": "traits.email", "type": "email"}, {"address": "email"}], "verifiable": "email"},
        "email_verified": {"verified_of": "email"},
    },
    "phone": {
        "phone_number": {
            "first_of": [_trait("phone", "phone_number", type="e164"), {"address": "sms"}],
            "verifiable": "sms",
        },
        "phone_number_verified": {"verified_of": "phone_number"},
    },
    "address": {
        "address": {
            "object": {
                "formatted": {
                    "first_of": [
                        {"path": "traits.address"},
                        {"path": "traits.address.formatted"},
                        {"join": [f"traits.address.{part}" for part in ADDRESS], "with": "\n"},
                    ]
                },
                **{part: _trait(f"address.{part}") for part in ADDRESS},
            }
        }
    },
}
