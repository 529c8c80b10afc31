"""A pytest plugin: what pytest-xdist gives to one process at a time, when tests run in several (`make test`)."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

KINDS = ("sandbox", "real")


class ByServers(LoadScopeScheduling):
    """Tests of a module stay together, of those that share running servers those of each kind.

    They share what is made once, a page of each captured body for example, and thousands of quick tests given out one
    by one would cost more than they take. In the order of collection, which has the sandbox's tests before those of
    the real servers, so that a process starts each kind of stack once at most.
    """

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        parameters = test.partition("[")[2].rstrip("]").split("-")
        return "-".join([module, *(kind for kind in KINDS if kind in parameters)])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServers | None:
    """Take the place of xdist's own `--dist loadscope`; its loadgroup 3.8.0 does not work with pytest 9.2."""
    return ByServers(config, log) if config.getoption("dist") == "loadscope" else None
