"""Own rhythm, prospects, ABC, the profile of the best, movement and what the page opens with, counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import shop
from crmlib import charts
from crmlib.analyses import customers, rfm
from crmlib.analyses.customers import said
from crmlib.analyses.customers.portfolio import crosstab, profile, rhythm, value
from crmlib.analyses.rfm import movement, spread
from crmlib.dataset import open_dataset
from crmlib.text import load_text

AS_OF = date(2026, 11, 1)


def opened(folder, rows, people=None, **groups):
    lines = [f"{c},{AS_OF - timedelta(days=ago)},{amount}" for c, ago, amount in rows]
    tables = shop.purchases("customer,day,amount\n" + "\n".join(lines))
    if people is not None:
        tables["customers"] = pd.concat([tables["customers"], people], ignore_index=True)
    return open_dataset(shop.settings(**groups), shop.write(folder, tables), month="2026-10")


def test_where_each_buyer_stands_in_their_own_rhythm():
    buyers = pd.DataFrame({"recency_days": [10, 20, 21, 181, 30], "overdue_ratio": [1.0, 2.0, 2.1, 9.0, None]})
    assert rhythm.classes(buyers, 180).tolist() == ["in_time", "due", "overdue", "lost", "too_few"]


def test_who_is_overdue_is_told_and_counted(tmp_path):
    # A comes every 10 days and has been away 30; B every 30 days and came 31 days ago; C only twice.
    rows = [("A", 30 + 10 * n, 100) for n in range(4)] + [("B", 31 + 30 * n, 100) for n in range(4)]
    old = [(f"old{n}", 100 + n, 50) for n in range(6)]
    data = opened(tmp_path, [*rows, *old, ("C", 5, 100), ("C", 9, 100), ("D", 1, 70)])
    result = customers.analyse(data, data.settings.customers)
    assert result.measures.set_index("customer_key")["rhythm"].loc[list("ABCD")].tolist() == [
        "overdue", "due", "too_few", "too_few"]
    assert result.fact("overdue").value == 1
    assert result.tables["rhythm"].frame["customers"].sum() == 10


def test_prospects_by_how_long_ago_they_joined(tmp_path):
    people = pd.DataFrame({"customer_key": list("PQRS"), "customer_id": list("PQRS"), "registered_on": [
        "2026-10-20", "2026-08-03", "2025-01-01", None]})
    data = opened(tmp_path, [("A", 5, 100)], people)
    result = customers.analyse(data, data.settings.customers)
    assert result.tables["prospects"].frame.to_numpy().tolist() == [
        ["-30", 1, 1, 1.0], ["31-90", 1, 1, 1.0], ["366-", 1, 1, 1.0], ["unknown", 2, 1, 0.5]]
    assert result.fact("prospects").value == 4
    assert ("prospects", {"customers": 4, "share": 0.8, "days": 90, "fresh": 2}) in list(map(tuple, result.notes))


def test_abc_adds_up():
    buyers = pd.DataFrame({"recent_days": 1, "recent_money": [700, 200, 60, 40], "customer_id": list("abcd")})
    table = value.abc_table(buyers, value.abc(buyers))
    assert table[["abc_class", "customers", "sales", "average"]].to_numpy().tolist() == [
        ["A", 1, 700, 700], ["B", 1, 200, 200], ["C", 2, 100, 50]]
    assert table["sales_share"].sum() == pytest.approx(1)


def test_the_profile_of_the_best_beside_all_who_buy():
    classes = ["A"] * 40 + ["C"] * 40 + ["A"] * 10 + ["C"] * 30
    people = pd.DataFrame({"gender": ["f"] * 60 + ["m"] * 60, "abc_class": classes, "birth_year": None})
    settings = shop.settings(customers={"attributes": ["gender"]}).customers
    table = profile.profile(people, settings, 2026).set_index("level")
    # 40 of the 50 of class A are f, as are 60 of all 120: 80 % against 50 %.
    assert table.loc["f", ["best", "share", "everyone", "base_share", "index"]].tolist() == [40, 0.8, 60, 0.5, 160]
    # Expected 25; variance 25 * (1 - 50/120) * (1 - 60/120).
    assert table.loc["f", "residual"] == pytest.approx(15 / (25 * (70 / 120) * 0.5) ** 0.5)
    assert profile.differences(table.reset_index())["level"].tolist() == ["f", "m"]


def test_two_cross_tables_of_one_attribute_stay_apart():
    people = pd.DataFrame({"gender": ["f", "m"] * 20, "decile": [1] * 20 + [2] * 20, "rank": ["x", "y"] * 20,
                           "birth_year": None})
    settings = shop.settings(customers={"crosstabs": [
        {"attribute": "gender", "measure": "decile"}, {"attribute": "gender", "measure": "rank"}]}).customers
    frame = crosstab.crosstab(people, settings, 2026, {})
    tables, figures = crosstab.tables(frame), crosstab.figures(frame)
    assert list(figures) == ["cross_1", "cross_2"] and tables["cross_1"].frame["customers"].sum() == 40
    assert [figures[name].values["found"] for name in figures] == ["alike", "differs"]
    assert tables["cross_2"].frame["class"].tolist() == ["x", "x", "y", "y"]


def test_who_lapsed_and_who_came_back(tmp_path):
    # With 60 days: on 30 September A was away 70 days, B 40, C 5. Now A has bought, B is away 71 days, C 36.
    rows = [("A", 101, 100), ("A", 3, 100), ("B", 71, 100), ("C", 36, 100), ("Z", 400, 1)]
    data = opened(tmp_path, rows, customers={"lost_after_days": 60})
    table = rfm.analyse(data, data.settings.rfm).tables["retention"].frame
    summed = table[["customers", "bought", "lapsed", "returned"]].sum()
    assert summed.to_dict() == {"customers": 4, "bought": 1, "lapsed": 1, "returned": 1}
    rates = table.set_index("segment")
    assert rates["lapse_rate"].max() == 1.0 and rates["return_rate"].max() <= 1.0
    assert ((rates["lapse_rate"].isna()) | (rates["lapsed"] <= rates["customers"])).all()


def test_moves_by_tier_keep_everyone_and_know_the_order():
    moved = pd.DataFrame({"from_segment": ["champions", "loyal", "vip", "unknown"],
                          "to_segment": ["at_risk", "loyal", "lost_once", "prospect"], "customers": [3, 5, 2, 1]})
    tiers = {"champions": "best", "loyal": "best", "at_risk": "slipping", "lost_once": "asleep"}
    table = movement.by_tier(moved, tiers)
    assert table.to_numpy().tolist() == [["best", "best", 5], ["best", "slipping", 3], ["vip", "asleep", 2],
                                         ["unknown", "prospect", 1]]
    assert movement.stayed(table) == {"customers": 5, "share": 5 / 8} and movement.stayed(table.iloc[2:]) is None


def test_the_share_of_the_best_at_each_month_end():
    history = pd.DataFrame({"month": ["2026-09"] * 2 + ["2026-10"] * 3, "segment": ["loyal", "at_risk"] * 2 + ["new"],
                            "customers": [3, 1, 2, 2, 4]})
    tiers = {"loyal": "best", "at_risk": "slipping", "new": "starting"}
    assert movement.tier_history(history, tiers).to_numpy().tolist() == [
        ["2026-09", 4, 0.75, 0.25], ["2026-10", 8, 0.25, 0.25]]
    assert movement.tier_history(history, {"loyal": "best"}).empty


def test_bands_of_a_flow_are_as_wide_as_their_numbers():
    frame = pd.DataFrame({"from_tier": ["best", "best", "asleep"], "to_tier": ["best", "asleep", "asleep"],
                          "customers": [6, 2, 2]})
    _, ax = plt.subplots()
    charts.flow(frame, ax, load_text("rfm", "en"), before="from_tier", after="to_tier", value="customers",
                unit="customers", order=["best", "asleep"], accent=("best",))
    heights = sorted(round(float(p.get_height()), 6) for p in ax.patches)
    assert heights == [0.2, 0.4, 0.6, 0.8] and len(ax.collections) == 3
    plt.close("all")


def test_spread_has_everyone_once_and_few_bins():
    rows = pd.DataFrame({"value": [-50, 0, 5, 10, 900, 100000], "customers": [1, 2, 3, 4, 5, 6]})
    table = spread.bins(rows, 1)
    assert table["customers"].sum() == 21 and len(table) <= spread.BINS + 1 and table["share"].sum() == pytest.approx(1)
    once = spread.times(pd.DataFrame({"value": [1, 3, 10, 44], "customers": [5, 1, 1, 1]}))
    assert once["times"].tolist() == ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10+"]
    assert once["customers"].tolist() == [5, 0, 1, 0, 0, 0, 0, 0, 0, 2]


def test_the_page_opens_with_at_most_five_sentences_the_answer_first(tmp_path):
    notes = [("headline", {}), ("base_more", {}), ("kpi", {}), ("guests", {"guest_sales": 90, "sales": 100}),
             ("top_decile", {"share": 0.3}), ("overdue", {"customers": 1, "of": 100}), ("losing", {}), ("points", {})]
    assert said.opening(notes) == ("headline", "losing", "guests", "base_more", "overdue")
    quiet = [("nobody", {}), ("partial", {}), ("no_cost", {}), ("no_loyalty", {})]
    assert said.opening(quiet) == ("nobody", "partial")
    data = opened(tmp_path, [("A", 5, 100)])
    result = customers.analyse(data, data.settings.customers)
    opening = [key for key, _ in result.opening]
    assert opening[0] == "headline" and len(opening) <= said.MOST
    rest = result.beside(*(key for key, _ in result.notes))
    assert sorted([*opening, *(key for key, _ in rest)]) == sorted(key for key, _ in result.notes)
