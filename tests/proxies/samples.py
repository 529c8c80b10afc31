"""The configurations of docs/proxies with names, ports and certificates of a test, and how each is started."""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.stack.stack import ROOT

Changes = Mapping[str, str]


@dataclass(frozen=True)
class Place:
    """Where a proxy of a test listens, with what certificate, and what is behind it: host:port each."""

    folder: Path
    https: int
    http: int
    portico: Sequence[str]
    kratos: str
    hydra: str

    @property
    def authority(self) -> Path:
        """The certificate authority that a browser of the test has to believe."""
        return self.folder / "authority.pem"

    def make_certificate(self) -> None:
        """For localhost, as chain, key, and both in one file."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        leaf = authority.issue_cert("localhost")
        leaf.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        leaf.cert_chain_pems[0].write_to_path(str(self.folder / "certificate.pem"))
        leaf.private_key_and_cert_chain_pem.write_to_path(str(self.folder / "both.pem"))


def nginx(place: Place) -> Changes:
    """Besides what an operator changes: files that a user without privileges may write."""
    folders = "".join(
        f"    {kind}_temp_path {place.folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return {
        "http {\n": f"http {{\n    access_log off;\n{folders}",
        "server 127.0.0.1:3000 max_fails=0;": " ".join(f"server {address} max_fails=0;" for address in place.portico),
        "server 127.0.0.1:4433;": f"server {place.kratos};",
        "server 127.0.0.1:4444;": f"server {place.hydra};",
        "listen 80;": f"listen 127.0.0.1:{place.http};",
        "listen 443 ssl": f"listen 127.0.0.1:{place.https} ssl",
        "https://login.example.org$request_uri": f"https://localhost:{place.https}$request_uri",
        "server_name login.example.org;": "server_name localhost;",
        "/etc/ssl/portico/": f"{place.folder}/",
    }


def haproxy(place: Place) -> Changes:
    replicas = "\n".join(f"    server portico{n} {address}" for n, address in enumerate(place.portico))
    return {
        "    server portico1 127.0.0.1:3000": replicas,
        "127.0.0.1:4433": place.kratos,
        "127.0.0.1:4444": place.hydra,
        "bind :80": f"bind 127.0.0.1:{place.http}",
        "bind :443": f"bind 127.0.0.1:{place.https}",
        "https://login.example.org%": f"https://localhost:{place.https}%",
        "/etc/ssl/portico/": f"{place.folder}/",
    }


def caddy(place: Place) -> Changes:
    """Besides what an operator changes: no certificate of Let's Encrypt's."""
    certificate = f"tls {place.folder}/certificate.pem {place.folder}/key.pem"
    return {
        "\tadmin off\n": f"\tadmin off\n\thttp_port {place.http}\n\thttps_port {place.https}\n",
        "\nlogin.example.org {\n": f"\nlocalhost {{\n\tbind 127.0.0.1\n\t{certificate}\n",
        "127.0.0.1:3000": " ".join(place.portico),
        "127.0.0.1:4433": place.kratos,
        "127.0.0.1:4444": place.hydra,
    }


def traefik(place: Place) -> Changes:
    """Here for one more reason: how it is started is in the sample's first lines."""
    replicas = "\n".join(f"          - url: http://{address}" for address in place.portico)
    return {
        "          - url: http://127.0.0.1:3000": replicas,
        "127.0.0.1:4433": place.kratos,
        "127.0.0.1:4444": place.hydra,
        "Host(`login.example.org`)": "Host(`localhost`)",
        "/etc/ssl/portico/": f"{place.folder}/",
        "=/etc/traefik/dynamic.yml": f"={place.folder}/traefik-dynamic.yml",
        "address=:80 ": f"address=127.0.0.1:{place.http} ",
        "address=:443 ": f"address=127.0.0.1:{place.https} ",
    }


@dataclass(frozen=True)
class Program:
    """A proxy: its sample, what a test changes in it, and the command that stays in the foreground."""

    sample: str
    changes: Callable[[Place], Changes]
    argv: Sequence[str]

    def command(self, place: Place, more: Changes | None = None) -> list[str]:
        """Write the sample as `place` needs it, and with `more` changes; what starts it."""
        text = (ROOT / "docs/proxies" / self.sample).read_text(encoding="utf-8")
        file = place.folder / self.sample
        file.write_text(filled(text, {**self.changes(place), **(more or {})}))
        flags = re.findall(r"--\S+=\S+", file.read_text()) if self.changes is traefik else []
        return [part.format(folder=place.folder, file=file) for part in self.argv] + flags


ROOTS = "user root; " if os.geteuid() == 0 else ""  # nginx would become nobody, who may not write in our folder
NGINX = ["nginx", "-e", "stderr", "-p", "{folder}", "-c", "{file}", "-g", f"{ROOTS}daemon off; pid nginx.pid;"]
PROGRAMS = {
    "nginx": Program("nginx.conf", nginx, NGINX),
    "haproxy": Program("haproxy.cfg", haproxy, ["haproxy", "-db", "-f", "{file}"]),
    "caddy": Program("Caddyfile", caddy, ["caddy", "run", "--adapter", "caddyfile", "--config", "{file}"]),
    "traefik": Program("traefik-dynamic.yml", traefik, ["traefik"]),
}


def on_shared_host(name: str, sample: str) -> Program:
    """The same program for a host that has other things on it, too."""
    program = PROGRAMS[name]

    def changes(place: Place) -> Changes:
        return {old.replace("login.example.org", "example.org"): new for old, new in program.changes(place).items()}

    return Program(sample, changes, program.argv)


SHARED_HOST = {
    f"{name} shared": on_shared_host(name, sample)
    for name, sample in {
        "nginx": "nginx-shared-host.conf",
        "haproxy": "haproxy-shared-host.cfg",
        "caddy": "Caddyfile-shared-host",
    }.items()
}


def filled(text: str, changes: Changes) -> str:
    """The sample with each of these in place of what stands there; all of that has to be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def find(program: str) -> str:
    """Where a program is, "" for nowhere; Debian has proxies in a folder that is not on everybody's PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") or ""


def installed() -> list[str]:
    """The proxies this machine has."""
    return [name for name in PROGRAMS if find(name)]
