"""The session as a JWT (`whoami?tokenize_as=`), with the key and lifetime of the template in kratos.yml."""

import base64
import json
import uuid
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from kratos.sandbox.bodies import Refusal
from kratos.sandbox.clock import duration, now
from kratos.sandbox.store import Session, store


def tokenized(session: Session, template: str) -> str:
    """Sign the session's claims with the template's first key; Refusal when there is no such template."""
    if template not in store.config.tokenizers:
        raise Refusal("tokenizer_unknown", template=template)
    settings = store.config.tokenizers[template]
    key = KeySet.import_key_set(json.loads(content(settings["jwks_url"]))).keys[0]
    moment = now()
    claims: dict[str, Any] = {
        "iss": f"{store.config.public_url}/",
        "sub": session.identity_id,
        "sid": session.id,
        "jti": str(uuid.uuid4()),
        "iat": int(moment.timestamp()),
        "nbf": int(moment.timestamp()),
        "exp": int((moment + duration(settings.get("ttl", "1m"))).timestamp()),
    }
    email = store.identities[session.identity_id]["traits"]["email"]
    claims |= {"aud": ["demo-api"], "aal": session.aal, "email": email}  # as kratos/session_token.jsonnet says
    return jwt.encode({"alg": key["alg"], "kid": key.kid}, claims, key)


def content(url: str) -> str:
    """Read `file://` (relative to the working directory) or `base64://`."""
    scheme, _, rest = url.partition("://")
    return base64.b64decode(rest).decode() if scheme == "base64" else Path(rest).read_text()
