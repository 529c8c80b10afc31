"""The fingerprint reader or security key of a Chromium tab: Chromium's own virtual authenticator, over its protocol."""

from typing import Any

import playwright.sync_api as playwright


class Authenticator:
    """A device that makes and keeps passkeys; it says yes at once, until `touched` says otherwise.

    `transport`: "internal" is part of the computer (passkeys), "usb" is a security key.
    """

    def __init__(self, tab: playwright.Page, transport: str = "internal") -> None:
        self.session = tab.context.new_cdp_session(tab)
        self.session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        answer = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id: str = answer["authenticatorId"]

    def _send(self, command: str, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.id} | options)
        return answer

    def touched(self, yes: bool) -> None:
        """Whether the person touches it when it asks from now on; what it has asked already waits for ever."""
        self._send("setAutomaticPresenceSimulation", enabled=yes)

    def recognises(self, yes: bool) -> None:
        """Whether it recognises the person; if not, what is asked of it fails."""
        self._send("setUserVerified", isUserVerified=yes)

    def keys(self) -> list[dict[str, Any]]:
        """What it keeps: credentialId, userHandle, signCount, isResidentCredential ..."""
        credentials: list[dict[str, Any]] = self._send("getCredentials")["credentials"]
        return credentials

    def lose(self, key: dict[str, Any]) -> None:
        """Forget a key."""
        self._send("removeCredential", credentialId=key["credentialId"])

    def find(self, key: dict[str, Any]) -> None:
        """Have a key back."""
        self._send("addCredential", credential=key)
