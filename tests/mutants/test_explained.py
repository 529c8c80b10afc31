"""What is explained is something that `make mutants` does; that takes half an hour, and this a second."""

from tests.mutants.__main__ import MODULES, explained
from tests.mutants.changes import mutants


def test_each_explanation_is_of_a_change_there_is_and_says_why() -> None:
    made = {str(mutant) for path in MODULES for mutant in mutants(path)}
    assert explained().keys() <= made
    assert all(explained().values())
