"""Kaplan-Meier against published data, another implementation, and a hazard that was planted."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods import survival

# Rossi, Berk & Lenihan (1980), Money, Work, and Crime: week of the first arrest after release, of 432 people followed
# for 52 weeks. week: arrests.
ROSSI = {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1, 8: 5, 9: 2, 10: 1, 11: 2, 12: 2, 13: 1, 14: 3, 15: 2, 16: 2, 17: 3,
         18: 3, 19: 2, 20: 5, 21: 2, 22: 1, 23: 1, 24: 4, 25: 3, 26: 3, 27: 2, 28: 2, 30: 2, 31: 1, 32: 2, 33: 2, 34: 2,
         35: 4, 36: 3, 37: 4, 38: 1, 39: 2, 40: 4, 42: 2, 43: 4, 44: 2, 45: 2, 46: 4, 47: 1, 48: 2, 49: 5, 50: 3, 52: 4}
PEOPLE = 432
# "waltons": days that flies lived, two groups; day: flies, first those that died, then those lost from view.
CONTROL = ({7: 1, 17: 1, 32: 1, 33: 1, 38: 2, 41: 7, 45: 9, 48: 8, 51: 3, 53: 7, 54: 2, 56: 18, 58: 4, 60: 15, 61: 9,
            63: 9, 66: 3, 68: 9, 69: 12, 75: 1}, {7: 1, 45: 1, 60: 1, 61: 2, 68: 1, 69: 1})
MIR_137 = ({6: 1, 9: 3, 13: 3, 15: 2, 19: 3, 22: 4, 26: 5, 29: 5, 33: 2, 36: 2, 43: 1, 47: 1, 62: 2}, {})


def curve_of(*groups):
    rows = [(time, event, n) for died, lost in groups for event, counted in ((True, died), (False, lost))
            for time, n in counted.items()]
    return survival.kaplan_meier(*zip(*rows, strict=True))


def greenwood(curve):
    """Standard error of the share left at the last event."""
    terms = curve.events / (curve.at_risk * (curve.at_risk - curve.events))
    return float(curve.survival[-1] * np.sqrt(terms.sum()))


def test_arrests_within_a_year():
    curve = curve_of((ROSSI, {52: PEOPLE - sum(ROSSI.values())}))
    assert sum(ROSSI.values()) == 114
    assert round(curve.at(52)[0], 6) == 0.736111
    assert round(greenwood(curve), 6) == 0.021205


@pytest.mark.parametrize(("groups", "flies", "median"), [
    ((CONTROL, MIR_137), 163, 56), ((CONTROL,), 129, 58), ((MIR_137,), 34, 26)])
def test_half_of_the_flies(groups, flies, median):
    curve = curve_of(*groups)
    assert curve.at_risk[0] == flies
    assert curve.median() == median


@pytest.mark.parametrize("seed", range(3))
def test_as_in_statsmodels(seed):
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(seed)
    time, event = rng.integers(1, 40, 300), rng.random(300) < 0.6
    ours, theirs = survival.kaplan_meier(time, event), SurvfuncRight(time, event)
    assert ours.times.tolist() == theirs.surv_times[theirs.n_events > 0].tolist()
    assert ours.survival == pytest.approx(theirs.surv_prob[theirs.n_events > 0], abs=1e-12)
    assert ours.at_risk == pytest.approx(theirs.n_risk[theirs.n_events > 0])


def test_a_planted_hazard_is_found_although_half_are_still_waiting():
    rng = np.random.default_rng(7)
    hazard, people = 0.02, 20_000
    wait, seen = rng.geometric(hazard, people), rng.integers(0, 70, people)
    curve = survival.kaplan_meier(np.minimum(wait, seen), wait <= seen)
    for day in (10, 30, 60):
        share, low, high = curve.at(day)
        assert low <= (1 - hazard) ** day <= high and high - low < 0.03
        assert share == pytest.approx((1 - hazard) ** day, abs=0.01)
