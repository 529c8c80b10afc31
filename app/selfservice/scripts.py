"""The scripts a flow's page may load: Kratos' own, and those of captchas from hosts the operator named."""

from __future__ import annotations

from dataclasses import dataclass

from app import urls
from app.ory.models import Flow, text


@dataclass(frozen=True, slots=True)
class Script:
    """A script the page loads: Kratos' own with its integrity, or a captcha's from a host the operator named."""

    id: str
    src: str
    integrity: str = ""
    crossorigin: str = ""


def scripts(flow: Flow, kratos: str, captcha_hosts: frozenset[str]) -> tuple[Script, ...]:
    """The scripts of a flow that may run: Kratos' at `kratos` (its origin), and captchas' at these hosts, each once."""
    by_src: dict[str, Script] = {}
    for node in (node for node in flow.nodes if node.kind == "script"):
        attributes = node.attributes
        src, integrity = text(attributes.get("src")), text(attributes.get("integrity"))
        parts = urls.split(src)
        if parts is None:
            continue
        ours = urls.origin(src) == kratos and parts.path.endswith("/.well-known/ory/webauthn.js") and integrity
        captcha = node.group == "captcha" and parts.scheme == "https" and parts.netloc in captcha_hosts
        if ours or captcha:
            name = text(attributes.get("id")) or "script"
            by_src.setdefault(src, Script(name, src, integrity, "anonymous" if integrity else ""))
    return tuple(by_src.values())
