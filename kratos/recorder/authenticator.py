"""A passkey and a security key that a program can press (WebAuthn Level 2): attestation `none`, ES256.

What is random elsewhere is made of its owner's name here, so that the same person has the same credential every time.
"""

import json
import struct
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

ORIGIN, RP_ID = "http://localhost:3000", "localhost"
UP, UV, AT = 0x01, 0x04, 0x40  # the person is there, is who they are, and the key comes with it (6.1)


class Authenticator:
    """Answers the options on a page for one person; a passkey and a security key are two credentials."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.handles: dict[str, str] = {}

    def identifier(self, options: dict[str, Any]) -> str:
        kind = "passkey" if options["authenticatorSelection"].get("requireResidentKey") else "security key"
        return urlsafe_b64encode(sha256(f"{kind} of {self.owner}".encode()).digest()[:16]).decode()

    def create(self, options: dict[str, Any]) -> str:
        """Make a credential, and give what a page posts for it (7.1)."""
        user, credential = options["user"], self.identifier(options)
        self.handles[credential] = user["id"]
        numbers = private_key(credential).public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y  # a COSE key as CBOR (RFC 9053)
        raw = urlsafe_b64decode(credential.encode())
        data = authenticator_data(UP | UV | AT) + bytes(16) + struct.pack(">H", len(raw)) + raw + key
        attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
        return answer(credential, clientDataJSON=client_data("create", options), attestationObject=attestation)

    def sign(self, options: dict[str, Any], forged: bool = False) -> str:
        """Use the first credential the options allow, or where they name none one nobody knows (7.2)."""
        allowed = [allowcredential["id"] for allowcredential in options.get("allowCredentials", [])]
        credential = allowed[0] if allowed else urlsafe_b64encode(bytes(16)).decode()
        data, client = authenticator_data(UP | UV), client_data("get", options)
        key = private_key("somebody else's" if forged else credential)
        signature = key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = urlsafe_b64decode(self.handles.get(credential, "bm9ib2R5").encode())
        return answer(credential, clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=handle)


def private_key(credential: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(sha256(credential.encode()).digest()[:30], "big"), ec.SECP256R1())


def authenticator_data(flags: int) -> bytes:
    return sha256(RP_ID.encode()).digest() + bytes([flags]) + struct.pack(">I", 0)


def client_data(what: str, options: dict[str, Any]) -> bytes:
    data = {"type": f"webauthn.{what}", "challenge": options["challenge"], "origin": ORIGIN, "crossOrigin": False}
    return json.dumps(data).encode()


def answer(credential: str, **response: bytes) -> str:
    fields = {name: urlsafe_b64encode(value).decode() for name, value in response.items()}
    return json.dumps({"id": credential, "rawId": credential, "type": "public-key", "response": fields})
