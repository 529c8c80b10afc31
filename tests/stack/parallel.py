"""A pytest plugin: what pytest-xdist gives to one process at a time, when tests run in several (`make test`)."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

KINDS = ("sandbox", "real")
WAITING = "tests/server"  # they wait, for the ends of servers and calls, for most of their time
SLOWEST = ("tests/journeys", WAITING)


def servers_of(scope: str) -> str:
    """Which running servers the tests of a scope share with those of other modules, e.g. tests/journeys-real; or "".

    Those that wait count as if they did: so a process does one after the other from early on, beside what computes.
    """
    if scope.startswith(WAITING):
        return WAITING
    module, _, kind = scope.rpartition("-")
    return f"{module.rpartition('/')[0]}-{kind}" if kind in KINDS else ""


class ByServers(LoadScopeScheduling):
    """Tests of a module stay together, of those that share running servers those of each kind.

    They share what is made once, a page of each captured body for example, and thousands of quick tests given out one
    by one would cost more than they take. In the order of collection, which has the sandbox's tests before those of
    the real servers; but a process goes on with the servers it has started as long as there are tests for them,
    because starting them takes seconds.
    """

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        parameters = test.partition("[")[2].rstrip("]").split("-")
        return "-".join([module, *(kind for kind in KINDS if kind in parameters)])

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._next(node), last=False)
        super()._assign_work_unit(node)

    def _next(self, node: WorkerController) -> str:
        """Tests for the servers of this process, else for servers nobody has, else for none, else for another's."""
        begun = {process: {servers_of(scope) for scope in work} for process, work in self.assigned_work.items()}

        def rank(scope: str) -> tuple[int, bool]:
            servers = servers_of(scope)
            if not servers:
                return 2, False
            nobodys = not any(servers in theirs for theirs in begun.values())
            return (0 if servers in begun[node] else 1 if nobodys else 3), not servers.startswith(SLOWEST)

        return min(self.workqueue, key=rank)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServers | None:
    """Take the place of xdist's own `--dist loadscope`; its loadgroup 3.8.0 does not work with pytest 9.2."""
    return ByServers(config, log) if config.getoption("dist") == "loadscope" else None
