"""The container files name what exists, as no container engine is at hand where the tests run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.config.sources import SettingsError
from tests.support.loopback import serving

ROOT = Path(__file__).resolve().parent.parent
# As Compose reads it where nobody has set a port.
COMPOSE = yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", (ROOT / "compose.yaml").read_text()))
PORTS = {"PORTICO_PORT": "3000", "KRATOS_PORT": "4433", "HYDRA_PORT": "4444", "DEMO_PORT": "5555", "MAIL_PORT": "8025"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IMAGES = [service["image"] for service in COMPOSE["services"].values() if "image" in service]
VALKEY = re.findall(r"image: (.+)", (ROOT / "docs/kubernetes/overlays/production/valkey.yaml").read_text())


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
    versions = {image.partition("@")[0] for image in IMAGES if image.startswith("oryd/")}
    assert versions == {"oryd/kratos:v26.2.0", "oryd/hydra:v26.2.0"}


def test_what_others_made_is_named_by_version_and_digest():
    assert IMAGES
    assert VALKEY
    for image in {*IMAGES, *VALKEY}:
        assert re.fullmatch(r"[a-z]+(/[a-z]+)?:v?\d+\.\d+(\.\d+)?(-alpine)?@sha256:[0-9a-f]{64}", image), image


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
    mounted = [volume for volume in mounted if volume.split(":")[0] not in COMPOSE["volumes"]]
    assert mounted
    for volume in mounted:
        assert (ROOT / volume.split(":")[0]).exists(), volume


def test_a_second_one_may_be_started_beside_it():
    """Each published port is one that can be chosen, and nothing has a name of its own."""
    text = (ROOT / "compose.yaml").read_text()
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert sorted(port.split(":")[1] for port in published) == sorted(PORTS.values())
    assert dict(re.findall(r"\$\{(\w+):-(\w+)\}", text)) == PORTS
    assert "container_name" not in text
    assert "name:" not in [line.strip() for line in text.splitlines()]


@pytest.mark.parametrize("moved", [0, 100])
def test_the_servers_are_configured_for_the_ports_that_were_chosen(tmp_path, moved):
    """The command of the service `configuration`, run on the files as they are."""
    ports = {name: str(int(port) + moved) for name, port in PORTS.items()}
    for name in ("kratos", "hydra"):
        shutil.copytree(ROOT / name, tmp_path / "from" / name)
    *shell, script = COMPOSE["services"]["configuration"]["command"]
    for name in ("from", "to"):
        script = re.sub(rf"/{name}(?=[/\s])", lambda folder: shlex.quote(f"{tmp_path}{folder[0]}"), script)
    script = script.replace("$$", "$")

    subprocess.run([*shell, script], env={"PATH": os.environ["PATH"], **ports}, check=True, timeout=120)

    for source in ("kratos/kratos.yml", "hydra/hydra.yml", "hydra/clients.json", "kratos/identities.json"):
        expected = (ROOT / source).read_text()
        for name, port in PORTS.items():
            expected = re.sub(rf"((?:localhost:|127\.0\.0\.1:|port: )){port}\b", rf"\g<1>{ports[name]}", expected)
        written = (tmp_path / "to" / source).read_text()
        assert written == expected
        assert not moved or not re.findall(r"localhost:(?:3000|4433|4444|5555)\b", written)


@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (503, 1)])
def test_the_health_check_asks_at_the_port_portico_listens_on(status, exit_status):
    """The image's own command."""
    command = json.loads(re.search(r"^HEALTHCHECK .*\n  CMD (.+)", DOCKERFILE, re.M)[1])
    assert command[0] == "python"
    with serving({("GET", "/health/alive"): (status, {})}) as address:
        environment = {"PORTICO_LISTEN": f"0.0.0.0:{address.rpartition(':')[2]}"}
        done = subprocess.run(
            [sys.executable, *command[1:]], env=environment, capture_output=True, check=False, timeout=60
        )
    assert done.returncode == exit_status


def test_the_reference_uis_variables_are_enough_in_the_image_with_an_address(monkeypatch, tmp_path):
    """The image listens on all addresses, which needs one that Portico answers to."""
    from app.config.settings import load

    monkeypatch.chdir(tmp_path)
    variables = {"KRATOS_PUBLIC_URL": "http://kratos:4433", "COOKIE_SECRET": "only-for-this-machine", "PORT": "4455"}
    variables |= {"PORTICO_LISTEN": re.search(r"^ENV PORTICO_LISTEN=(.+)$", DOCKERFILE, re.M)[1]}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="PORTICO_PUBLIC_URL is not set"):
        load()

    monkeypatch.setenv("PORTICO_PUBLIC_URL", "http://localhost:4455")
    monkeypatch.setenv("COOKIE_SECRET", "only-for-this-machine-0123456789-abcdef")

    assert load().listen == "0.0.0.0:3000"
