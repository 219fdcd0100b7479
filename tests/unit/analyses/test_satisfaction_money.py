"""What satisfaction is worth: a shop by hand, a planted difference found again, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import money
from crmlib.analyses.satisfaction.after import ANSWER, classed, followed, gap, gaps, uneven
from crmlib.analyses.satisfaction.money.risk import risk
from crmlib.dataset import open_dataset


def answers(rows):
    return shop.read(rows).rename(columns={"customer": "customer_key"}).assign(
        survey_id="S", question="nps", answered_at=lambda t: t["day"] + " 10:00")


def opened(folder, bought, told, extra=None, **satisfaction):
    tables = shop.purchases(bought) | {"survey_answers": answers(told)} | (extra or {})
    return open_dataset(shop.settings(satisfaction={"after_days": 30, **satisfaction}), shop.write(folder, tables),
                        month="2026-10")


#: A answers 3 and buys on the day itself and 31 days later: neither is within the 30 days after.
BOUGHT = """customer,day,amount
    A,2026-08-01,1000
    A,2026-08-20,400
    A,2026-09-20,500
    B,2026-08-10,2000
    B,2026-09-15,3000
    C,2026-08-10,700
    D,2026-10-20,900
    E,2025-01-05,100"""
TOLD = """customer,score,day
    A,3,2026-08-20
    B,10,2026-09-01
    B,0,2025-12-01
    C,8,2026-08-20
    D,9,2026-10-25
    E,2,2026-10-26"""


def test_only_purchases_after_the_day_and_within_the_days_count(tmp_path):
    data = opened(tmp_path, BOUGHT, TOLD)
    found = followed(data, data.settings.satisfaction, ANSWER, "nps").set_index("customer_key")
    # D and E answered too lately to know; of B the answer of September counts, not that of December.
    assert list(found.index) == ["A", "B", "C"]
    assert found.loc["A", ["bought", "recency", "days_after", "spent_after", "spent_before"]].tolist() == [
        "n2", "d030", 0, 0, 1400]
    assert found.loc["B", ["bought", "recency", "days_after", "spent_after", "spent_before"]].tolist() == [
        "n1", "d030", 1, 3000, 2000]
    assert bool(found.loc["B", "again"]) and not bool(found.loc["C", "again"])


def test_too_few_is_said_and_nothing_is_at_risk_yet(tmp_path):
    part = money.part(*(lambda data: (data, data.settings.satisfaction))(opened(tmp_path, BOUGHT, TOLD)))
    assert dict(part.notes)["money.too_few"] == {"days": 30, "low": 1, "high": 1, "needed": 30}
    table = part.tables["risk"].frame.set_index("segment")
    assert (table.loc["all", "customers"], table.loc["all", "spent"]) == (2, 1900)
    assert table["at_risk"].isna().all() and "stayed_away" not in part.tables and not part.figures


def group(bought, recency, cls, n, again, spent=0):
    """``n`` customers of a class, the first ``again`` of whom bought again."""
    return pd.DataFrame({"bought": bought, "recency": recency, "class": cls, "again": [i < again for i in range(n)],
                         "spent_after": spent})


def test_difference_by_hand():
    """Buyers of one day: 20 of 40 low stay away, 10 of 40 high (+25 points); of six days: 5 of 10, 2 of 20 (+40)."""
    found = pd.concat([group("n1", "d030", "low", 40, 20), group("n1", "d030", "high", 40, 30),
                       group("n6", "d030", "low", 10, 5), group("n6", "d030", "high", 20, 18),
                       group("n2", "d030", "high", 5, 5)])
    one = gap(found, 0.95)
    # 80 and 30 customers in the groups that hold both; those of two days are left out.
    assert one.value == pytest.approx((80 * 0.25 + 30 * 0.40) / 110)

    def spread(k, n):
        return (k + 1) / (n + 2) * (1 - (k + 1) / (n + 2)) / (n + 2)
    variance = 80**2 * (spread(20, 40) + spread(10, 40)) + 30**2 * (spread(5, 10) + spread(2, 20))
    assert one.error == pytest.approx(variance**0.5 / 110)
    assert one.high - one.value == pytest.approx(1.959964 * one.error, rel=1e-6)


def test_nothing_is_compared_where_most_have_no_like():
    found = pd.concat([group("n1", "d030", "low", 40, 20), group("n6", "d030", "high", 40, 30),
                       group("n2", "d030", "low", 10, 5), group("n2", "d030", "high", 10, 5)])
    assert gap(found, 0.95) is None


def test_who_buys_more_anyway_is_no_difference():
    """In each group both classes stay away alike; only the mix differs, and the plain shares with it."""
    found = pd.concat([group("n1", "d030", "low", 90, 45), group("n1", "d030", "high", 30, 15),
                       group("n6", "d030", "low", 30, 27), group("n6", "d030", "high", 90, 81)])
    plain = found[found["class"] == "high"]["again"].mean() - found[found["class"] == "low"]["again"].mean()
    assert plain > 0.15
    assert gap(found, 0.95).value == pytest.approx(0)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    draw, truth, held = np.random.default_rng(11), 0.75 * 0.3 + 0.25 * 0.1, 0
    for _ in range(200):
        often = draw.random(400) < 0.25
        low = draw.random(400) < np.where(often, 0.2, 0.5)
        away = draw.random(400) < np.where(often, np.where(low, 0.2, 0.1), np.where(low, 0.7, 0.4))
        one = gap(pd.DataFrame({"bought": np.where(often, "n6", "n1"), "recency": "d030", "again": ~away,
                                "class": np.where(low, "low", "high")}), 0.95)
        held += one.low <= truth <= one.high
    assert 183 <= held <= 199


def test_what_hangs_on_the_dissatisfied_follows_how_often_they_buy():
    """One-day buyers stay away 30 points more, the regulars 5; 1,000 and 9,000 yen make 300 + 450."""
    standing = pd.DataFrame({"class": ["low", "low", "high"], "bought": ["n1", "n6", "n6"],
                             "rfm_segment": ["new", "loyal", "loyal"], "spent": [1000, 9000, 5000]})
    away = pd.DataFrame({"dimension": ["all", "bought", "bought"], "level": ["all", "n1", "n6"],
                         "value": [0.2, 0.3, 0.05], "error": [0.02, 0.05, 0.03]})
    table = risk(standing, away, 0.95)
    assert table[["segment", "customers", "spent", "at_risk"]].values.tolist() == [
        ["all", 2, 10000, 750], ["loyal", 1, 9000, 450], ["new", 1, 1000, 300]]
    half = 1.959964 * ((1000 * 0.05) ** 2 + (9000 * 0.03) ** 2) ** 0.5
    assert table.loc[0, ["low", "high"]].tolist() == [round(750 - half), round(750 + half)]
    # Without a figure of their own the regulars take that of all.
    assert risk(standing, away.iloc[:2], 0.95).loc[1, "at_risk"] == 1800


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """300 customers; after their answer 30 % of the dissatisfied come back and 70 % of the satisfied, whatever else."""
    rows, told = ["customer,day,amount", ",2026-10-30,1"], ["customer,score,day"]
    for n in range(300):
        key, low = f"C{n:03d}", n % 2 == 0
        for day in range(1 + n % 3):
            rows.append(f"{key},2026-06-{day + 3:02d},1000")
        told.append(f"{key},{2 if low else 10},2026-07-01")
        if (n // 2) % 10 < (3 if low else 7):
            rows.append(f"{key},2026-07-{10 + n % 9:02d},2000")
    refused = pd.DataFrame({"customer_key": ["C000"], "purpose": "marketing", "channel": "phone", "granted": False,
                            "at": "2026-01-01"})
    return opened(tmp_path_factory.mktemp("planted"), "\n".join(rows), "\n".join(told), {"consents": refused},
                  call_days=200)


def test_a_planted_difference_is_found(planted):
    part = money.part(planted, planted.settings.satisfaction)
    row = part.tables["stayed_away"].frame.iloc[0]
    assert row["low"] <= 0.4 <= row["high"] and row["value"] == pytest.approx(0.4, abs=0.02)
    said = dict(part.notes)
    assert said["money.stays_away"]["value"] == pytest.approx(40, abs=2)
    assert "money.even" in said and "money.no_cause" in said
    whole = part.tables["risk"].frame.iloc[0]
    assert whole["at_risk"] == pytest.approx(0.4 * whole["spent"], rel=0.05)


def test_those_to_call_are_named_only_in_the_restricted_measures(planted):
    part = money.part(planted, planted.settings.satisfaction)
    assert (part.measures["satisfaction_call"] == "call").sum() == 150
    assert not any("customer_key" in table.frame for table in part.tables.values())


def test_groups_that_differ_are_told_apart():
    found = pd.concat([group("n1", "d030", "low", 200, 60), group("n1", "d030", "high", 200, 160),
                       group("n6", "d030", "low", 200, 180), group("n6", "d030", "high", 200, 184)])
    table = gaps(found, 0.95)
    assert table["level"].tolist() == ["all", "n1", "n6"] and uneven(table)
    assert table["value"].round(2).tolist() == [0.26, 0.5, 0.02]
    same = [group(bought, "d030", one, 200, k) for bought in ("n1", "n6") for one, k in (("low", 100), ("high", 140))]
    assert not uneven(gaps(pd.concat(same), 0.95))


@pytest.mark.parametrize(("cut", "better", "expected"), [
    (None, "high", ["low", "low", "middle", "high", "high"]),
    (None, "low", ["high", "high", "middle", "low", "low"]),
    (3, "high", ["low", "low", "high", "high", "high"]),
    (5, "high", ["low", "low", "middle", "middle", "high"]),
    (1, "low", ["high", "middle", "middle", "low", "low"]),
])
def test_classes_follow_direction_and_the_shop_s_own_cut(cut, better, expected):
    from crmlib.settings.analyses.satisfaction import Metric

    metric = Metric(key="m", scale=(1, 5), statistic="top2", better=better, good_from=cut)
    assert classed(pd.Series([1.0, 2, 3, 4, 5]), metric).tolist() == expected


def test_without_purchases_or_known_customers_it_says_so(tmp_path):
    data = open_dataset(shop.settings(), shop.write(tmp_path / "a", {"survey_answers": answers(TOLD)}), month="2026-10")
    assert money.part(data, data.settings.satisfaction).notes == (("money.no_purchases", {}),)
    told = "customer,score,day\n,3,2026-10-20\n,9,2026-10-21"
    data = opened(tmp_path / "b", BOUGHT, told)
    assert money.part(data, data.settings.satisfaction).notes == (("money.no_answers", {}),)


def test_the_order_of_rows_changes_nothing(planted, tmp_path):
    stored = {name: planted.engine.sql(f"SELECT * FROM {name}").astype(object)
              for name in ("orders", "order_lines", "customers", "survey_answers", "consents")}
    shuffled = {name: frame.where(frame.notna(), None).sample(frac=1, random_state=3) for name, frame in stored.items()}
    other = open_dataset(planted.settings, shop.write(tmp_path, shuffled), month="2026-10")
    one, two = (money.part(data, data.settings.satisfaction) for data in (planted, other))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, two.tables[name].frame)
    assert one.notes == two.notes
