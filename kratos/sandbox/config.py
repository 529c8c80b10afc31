"""What the stand-in takes from kratos.yml: the names are Kratos' own, everything else in the file is left alone."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from kratos.sandbox.clock import duration

FLOWS = ("login", "registration", "recovery", "verification", "settings")


@dataclass(frozen=True)
class Config:
    """Addresses (host, port), URLs, lifespans, and the names of the traits people sign in with.

    `ui` and `lifespan` are per flow; after signing up by a method in `verified_after` the verification page is shown.
    """

    public: tuple[str, int]
    admin: tuple[str, int]
    public_url: str
    cors_origins: tuple[str, ...]
    session_lifespan: timedelta
    whoami_aal: str
    ui: dict[str, str]
    lifespan: dict[str, timedelta]
    code_lifespan: timedelta
    tokenizers: dict[str, dict[str, str]]
    privileged_age: timedelta
    verified_after: frozenset[str]
    provider: dict[str, Any]
    error_ui: str
    default_return: str
    logout_return: str
    allowed_return_urls: tuple[str, ...]
    courier_url: str
    identifiers: tuple[str, ...]
    trait_objects: tuple[str, ...]
    schema_id: str
    schema: dict[str, Any]


def load(path: Path) -> Config:
    """Read kratos.yml; KeyError names a setting that is missing. `file://` is relative to the working directory."""
    settings = yaml.safe_load(path.read_text())
    selfservice, flows = settings["selfservice"], settings["selfservice"]["flows"]
    entry = settings["identity"]["schemas"][0]
    schema = json.loads(Path(entry["url"].removeprefix("file://")).read_text())
    traits = schema["properties"]["traits"]["properties"]
    code = selfservice["methods"]["code"].get("config", {})
    return Config(
        public=(settings["serve"]["public"]["host"], settings["serve"]["public"]["port"]),
        admin=(settings["serve"]["admin"]["host"], settings["serve"]["admin"]["port"]),
        public_url=settings["serve"]["public"]["base_url"].rstrip("/"),
        cors_origins=tuple(settings["serve"]["public"].get("cors", {}).get("allowed_origins", ())),
        session_lifespan=duration(settings["session"]["lifespan"]),
        whoami_aal=settings["session"]["whoami"]["required_aal"],
        ui={flow: flows[flow]["ui_url"] for flow in FLOWS},
        lifespan={flow: duration(flows[flow]["lifespan"]) for flow in FLOWS},
        code_lifespan=duration(code.get("lifespan", "1h")),
        tokenizers=settings["session"]["whoami"]["tokenizer"]["templates"],
        privileged_age=duration(flows["settings"]["privileged_session_max_age"]),
        verified_after=frozenset(
            method
            for method, after in flows["registration"]["after"].items()
            if {"hook": "show_verification_ui"} in after.get("hooks", ())
        ),
        provider=selfservice["methods"]["oidc"]["config"]["providers"][0],
        error_ui=flows["error"]["ui_url"],
        default_return=selfservice["default_browser_return_url"],
        logout_return=flows["logout"]["after"]["default_browser_return_url"],
        allowed_return_urls=tuple(selfservice["allowed_return_urls"]),
        courier_url=settings["courier"]["http"]["request_config"]["url"],
        identifiers=tuple(name for name, trait in traits.items() if "credentials" in trait.get("ory.sh/kratos", {})),
        schema_id=entry["id"],
        schema=schema,
        trait_objects=tuple(name for name, trait in traits.items() if trait["type"] == "object"),
    )
