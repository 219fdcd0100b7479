"""Deciles, ABC, CPM, F2/F3 and cross tables, on shops small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import shop
from crmlib.analyses import customers
from crmlib.analyses.customers.portfolio import crosstab, steps, value
from crmlib.analyses.customers.portfolio.value import Bounds
from crmlib.dataset import open_dataset
from crmlib.methods.association.crosstab import adjusted_residuals, banded, independence
from crmlib.text import load_text


def buyers(**columns):
    n = len(next(iter(columns.values())))
    base = {"customer_id": [f"c{i:02d}" for i in range(n)], "recent_days": [1] * n, "recent_money": [100] * n,
            "purchase_days": [1] * n, "recency_days": [10] * n, "span_days": [0] * n, "monetary": [100] * n}
    return pd.DataFrame(base | columns)


def placed(folder, money, rows=()):
    """Each buyer's decile and the table of them, of a shop whose customers c00, c01, … brought so much."""
    bought = [f"c{n:02d},2026-{1 + n % 10:02d}-01,{amount}" for n, amount in enumerate(money)]
    data, result = analysed(folder, "\n".join(["customer,day,amount", *bought, *rows]))
    return value.values(data).set_index("customer_id")["decile"], result.tables["deciles"].frame


def test_deciles_are_ten_groups_equal_but_for_one_the_larger_first(tmp_path):
    found, table = placed(tmp_path, [*range(23, 0, -1)])
    assert found.value_counts().sort_index().tolist() == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2] == table["customers"].tolist()
    assert found.is_monotonic_increasing and found.iloc[-1] == 10 and found.dtype == "Int64"
    assert table["sales"].tolist()[:2] == [23 + 22 + 21, 20 + 19 + 18] and table["sales"].sum() == 23 * 12
    assert table["recency_median"].tolist()[0] == 273 and table["cumulative_share"].tolist()[-1] == 1


def test_equal_amounts_are_parted_by_id_and_who_brought_nothing_has_no_decile(tmp_path):
    rows = ["c01,2026-10-02,10", "c01,2026-10-03,10", "c02,2026-02-02,-30", "old,2024-01-01,900"]
    found, table = placed(tmp_path, [50, 30, 30], rows=rows)
    assert found.dropna().to_dict() == {"c00": 1, "c01": 2} and found.isna().tolist() == [False, False, True, True]
    assert table[["customers", "sales", "once_share"]].to_numpy().tolist() == [[1, 50, 1.0], [1, 50, 0.0]]


@pytest.mark.parametrize(("money", "classes"), [
    ([70, 20, 10], "ABC"), ([60, 20, 20], "AAA"), ([100], "A"), ([50, 25, 15, 10], "AABC")])
def test_abc_by_cumulative_share_and_equal_amounts_together(money, classes):
    assert "".join(value.abc(buyers(recent_money=money))) == classes


def test_every_buyer_is_in_one_class_of_cpm():
    table = buyers(purchase_days=[1, 1, 2, 3, 3, 5, 5], span_days=[0, 0, 89, 90, 90, 209, 210],
                   monetary=[5, 5, 500, 99, 100, 100, 100], recency_days=[240, 241, 10, 10, 10, 10, 999])
    assert value.cpm_classes(table, Bounds(240, 90, 210, 100)).tolist() == [
        "first_active", "first_lapsed", "toddling_active", "steady_active", "trendy_active", "trendy_active",
        "best_lapsed"]


def test_overdue_is_the_wait_over_the_own_median_wait():
    table = buyers(recency_days=[30, 10, 5]).assign(gap_days=pd.array([20, None, 7], dtype="Int64"))
    assert value.overdue(table).tolist()[0] == 3.0 and value.overdue(table).isna().tolist() == [False, True, False]


ROWS = """customer,day,amount
A,2026-01-01,100
A,2026-01-11,100
A,2026-02-10,100
B,2026-01-01,300
B,2026-03-02,300
C,2026-10-21,50
"""


def analysed(folder, text=ROWS, people=None, **groups):
    tables = shop.purchases(text)
    if people is not None:
        tables["customers"] = tables["customers"].merge(people, on="customer_key", how="left")
    data = open_dataset(shop.settings(**groups), shop.write(folder, tables), month="2026-10")
    return data, customers.analyse(data, data.settings.customers)


def test_gaps_and_spans_come_from_the_mart(tmp_path):
    data, _ = analysed(tmp_path)
    found = value.values(data).set_index("customer_id")
    assert found.loc["A", ["span_days", "purchase_days", "gap_days", "recency_days"]].tolist() == [40, 3, 40, 264]
    assert found["gap_days"].isna().to_dict() == {"A": False, "B": True, "C": True}
    later = value.values(data.at("2027-01")).set_index("customer_id")  # the year begins on 2026-02-01
    assert later["recent_days"].tolist() == [1, 1, 1] and later["recent_money"].tolist() == [100, 300, 50]
    assert later["monetary"].tolist() == [300, 600, 50] and found["recent_money"].tolist() == [300, 600, 50]


def test_second_purchases_count_those_still_waiting(tmp_path):
    data, _ = analysed(tmp_path)
    waits = data.query("customers_steps").to_dict("records")
    assert [tuple(row.values()) for row in waits] == [  # step, days, came, customers
        (2, 10, 0, 1), (2, 10, 1, 1), (2, 60, 1, 1), (3, 30, 1, 1), (3, 243, 0, 1)]
    many = pd.DataFrame(waits).assign(customers=lambda f: f["customers"] * 30)
    table = steps.steps(many).set_index(["purchase", "days"])
    assert table.loc[("f2", 30), "rate"] == pytest.approx(1 / 3)
    assert table.loc[("f2", 60), "rate"] == pytest.approx(1.0)
    assert table.loc[("f3", 30), "rate"] == pytest.approx(0.5)
    told = steps.figures(steps.steps(many))["f2"].values
    assert (told["purchase"], told["days"], told["rate"]) == ("f2", 60, pytest.approx(1.0))
    first = steps.figures(steps.steps(many[many["step"] == 3]))["f2"].values
    assert (first["purchase"], first["customers"]) == ("f3", 60)


def test_the_measures_reach_everyone_who_bought(tmp_path):
    _, result = analysed(tmp_path)
    rows = result.measures.set_index("customer_key")
    assert rows["cpm_class"].to_dict() == {"A": "toddling_lapsed", "B": "toddling_lapsed", "C": "first_active"}
    assert result.tables["cpm"].frame["customers"].sum() == 3
    assert result.figures["cpm"].values == {"active": 0, "lapsed": 0, "customers": 3}


@pytest.mark.parametrize(("first", "said"), [("2025-06-01", True), ("2025-05-02", True), ("2025-05-01", False)])
def test_records_too_short_for_the_last_class_of_cpm_say_so(tmp_path, first, said):
    """To buy for 210 days and then stay away for longer than 308 takes 519 days, and 30 more for somebody to do it."""
    _, result = analysed(tmp_path, f"customer,day,amount\nA,{first},100\nB,2026-10-01,100",
                         customers={"cpm": {"lapsed_after_days": 308}})
    told = dict(result.notes).get("cpm_too_short")
    assert (told is not None) == said and (not told or told["needed"] == 519)


def test_limits_of_cpm_are_the_shops_or_the_datas(tmp_path):
    data, _ = analysed(tmp_path, customers={"cpm": {"lapsed_after_days": 300, "amount": 400}})
    table = value.values(data)
    gaps = data.query("customers_gaps")
    assert value.bounds(table, gaps, data.settings.customers, 0) == Bounds(300.0, 90, 210, 400.0)
    free = open_dataset(shop.settings(), data.folder, month="2026-10").settings.customers
    assert value.bounds(table, gaps, free, 0) == Bounds(57.0, 90, 210, 450.0)  # gaps 10, 30, 60; totals 300, 600


def test_cross_tables_say_how_many_are_known(tmp_path):
    people = pd.DataFrame({"customer_key": ["A", "B"], "gender": ["female", "male"]})
    _, result = analysed(tmp_path, people=people, customers={"crosstabs": [{"attribute": "gender"}]})
    table = result.tables["crosstab"].frame
    assert table["customers"].sum() == 2 and table["coverage"].iloc[0] == pytest.approx(2 / 3)
    assert table["residual"].isna().all()  # too few to tell


def test_residuals_of_a_table_worked_by_hand():
    """Expected 15 and 15 of 30 in each row: (20 - 15) / √(15 · ½ · ½) = 2.582."""
    assert adjusted_residuals([[20, 10], [10, 20]]).round(3).tolist() == [[2.582, -2.582], [-2.582, 2.582]]
    assert np.isnan(adjusted_residuals([[1, 1], [1, 1]])).all()
    chi, freedom, p, v = independence([[20, 10], [10, 20]])
    assert (round(chi, 3), freedom, round(p, 4), round(v, 3)) == (6.667, 1, 0.0098, 0.333)
    assert independence([[5, 5]]) is None


def test_many_levels_are_shown_as_the_largest_and_the_rest():
    people = pd.DataFrame({"prefecture": [f"p{n:02d}" for n in range(20) for _ in range(20 - n)], "birth_year": None,
                           "rfm_segment": "loyal"})
    settings = shop.settings(customers={"crosstabs": [{"attribute": "prefecture"}]}).customers
    table = crosstab.crosstab(people, settings, 2026, {})
    assert len(table) == crosstab.LEVELS + 1 and table["level"].iloc[-1] == crosstab.OTHER
    assert table["customers"].sum() == len(people)


@pytest.mark.parametrize("levels", [
    ["Under 15K", "15-24K", "35-49K", "100-124K", "250K+"], ["-19", "20-29", "30-39", "100-"],
    ["500-999K", "1-1.9M", "2M+"], ["300万円未満", "300万円以上", "1,000万円以上", "1億円以上"],
    ["A1", "B", "C10"]])
def test_bands_are_in_the_order_of_their_first_number(levels):
    assert sorted(sorted(levels), key=banded(levels)) == levels


def test_ranks_begin_with_the_one_without_a_threshold():
    people = pd.DataFrame({"rank": ["silver", "gold", "regular"] * 3, "birth_year": None, "rfm_segment": "loyal"})
    levels = [{"rank": "silver", "amount": 10}, {"rank": "gold", "amount": 20}]
    settings = shop.settings(customers={"crosstabs": [{"attribute": "rank"}], "rank_thresholds": levels}).customers
    assert crosstab.crosstab(people, settings, 2026, {})["level"].tolist() == ["regular", "silver", "gold"]


def test_a_cross_table_and_its_chart_keep_that_order():
    bands = ["Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K", "100-124K", "250K+"]
    people = pd.DataFrame({"income_band": bands * 3, "birth_year": None, "rfm_segment": ["loyal", "new", "loyal"] * 8})
    settings = shop.settings(customers={"crosstabs": [{"attribute": "income_band"}]}).customers
    frame = crosstab.tables(crosstab.crosstab(people, settings, 2026, {}))["cross_1"].frame
    ax = crosstab.plot_levels(frame, Figure().subplots(), load_text("customers", "en"))
    assert [label.get_text() for label in ax.get_yticklabels()] == list(dict.fromkeys(frame["level"])) == bands
