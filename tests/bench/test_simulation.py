"""The simulation of `make scale`, against what queueing theory says of the cases it can calculate."""

import pytest

from tests.bench.simulation import Step, busy, enough, simulate

PAGE = [Step("portico", 10)]


def test_who_comes_seldom_does_not_wait():
    assert simulate(PAGE, 0.1, {"portico": 1}, {"portico": 1}).p99 < 1


def test_a_core_that_is_half_busy_lets_one_of_a_hundred_wait_as_long_as_theory_says():
    # M/M/1: P(wait > t) = load * exp(-(1 - load) * t / service time), so p99 is ln(50) * 20 ms.
    assert simulate(PAGE, 50, {"portico": 1}, {"portico": 1}).p99 == pytest.approx(78, rel=0.15)


def test_the_same_load_on_more_cores_waits_less():
    single, double = (simulate(PAGE, 80 * cores, {"portico": 1}, {"portico": cores}).p99 for cores in (1, 2))
    assert double < single * 0.8


def test_work_that_always_takes_the_same_waits_less():
    same = [Step("portico", 10, varies=False)]
    assert (
        simulate(same, 80, {"portico": 1}, {"portico": 1}).p99 < simulate(PAGE, 80, {"portico": 1}, {"portico": 1}).p99
    )


def test_the_server_that_is_the_bottleneck_gets_the_replicas():
    steps = [Step("portico", 1), Step("kratos", 100, varies=False)]
    result = enough(steps, 100, {"portico": 4, "kratos": 4}, limit=20)
    assert result.replicas["portico"] == 1
    assert result.replicas["kratos"] > 100 * 0.1 / 4


def test_what_is_asked_of_each_server_is_counted_by_its_cost():
    steps = [Step("portico", 4), Step("kratos", 1), Step("portico", 4)]
    assert busy(steps, 100, {"portico": 2, "kratos": 1}, {"portico": 2, "kratos": 1}) == pytest.approx(
        {"portico": 0.2, "kratos": 0.1}
    )


@pytest.mark.parametrize("rate", [20, 300, 3000])
def test_enough_is_enough_and_a_fifth_less_is_not(rate):
    cores = {"portico": 2}
    result = enough(PAGE, rate, cores, limit=50)
    assert result.waited <= 50
    assert result.busy["portico"] <= 0.9
    fewer = {"portico": int(result.replicas["portico"] * 0.8)}
    assert not fewer["portico"] or simulate(PAGE, rate, fewer, cores).p99 > 50
