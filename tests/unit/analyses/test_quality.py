"""The quality page: books told as they are, gaps counted against plain loops, limits that hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shop
from crmlib.analyses import quality
from crmlib.analyses.quality import books, columns, files, findings
from crmlib.dataset import open_dataset

FATES = ("quarantined", "merged", "excluded", "out")
TABLES = ("order_lines", "customers")
ENTRIES = st.lists(st.tuples(st.sampled_from(FATES), st.sampled_from(TABLES), st.sampled_from("abc"),
                             st.integers(0, 50), st.decimals(-10**6, 10**6, places=3)), max_size=20)


def ledger(rows):
    return pd.DataFrame(rows, columns=["fate", "table", "reason", "rows", "amount"]).assign(step="x", source="s")


def closed(rows):
    """Books in which everything that left or stayed also came in."""
    lines = [(f, t, r, n, a if t == "order_lines" else None) for f, t, r, n, a in rows]
    return ledger([*lines, *(("in", t, "file", n, a) for _, t, _, n, a in lines)])


@given(rows=ENTRIES)
def test_told_books_add_up_whatever_the_rounding(rows):
    found = books.books(closed(rows))
    assert (found.open_rows, found.open_amount) == (0, 0)
    for frame in (books.balance(found, 0), books.reasons(found, 0)):
        told = frame.iloc[:-1][["rows", "amount"]].sum()
        assert told.tolist() == frame.iloc[-1][["rows", "amount"]].tolist()
        assert frame["step"].iloc[0] == "in"
        assert frame["step"].iloc[-1] == "out"


def test_a_record_that_went_nowhere_is_seen():
    rows = [("in", "order_lines", "file", 3, Decimal("10.5")), ("out", "order_lines", "out", 2, Decimal(10))]
    found = books.books(ledger(rows))
    assert found.open_rows == 1
    assert found.open_amount == Decimal("0.5")


@pytest.mark.parametrize(("amount", "decimals", "expected"), [
    ("12345.600000", 2, "12345.60"), ("12345.000000", 0, "12345"), ("1.234500", 2, "1.2345"), ("-0.500000", 0, "-0.5"),
    ("1000.000000", 0, "1000"), ("0", 2, "0.00"),
])
def test_amounts_stay_exact_and_carry_the_currencys_digits(amount, decimals, expected):
    assert str(books.major(Decimal(amount), decimals)) == expected


def test_files_are_named_without_their_folder():
    frame = files.sources(({"file": "data/sample/b.csv", "rows": 2, "encoding": "cp932", "newest": "2026-10-31"},
                           {"file": "a.csv", "rows": 1, "encoding": "utf-8", "newest": None}))
    assert frame["file"].tolist() == ["a.csv", "b.csv"]
    assert frame["newest"].tolist()[1] == "2026-10-31"
    assert pd.isna(frame["newest"].iloc[0])


def data_of(folder, text, **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month="2026-10")


@pytest.mark.parametrize(("groups", "expected"), [
    ({}, (31, 28, 23)),
    ({"calendar": {"closed_weekdays": ["sat", "sun"]}}, (22, 19, 15)),
    ({"calendar": {"closed": [{"start": "2026-10-06", "end": "2026-10-25"}]}}, (11, 8, 5)),
])
def test_only_open_days_can_be_silent(groups, expected, tmp_path):
    text = "customer,day,amount\nA,2026-09-01,1\nA,2026-10-01,1\nA,2026-10-02,1\nA,2026-10-26,1"
    data = data_of(tmp_path, text, **groups)
    seen = findings.days(data.query("quality_days"), data)
    assert (seen.open_days, seen.without, seen.longest) == expected
    assert (seen.newest, seen.silent) == (date(2026, 10, 26), 5)


def test_days_before_the_data_begin_are_not_silent(tmp_path):
    data = data_of(tmp_path, "customer,day,amount\nA,2026-10-20,1\nA,2026-10-31,1")
    assert findings.days(data.query("quality_days"), data).open_days == 12


def test_filled_cells_are_counted_in_the_month_only(tmp_path):
    data = data_of(tmp_path, "customer,day,amount\nA,2026-10-01,1\n,2026-10-02,1\n,2026-09-02,1")
    frame = columns.filled(data).set_index(["table", "column"])
    assert frame.loc[("orders", "customer_id"), ["rows", "empty", "filled"]].tolist() == [2, 1, 0.5]
    assert frame.loc[("customers", "customer_id"), "rows"] == 1
    assert ("order_lines", "cost") not in frame.index, "what no file supplies is not a gap"
    assert columns.empties(columns.filled(data))["subject"].tolist() == ["orders.customer_id"]


def test_a_column_that_is_mapped_but_empty_is_a_gap(tmp_path):
    source = {"files": "x.csv", "tables": {"orders": {"order_id": "a", "ordered_at": "b", "store_id": "c"}}}
    data = data_of(tmp_path, "customer,day,amount\nA,2026-10-01,1", sources=[source])
    frame = columns.filled(data).set_index(["table", "column"])
    assert frame.loc[("orders", "store_id"), "filled"] == 0


@pytest.mark.parametrize(("on_breach", "severity"), [("stop", "stop"), ("warn", "warn")])
def test_too_much_set_aside_stops_unless_the_shop_says_otherwise(on_breach, severity, tmp_path):
    folder = shop.write(tmp_path, shop.purchases("customer,day,amount\nA,2026-10-31,1"))
    rows = [("in", "file", 10, Decimal(1)), ("quarantined", "amount.empty", 9, Decimal(0)),
            ("out", "out", 1, Decimal(1))]
    ledger([(fate, "order_lines", *rest) for fate, *rest in rows]).to_parquet(folder / "ledger.parquet")
    data = open_dataset(shop.settings(quality={"on_breach": on_breach}), folder, month="2026-10")
    result = quality.analyse(data, data.settings.quality)
    gate = next(check for check in result.checks if check.key == "quarantined_share")
    assert (gate.ok, gate.severity, gate.observed) == (False, severity, 0.9)
    assert result.tables["findings"].frame["severity"].iloc[0] == severity


def test_stores_are_compared_one_by_one(tmp_path):
    tables = shop.purchases("customer,day,amount,order\nA,2026-10-01,100,X\nB,2026-10-02,30,Y\n,2026-10-03,7,Z")
    tables["orders"]["store_id"] = ["010", "020", None]
    given_totals = [{"month": "2026-10", "store_id": "010", "sales": 100, "orders": 1},
                    {"month": "2026-10", "store_id": "020", "sales": 31}, {"month": "2026-10", "sales": 137}]
    data = open_dataset(shop.settings(control_totals=given_totals), shop.write(tmp_path, tables), month="2026-10")
    result = quality.analyse(data, data.settings.quality)
    assert result.tables["control"].frame[["store_id", "sales", "agrees"]].to_numpy().tolist() == [
        ["all", 137, "yes"], ["010", 100, "yes"], ["020", 30, "no"]]
    assert ("control_differs", {"wrong": 1, "given": 3, "apart": Decimal(1)}) in list(map(tuple, result.notes))


def test_stores_are_compared_without_orders_taken_back_where_the_shop_drops_them(tmp_path):
    tables = shop.purchases("customer,day,amount,order,quantity,type,return_of\nA,2026-10-01,100,X,1,product,\n"
                            "A,2026-10-02,-100,Y,-1,return,X\nB,2026-10-02,30,Z,1,product,")
    tables["orders"]["store_id"] = "010"
    folder = shop.write(tmp_path, tables)
    totals = [{"month": "2026-10", "store_id": "010", "sales": 30, "orders": 1}]
    for cancellations, orders in (("drop_matched", 1), ("as_returns", 2)):
        settings = shop.settings(control_totals=totals, sales={"cancellations": cancellations})
        data = open_dataset(settings, folder, month="2026-10")
        row = quality.analyse(data, data.settings.quality).tables["control"].frame.iloc[0]
        assert (row["sales"], row["orders"]) == (30, orders)


def test_nothing_personal_and_no_row_stands_in_a_table(tmp_path):
    data = data_of(tmp_path, "customer,day,amount\nTaro-0100001,2026-10-31,1")
    result = quality.analyse(data, data.settings.quality)
    assert not any("Taro" in table.frame.to_csv() for table in result.tables.values())


def test_two_sheets_of_a_workbook_are_one_file():
    assert files.count(({"file": "data/a.xlsx"}, {"file": "data/a.xlsx"}, {"file": "data/b.csv"})) == 2
