"""Tax: told with or without it, rounded once per receipt and rate; totals and rates checked, never forced."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.dataset import open_dataset
from crmlib.dataset.marts import basis

HEAD = "customer,day,amount,order,quantity,type,discount,tax_rate,ex_tax,return_of\n"
NOBODY = pd.DataFrame({"order_id": pd.Series([], dtype="str")})


def opened(folder, text, **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month="2026-10")


def sale(folder, rows, dropped=NOBODY, country="JP", **sales):
    """Return gross, returns, discounts and net of all orders of October together."""
    data = opened(folder, HEAD + rows, sales=sales, calendar={"country": country})
    found = data.query("order_sales", tables={"dropped_orders": dropped}, ym="2026-10", **basis(data.settings))
    gross, returns = int(found["gross"].sum()), int(found["returns"].sum())
    discounts = int(found["line_discounts"].sum() + found["order_discount"].sum())
    return gross, returns, discounts, gross - returns - discounts


@pytest.mark.parametrize(("name", "rows", "net"), [
    # 3 × floor(105 × 10 / 110) = 27 line by line, but floor(315 × 10 / 110) = 28 on the receipt.
    ("once per receipt, not per line", "A,2026-10-01,105,X,1,product,,0.1,,\n" * 3, 287),
    ("each receipt by itself", "".join(f"A,2026-10-01,105,X{n},1,product,,0.1,,\n" for n in range(3)), 288),
    ("each rate by itself", "A,2026-10-01,105,X,1,product,,0.1,,\nA,2026-10-01,105,X,1,product,,0.08,,\n", 96 + 98),
    ("a rate may be written in per cent", "A,2026-10-01,108,X,1,product,,8,,\n", 100),
    ("a line without a rate has the day's", "A,2026-10-01,110,X,1,product,,,,\n", 100),
    ("a rate of nothing is a rate", "A,2026-10-01,110,X,1,product,,0,,\n", 110),
    ("the line's own amount is taken", "A,2026-10-01,105,X,1,product,,0.1,95,\nA,2026-10-01,110,X,1,product,,0.1,,\n",
     195),
    ("after a return on the receipt", "A,2026-10-01,315,X,1,product,,0.1,,\nA,2026-10-01,-105,X,-1,return,,0.1,,\n",
     191),
    ("a return alone", "A,2026-10-01,-105,X,-1,return,,0.1,,\n", -96),
    ("after a discount line", "A,2026-10-01,1000,X,1,product,,0.1,,\nA,2026-10-01,-120,X,1,discount,,0.1,,\n", 800),
    ("a discount on the order, spread over the rates",
     "A,2026-10-01,1000,X,1,product,100,0.1,,\nA,2026-10-01,999,X,1,product,100,0.08,,\n", (949 - 86) + (950 - 70)),
])
def test_without_tax(name, rows, net, tmp_path):
    assert sale(tmp_path, rows, tax="excluded")[3] == net, name


def test_gross_returns_and_discounts_still_make_the_net(tmp_path):
    rows = ("A,2026-10-01,1000,X,1,product,100,0.1,,\nA,2026-10-01,999,X,1,product,100,0.08,,\n"
            "A,2026-10-01,-55,X,-1,product,100,0.1,,\n")
    assert sale(tmp_path / "in", rows, tax="as_recorded") == (1999, 55, 100, 1844)
    # 10 %: 1000 - 55 - 51 = 894, less 81; 8 %: 999 - 49 = 950, less 70.
    assert sale(tmp_path / "ex", rows, tax="excluded") == (1835, 50, 92, 1693)


def test_with_tax_where_files_hold_none(tmp_path):
    rows = "A,2026-10-01,105,X,1,product,,0.1,,\n" * 3
    assert sale(tmp_path / "a", rows, tax="included", recorded="excluded")[3] == 315 + 31
    assert sale(tmp_path / "b", rows, tax="included")[3] == 315
    assert sale(tmp_path / "c", rows, tax="excluded", recorded="excluded")[3] == 315


def test_abroad_a_line_without_a_rate_stays(tmp_path):
    assert sale(tmp_path, "A,2026-10-01,110,X,1,product,,,,\nA,2026-10-01,120,X,1,product,,0.2,,\n", country="GB",
                tax="excluded")[3] == 110 + 100


def test_lines_of_a_dropped_pair_are_not_converted_either(tmp_path):
    rows = ("A,2026-10-01,110,X,1,product,,0.1,,\nA,2026-10-02,-110,Y,-1,return,,0.1,,X\n"
            "A,2026-10-02,220,Y,1,product,,0.1,,\n")
    assert sale(tmp_path, rows, pd.DataFrame({"order_id": ["X"]}, dtype="str"), tax="excluded") == (200, 0, 0, 200)


@pytest.mark.parametrize(("day", "rate"), [
    ("1989-03-31", 0), ("1989-04-01", 30), ("1997-03-31", 30), ("1997-04-01", 50), ("2014-03-31", 50),
    ("2014-04-01", 80), ("2019-09-30", 80), ("2019-10-01", 100),
])
def test_the_standard_rate_of_a_day_in_japan(day, rate, tmp_path):
    data = opened(tmp_path, f"customer,day,amount\nA,{day},100\nA,2026-10-01,100\n")
    found = data.query("line_rates", country="JP").sort_values("business_date")
    assert found["rate"].tolist() == [rate, 100]


TOTALS = "customer,day,amount,order,type,discount,points_used,total,tax,shipping,tax_rate,store\n"


@pytest.mark.parametrize(("name", "rows", "found"), [
    ("amounts with tax", "A,2026-10-01,100,X,product,,,100,9,,0.1,", (1, 1, 0, 0)),
    ("one yen a rate is rounding", "A,2026-10-01,100,X,product,,,101,9,,0.1,", (1, 1, 0, 0)),
    ("two yen are not", "A,2026-10-01,100,X,product,,,102,,,0,", (1, 0, 0, 2)),
    ("shipping on the order", "A,2026-10-01,100,X,product,,,600,,500,0.1,", (1, 1, 0, 0)),
    ("shipping as a line counts once",
     "A,2026-10-01,100,X,product,,,600,,500,0.1,\nA,2026-10-01,500,X,shipping,,,600,,500,0.1,", (1, 1, 0, 0)),
    ("a discount on the order", "A,2026-10-01,100,X,product,30,,70,,,0.1,", (1, 1, 0, 0)),
    ("a discount line that the order repeats",
     "A,2026-10-01,100,X,product,30,,70,,,0.1,\nA,2026-10-01,-30,X,discount,30,,70,,,0.1,", (1, 1, 0, 0)),
    ("points taken off the total", "A,2026-10-01,100,X,product,,40,60,,,0.1,", (1, 1, 0, 0)),
    ("points not taken off it", "A,2026-10-01,100,X,product,,40,100,,,0.1,", (1, 1, 0, 0)),
    ("a total told before coupons and points", "A,2026-10-01,2700,X,product,200,100,3200,,500,0.1,", (1, 1, 0, 0)),
    ("neither before the discount nor after", "A,2026-10-01,1000,X,product,30,,985,,,0.1,", (1, 0, 0, 15)),
    ("the order's tax is missing from the lines", "A,2026-10-01,1000,X,product,,,1100,100,,0.1,", (1, 0, 1, 0)),
    ("tax by rate, where the order has none",
     "A,2026-10-01,1000,X,product,,,1640,,,0.1,\nA,2026-10-01,500,X,product,,,1640,,,0.08,", (1, 0, 1, 0)),
    ("nothing fits", "A,2026-10-01,1000,X,product,,,1500,100,,0.1,", (1, 0, 0, 400)),
    ("no total, nothing to check", "A,2026-10-01,1000,X,product,,,,,,0.1,", (0, 0, 0, 0)),
])
def test_lines_against_the_orders_total(name, rows, found, tmp_path):
    data = opened(tmp_path, TOTALS + rows)
    row = data.query("quality_totals", first_month="2026-10", country="JP").iloc[0]
    assert tuple(int(row[c]) for c in ("checked", "included", "excluded", "difference")) == found, name
    assert row["agreeing"] == row["included"] + row["excluded"] and row["orders"] == 1


def test_totals_are_told_by_month_and_store(tmp_path):
    data = opened(tmp_path, TOTALS + "A,2026-09-01,10,X,product,,,10,,,,S1\nA,2026-10-01,10,Y,product,,,10,,,,S2\n"
                                     "A,2026-10-01,10,Z,product,,,90,,,,S2\nA,2026-08-01,10,W,product,,,10,,,,S1\n")
    found = data.query("quality_totals", first_month="2026-09", country="JP")
    columns = ["month", "store_id", "orders", "checked", "agreeing", "difference"]
    assert found[columns].values.tolist() == [["2026-09", "S1", 1, 1, 1, 0], ["2026-10", "S2", 2, 2, 1, 79]]


def test_an_order_whose_only_line_is_its_total_proves_nothing(tmp_path):
    tables = shop.purchases(TOTALS + "A,2026-10-01,10,X,product,,,10,,,,\n")
    tables["order_lines"]["line_no"] = tables["order_lines"]["order_id"]
    data = open_dataset(shop.settings(), shop.write(tmp_path, tables), month="2026-10")
    assert data.query("quality_totals", first_month="2026-10", country="JP")["checked"].tolist() == [0]


@pytest.mark.parametrize(("day", "rate", "amount", "expected"), [
    ("2014-03-31", "0.05", 100, "yes"), ("2014-04-01", "0.05", 100, "no"), ("2014-04-01", "0.05", -100, "yes"),
    ("2014-03-31", "0.08", 100, "no"), ("2019-10-01", "0.08", 100, "yes"), ("2019-09-30", "10", 100, "no"),
    ("2019-10-01", "10", 100, "yes"), ("2019-10-01", "0", 100, "yes"), ("2026-10-01", "", 100, "unknown"),
    ("2026-10-01", "0.2", 100, "no"), ("1997-03-31", "3", 100, "yes"), ("1997-04-01", "3", 100, "no"),
])
def test_rates_against_those_in_force(day, rate, amount, expected, tmp_path):
    data = opened(tmp_path, f"customer,day,amount,tax_rate\nA,{day},{amount},{rate}\nA,2026-10-01,0,\n")
    found = data.query("quality_tax", first_month="1989-04", country="JP")
    assert found[["month", "expected", "lines", "amount"]].values.tolist() == [[day[:7], expected, 1, amount]]


@pytest.mark.parametrize(("name", "rows", "orders"), [
    ("money reached", "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-02,-100,Y,-1,return,,,,X\n", ["X"]),
    ("money not reached", "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-02,-90,Y,-1,return,,,,X\n", []),
    ("shipping given back is no goods",
     "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-02,-60,Y,-1,return,,,,X\nA,2026-10-02,-50,Y,-1,shipping,,,,X\n", []),
    ("what was paid after the discount", "A,2026-10-01,100,X,1,product,10,,,\nA,2026-10-02,-90,Y,-1,return,,,,X\n",
     ["X"]),
    ("pieces kept, though the money is near",
     "A,2026-10-01,100,X,10,product,10,,,\nA,2026-10-02,-90,Y,-9,return,,,,X\n", []),
    ("by two documents", ("A,2026-10-01,100,X,2,product,,,,\nA,2026-10-02,-50,Y,-1,return,,,,X\n"
                          "A,2026-10-03,-50,Z,-1,return,,,,X\n"), ["X"]),
])
def test_orders_taken_back_whole(name, rows, orders, tmp_path):
    assert opened(tmp_path, HEAD + rows).query("cancelled_pairs")["order_id"].tolist() == orders, name
