"""A service or a container begins with few descriptors and may take more."""

import resource

import pytest

from tests.server.server import running


@pytest.fixture
def few_descriptors():
    """What is started meanwhile has fewer than its connections take."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1] // 2), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("few_descriptors")
def test_the_server_takes_what_all_its_connections_need(tmp_path):
    """systemd and container engines give 1,024, as many as a worker has browsers: none would be left for Kratos."""
    with running(tmp_path, PORTICO_KRATOS_PUBLIC_URL="http://127.0.0.1:9") as server:
        wanted, most = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert wanted == min(4096, most)
