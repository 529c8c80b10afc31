"""The container files name what exists, as no container engine is at hand where the tests run."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_file_the_image_copies_exists():
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert sources
    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source
        assert {source, source.partition("/")[0]} & sent, f"{source} is not sent to the builder"


def test_the_image_is_built_on_one_base_named_by_its_digest():
    bases = set(re.findall(r"^FROM (python\S+)", DOCKERFILE, re.M))
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", *bases)


def test_the_image_does_not_run_as_root():
    *_, last_stage = DOCKERFILE.split("FROM ")
    assert "USER 10001" in DOCKERFILE
    assert "USER" not in last_stage.replace("USER 10001", "")


@pytest.mark.parametrize("name", ["portico", "demo"])
def test_our_containers_can_write_nothing_but_tmp(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]


def test_ory_servers_are_of_the_version_we_promise():
    images = [
        service["image"] for service in COMPOSE["services"].values() if service.get("image", "").startswith("oryd/")
    ]
    assert set(images) == {"oryd/kratos:v26.2.0", "oryd/hydra:v26.2.0"}


def test_admin_apis_are_not_published():
    published = json.dumps([service.get("ports", []) for service in COMPOSE["services"].values()])
    assert "4433" in published
    assert "4434" not in published
    assert "4445" not in published


def test_portico_gets_only_settings_there_are(monkeypatch, tmp_path):
    from app.config.settings import load

    monkeypatch.chdir(tmp_path)
    for name, value in COMPOSE["services"]["portico"]["environment"].items():
        monkeypatch.setenv(name, value)

    assert load().public_url == "http://localhost:3000"


def test_every_mounted_file_exists():
    mounted = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    assert mounted
    for volume in mounted:
        assert (ROOT / volume.split(":")[0]).exists(), volume
