"""A test over many things fails for each that is wrong, and says which."""

import pytest

from tests.support.cases import each_of


def test_every_case_runs_with_the_fixtures_of_the_test(tmp_path):
    seen = []

    @each_of(["a", "b"])
    def test(case, tmp_path):
        seen.append((case, tmp_path))

    test(tmp_path=tmp_path)
    assert seen == [("a", tmp_path), ("b", tmp_path)]


def test_all_that_fail_are_told_with_what_they_are():
    @each_of([1, 2, 3])
    def test(number):
        assert number == 2

    with pytest.raises(ExceptionGroup, match="2 of 3: 1; 3") as caught:
        test()
    assert [error.__notes__ for error in caught.value.exceptions] == [["of 1"], ["of 3"]]


def test_an_error_is_raised_as_it_is():
    @each_of(["odd"])
    def test(case):
        raise LookupError

    with pytest.raises(LookupError) as caught:
        test()
    assert caught.value.__notes__ == ["of odd"]


def test_nothing_is_no_cases():
    with pytest.raises(AssertionError):
        each_of([])


@each_of(["x"])
def test_pytest_gives_the_fixtures_alone(case, tmp_path):
    assert (case, tmp_path.is_dir()) == ("x", True)
