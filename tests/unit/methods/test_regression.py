"""A regression that allows for chance that carries over: what it finds, how wide, and what it refuses to tell apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crmlib.methods.regression import MOST_CARRIED, carried_over


def columns(days):
    weekday = np.arange(days) % 7
    return np.stack([*(weekday == n for n in range(7)), np.arange(days) % 97 < 3], axis=1).astype(float)


def noise(rng, days, carried):
    found, pushes = np.zeros(days), rng.normal(0, 0.1, days)
    found[0] = pushes[0] / (1 - carried**2) ** 0.5
    for day in range(1, days):
        found[day] = carried * found[day - 1] + pushes[day]
    return found


def test_without_carry_over_it_is_least_squares():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(60, 3)), rng.normal(size=60)
    # Days two apart are no neighbours: nothing can carry over from one to the next.
    fit = carried_over(y, x, list(range(0, 120, 2)))
    expected, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    middle, low, high = fit.told([1, 0, 0], 0.95)
    half = stats.t.ppf(0.975, 57) * (float(rest[0]) / 57 * np.linalg.inv(x.T @ x)[0, 0]) ** 0.5
    assert fit.carried == 0 and fit.freedom == 57
    assert (middle, low, high) == pytest.approx((expected[0], expected[0] - half, expected[0] + half))


@pytest.mark.parametrize("carried", [0.0, 0.4, 0.7])
def test_intervals_hold_the_planted_effect_as_often_as_they_say(carried):
    rng, x, days = np.random.default_rng(7), columns(400), 400
    held, found = 0, []
    for _ in range(120):
        fit = carried_over(5 + 0.3 * x[:, 7] + noise(rng, days, carried), x, range(days))
        _, low, high = fit.told([0] * 7 + [1], 0.95)
        held += low <= 0.3 <= high
        found.append(fit.carried)
    assert 0.89 <= held / 120 <= 0.99
    assert np.mean(found) == pytest.approx(carried, abs=0.06)


def test_columns_that_are_one_cannot_be_told_apart_but_their_sum_can():
    x = columns(100)
    twice = np.hstack([x, x[:, 7:]])
    y = x @ np.arange(8) + np.random.default_rng(1).normal(0, 0.1, 100)
    alone, both = carried_over(y, x, range(100)), carried_over(y, twice, range(100))
    assert both.told([0] * 7 + [1, 0], 0.95) is None
    assert both.told([0] * 7 + [1, 1], 0.95) == pytest.approx(alone.told([0] * 7 + [1], 0.95))


def test_a_day_for_each_column_leaves_no_interval():
    assert carried_over([1.0, 2.0], np.eye(2), [1, 2]).told([1, 0], 0.95) is None


def test_gaps_between_days_carry_less():
    rng = np.random.default_rng(5)
    days = noise(rng, 1500, 0.8)
    at = [n for n in range(1500) if n % 7 < 5]
    fit = carried_over(days[at], np.ones((len(at), 1)), at)
    assert fit.carried == pytest.approx(0.8, abs=0.05) and fit.carried <= MOST_CARRIED
