"""What counts as a purchase, gross and net: one small order a rule."""

from __future__ import annotations

import json
import os

import pandas as pd
import pytest

import shop
from crmlib.dataset import open_dataset

HEAD = "customer,day,amount,order,quantity,type,status,discount,return_of,points_used\n"


def day_of(folder, rows, **sales):
    tables = shop.purchases(HEAD + rows)
    data = open_dataset(shop.settings(sales=sales), shop.write(folder, tables), month="2026-10")
    row = data.sql("""SELECT SUM(orders) AS orders, SUM(gross) AS gross, SUM(returns) AS returns,
        SUM(discounts) AS discounts, SUM(net) AS net FROM customer_day""").iloc[0]
    return {key: int(value) for key, value in row.items() if pd.notna(value)}


@pytest.mark.parametrize(("name", "rows", "expected"), [
    ("two lines are one purchase", "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-01,200,X,2,product,,,,",
     {"orders": 1, "gross": 300, "net": 300}),
    ("shipping, fee and points are no sales",
     ("A,2026-10-01,100,X,1,product,,,,\nA,2026-10-01,50,X,1,shipping,,,,\nA,2026-10-01,9,X,1,fee,,,,\n"
      "A,2026-10-01,-30,X,1,point,,,,"), {"orders": 1, "gross": 100, "net": 100}),
    ("shipping alone is no purchase", "A,2026-10-01,50,X,1,shipping,,,,", {"orders": 0, "gross": 0, "net": 0}),
    ("a free product is no purchase", "A,2026-10-01,0,X,1,product,,,,", {"orders": 0, "gross": 0, "net": 0}),
    ("a return line takes money back", "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-01,-40,X,-1,return,,,,",
     {"orders": 1, "gross": 100, "returns": 40, "net": 60}),
    ("a negative product line does too", "A,2026-10-01,-40,X,-1,product,,,,",
     {"orders": 0, "gross": 0, "returns": 40, "net": -40}),
    ("a cancelled order is nothing", "A,2026-10-01,100,X,1,product,cancelled,,,",
     {}),
    ("a discount line", "A,2026-10-01,100,X,1,product,,,,\nA,2026-10-01,-15,X,1,discount,,,,",
     {"orders": 1, "gross": 100, "discounts": 15, "net": 85}),
    ("a discount on the order counts once, however many lines",
     "A,2026-10-01,100,X,1,product,,15,,\nA,2026-10-01,100,X,1,product,,15,,",
     {"orders": 1, "gross": 200, "discounts": 15, "net": 185}),
    ("the same discount on line and order counts once",
     "A,2026-10-01,100,X,1,product,,15,,\nA,2026-10-01,-15,X,1,discount,,15,,",
     {"orders": 1, "gross": 100, "discounts": 15, "net": 85}),
    ("different discounts on line and order both count",
     "A,2026-10-01,100,X,1,product,,20,,\nA,2026-10-01,-15,X,1,discount,,20,,",
     {"orders": 1, "gross": 100, "discounts": 35, "net": 65}),
    ("points are a payment", "A,2026-10-01,100,X,1,product,,,,30", {"orders": 1, "gross": 100, "net": 100}),
], ids=lambda v: v if isinstance(v, str) and "," not in v else "")
def test_rules_of_sales(name, rows, expected, tmp_path):
    found = day_of(tmp_path, rows)
    assert {key: found.get(key) for key in expected} == expected, name


def test_points_as_a_discount(tmp_path):
    found = day_of(tmp_path, "A,2026-10-01,100,X,1,product,,,,30", points="discount")
    assert (found["discounts"], found["net"]) == (30, 70)


PAIR = "A,2026-10-01,9000,X,1,product,,,,\nA,2026-10-02,-9000,Y,-1,return,,,X,\nA,2026-10-03,50,Z,1,product,,,,"


@pytest.mark.parametrize(("policy", "expected"), [
    ("as_returns", {"orders": 2, "gross": 9050, "returns": 9000, "net": 50}),
    ("drop_matched", {"orders": 1, "gross": 50, "returns": 0, "net": 50}),
])
def test_a_matched_cancellation_stays_a_pair_or_leaves(policy, expected, tmp_path):
    found = day_of(tmp_path, PAIR, cancellations=policy)
    assert {key: found[key] for key in expected} == expected


def test_a_partly_returned_order_never_leaves(tmp_path):
    rows = PAIR.replace("-9000", "-4000")
    assert day_of(tmp_path, rows, cancellations="drop_matched")["gross"] == 9050


def test_counts_and_small_tables_of_intake_reach_the_analyses(tmp_path):
    folder = shop.write(tmp_path, shop.purchases(HEAD + "A,2026-10-01,100,X,1,product,,,,"))
    described = json.loads((folder / "intake.json").read_text(encoding="utf-8")) | {"counts": {"gaiji": 3}}
    (folder / "intake.json").write_text(json.dumps(described), encoding="utf-8")
    pd.DataFrame({"rule": ["phone"]}).to_parquet(folder / "match_rules.parquet")
    data = open_dataset(shop.settings(), folder, month="2026-10")
    assert dict(data.counts) == {"gaiji": 3}
    assert data.stored("match_rules")["rule"].tolist() == ["phone"]
    assert data.stored("nothing").empty


def month_of_the_mart(folder, month):
    return next(folder.glob(f"marts/customer_day-*/ym={month}/data.parquet"))


@pytest.mark.parametrize("policy", ["as_returns", "drop_matched"])
def test_months_that_intake_took_over_keep_their_part_of_the_mart(policy, tmp_path):
    settings = shop.settings(sales={"cancellations": policy})
    bought = HEAD + "A,2026-09-01,9000,X,1,product,,,,\nB,2026-10-02,100,Y,1,product,,,,\n"
    old = shop.write(tmp_path / "old", shop.purchases(bought))
    open_dataset(settings, old, month="2026-10")
    new = shop.write(tmp_path / "new", shop.purchases(bought + "A,2026-11-02,-9000,Z,-1,return,,,X,"))
    for path in old.glob("order*/ym=*/data.parquet"):
        (new / path.relative_to(old)).unlink()
        os.link(path, new / path.relative_to(old))
    data = open_dataset(settings, new, month="2026-11")
    shared = {m: month_of_the_mart(old, m).samefile(month_of_the_mart(new, m)) for m in ("2026-09", "2026-10")}
    assert shared == {"2026-09": policy == "as_returns", "2026-10": True}
    net = int(data.sql("SELECT SUM(net) AS net FROM customer_day")["net"].iloc[0])
    assert net == 100
