"""Published figures of the airline series and of carbon dioxide at Mauna Loa; bands on series whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods import forecasting, seasonality
from tests.gold.test_seasonality import AIR

STEPS = tuple((step, step) for step in range(1, 13))
TOTALS = ((1, 4), (1, 12))


def series(values, period, ahead=12):
    return forecasting.Series(np.array(values, dtype=float), np.ones(len(values) + ahead), period)


def test_strength_of_trend_and_season_of_the_airline_series():
    # STL on logarithms, period 12; figures of Wang, Smith & Hyndman's measures as statsmodels 0.15 gives them.
    trend, season = seasonality.strengths(list(np.log(AIR)), 12)
    assert (round(trend, 6), round(season, 6)) == (0.997703, 0.976049)


def test_strength_of_trend_and_season_of_carbon_dioxide():
    from statsmodels.datasets import co2

    monthly = co2.load_pandas().data["co2"].resample("MS").mean().ffill()
    trend, season = seasonality.strengths(list(monthly), 12)
    assert (len(monthly), round(trend, 6), round(season, 6)) == (526, 0.999849, 0.989419)


def test_seasonal_naive_forecast_of_1960():
    ahead = forecasting.same_season(series(AIR[:132], 12), 12)
    miss = np.abs(ahead - AIR[132:])
    steps = np.abs(np.subtract(AIR[12:132], AIR[:120]))
    assert round(float((miss / AIR[132:]).mean() * 100), 4) == 9.9875
    assert (round(float(miss.mean()), 4), round(float(miss.mean() / steps.mean()), 5)) == (47.8333, 1.57088)


def test_the_airline_forecast_misses_a_third_of_what_the_naive_one_does():
    known = series(AIR, 12)
    past = forecasting.backtest(known, (*STEPS, *TOTALS), range(36, 144))
    found = {(one.target, one.method): one for one in forecasting.scores(known, past)}
    for target in ((1, 1), *TOTALS):
        assert forecasting.beats(list(found.values()), target)
        naive, chosen = found[target, "seasonal_naive"], found[target, "chosen"]
        assert chosen.wape < naive.wape / 2
        assert chosen.n == naive.n == 145 - 36 - target[1]


@pytest.mark.parametrize("walk", [0.0, 0.01])
def test_bands_hold_what_they_promise_over_100_origins(walk):
    """80 % bands hold 75-85 % of what came, on series with a season, noise and a drifting level."""
    inside = {0.5: [], 0.8: []}
    for seed in range(2):
        draw, n = np.random.default_rng(seed), 104 + 140
        level = np.cumsum(draw.normal(0, walk, n))
        values = np.exp(10 + level + 0.3 * np.sin(np.arange(n) * 2 * np.pi / 52) + draw.normal(0, 0.06, n))
        known = series(values, 52)
        past = forecasting.backtest(known, (*STEPS[:4], (1, 4)), range(104, n))
        for one in past[40:]:
            for target in ((1, 1), (2, 2), (3, 3)):
                missed = forecasting.misses(past, target, one.origin)
                for level_of, seen in inside.items():
                    low, high = forecasting.band_of(one.made["chosen"][target], missed, level_of)
                    if target in one.actual:
                        seen.append(low <= one.actual[target] <= high)
    assert 0.45 <= np.mean(inside[0.5]) <= 0.55
    assert 0.75 <= np.mean(inside[0.8]) <= 0.85
