"""Whether earlier lists worked: planted effects are found, chance is told as chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib.analyses.actions import verifying


def outcomes(planned, held, planned_bought, held_bought, done=None, month="2026-09", action="a"):
    """So many planned and left alone, of whom so many bought; of the planned, ``done`` were contacted."""
    held_out = [False] * planned + [True] * held
    bought = [1] * planned_bought + [0] * (planned - planned_bought) + [1] * held_bought + [0] * (held - held_bought)
    made = [1] * (planned if done is None else done) + [0] * (len(held_out) - (planned if done is None else done))
    return pd.DataFrame({"list_month": month, "customer_key": [f"{month}{n}" for n in range(len(held_out))],
                         "action": action, "held_out": held_out, "done": made, "bought": bought,
                         "net": [1000 * b for b in bought]})


def test_as_assigned_and_as_done():
    row = verifying.table(outcomes(800, 200, 200, 30, done=400), ("a",)).iloc[1]
    assert (row["planned"], row["done"], row["not_done"], row["held_out"]) == (800, 400, 400, 200)
    assert row["effect"] == pytest.approx(0.25 - 0.15) and row["effect_done"] == pytest.approx(0.2)
    assert row["low"] > 0 and row["done_low"] == pytest.approx(2 * row["low"])
    assert row["gain"] == 80000 and row["gain_low"] < row["gain"] < row["gain_high"]


def test_months_of_unlike_levels_are_compared_each_by_itself():
    # A good month with many planned and a bad one with few: laid together blindly, contact would seem to help.
    good, bad = outcomes(900, 100, 450, 50), outcomes(100, 900, 10, 90, month="2026-08")
    whole = pd.concat([good, bad], ignore_index=True)
    row = verifying.table(whole, ("a",)).iloc[0]
    assert row["months"] == 2 and row["effect"] == pytest.approx(0.0)
    assert row["bought_rate"] - row["held_rate"] == pytest.approx(0.0)
    blind = whole.groupby("held_out")["bought"].mean()
    assert blind[False] - blind[True] > 0.3


def test_without_anybody_left_alone_nothing_is_claimed():
    row = verifying.table(outcomes(50, 0, 20, 0), ("a",)).iloc[0]
    assert np.isnan(row["effect"]) and np.isnan(row["effect_done"]) and pd.isna(row["gain"])


def test_where_nothing_came_back_the_effect_as_done_is_not_told():
    row = verifying.table(outcomes(50, 50, 20, 10, done=0), ("a",)).iloc[0]
    assert row["effect"] == pytest.approx(0.2) and np.isnan(row["effect_done"])


def test_of_lists_that_did_nothing_few_are_called_effective():
    luck = np.random.default_rng(7)
    found = 0
    for _ in range(400):
        n, held = int(luck.integers(40, 400)), int(luck.integers(20, 100))
        rate = luck.uniform(0.05, 0.4)
        whole = outcomes(n, held, int(luck.binomial(n, rate)), int(luck.binomial(held, rate)))
        row = verifying.table(whole, ("a",)).iloc[0]
        found += bool(row["low"] > 0 or row["high"] < 0)
    assert found <= 0.06 * 400


def test_a_planted_effect_lies_in_its_interval():
    luck = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        whole = outcomes(400, 100, int(luck.binomial(400, 0.3)), int(luck.binomial(100, 0.2)))
        row = verifying.table(whole, ("a",)).iloc[0]
        inside += bool(row["low"] <= 0.1 <= row["high"])
    assert inside >= 0.93 * 300


def test_lists_are_told_month_by_month():
    whole = pd.concat([outcomes(4, 2, 1, 1, done=3, month="2026-09"), outcomes(5, 1, 1, 1, done=0, month="2026-08")])
    assert verifying.lists(whole).to_numpy().tolist() == [["2026-08", 5, 0, 5, 1], ["2026-09", 4, 3, 1, 2]]
