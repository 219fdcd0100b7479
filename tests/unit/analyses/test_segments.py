"""Rule segments are complete; clusters are refused where nothing holds them up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import segments
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError

ROWS = """customer,day,amount
A,2026-10-01,100
A,2026-09-01,100
A,2026-08-01,100
A,2026-07-01,100
B,2026-10-01,100
B,2026-10-02,100
C,2026-10-03,50000
D,2025-01-01,100
"""


def opened(folder, text=ROWS, extra=None, **groups):
    tables = shop.purchases(text)
    tables["customers"] = pd.concat([tables["customers"], pd.DataFrame(
        {"customer_key": ["P"], "customer_id": ["P"], "rank": ["gold"]})], ignore_index=True)
    data = open_dataset(shop.settings(**groups), shop.write(folder, tables), month="2026-10")
    return data, data.settings.segments


def test_lifecycle_rules(tmp_path):
    measures = segments.analyse(*opened(tmp_path)).measures.set_index("customer_key")["rule_segment"]
    assert measures.to_dict() == {"A": "regular", "B": "occasional", "C": "first_timer", "D": "lapsed",
                                  "P": "prospect"}


def test_the_shops_own_rules_take_the_first_that_fits(tmp_path):
    rules = [{"segment": "vip", "where": {"monetary": {"min": 10000}}},
             {"segment": "gold_card", "where": {"rank": ["gold"]}},
             {"segment": "near", "where": {"recency_days": {"max": 60}, "purchase_days": {"min": 2}}}]
    result = segments.analyse(*opened(tmp_path, segments={"rules": rules}))
    assert result.measures.set_index("customer_key")["rule_segment"].to_dict() == {
        "A": "near", "B": "near", "C": "vip", "D": "other", "P": "gold_card"}
    assert result.tables["rules"].frame["customers"].sum() == 5


def test_a_rule_on_an_unknown_measure_is_named(tmp_path):
    rules = [{"segment": "x", "where": {"shoe_size": {"min": 40}}}]
    with pytest.raises(CrmError) as caught:
        segments.analyse(*opened(tmp_path, segments={"rules": rules}))
    assert caught.value.code == "analyses.unknown_measure" and "rank" in caught.value.allowed


def test_too_few_customers_are_not_clustered(tmp_path):
    result = segments.analyse(*opened(tmp_path))
    assert result.fact("count").value == 1 and result.notes[0][0] == "too_few"
    assert set(result.measures["cluster"].dropna()) == {"c1"}


def many(kinds, seed=3, each=70):
    """Shops whose customers buy in planted ways: often and little, rarely and much."""
    generator, rows = np.random.default_rng(seed), []
    for kind, (gap, amount, spread) in enumerate(kinds):
        for i in range(each):
            start, days = generator.integers(1, 8), np.arange(0, 330, gap)
            rows += [f"K{kind}-{i:03d},{pd.Timestamp('2026-10-31') - pd.Timedelta(days=int(start + d)):%Y-%m-%d},"
                     f"{max(1, int(amount + generator.normal() * spread))}" for d in days]
    return "customer,day,amount\n" + "\n".join(rows)


def test_planted_ways_of_buying_are_found(tmp_path):
    from sklearn.metrics import adjusted_rand_score

    data, chosen = opened(tmp_path, many([(7, 800, 30), (90, 20000, 900), (30, 4000, 100)]),
                          segments={"features": ["purchase_days", "basket"]})
    result = segments.analyse(data, chosen)
    bought = result.measures.dropna(subset=["cluster"])
    assert result.fact("stable").value == 1
    assert adjusted_rand_score(bought["customer_key"].str[:2], bought["cluster"]) >= 0.9


def test_a_number_of_clusters_that_was_not_tried_says_so(tmp_path):
    data, chosen = opened(tmp_path, many([(7, 800, 30), (90, 20000, 900)], each=200),
                          segments={"features": ["purchase_days", "basket"], "k": 4, "k_max": 3, "resamples": 2})
    result = segments.analyse(data, chosen)
    fact = result.fact("prediction_strength")
    assert (result.fact("k").value, fact.value, fact.note) == (4, None, "not_tried")
    assert result.notes[0][0] == "chosen_by_shop"


def test_the_choice_of_a_month_ago_stands_beside_todays(tmp_path):
    text = many([(7, 800, 30), (90, 20000, 900), (30, 4000, 100)])
    groups = {"features": ["purchase_days", "basket"], "resamples": 3}
    data, chosen = opened(tmp_path, text, segments=groups)
    then = segments.analyse(data.previous(1), chosen)
    fact = segments.analyse(data, chosen).fact("prediction_strength")
    assert fact.previous == then.fact("prediction_strength").value is not None
