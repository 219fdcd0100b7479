"""RFM scores by typed limits, by percent and as R's package gives them, on numbers small enough to check by hand."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pandas as pd
import pytest

import shop
from crmlib.dataset import open_dataset, scoring
from crmlib.errors import CrmError
from crmlib.settings import settings_from

AS_OF = date(2026, 11, 1)


def rows(*buyers):
    """Purchases of buyers given as (name, days since the last, times, money of each)."""
    lines = [f"{name},{AS_OF - timedelta(days=ago + n)},{money}" for name, ago, times, money in buyers
             for n in range(times)]
    return shop.purchases("customer,day,amount\n" + "\n".join(lines))


def scores(folder, tables, **rfm):
    groups = {"currency": rfm.pop("currency", "JPY"), "rfm": rfm}
    data = open_dataset(shop.settings(**groups), shop.write(folder, tables), month="2026-10")
    found = data.query("customer_segment").set_index("customer_id").sort_index()
    return {name: (int(r), int(f), int(m)) for name, r, f, m in found[["r_score", "f_score", "m_score"]].itertuples()}


BUYERS = (("A", 1, 1, 100), ("B", 10, 2, 500), ("C", 11, 3, 1000), ("D", 40, 5, 99), ("E", 400, 12, 1000))


def test_typed_limits_count_from_the_value_itself(tmp_path):
    limits = {"r": [10, 20, 30, 300], "f": [2, 3, 5, 10], "m": [101, 1000, 3000, 12000]}
    found = scores(tmp_path, rows(*BUYERS), scoring="fixed", thresholds=limits)
    # Money is 100, 1,000, 3,000, 495 and 12,000.
    assert found == {"A": (5, 1, 1), "B": (5, 2, 3), "C": (4, 3, 4), "D": (2, 4, 2), "E": (1, 5, 5)}


def test_typed_money_is_in_the_currency_of_the_shop(tmp_path):
    limits = {"r": [10, 20, 30, 300], "f": [2, 3, 5, 10], "m": [1, 1.01, 10, 30]}
    found = scores(tmp_path, rows(*BUYERS), scoring="fixed", thresholds=limits, currency="GBP")
    assert {name: m for name, (_, _, m) in found.items()} == {"A": 2, "B": 4, "C": 5, "D": 3, "E": 5}


def test_percent_counts_the_buyers_below(tmp_path):
    found = scores(tmp_path, rows(*BUYERS), scoring="percentile", percentiles=[10, 40, 60, 80])
    # Of five buyers each has 0, 20, 40, 60 or 80 percent below.
    assert [found[name][0] for name in "ABCDE"] == [5, 4, 3, 2, 1]
    assert [found[name][1] for name in "ABCDE"] == [1, 2, 3, 4, 5]
    assert [found[name][2] for name in "ADBCE"] == [1, 2, 3, 4, 5]


def test_percent_of_all_buyers_leaves_classes_empty_where_most_bought_once(tmp_path):
    once = [(f"o{n}", n + 1, 1, 100) for n in range(6)]
    found = scores(tmp_path, rows(*once, ("p", 50, 2, 100), ("q", 60, 3, 100), ("r", 70, 3, 100), ("s", 80, 4, 100)),
                   scoring="percentile")
    assert [found[name][1] for name in ("o0", "o5", "p", "q", "r", "s")] == [1, 1, 4, 4, 4, 5]


def test_fifths_of_r_are_type_seven_plus_one():
    histogram = pd.DataFrame({"measure": ["r"] * 4 + ["f"] * 2 + ["m"] * 4,
                              "value": [1, 11, 21, 31, 1, 6, 100, 200, 300, 400],
                              "customers": [1, 1, 1, 1, 3, 3, 1, 1, 1, 1]})
    # quantile(c(1, 11, 21, 31), 1:4 / 5) = 7 13 19 25, plus one 8 14 20 26: five points below 8 are at most 7.
    # quantile(c(1, 1, 1, 6, 6, 6), 1:4 / 5) = 1 1 6 6, plus one 2 2 7 7.
    # quantile(c(100, 200, 300, 400), 1:4 / 5) = 160 220 280 340, plus one.
    assert scoring.of_r(histogram, 0) == {"r": (7, 13, 19, 25), "f": (2, 2, 7, 7), "m": (161, 221, 281, 341)}
    # With pence the one is a pound.
    assert scoring.of_r(histogram, 2)["m"] == (260, 320, 380, 440)
    assert scoring.exact_quantile([1, 2], [1, 1], 1, 5) == Fraction(6, 5)


def test_published_cuts_of_r_give_its_published_scores():
    """The five customers its vignette lists, from the limits it prints: R 115/181/297.4/482, F 4/5/6/8, M 255.8/…"""
    cuts = {"r": (114, 180, 297, 481), "f": (4, 5, 6, 8), "m": (256, 382, 507, 666)}
    days, times, money = 205, 6, 472
    score = (1 + sum(days <= cut for cut in cuts["r"]), 1 + sum(times >= cut for cut in cuts["f"]),
             1 + sum(money >= cut for cut in cuts["m"]))
    assert score == (3, 4, 3)


def test_scores_in_the_way_of_r_follow_from_the_data(tmp_path):
    found = scores(tmp_path, rows(*BUYERS), scoring="r_package")
    # Days 1 10 11 40 400: quantiles 8.2 10.6 22.6 112; plus one 9.2 11.6 23.6 113.
    # Times 1 2 3 5 12: quantiles 1.8 2.6 3.8 6.4; plus one 2.8 3.6 4.8 7.4. Money 100 495 1000 3000 12000:
    # quantiles 416 798 1800 4800, plus one.
    assert found == {"A": (5, 1, 1), "B": (4, 1, 3), "C": (4, 2, 4), "D": (2, 4, 2), "E": (1, 5, 5)}


def test_the_default_is_that_of_percent_but_for_frequency(tmp_path):
    same = scores(tmp_path / "a", rows(*BUYERS))
    other = scores(tmp_path / "b", rows(*BUYERS), scoring="percentile")
    assert {k: (r, m) for k, (r, _, m) in same.items()} == {k: (r, m) for k, (r, _, m) in other.items()}
    assert [same[name][1] for name in "ABCDE"] == [1, 2, 3, 4, 5]


def test_another_way_of_scoring_is_not_taken_from_the_cache(tmp_path):
    first = scores(tmp_path, rows(*BUYERS))
    limits = {"r": [1, 2, 3, 4], "f": [2, 3, 5, 10], "m": [1, 2, 3, 4]}
    assert scores(tmp_path, rows(*BUYERS), scoring="fixed", thresholds=limits) != first
    assert scores(tmp_path, rows(*BUYERS)) == first


@pytest.mark.parametrize(("rfm", "code", "word"), [
    ({"scoring": "fixed", "thresholds": {"r": [1, 2, 3, 4], "m": [1, 2, 3, 4]}}, "no_thresholds", "f"),
    ({"thresholds": {"r": [30, 20, 60, 90]}}, "not_rising", "r"),
    ({"thresholds": {"f": [2, 3, 4]}}, "not_four", "f"),
    ({"percentiles": [20, 40, 40, 80]}, "not_rising", "percentiles"),
    ({"grid_ranks": ["CBBAA", "CCBBA", "DCCBB", "EDDCC"]}, "not_five", "grid_ranks"),
    ({"grid_ranks": ["CBBAA", "CCBBA", "DCCBB", "EDDCC", "EEEDF"]}, "bad_form", "grid_ranks"),
])
def test_a_list_that_is_wrong_is_named(rfm, code, word):
    with pytest.raises(CrmError) as caught:
        settings_from({"shop": "s", "rfm": rfm})
    errors = getattr(caught.value, "errors", None) or getattr(caught.value, "exceptions", None) or [caught.value]
    assert [error.code for error in errors] == [f"settings.{code}"]
    assert all(word in str(error.where) + str(error.values) for error in errors)
