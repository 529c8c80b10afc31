"""The proxies' samples ask each server what its kind of outage calls for; `make proxies` starts them."""

import re

from tests.stack.stack import ROOT

FOLDER = ROOT / "docs/proxies"
ASKED = {"portico": "/health/serving", "kratos": "/health/ready", "hydra": "/health/ready"}
PORTS = {"3000": "portico", "4433": "kratos", "4444": "hydra"}


def test_haproxy_takes_no_replica_away_without_kratos():
    text = (FOLDER / "haproxy.cfg").read_text()
    backends = re.findall(r"^backend (\w+)\n(?:    .*\n)*?    option httpchk GET (\S+)$", text, re.M)

    assert dict(backends) == ASKED


def test_caddy_takes_no_replica_away_without_kratos():
    text = (FOLDER / "Caddyfile").read_text()
    upstreams = re.findall(r"reverse_proxy .*?127\.0\.0\.1:(\d+) \{\n\t\timport upstream (\S+)$", text, re.M)

    assert {PORTS[port]: path for port, path in upstreams} == ASKED
