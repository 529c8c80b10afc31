"""`python -m kratos.recorder` (`make record`): records Kratos' bodies anew from a real Kratos started for it."""

import sys

from kratos.recorder.cases import VARIANTS
from kratos.recorder.demo import DemoRecorder
from kratos.recorder.differences import write
from kratos.recorder.variants import NO_COURIER, recorded
from tests.stack.errors import StackError
from tests.stack.kratos import running
from tests.stack.servers import version_of


def main() -> int:
    """Record everything, then write it: a failure half-way leaves the files alone. 1 when there is no Kratos."""
    try:
        version_of("kratos")
    except StackError as problem:
        sys.stderr.write(f"kratos recorder: {problem} (https://www.ory.com/docs/kratos/install)\n")
        return 1
    with running("real", NO_COURIER) as kratos:
        bodies = {f"demo/{name}": body for name, body in DemoRecorder(kratos).everything()}
    for variant in VARIANTS:
        bodies |= {f"variants/{name}": body for name, body in recorded(variant)}
    write(bodies)
    sys.stdout.write(f"{len(bodies)} bodies recorded in kratos/bodies\n")
    return 0


sys.exit(main())
