"""A running stack: Kratos and Hydra (real or sandbox), Portico, and the demo application."""

import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Self

import requests
import yaml

from kratos.sandbox.tokenizer import content
from tests.stack.errors import StackError
from tests.stack.ports import Ports, reserve
from tests.stack.processes import Processes
from tests.stack.servers import choose, give_keys, new_keys

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 300  # seconds for all of them, on a busy machine: one that ends is noticed at once
SERVERS = {
    "real": {
        "kratos": ["kratos", "serve", "-c", "kratos/kratos.yml", "--dev", "--watch-courier"],
        "hydra": ["hydra", "serve", "all", "-c", "hydra/hydra.yml", "--dev"],
    },
    "sandbox": {
        "kratos": [sys.executable, "-m", "kratos.sandbox", "--config", "kratos/kratos.yml"],
        "hydra": [sys.executable, "-m", "hydra.sandbox", "--config", "hydra/hydra.yml"],
    },
}
PROGRAMS = ("kratos", "hydra", "demo", "portico")
PORT_IN_CONFIG = re.compile(r"(?<=localhost:|127\.0\.0\.1:)\d+\b|(?<=port: )\d+\b")


class Stack:
    """Everything started, ready, and filled with the clients and the demo persons, for the length of a `with` block.

    `kind` is auto, real or sandbox (afterwards `stack.kind` is one of the last two, `stack.why` says the reason);
    `ports` are free ones unless given; `portico_env` adds to or replaces Portico's environment; `kratos` and
    `hydra` have settings by dotted path that differ from their files, e.g. {"session.lifespan": "1h"}. With some of the
    `programs` alone nobody and nothing is filled in. Portico lives below `path`. Raises StackError.
    `urls` has portico, kratos_public, kratos_admin, hydra_public, hydra_admin, demo and native, without a final slash.
    """

    authority: str | None = None  # the file of a certificate authority that browsers have to believe

    def __init__(
        self,
        kind: str = "auto",
        ports: Ports | None = None,
        portico_env: Mapping[str, str] | None = None,
        kratos: Mapping[str, Any] | None = None,
        hydra: Mapping[str, Any] | None = None,
        programs: Collection[str] = PROGRAMS,
        path: str = "",
    ) -> None:
        self.programs, self.path = programs, path
        self.kind, self.why = choose(kind, [name for name in ("kratos", "hydra") if name in programs])
        self._lock: IO[str] | None = None
        self._spare: list[int] = []
        if ports is None:
            ports, self._spare, self._lock = reserve()
        self.ports = ports
        hosts = dict.fromkeys(
            ("kratos_admin", "hydra_admin", "native"), "127.0.0.1"
        )  # localhost wherever a browser looks
        self.urls = {name: f"http://{hosts.get(name, 'localhost')}:{port}" for name, port in asdict(ports).items()}
        self.urls["portico"] += path
        self._portico_env = dict(portico_env or {})
        self._kratos, self._hydra = dict(kratos or {}), dict(hydra or {})
        self._secret_key = secrets.token_urlsafe(32)
        self.folder = Path(tempfile.mkdtemp(prefix="portico-stack-"))
        self.processes = Processes(self.folder)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:  # Ctrl-C while starting, too
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything that was started, and forget its files and ports."""
        try:
            self.processes.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self._lock:
                self._lock.close()

    def logs(self, name: str) -> str:
        """What `kratos`, `hydra`, `portico`, `demo`, or anything started besides has printed."""
        return self.processes.log(name)

    def pids(self, name: str) -> list[int]:
        """The process ids of one of them, with its workers."""
        return self.processes.pids(name)

    def check(self) -> None:
        """Raise StackError if one of them has ended."""
        self.processes.check()

    def settings(self) -> dict[str, str]:
        """The environment of this stack's Portico, for a command to be run beside it."""
        return environment() | self._settings(self.ports.portico) | self._portico_env

    def spare_port(self) -> int:
        """A free port for something that is started beside it."""
        return self._spare.pop()

    def start_portico(self, name: str, env: Mapping[str, str]) -> str:
        """Start one more Portico on a port of its own with other settings, and return its address when it is ready."""
        port = self.spare_port()
        self._launch_portico(name, port, env)
        self.processes.wait(READY_WITHIN)
        return f"http://localhost:{port}{self.path}"

    def restart_kratos(self, settings: Mapping[str, Any]) -> None:
        """Begin Kratos anew with these settings, whatever it had before; it knows the demo persons only."""
        self.processes.end("kratos")
        self._write(ROOT / "kratos/kratos.yml")
        change_yaml(self.folder / "kratos/kratos.yml", settings)
        self._launch("kratos")
        self.processes.wait(READY_WITHIN)
        with requests.Session() as http:
            http.trust_env = False
            self._create(http, "kratos/identities.json", f"{self.urls['kratos_admin']}/admin/identities")

    def _start(self) -> None:
        self.ports.check_free(self.programs)
        self._write_configuration()
        self.processes.__enter__()
        self.processes.believe(self.authority)
        for name in self.programs:
            if name != "demo":
                self._launch(name)
        self.processes.wait(READY_WITHIN)
        with requests.Session() as http:
            http.trust_env = False
            if self.kind == "real" and "hydra" in self.programs:
                give_keys(self.urls["hydra_admin"], http)
            if self.programs == PROGRAMS:
                self._create(http, "hydra/clients.json", f"{self.urls['hydra_admin']}/admin/clients")
                self._create(http, "kratos/identities.json", f"{self.urls['kratos_admin']}/admin/identities")
        if "demo" in self.programs:  # who waits for its port can sign in
            self._launch("demo")
            self.processes.wait(READY_WITHIN)

    def _launch(self, name: str) -> None:
        if name == "portico":
            self._launch_portico("portico", self.ports.portico, self._portico_env)
        elif name == "demo":
            self._launch_demo()
        else:
            ports = [getattr(self.ports, f"{name}_{api}") for api in ("admin", "public")]
            ready = [f"http://127.0.0.1:{port}/health/ready" for port in ports]
            self.processes.start(name, SERVERS[self.kind][name], environment(), ready)

    def _write_configuration(self) -> None:
        """Copy kratos/ and hydra/ without their programs, with the ports of this stack in place of the default ones."""
        for source in (*(ROOT / "kratos").iterdir(), *(ROOT / "hydra").iterdir()):
            if source.is_file():
                self._write(source)
        (self.folder / "kratos/session_token.jwks.json").write_text(content(new_keys()))  # private: in no repository
        for file, changes in (("kratos/kratos.yml", self._kratos), ("hydra/hydra.yml", self._hydra)):
            if changes:
                change_yaml(self.folder / file, changes)

    def _write(self, source: Path) -> None:
        ports = {
            str(old): str(new) for old, new in zip(asdict(Ports()).values(), asdict(self.ports).values(), strict=True)
        }
        target = self.folder / source.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        text = PORT_IN_CONFIG.sub(lambda match: ports.get(match[0], match[0]), source.read_text())
        origin = f"http://localhost:{self.ports.portico}"  # stays what it is where an origin is meant
        if self.path:
            text = text.replace(f"{origin}/", f"{origin}{self.path}/").replace(
                f"- {origin}\n", f"- {origin}{self.path}/\n"
            )
        target.write_text(text)

    def _launch_demo(self) -> None:
        files = ["--clients", "hydra/clients.json", "--identities", "kratos/identities.json"]
        where = ["--issuer", self.urls["hydra_public"], "--kratos", self.urls["kratos_public"]]
        argv = [sys.executable, "-m", "hydra.relying_party", *files, *where, "--port", str(self.ports.demo)]
        env = environment() | ({"REQUESTS_CA_BUNDLE": self.authority} if self.authority else {})
        self.processes.start("demo", argv, env, [self.urls["demo"]])

    def _settings(self, port: int) -> dict[str, str]:
        return {
            "PORTICO_PUBLIC_URL": f"http://localhost:{port}{self.path}",
            "PORTICO_SECRET_KEY": self._secret_key,
            "PORTICO_KRATOS_PUBLIC_URL": self.urls["kratos_public"],
            "PORTICO_KRATOS_BROWSER_URL": self.urls["kratos_public"],
            "PORTICO_HYDRA_ADMIN_URL": self.urls["hydra_admin"],
            "PORTICO_HYDRA_PUBLIC_URL": self.urls["hydra_public"],
            "PORTICO_LISTEN": f"127.0.0.1:{port}",
            "PORTICO_DRAIN_SECONDS": "0",  # nobody waits for a stack to end
        }

    def _launch_portico(self, name: str, port: int, env: Mapping[str, str]) -> None:
        argv = [sys.executable, "-m", "app", "serve"]
        ready = [f"http://localhost:{port}/health/ready"]
        self.processes.start(name, argv, environment() | self._settings(port) | dict(env), ready)

    def _create(self, http: requests.Session, file: str, address: str) -> None:
        entries: list[dict[str, Any]] = json.loads((self.folder / file).read_text())
        for entry in entries:
            answer = http.post(address, json=entry, timeout=60)
            if answer.status_code != 201:
                raise StackError(f"{address} answered {answer.status_code} to {file}: {answer.text[:200]}")


def change_yaml(file: Path, settings: Mapping[str, Any]) -> None:
    """Set what stands at each dotted path of a YAML file, which may be a place that is not there yet."""
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    for path, value in settings.items():
        *way, last = path.split(".")
        place = document
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    file.write_text(yaml.safe_dump(document))


def environment() -> dict[str, str]:
    """What every child gets of our environment: no proxies and no settings that Ory's servers or Portico would read."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    # Not the current directory, which has folders kratos/ and hydra/ of its own, but the repository is searched.
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
