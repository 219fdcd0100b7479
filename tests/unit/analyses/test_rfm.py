"""RFM against a plain loop over the same purchases, and the properties a score must have."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import shop
from crmlib.analyses import rfm
from crmlib.dataset import open_dataset

AS_OF = date(2026, 11, 1)
ROWS = st.lists(st.tuples(st.sampled_from("ABCDEFGHIJKLMNOPQRST"), st.integers(0, 700), st.integers(-3000, 9000)),
                min_size=1, max_size=120)


def open_rows(folder, rows, **groups):
    """A shop of one-line orders; negative amounts are returns with an order of their own."""
    text = "customer,day,amount,quantity\n" + "\n".join(
        f"{c},{AS_OF - timedelta(days=1 + ago)},{a or 1},{-1 if a < 0 else 1}" for c, ago, a in rows)
    month = "2026-10"
    tables = shop.purchases(text)
    extra = shop.purchases("customer,day,amount\nZ,2024-01-01,1\nZ,2026-10-31,1")
    tables = {k: pd.concat([tables[k], extra[k].assign(order_id="Z" + extra[k]["order_id"])
                            if "order_id" in extra[k] else extra[k]], ignore_index=True) for k in tables}
    return open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month)


def by_hand(rows, frequency="days"):
    """The definitions of the contract, in a loop."""
    rows = [*rows, ("Z", 1034, 1), ("Z", 0, 1)]
    found = {}
    for customer in {c for c, _, _ in rows}:
        bought = [(ago, a or 1) for c, ago, a in rows if c == customer and a >= 0]
        money = sum(a or 1 for c, _, a in rows if c == customer)
        gross = sum(a for _, a in bought)
        found[customer] = {
            "recency_days": min((ago + 1 for ago, _ in bought), default=None), "frequency": len(bought),
            "purchase_days": len({ago for ago, _ in bought}), "monetary": money, "monetary_gross": gross}
    buyers = {c: v for c, v in found.items() if v["frequency"]}
    times = {c: v["purchase_days" if frequency == "days" else "frequency"] for c, v in buyers.items()}
    for customer, v in buyers.items():
        n = len(buyers)
        r_rank = 1 + sum(o["recency_days"] > v["recency_days"] for o in buyers.values())
        m_rank = 1 + sum(o["monetary"] < v["monetary"] for o in buyers.values())
        v["r_score"] = 1 + sum(5 * (r_rank - 1) >= k * n for k in range(1, 5))
        v["m_score"] = 1 + sum(5 * (m_rank - 1) >= k * n for k in range(1, 5))
        repeaters = [t for t in times.values() if t > 1]
        f_rank = 1 + sum(t < times[customer] for t in repeaters)
        v["f_score"] = 1 if times[customer] == 1 else 2 + sum(
            4 * (f_rank - 1) >= k * len(repeaters) for k in range(1, 4))
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, frequency=st.sampled_from(["days", "orders"]))
def test_every_measure_equals_the_plain_loop(rows, frequency, tmp_path_factory):
    data = open_rows(tmp_path_factory.mktemp("shop"), rows, rfm={"frequency": frequency})
    measures = rfm.analyse(data, data.settings.rfm).measures.set_index("customer_key")
    expected = by_hand(rows, frequency)
    assert set(measures.index) == set(expected)
    for customer, values in expected.items():
        for key, value in values.items():
            actual = measures.loc[customer, key]
            assert (pd.isna(actual) and value is None) or actual == value, (customer, key, actual, value)
        if not values["frequency"]:
            assert measures.loc[customer, ["r_score", "f_score", "m_score"]].isna().all()
            assert measures.loc[customer, "rfm_segment"] == "prospect"


def test_equal_values_share_a_score_and_one_time_buyers_are_a_class(tmp_path):
    rows = [(c, 10, 500) for c in "ABCDEF"] + [("G", 10, 500), ("G", 40, 500), ("H", 3, 900), ("H", 90, 10)]
    measures = rfm.analyse(*_opened(tmp_path, rows)).measures.set_index("customer_key")
    assert measures.loc[list("ABCDEF"), ["r_score", "f_score", "m_score"]].drop_duplicates().shape[0] == 1
    assert (measures.loc[list("ABCDEF"), "f_score"] == 1).all()
    assert (measures.loc[list("GH"), "f_score"] > 1).all()


def test_a_purchase_on_the_last_day_has_recency_one(tmp_path):
    measures = rfm.analyse(*_opened(tmp_path, [("A", 0, 100)])).measures.set_index("customer_key")
    assert measures.loc["A", "recency_days"] == 1


def test_window_leaves_older_purchases_out(tmp_path):
    rows = [("A", 10, 100), ("A", 400, 900), ("B", 500, 700)]
    measures = rfm.analyse(*_opened(tmp_path, rows, rfm={"window_days": 365})).measures.set_index("customer_key")
    assert (measures.loc["A", "frequency"], measures.loc["A", "monetary"]) == (1, 100)
    assert measures.loc["B", "frequency"] == 0 and measures.loc["B", "rfm_segment"] == "prospect"


def test_facts_count_what_the_tables_show(tmp_path):
    rows = [(c, 7 * i, 100 * i + 50) for i, c in enumerate("ABCDEFGHIJ")] + [("A", 3, 10), ("B", 30, 10)]
    result = rfm.analyse(*_opened(tmp_path, rows))
    assert result.fact("customers").value == result.tables["segments"].frame["customers"].sum() == 11
    assert result.tables["segments"].frame["share"].sum() == pytest.approx(1)
    assert result.tables["migration"].frame["customers"].sum() == 11
    assert result.fact("one_time_share").value == pytest.approx(8 / 11)


def _opened(folder, rows, **groups):
    data = open_rows(folder, rows, **groups)
    return data, data.settings.rfm


def test_cut_points_are_in_the_units_of_their_rows(tmp_path):
    rows = [("A", 0, 12345), ("B", 10, 250), ("B", 20, 250)]
    result = rfm.analyse(*_opened(tmp_path, rows, currency="GBP"))
    cuts = result.tables["cutpoints"].frame
    assert cuts["measure"].drop_duplicates().tolist() == ["recency", "frequency", "monetary"]
    money = cuts[cuts["measure"] == "monetary"]
    assert money["unit"].unique().tolist() == ["GBP"] and money["high"].max() == 123.45
    assert cuts[cuts["measure"] == "recency"]["unit"].unique().tolist() == ["days"]


def test_where_nobody_is_best_or_slipping_nobody_is_to_be_contacted_first(tmp_path):
    text = "customer,day,amount,quantity\n" + "".join(
        f"C{n},2026-10-28,300,1\nC{n},2026-10-30,-900,-3\n" for n in range(6))
    data = open_dataset(shop.settings(), shop.write(tmp_path, shop.purchases(text)), month="2026-10")
    assert rfm.analyse(data, data.settings.rfm).notes[0] == ("headline_none", {"customers": 6})
