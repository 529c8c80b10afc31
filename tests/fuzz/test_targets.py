"""What `make fuzz` runs for minutes holds for its seeds, and for a few hundred inputs that need no atheris."""

import random

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS
from tests.support.cases import each_case

QUICK = {"addresses": 400, "queries": 400, "authorization_requests": 200, "answers": 100}


@each_case("name", TARGETS)
def test_a_target_holds_for_its_seeds_and_what_is_made_of_them(name: str) -> None:
    generator = random.Random(name)
    for seed in SEEDS[name]:
        TARGETS[name](seed)
    for _ in range(QUICK.get(name, 8)):
        mixed = bytearray(generator.choice(SEEDS[name]) + generator.choice(SEEDS[name]))
        for _ in range(generator.randrange(8)):
            mixed[generator.randrange(len(mixed))] = generator.randrange(256)
        TARGETS[name](bytes(mixed[: generator.randrange(1, len(mixed))]))
