"""The public API: discovery and keys; authorize.py, device.py, tokens.py and logout.py have the rest."""

import json
from pathlib import Path
from string import Template

from flask import Blueprint, Response, jsonify
from joserfc.jwk import KeySet

from hydra.sandbox.store import store

DISCOVERY = Template(Path(__file__).with_name("discovery.json").read_text())

public = Blueprint("public", __name__)


@public.get("/.well-known/openid-configuration")
@public.get("/.well-known/oauth-authorization-server")
def discovery() -> Response:
    """OpenID Connect Discovery 1.0 section 3, RFC 8414 section 3: only what the stand-in can do."""
    config = store.config
    document = DISCOVERY.substitute(issuer=config.issuer.rstrip("/"), public=config.public_url)
    return jsonify(json.loads(document) | {"issuer": config.issuer, "scopes_supported": config.scopes})


@public.get("/.well-known/jwks.json")
def keys() -> Response:
    return jsonify(KeySet([store.key]).as_dict(private=False))
