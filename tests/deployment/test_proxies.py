"""The proxies' samples ask each server what its kind of outage calls for, and none forgets a header; `make proxies`
starts them."""

import re

import pytest

from tests.stack.stack import ROOT

FOLDER = ROOT / "docs/proxies"
ASKED = {"portico": "/health/serving", "kratos": "/health/ready", "hydra": "/health/ready"}
PORTS = {"3000": "portico", "4433": "kratos", "4444": "hydra"}
OURS_TO_SAY = ["x-request-id", "traceparent", "tracestate", "x-real-ip", "true-client-ip", "cf-ipcity"]
OURS_TO_SAY += ["cf-region-code", "cf-ipcountry", "x-forwarded-"]  # Caddy says all X-Forwarded- by itself


@pytest.mark.parametrize("sample", sorted(file.name for file in FOLDER.iterdir()))
def test_no_sample_forgets_a_header_that_browsers_may_not_choose(sample):
    text = (FOLDER / sample).read_text().lower()

    assert [header for header in OURS_TO_SAY if header not in text] == []


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
