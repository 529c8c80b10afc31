"""The proxies' samples ask each server what its kind of outage calls for, and none forgets a header; `make proxies`
starts them."""

import re

import pytest

from tests.stack.stack import ROOT

FOLDER = ROOT / "docs/proxies"
ASKED = {"portico": "/health/serving", "kratos": "/health/ready", "hydra": "/health/ready"}
PORTS = {"3000": "portico", "4433": "kratos", "4444": "hydra"}
SHARED = {"nginx.conf": "nginx-shared-host.conf", "haproxy.cfg": "haproxy-shared-host.cfg"}
SHARED |= {"Caddyfile": "Caddyfile-shared-host"}
# Remarks, and which path goes where: all else is the same on a host that has a site of its own.
OF_PATHS = re.compile(r"#|location ~|use_backend|default_backend|@\w+ path|reverse_proxy|respond @hidden|.* status 404")
OF_A_BROWSER = ["traceparent", "tracestate", "x-request-id", "x-real-ip", "true-client-ip"]
OF_A_BROWSER += ["cf-ipcity", "cf-region-code", "cf-ipcountry"]


@pytest.mark.parametrize("sample", sorted(path.name for path in FOLDER.iterdir()))
def test_what_a_browser_says_of_itself_goes_no_further(sample):
    """N28: nor which trace its requests are part of (docs/operators.md has the list)."""
    text = (FOLDER / sample).read_text().lower()
    assert [name for name in OF_A_BROWSER if not re.search(rf"(header(_up)? -?|^ +){name}\b", text, re.M)] == []


@pytest.mark.parametrize("sample", SHARED)
def test_what_protects_one_host_protects_a_shared_one(sample):
    """F24 N42: how much a form may be, tunnels, slow clients; `make proxies` tries them with the first sample alone."""
    alone, shared = (
        {line.strip().replace("login.example.org", "example.org") for line in (FOLDER / name).read_text().splitlines()}
        for name in (sample, SHARED[sample])
    )
    assert sorted(line for line in alone - shared if not OF_PATHS.match(line)) == []


@pytest.mark.parametrize("sample", ["haproxy.cfg", "haproxy-shared-host.cfg"])
def test_haproxy_takes_no_replica_away_without_kratos(sample):
    text = (FOLDER / sample).read_text()
    backends = re.findall(r"^backend (\w+)\n(?:    .*\n)*?    option httpchk GET (\S+)$", text, re.M)
    assert dict(backends) == ASKED


@pytest.mark.parametrize("sample", ["Caddyfile", "Caddyfile-shared-host"])
def test_caddy_takes_no_replica_away_without_kratos(sample):
    text = (FOLDER / sample).read_text()
    upstreams = re.findall(r"reverse_proxy .*?127\.0\.0\.1:(\d+) \{\n\t+import upstream (\S+)$", text, re.M)
    assert {PORTS[port]: path for port, path in upstreams} == ASKED
