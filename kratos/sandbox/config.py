"""What the stand-in takes from kratos.yml: the names are Kratos' own, everything else in the file is left alone."""

import json
from pathlib import Path
from typing import Any

import yaml

from kratos.sandbox.clock import duration

FLOWS = ("login", "registration", "recovery", "verification", "settings")


class Config:
    """Addresses (host, port), URLs, lifespans, and the names of the traits people sign in with.

    `ui` and `lifespan` are per flow; after signing up by a method in `verified_after` the verification page is shown.
    """

    def __init__(self, path: Path) -> None:
        """Read kratos.yml; KeyError names a setting that is missing. `file://` is relative to the working directory."""
        settings = yaml.safe_load(path.read_text())
        self._read_servers(settings["serve"], settings["session"])
        self._read_flows(settings["selfservice"], settings["selfservice"]["flows"])
        self.courier_url: str = settings["courier"]["http"]["request_config"]["url"]
        entry = settings["identity"]["schemas"][0]
        self.schema_id: str = entry["id"]
        self.schema: dict[str, Any] = json.loads(Path(entry["url"].removeprefix("file://")).read_text())
        self.traits: dict[str, Any] = self.schema["properties"]["traits"]["properties"]
        self.identifiers = [name for name, its in self.traits.items() if "credentials" in its.get("ory.sh/kratos", {})]

    def _read_servers(self, serve: dict[str, Any], session: dict[str, Any]) -> None:
        self.public: tuple[str, int] = (serve["public"]["host"], serve["public"]["port"])
        self.admin: tuple[str, int] = (serve["admin"]["host"], serve["admin"]["port"])
        self.public_url: str = serve["public"]["base_url"].rstrip("/")
        self.cors_origins: list[str] = serve["public"].get("cors", {}).get("allowed_origins", [])
        self.session_lifespan = duration(session["lifespan"])
        self.whoami_aal: str = session["whoami"]["required_aal"]
        self.tokenizers: dict[str, dict[str, str]] = session["whoami"]["tokenizer"]["templates"]

    def _read_flows(self, selfservice: dict[str, Any], flows: dict[str, Any]) -> None:
        self.ui = {flow: flows[flow]["ui_url"] for flow in FLOWS}
        self.lifespan = {flow: duration(flows[flow]["lifespan"]) for flow in FLOWS}
        self.code_lifespan = duration(selfservice["methods"]["code"].get("config", {}).get("lifespan", "1h"))
        self.privileged_age = duration(flows["settings"]["privileged_session_max_age"])
        after = flows["registration"]["after"].items()
        self.verified_after = [name for name, its in after if {"hook": "show_verification_ui"} in its.get("hooks", ())]
        self.provider: dict[str, Any] = selfservice["methods"]["oidc"]["config"]["providers"][0]
        self.error_ui: str = flows["error"]["ui_url"]
        self.default_return: str = selfservice["default_browser_return_url"]
        self.logout_return: str = flows["logout"]["after"]["default_browser_return_url"]
        self.allowed_return_urls: list[str] = selfservice["allowed_return_urls"]
