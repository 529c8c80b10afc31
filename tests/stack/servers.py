"""Which servers a stack can use: Ory's own, when they are on PATH, or the sandbox."""

import base64
import functools
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Mapping

import requests
from joserfc.jwk import ECKey, RSAKey

from tests.stack.errors import StackError

KINDS = ("auto", "real", "sandbox")
WANTED = "v26.2.0"
TOOLS = ("kratos", "hydra")
# What `kratos version` and `hydra version` print; Debian's `hydra` is a password cracker.
ORY_VERSION = re.compile(r"^Version:\s+(\S+)$.*^(?:Build Commit|Git Hash):", re.MULTILINE | re.DOTALL)
KEY_SETS = ("hydra.openid.id-token", "hydra.jwt.access-token")


def version_of(tool: str) -> str:
    """The version Ory's `tool` on PATH tells, e.g. `v26.2.0`; raises StackError saying why it cannot be used."""
    path = shutil.which(tool)
    if path is None:
        raise StackError(f"{tool} is not on PATH")
    try:
        answer = subprocess.run([path, "version"], capture_output=True, text=True, timeout=120, check=False).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{path} cannot be run ({error})") from error
    match = ORY_VERSION.search(answer)
    if match is None:
        raise StackError(f"{path} is not Ory's {tool}")
    return match[1]


def versions(tools: Iterable[str] = TOOLS) -> Mapping[str, str]:
    """The versions of the real servers; raises StackError if one is missing."""
    return {tool: version_of(tool) for tool in tools}


def choose(wanted: str, needed: Iterable[str] = TOOLS) -> tuple[str, str]:
    """The kind of stack to start ("real" or "sandbox") and why, in words.

    Raises StackError for an unknown kind, and if `real` is wanted and cannot be had.
    """
    if wanted not in KINDS:
        raise StackError(f"STACK={wanted} is unknown; choose one of {', '.join(KINDS)}.")
    if wanted == "sandbox":
        return "sandbox", "as you asked"
    try:
        tools = versions(needed)
    except StackError as problem:
        if wanted == "real":
            raise StackError(
                f"STACK=real needs Ory's servers, but {problem}. Put kratos and hydra {WANTED} on PATH."
            ) from None
        return "sandbox", f"because {problem}"
    return "real", " and ".join(f"{tool} {version}" for tool, version in tools.items()) + " on PATH"


@functools.cache
def _signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})


def give_keys(hydra_admin: str, http: requests.Session) -> None:
    """Give a real Hydra keys to sign with: by itself it makes two of 4096 bits, in up to ten seconds, at first use."""
    for name in KEY_SETS:
        key = _signing_key().as_dict(private=True) | {"kid": name}
        http.put(f"{hydra_admin}/admin/keys/{name}", json={"keys": [key]}, timeout=60).raise_for_status()


def new_keys() -> str:
    """Make a `jwks_url`: a set whose first key is private and tells its `alg` and `kid`, as Kratos demands."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": str(uuid.uuid4())})
    keys = json.dumps({"keys": [key.as_dict(private=True)]})
    return f"base64://{base64.b64encode(keys.encode()).decode()}"
