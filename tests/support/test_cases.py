"""A test over many things fails for each that is wrong, and says which."""

import pytest

from tests.support.cases import each_case, each_of


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


SERVED = []


@each_case("first, second", [("a", 1), pytest.param("b", 2, id="named")])
def test_each_case_has_a_wire_of_its_own(client, upstream, first, second):
    SERVED.append((client, upstream))
    assert (first, second) in [("a", 1), ("b", 2)]
    assert upstream.sent("GET") == []
    assert len({id(fixture) for pair in SERVED for fixture in pair}) == 2 * len(SERVED)


def test_what_a_case_prepared_and_nobody_asked_for_fails_it(unhurried):
    @each_case("url", ["https://a.example", "https://b.example"])
    def test(upstream, url):
        upstream.on("GET", url)

    with pytest.raises(ExceptionGroup, match="2 of 2"):
        test(unhurried=unhurried)
