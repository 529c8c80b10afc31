"""The soak's own judgement: what grows is found, what only goes up and down is not."""

import pytest

from tests.bench.soak import LIMITS, excused_by, judge, slope

MINUTES = [minute / 60 for minute in range(20)]
NOISE = [0.5, -0.7, 0.1, 0.9, -0.4, -0.8, 0.3, 0.6, -0.2, -0.3]
LIMIT = LIMITS["MB (anonymous)"]


@pytest.mark.parametrize("values", [[160.0] * 20, [160 + noise for noise in NOISE * 2]], ids=["even", "up and down"])
def test_what_does_not_grow_is_about_zero(values):
    assert slope(MINUTES, values).is_about_zero(LIMIT)


@pytest.mark.parametrize("noise", [0, 1])
def test_what_grows_by_a_megabyte_a_minute_is_not(noise):
    line = slope(MINUTES, [160 + minute + noise * up for minute, up in enumerate(NOISE * 2)])
    assert not line.is_about_zero(LIMIT)
    assert line.rise == pytest.approx(60, abs=5)
    assert line.error < 10


@pytest.mark.parametrize(("minutes", "is_well"), [(20, False), (8, True)])
def test_a_slope_of_the_first_minutes_says_nothing(minutes, is_well):
    """A worker fills what it keeps for every language and page."""
    hours = MINUTES[:minutes]
    assert judge({"MB (anonymous)": [160 + 60 * hour for hour in hours]}, hours) is is_well


def test_what_a_busy_moment_opens_is_no_growth_and_what_is_left_of_it_is():
    """More people at once need more connections, whatever the time; a leak is there in quiet moments, too."""
    hours = [number / 720 for number in range(240)]
    held = [8 + (number % 24 > 4) * number / 30 for number in range(240)]
    assert judge({"connections upstream": held}, hours)
    assert judge({"descriptors": held}, hours)
    assert not judge({"connections upstream": [8 + number / 60 + up for number, up in enumerate(NOISE * 24)]}, hours)


def test_a_worse_line_through_more_scattered_points_has_a_larger_error():
    near, far = (slope(MINUTES, [160 + n + by * up for n, up in enumerate(NOISE * 2)]) for by in (1, 10))
    assert near.error < far.error


@pytest.mark.parametrize(
    ("status", "log", "is_excused"),
    [
        (0, "", True),
        (503, "", True),
        (400, "", False),
        (404, "level=error msg=x x-request-id:another Unable to serialize access", False),
        (400, "level=error headers=map[x-request-id:mine] error=the database is locked", True),
        (400, "level=error headers=map[x-request-id:mine] error=no such flow", False),
    ],
)
def test_what_kratos_or_hydra_failed_at_is_excused_and_what_they_answered_is_not(status, log, is_excused):
    lines = [{"event": "upstream_error", "service": "Kratos", "status": status, "request_id": "mine"}]
    assert excused_by(lines, log) == ({"mine"} if is_excused else set())


def test_what_is_logged_beside_a_failure_excuses_nothing():
    lines = [{"event": "not_ready", "service": "Kratos", "status": 0, "request_id": "mine"}]
    assert excused_by(lines, "") == set()
