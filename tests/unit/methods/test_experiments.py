"""What comparisons of arms must not do: find what is not there, or depend on the order of people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.methods.experiments.assignment import drawn, held_out
from crmlib.methods.experiments.comparing import holm, means, shares
from crmlib.methods.experiments.fairness import distance, same_mix, sample_ratio
from crmlib.methods.experiments.power import detectable, people_needed
from crmlib.methods.experiments.preference import clear, posterior
from crmlib.methods.experiments.series import counterfactual


def test_200_campaigns_without_effect_give_at_most_6_percent_findings():
    draw = np.random.default_rng(2026)
    k, j = draw.binomial(893, 0.21, 200), draw.binomial(892, 0.21, 200)
    found = shares(k, 893, j, 892)
    assert ((found.low > 0) | (found.high < 0)).mean() <= 0.06
    assert (found.p < 0.05).mean() <= 0.06
    money = [np.where(draw.random((200, n)) < 0.2, draw.gamma(2, 2000, (200, n)), 0) for n in (893, 892)]
    spent = means(money[0].mean(1), money[0].var(1, ddof=1), 893, money[1].mean(1), money[1].var(1, ddof=1), 892)
    assert ((spent.low > 0) | (spent.high < 0)).mean() <= 0.06


def test_three_arms_without_effect_are_rarely_called_a_finding_once_they_are_counted():
    draw = np.random.default_rng(7)
    k = draw.binomial(600, 0.2, (400, 3))
    p = np.stack([shares(k[:, a], 600, k[:, b], 600).p for a, b in ((0, 2), (1, 2), (1, 0))], axis=1)
    assert (p < 0.05).any(axis=1).mean() > 0.08
    assert np.mean([(holm(row) < 0.05).any() for row in p]) <= 0.06


def test_a_planted_effect_lies_in_its_interval():
    draw = np.random.default_rng(11)
    found = shares(draw.binomial(900, 0.29, 400), 900, draw.binomial(900, 0.21, 400), 900)
    assert ((found.low < 0.08) & (found.high > 0.08)).mean() >= 0.93


def test_empty_groups_and_no_spread_say_nothing_and_break_nothing():
    assert np.isnan(shares(0, 0, 1, 10).effect) and np.isnan(shares(0, 0, 1, 10).p)
    assert float(shares(0, 10, 0, 10).p) == 1.0
    assert np.isnan(means(5, 0, 10, 5, 0, 10).p) and np.isnan(means(5, 1, 1, 5, 1, 10).low)
    assert sample_ratio([10], [1]) is None and sample_ratio([10, 5], [1, 0]) is None
    assert same_mix([[3, 4]]) is None and distance(1, 0, 1, 0) is None
    assert people_needed(0.5, 0) is None and people_needed(0.9, 0.2) is None and detectable(0.99, 10) is None


def test_rare_kinds_of_people_are_taken_together_before_a_mix_is_judged():
    assert same_mix([[500, 300, 1, 0], [510, 290, 0, 1]]) > 0.3


@given(n=st.integers(0, 400), share=st.floats(0, 1), kinds=st.integers(1, 5))
def test_the_share_held_out_is_met_to_the_person(n, share, kinds):
    ids = [f"C{i}" for i in range(n)]
    strata = [str(i % kinds) for i in range(n)]
    out = held_out(ids, strata, share, "shop:2026-10")
    assert abs(int(out.sum()) - n * share) <= 1
    for kind in set(strata):
        mine = np.array(strata) == kind
        assert abs(int(out[mine].sum()) - int(mine.sum()) * share) <= 1


def test_the_draw_is_the_same_in_any_order_and_another_for_another_month():
    ids, strata = [f"C{i}" for i in range(300)], ["a" if i < 100 else "b" for i in range(300)]
    order = np.random.default_rng(1).permutation(300)
    one = held_out(ids, strata, 0.2, "m")
    two = held_out([ids[i] for i in order], [strata[i] for i in order], 0.2, "m")
    assert (two == one[order]).all()
    assert (held_out(ids, strata, 0.2, "n") != one).any() and len(set(drawn(ids, "m").tolist())) == 300


def test_those_held_out_are_like_the_others():
    draw = np.random.default_rng(5)
    value = draw.gamma(1, 1000, 20_000)
    out = held_out([str(i) for i in range(20_000)], ["x"] * 20_000, 0.3, "s")
    assert value[out].mean() == pytest.approx(value[~out].mean(), rel=0.05)


def series(days=700, lift=0.0, start=630, length=4, seed=3):
    draw = np.random.default_rng(seed)
    values = 1000 * np.array([1, 0.9, 0.9, 1, 1.2, 1.5, 1.4])[np.arange(days) % 7] * draw.normal(1, 0.06, days)
    values[start:start + length] *= 1 + lift
    barred = np.zeros(days, dtype=bool)
    barred[start:start + length] = True
    return values, start, length, barred


def test_a_campaign_for_everybody_is_held_against_other_dates():
    lifted = counterfactual(*series(lift=0.3))
    assert lifted.low > 0 and lifted.p < 0.05 and lifted.low < 0.3 * lifted.expected < lifted.high
    quiet = [counterfactual(*series(seed=seed)) for seed in range(60)]
    assert np.mean([one.low > 0 or one.high < 0 for one in quiet]) <= 0.1
    assert counterfactual(*series(days=150, start=140)) is None


def test_closed_days_are_no_loss():
    values, start, length, barred = series()
    values[start + 1] = np.nan
    values[100:103] = np.nan
    found = counterfactual(values, start, length, barred)
    assert found.low < 0 < found.high and found.actual == np.nansum(values[start:start + length])


def test_a_preference_is_named_only_where_it_is_clear():
    mean, low, high = posterior([[9, 0], [1, 0], [0, 0]], [[10, 10], [1, 1], [0, 0]], [[0.3, 0.3]] * 3, 5)
    assert clear(mean, low, high).tolist() == [0, -1, -1]
    assert mean[2].tolist() == [0.3, 0.3]
    alone = np.where([[True, False]] * 3, mean, np.nan)
    assert clear(alone, alone, alone).tolist() == [-1, -1, -1]
