"""The machine over Portico, in this process, and the real servers: fewer steps, and nobody can move their clock."""

from collections.abc import Iterator
from io import StringIO

import pytest

from tests.machines.real import Real
from tests.machines.running import MANY, machine_of, run
from tests.machines.scene import portico
from tests.stack.stack import Stack

EXAMPLES = 3
PAIRWISE = {
    "oidc.subject_identifiers.supported_types": ["public", "pairwise"],
    "oidc.subject_identifiers.pairwise.salt": "salt-of-the-machines",
}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack("real", programs=("kratos", "hydra"), hydra=PAIRWISE) as stack:
        yield stack


@pytest.mark.real
def test_whatever_people_and_attackers_do_the_invariants_hold_at_the_real_servers(
    logs: StringIO, unhurried: None, stack: Stack
):
    servers = Real(stack)
    run(servers, portico(servers), logs, MANY // 20 or EXAMPLES, anew=MANY > 0, shrink=False)


@pytest.mark.real
def test_who_has_set_up_an_authenticator_app_on_the_way_can_use_it(logs: StringIO, unhurried: None, stack: Stack):
    """Only Kratos knows which of the keys that it has shown is the one."""
    servers = Real(stack)
    machine = machine_of(servers, portico(servers), logs)()
    try:
        for _ in range(2):
            machine.world.jars[0].cookies.clear()
            machine.begin(0, "strict", "", None, "openid email", "", "", False, False)
            machine.get_through(tab=0, person=1)
        assert not machine.tabs[-1][1].is_ours
    finally:
        machine.teardown()
