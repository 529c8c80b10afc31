"""A stack behind a proxy: Portico, Kratos and Hydra under one https address, told apart by path."""

import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.proxies.samples import PROGRAMS, SHARED_HOST, Changes, Place, find
from tests.stack.processes import PATIENCE
from tests.stack.stack import READY_WITHIN, Stack, environment

BEHIND = ("portico", "kratos_public", "hydra_public")
PATHS = {"portico": "/auth", "kratos_public": "/kratos", "hydra_public": "/hydra"}  # docs/proxies/*-shared-host*


class ProxiedStack(Stack):
    """`proxy` is one of PROGRAMS, or of SHARED_HOST by the samples where each has a path; `replicas` share a secret.

    They have no memory in common.

    `more` is changed in the sample; with `varnish` this cache is between the proxy and Portico. `urls` has the proxy's
    address for Portico and both public APIs; `direct` has their own.
    """

    def __init__(
        self,
        kind: str,
        proxy: str,
        *,
        replicas: int = 1,
        more: Changes | None = None,
        varnish: bool = False,
        path: str = "",
        **options: Any,
    ) -> None:
        paths = PATHS if proxy in SHARED_HOST else dict.fromkeys(BEHIND, "") | {"portico": path}
        super().__init__(kind, path=paths["portico"], **options)
        self.program, self.more = {**PROGRAMS, **SHARED_HOST}[proxy], more
        self.replicas = {
            f"portico{n or ''}": port for n, port in enumerate([self.ports.portico, *self._take(replicas - 1)])
        }
        self.direct = {name: f"http://127.0.0.1:{getattr(self.ports, name)}" for name in BEHIND}
        [https, http] = self._take(2)
        kratos, hydra = (self.direct[name].removeprefix("http://") for name in BEHIND[1:])
        self.varnish = self.spare_port() if varnish else 0
        behind = [f"127.0.0.1:{port}" for port in ([self.varnish] if varnish else self.replicas.values())]
        self.place = Place(self.folder / "proxy", https, http, behind, kratos, hydra)
        self.place.folder.mkdir()
        self.place.make_certificate()
        self.authority = str(self.place.authority)
        self.public = f"https://localhost:{https}"
        self._inside = {name: self.urls[name] for name in BEHIND}
        self.urls |= {name: self.public + path for name, path in paths.items()}
        self._kratos |= {"log.level": "info"}
        self._hydra |= {"log.level": "info"}

    def _take(self, number: int) -> list[int]:
        return [self.spare_port() for _ in range(number)]

    def _write(self, source: Path) -> None:
        super()._write(source)
        file = self.folder / source.relative_to(source.parents[1])
        text = file.read_text()
        for name in BEHIND:
            text = text.replace(self._inside[name], self.urls[name])
        text = text.replace(f"http://localhost:{self.ports.portico}", self.public)  # where an origin is meant
        file.write_text(text)

    def _settings(self, port: int) -> dict[str, str]:
        settings = super()._settings(port) | {"PORTICO_KRATOS_PUBLIC_URL": self.direct["kratos_public"]}
        if port in self.replicas.values():  # a test may start one more, that nothing is in front of
            hops = "2" if self.varnish else "1"
            settings |= {"PORTICO_PUBLIC_URL": self.urls["portico"], "PORTICO_FORWARDED_HOPS": hops}
        return settings

    def logs(self, name: str) -> str:
        """Those of all replicas in one, for Portico."""
        return "".join(map(super().logs, self.replicas)) if name == "portico" else super().logs(name)

    def replace(self, name: str, env: Mapping[str, str] | None = None) -> None:
        """End a replica as an operator does, and start it again when it is gone; return when it is ready."""
        process = self.processes.children[name].process
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        self.processes.end(name)
        self.start_replica(name, env)
        self.processes.wait(READY_WITHIN)

    def start_replica(self, name: str, env: Mapping[str, str] | None = None) -> None:
        """Start one replica of Portico's, with other settings than the stack's if wanted."""
        self._launch_portico(name, self.replicas[name], {**self._portico_env, **(env or {})})

    def _start_varnish(self) -> None:
        """As it comes, with its built-in rules alone."""
        address = ["-a", f"127.0.0.1:{self.varnish}", "-b", self.direct["portico"].removeprefix("http://")]
        argv = [find("varnishd"), "-F", "-j", "none", "-n", str(self.place.folder / "varnish"), *address]
        headroom = ["-p", "http_req_hdr_len=32k", "-p", "http_req_size=64k", "-p", "workspace_client=192k"]
        headroom += ["-p", "http_resp_hdr_len=32k", "-p", "http_resp_size=64k", "-p", "workspace_backend=192k"]
        ready = [f"http://127.0.0.1:{self.varnish}/health/alive"]
        self.processes.start("varnish", [*argv, "-s", "malloc,16m", *headroom], environment(), ready)

    def start_proxy(self) -> None:
        """Start what is in front."""
        folders = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(self.place.folder))
        [name, *arguments] = self.program.command(self.place, self.more)
        ready = [f"{self.urls['portico']}/robots.txt"]
        # When Kratos begins anew the proxy thinks for a second that nobody is there.
        if "kratos" in self.programs:
            ready.append(f"{self.urls['kratos_public']}/self-service/errors?id=stub:500")  # the stand-in has it, too
        self.processes.start("proxy", [find(name), *arguments], environment() | folders, ready)

    def memory_of_proxy(self) -> int:
        """Megabytes that its processes have had at most (Linux: /proc)."""
        first = self.processes.children["proxy"].process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        said = [Path(f"/proc/{process}/status").read_text() for process in (first, *children)]
        return sum(int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) for text in said) // 1024

    def _launch(self, name: str) -> None:
        if name != "portico":
            super()._launch(name)
            return
        for replica in self.replicas:
            self.start_replica(replica)
        self.processes.wait(READY_WITHIN)  # else the proxy would think for a second that nobody is there
        if self.varnish:
            self._start_varnish()
        self.start_proxy()
