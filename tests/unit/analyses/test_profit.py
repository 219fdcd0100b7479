"""Gross profit by customer and segment, counted by hand, and what is said where costs are not known."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import customers
from crmlib.analyses.customers import profit
from crmlib.dataset import open_dataset

# A: 1,000 + 500 less a discount of 150, one of two pieces of P1 given back; B: half of it without a cost; C: none.
ROWS = """customer,day,amount,quantity,type,product,order,discount
A,2026-09-01,1000,2,product,P1,O1,150
A,2026-09-01,500,1,product,P2,O1,150
A,2026-10-03,-500,-1,return,P1,O2,
B,2026-10-01,600,1,product,P1,O3,100
B,2026-10-01,400,1,product,P9,O3,100
C,2026-10-02,300,1,product,P9,O4,
D,2026-10-05,350,1,product,P1,O5,
D,2026-10-05,250,1,shipping,,O5,
"""
PRODUCTS = pd.DataFrame({"product_id": ["P1", "P2", "P9"], "cost": [400, 100, None]})


def analysed(folder, tables):
    data = open_dataset(shop.settings(), shop.write(folder, tables), month="2026-10")
    return data, customers.analyse(data, data.settings.customers)


def test_profit_of_each_customer(tmp_path):
    data, result = analysed(tmp_path, shop.purchases(ROWS) | {"products": PRODUCTS})
    rows = profit.customers(data).set_index("customer_id")
    # A: 850 net, 800 + 100 - 400 cost. B: 900 net, 60 % of it known: 540 - 400. D: 350 - 400; shipping is no sale.
    assert rows.loc["A", ["net", "cost", "gross_profit"]].tolist() == [850, 500, 350]
    assert rows.loc["B", ["known_sales", "gross_profit"]].tolist() == [540, 140]
    assert pd.isna(rows.loc["C", "gross_profit"]) and rows.loc["D", "gross_profit"] == -50
    assert result.fact("gross_profit").value == 440 and result.fact("losing").value == 1
    assert result.fact("gross_margin").value == pytest.approx(440 / (850 + 540 + 350))
    table = result.tables["profit"].frame
    assert table["customers"].sum() == 4 and table["gross_profit"].sum() == 440 and table["sales"].sum() == 2400
    kept = result.measures.set_index("customer_key")["gross_profit"]
    assert kept["A"] == 350 and pd.isna(kept["C"])
    assert ("losing", {"customers": 1, "loss": 50}) in list(map(tuple, result.notes))


def test_the_cost_of_the_line_goes_before_that_of_the_product(tmp_path):
    tables = shop.purchases(ROWS) | {"products": PRODUCTS}
    tables["order_lines"]["cost"] = [700, None, -350, None, None, None, None, None]
    data, _ = analysed(tmp_path, tables)
    assert profit.customers(data).set_index("customer_id").loc["A", "cost"] == 700 + 100 - 350


def test_without_costs_it_cannot_be_told(tmp_path):
    _, result = analysed(tmp_path, shop.purchases(ROWS))
    assert result.fact("gross_profit").value is None and result.fact("gross_profit").note == "no_cost"
    assert "profit" not in result.tables and "profit" not in result.figures
    assert result.measures["gross_profit"].isna().all() and ("no_cost", {}) in list(map(tuple, result.notes))


def test_half_a_unit_is_rounded_up_in_whole_numbers():
    assert profit._profit(101, 2, 1, 0) == (51, 51)
    assert profit._profit(10**17 + 1, 10**17, 10**16, 0) == (10**16, 10**16)
    assert profit._profit(0, 0, 0, 0) == (0, 0)
    assert profit._profit(5, 0, 3, 1) == (None, None)
