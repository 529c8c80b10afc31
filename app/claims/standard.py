"""The claim rules Portico ships: every standard claim of OpenID Connect Core 5.4, for Ory's usual trait names."""

from typing import Any

ADDRESS = ("street_address", "locality", "region", "postal_code", "country")
_SAME = ", ".join(f"{part}: {part}" for part in ADDRESS)

STANDARD: dict[str, dict[str, Any]] = {
    "profile": {
        "name": [
            "traits.name",
            "traits.name.full",
            "join(' ', [traits.name.first, traits.name.middle, traits.name.last])",
            "join(' ', [traits.first_name, traits.last_name])",
            "join(' ', [traits.given_name, traits.family_name])",
        ],
        "given_name": ["traits.name.first", "traits.given_name", "traits.first_name"],
        "family_name": ["traits.name.last", "traits.family_name", "traits.last_name"],
        "middle_name": ["traits.name.middle", "traits.middle_name"],
        "nickname": "traits.nickname",
        "preferred_username": ["traits.preferred_username", "traits.username"],
        "profile": {"value": "traits.profile", "type": "url"},
        "picture": {"value": "traits.picture", "type": "https_url"},
        "website": {"value": "traits.website", "type": "url"},
        "gender": "traits.gender",
        "birthdate": {"value": "traits.birthdate", "type": "date"},
        "zoneinfo": {"value": "traits.zoneinfo", "type": "zoneinfo"},
        "locale": {"value": "traits.locale", "type": "locale"},
        "updated_at": {"value": "updated_at", "type": "epoch"},
    },
    "email": {
        "email": {"value": ["traits.email", "verifiable_addresses[?via=='email'].value | [0]"], "type": "email"},
        "email_verified": {"verified_of": "email"},
    },
    "phone": {
        "phone_number": {
            "value": ["traits.phone", "traits.phone_number", "verifiable_addresses[?via=='sms'].value | [0]"],
            "type": "e164",
        },
        "phone_number_verified": {"verified_of": "phone_number"},
    },
    "address": {
        "address": {
            "value": [
                f"traits.address.{{formatted: formatted || join('\n', [{', '.join(ADDRESS)}]), {_SAME}}}",
                "{formatted: traits.address}",
            ],
            "type": "object",
        }
    },
}
