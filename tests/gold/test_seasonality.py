"""Published seasonal indices, and calendar effects that were planted."""

from __future__ import annotations

from fractions import Fraction

import pytest

from crmlib.methods import seasonality

# Box & Jenkins (1976), Time Series Analysis, series G: airline passengers 1949-1960, thousands.
AIR = [int(n) for n in """
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337
360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432""".split()]
# R: decompose(AirPassengers, "multiplicative")$figure
INDICES = [0.910230, 0.883625, 1.007366, 0.975906, 0.981378, 1.112776, 1.226556, 1.219911, 1.060492, 0.921757, 0.801178,
           0.898824]


def test_indices_of_the_airline_series():
    assert (len(AIR), sum(AIR)) == (144, 40363)
    found = seasonality.seasonal_index(AIR)
    assert [round(index, 6) for index, *_ in found.values()] == INDICES
    assert {years for *_, years in found.values()} == {11}


def test_indices_as_in_statsmodels():
    from statsmodels.tsa.seasonal import seasonal_decompose

    theirs = seasonal_decompose(AIR, model="multiplicative", period=12).seasonal[:12]
    assert [index for index, *_ in seasonality.seasonal_index(AIR).values()] == pytest.approx(theirs, abs=1e-12)


def test_indices_follow_the_month_the_series_begins_with():
    whole, later = seasonality.seasonal_index(AIR), seasonality.seasonal_index(AIR[5:], first=6)
    assert list(later) == list(range(1, 13))
    assert later[12][0] == pytest.approx(whole[12][0], rel=0.02)
    assert sum(index for index, *_ in later.values()) == pytest.approx(12)


@pytest.mark.parametrize(("months", "known"), [(23, False), (24, True), (25, True), (0, False), (12, False)])
def test_two_full_years_are_needed(months, known):
    assert bool(seasonality.seasonal_index(AIR[:months])) is known


def test_a_planted_season_comes_back_exactly():
    season = [0.5, 0.75, 1.0, 1.25, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.25, 0.75]
    found = seasonality.seasonal_index([400 * s for s in season * 4])
    assert [index for index, *_ in found.values()] == pytest.approx(season, rel=1e-12)
    assert all(low == pytest.approx(high) for _, low, high, _ in found.values())


def test_months_without_sales_around_give_no_ratio():
    assert seasonality.seasonal_index([0] * 36) == {}
    assert seasonality.seasonal_ratios([0] * 24) == [None] * 24


def test_an_odd_period_needs_no_half_weights():
    ratios = seasonality.seasonal_ratios([1, 2, 3, 1, 2, 3], period=3)
    assert ratios == [None, 1.0, 1.5, 0.5, 1.0, None]


def test_expected_total_is_exact():
    """Two Mondays at 10/3 and one Sunday at 7: no rounding on the way."""
    before = {1: (10, 3), 7: (21, 3)}
    assert seasonality.expected_total([1, 1, 7], before) == Fraction(20, 3) + 7
    assert seasonality.expected_total([1, 2], before) is None, "no Tuesday to compare with"
    assert seasonality.expected_total([], before) is None
    assert seasonality.expected_total([1], {1: (10, 0)}) is None
