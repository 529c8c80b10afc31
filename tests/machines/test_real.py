"""The machine over Portico, in this process, and the real servers: fewer steps, and nobody can move their clock."""

from collections.abc import Iterator
from io import StringIO

import pytest

from tests.machines.real import Real
from tests.machines.running import MANY, run
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


@pytest.mark.stack
@pytest.mark.real
def test_whatever_people_and_attackers_do_the_invariants_hold_at_the_real_servers(
    logs: StringIO, unhurried: None, stack: Stack
):
    servers = Real(stack)

    run(servers, portico(servers), logs, MANY // 20 or EXAMPLES, anew=MANY > 0, shrink=False)
