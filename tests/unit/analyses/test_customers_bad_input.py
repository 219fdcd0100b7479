"""Odd shops that must be told and not break the pages of customers and RFM; each is small enough to check by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import shop
from crmlib.analyses import customers, rfm
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError
from crmlib.settings import settings_from
from crmlib.text import load_text

AS_OF = date(2026, 11, 1)
PAGES = {"customers": customers, "rfm": rfm}


def opened(folder, text, month="2026-10", **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month=month)


def pages(data):
    """Both pages, every sentence, title and caption put into words."""
    found = {name: page.analyse(data, getattr(data.settings, name)) for name, page in PAGES.items()}
    for locale in ("ja", "en"):
        for name, result in found.items():
            words = load_text(name, locale)
            assert all(words.sentence(f"notes.{key}", values) for key, values in result.notes)
            assert all(words.sentence(f"figures.{key}.title", f.values) for key, f in result.figures.items())
    assert all(fact.value is not None or fact.note for result in found.values() for fact in result.facts)
    return found


def test_refunds_larger_than_purchases(tmp_path):
    data = opened(tmp_path, """customer,day,amount,quantity
        A,2026-10-01,1000,1
        A,2026-10-20,-1500,-1
        B,2026-10-02,300,1""")
    found = pages(data)
    rows = found["rfm"].measures.set_index("customer_key")
    assert (rows.loc["A", "monetary"], rows.loc["A", "monetary_gross"], rows.loc["A", "frequency"]) == (-500, 1000, 1)
    assert rows.loc["A", "m_score"] < rows.loc["B", "m_score"]
    classes = found["customers"].measures.set_index("customer_key")
    assert classes["decile"].isna().to_dict() == {"A": True, "B": False}
    # Net sales are below nothing: shares of it would mislead, so none are given.
    assert found["customers"].fact("sales").value == -200 and found["customers"].fact("identified_share").value is None


def test_orders_of_nothing_are_no_purchases(tmp_path):
    data = opened(tmp_path, "customer,day,amount\nA,2026-10-01,0\nB,2026-10-02,500\nB,2026-10-09,0")
    rows = pages(data)["rfm"].measures.set_index("customer_key")
    assert rows["frequency"].to_dict() == {"A": 0, "B": 1} and rows.loc["A", "rfm_segment"] == "prospect"
    assert rows.loc["B", "recency_days"] == 30


def test_everybody_bought_once(tmp_path):
    lines = "\n".join(f"c{n},{AS_OF - timedelta(days=1 + 9 * n)},{100 + n}" for n in range(12))
    found = pages(opened(tmp_path, "customer,day,amount\n" + lines))
    assert set(found["rfm"].measures["f_score"]) == {1} and found["rfm"].fact("one_time_share").value == 1
    assert [values["measure"] for key, values in found["rfm"].notes if key == "few_classes_ties"] == ["frequency"]
    assert set(found["customers"].measures["cpm_class"].str[:5]) == {"first"}
    assert found["customers"].measures["overdue_ratio"].isna().all()
    assert found["customers"].fact("f3_rate_90d").note == "too_few_to_tell"


def test_only_negative_money(tmp_path):
    found = pages(opened(tmp_path, "customer,day,amount,quantity\nA,2026-10-01,-800,-1\nB,2026-10-03,-20,-1"))
    assert found["rfm"].fact("customers").value == 0 and found["rfm"].notes[0][0] == "no_buyers"
    assert found["customers"].measures.empty and "deciles" not in found["customers"].tables


def test_one_day_of_history(tmp_path):
    data = opened(tmp_path, "customer,day,amount\n" + "\n".join(f"c{n},2026-10-31,{n + 1}00" for n in range(8)))
    found = pages(data)
    assert set(found["rfm"].measures["recency_days"]) == {1} and set(found["rfm"].measures["r_score"]) == {1}
    told = {values["measure"] for key, values in found["rfm"].notes if key == "few_classes_ties"}
    assert told == {"recency", "frequency"}
    assert "migration_yoy" not in found["rfm"].tables and found["customers"].fact("sales").year_ago is None


@pytest.mark.parametrize("limits", [{"r": [30, 20, 60, 90]}, {"m": [100, 100, 200, 300]}])
def test_a_threshold_list_out_of_order_is_named(limits):
    (key,) = limits
    with pytest.raises(CrmError) as caught:
        settings_from({"shop": "s", "rfm": {"thresholds": limits}})
    assert caught.value.code == "settings.not_rising" and f"rfm.thresholds.{key}" in str(caught.value)


@pytest.mark.parametrize(("rules", "code", "cells"), [
    ([{"segment": "a", "r": [3, 5]}, {"segment": "b", "r": [1, 3]}], "map_overlap", "311, 312"),
    ([{"segment": "a", "r": [3, 5]}, {"segment": "b", "r": 1}], "map_gaps", "211, 212")])
def test_a_segment_map_that_overlaps_or_leaves_a_gap_names_the_cells(rules, code, cells):
    with pytest.raises(CrmError) as caught:
        settings_from({"shop": "s", "rfm": {"segment_map": rules}})
    assert caught.value.code == f"settings.{code}" and cells in str(caught.value)


def test_a_month_before_the_first_order_is_refused_with_the_months_there_are(tmp_path):
    with pytest.raises(CrmError) as caught:
        opened(tmp_path, "customer,day,amount\nA,2026-10-05,100", month="2026-08")
    assert caught.value.code == "dataset.month_outside" and "2026-10" in str(caught.value)


def test_many_equal_customers_break_nothing(tmp_path):
    """pandas.qcut stops here with "Bin edges must be unique"; others part equal customers by row or by id."""
    lines = "\n".join(f"c{n:02d},2026-10-0{1 + k},500" for n in range(30) for k in range(2))
    found = pages(opened(tmp_path, "customer,day,amount\n" + lines))
    assert len(found["rfm"].measures[["r_score", "f_score", "m_score", "rfm_segment"]].drop_duplicates()) == 1


def test_amounts_below_one_collapse_in_the_way_of_r_and_the_page_says_why(tmp_path):
    """R's package adds 1 to each cut: whoever writes money in thousands has it all below them."""
    lines = "\n".join(f"c{n:02d},{AS_OF - timedelta(days=1 + n)},{1 + n}" for n in range(30))
    found = pages(opened(tmp_path, "customer,day,amount\n" + lines, rfm={"scoring": "r_package"}, currency="GBP"))
    assert set(found["rfm"].measures["m_score"]) == {1}
    assert "monetary" in [values["measure"] for key, values in found["rfm"].notes if key == "few_classes_r"]
