"""Forecasts and their proof on series small enough to follow by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods import forecasting
from crmlib.methods.forecasting import ways

NONE = float("nan")


def series(values, period=1, weights=None, ahead=12):
    weights = np.ones(len(values) + ahead) if weights is None else np.array(weights, dtype=float)
    return forecasting.Series(np.array(values, dtype=float), weights, period)


@pytest.mark.parametrize(("values", "period", "steps", "expected"), [
    ([10, 20, 30, 40], 4, 5, [10, 20, 30, 40, 10]),
    ([10, 20, 30, 40, NONE, 21], 4, 4, [30, 40, 10, 21]),
    ([1, 2, 3], 1, 3, [3, 3, 3]),
    ([1, 2, NONE], 1, 2, [2, 2]),
])
def test_each_period_as_its_last_known_counterpart(values, period, steps, expected):
    assert list(forecasting.same_season(series(values, period), steps)) == expected


def test_nothing_to_repeat_before_a_season_is_over():
    assert forecasting.same_season(series([1, 2, 3], 4), 2) is None
    assert forecasting.same_season(series([NONE] * 4, 4), 1) is None


def test_the_level_is_spread_by_the_calendar_ahead():
    # 100 a day in weeks of 6 or 7 days; the shop closes the whole of the third week ahead.
    known = series([600, 700, 700, 600, 700], weights=[6, 7, 7, 6, 7, 7, 6, 0], ahead=0)
    assert list(np.round(ways.last_level(known, 3), 6)) == [700, 600, 0]


def test_last_year_times_the_growth_since():
    # Quarters of a year; this year sells half as much again as last year.
    year = [100, 200, 300, 400]
    known = series([*year, *[1.5 * value for value in year]], 4)
    assert list(np.round(ways.last_year_and_growth(known, 4), 6)) == [225, 450, 675, 900]
    assert ways.last_year_and_growth(series(year, 4), 4) is None


def test_theta_goes_on_half_as_steep():
    known = series(np.exp(0.02 * np.arange(40)))
    steps = np.diff(np.log(ways.theta(known, 4)))
    assert list(np.round(steps, 6)) == [0.01] * 3


@pytest.mark.parametrize("values", [[], [5], [0] * 30, [NONE] * 30, [-5] * 30, [7] * 30, [NONE] * 20 + [5] * 10])
def test_odd_series_raise_nothing(values):
    known, targets = series(values, 12), ((1, 1), (1, 4))
    past = forecasting.backtest(known, targets, range(1, len(values)))
    for band in forecasting.forecast(known, targets, past):
        assert np.isfinite(band.value)
    for score in forecasting.scores(known, past):
        assert score.n > 0


def test_forecasts_know_nothing_that_came_later():
    draw = np.random.default_rng(5)
    values = draw.lognormal(5, 0.2, 80)
    one = forecasting.backtest(series(values, 12), ((1, 1),), [60])
    changed = np.concatenate([values[:60], values[60:] * 10])
    other = forecasting.backtest(series(changed, 12), ((1, 1),), [60])
    assert one[0].made == other[0].made


def test_the_method_that_missed_least_so_far_is_chosen():
    """A level that doubles every season is followed by last year's growth, not by the level."""
    season = np.array([1, 2, 4, 2.0])
    values = np.concatenate([season * 2 ** year for year in range(12)])
    past = forecasting.backtest(series(values, 4), ((1, 1), (2, 2)), range(12, 48))
    last = past[-1]
    assert last.made["chosen"] == last.made["growth"]


def test_a_band_is_the_miss_that_so_many_stayed_below():
    missed = np.log([1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09])
    assert np.round(forecasting.band_of(100, missed, 0.8), 6).tolist() == [round(100 / 1.08, 6), 108]
    assert np.round(forecasting.band_of(100, missed, 0.5), 6).tolist() == [round(100 / 1.05, 6), 105]
    assert forecasting.band_of(100, missed[:7], 0.5) is None
    assert forecasting.band_of(100, missed, 0.95) is None


def test_a_walk_that_nobody_can_foresee_beats_nobody():
    """On a random walk the last value is the best forecast there is; too few origins give no verdict."""
    values = np.exp(10 + np.cumsum(np.random.default_rng(2).normal(0, 0.1, 120)))
    known = series(values)
    found = forecasting.scores(known, forecasting.backtest(known, ((1, 1),), range(30, 120)))
    assert forecasting.beats(found, (1, 1)) is False
    few = forecasting.scores(known, forecasting.backtest(known, ((1, 1),), range(114, 120)))
    assert forecasting.beats(few, (1, 1)) is None


@pytest.mark.parametrize(("held", "times", "promised"), [
    (0, 0, False), (3, 3, False), (7, 7, False), (8, 8, True),  # too few tries say nothing, whatever they say
    (0, 8, False), (4, 8, False), (5, 8, True), (8, 11, True),  # Wilson's interval of 4 in 8 ends at 0.785
    (20, 40, False), (27, 40, False), (28, 40, True), (40, 40, True)])
def test_a_level_is_promised_only_where_enough_tries_do_not_speak_against_it(held, times, promised):
    score = forecasting.Score((1, 12), "chosen", 20, 0.1, 1.0, 0.0, {0.8: (held / times if times else NONE, times)})
    tried = forecasting.tried([score], (1, 12), 0.8)
    assert (tried.held, tried.times, tried.enough) == (held, times, promised)
    assert not forecasting.tried([score], (1, 4), 0.8).enough
