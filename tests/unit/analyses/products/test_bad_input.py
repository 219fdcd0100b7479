"""Odd shops: one product a basket, a basket of ten thousand lines, no names, no product list, nobody known."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import products
from crmlib.dataset import open_dataset
from crmlib.text import load_text

LOW = {"products": {"pair_baskets": 2, "pair_customers": 1}}


def analysed(folder, tables, month="2026-10", **groups):
    data = open_dataset(shop.settings(**(LOW | groups)), shop.write(folder, tables), month=month)
    return products.analyse(data, data.settings.products)


def lines(rows):
    return shop.purchases("customer,day,amount,order,product\n" + "\n".join(",".join(map(str, row)) for row in rows))


def said(result):
    return {key for key, _ in result.notes}


def test_one_product_a_basket_has_no_pairs_and_says_so(tmp_path):
    rows = [(c, f"2026-10-{d:02d}", 100, f"O{c}{d}", f"P{d % 3}") for c in "ABC" for d in range(1, 20)]
    result = analysed(tmp_path, lines(rows))
    assert "pairs" not in result.tables and "together.no_pairs" in said(result)
    assert result.fact("pairs_beyond_chance").note == "no_pairs"
    assert len(result.tables["ranking"].frame) == 3


def test_a_basket_of_ten_thousand_lines_is_left_out_of_pairs_and_makes_no_million_of_them(tmp_path):
    rows = [("A", "2026-10-01", 1, "HUGE", f"P{n:05d}") for n in range(10_000)]
    rows += [(c, f"2026-10-{d:02d}", 100, f"O{c}{d}", p)
             for c in "BCD" for d in range(2, 9) for p in ("P00001", "P00002")]
    result = analysed(tmp_path, lines(rows))
    found = result.tables["pairs"].frame
    assert found[["a", "b", "baskets", "customers"]].to_numpy().tolist() == [["P00001", "P00002", 21, 3]]
    assert found["support"].iloc[0] == 1
    marts = {path.parts[-3].partition("-")[0]: pd.read_parquet(path)
             for path in tmp_path.glob("marts/product_*_month-*/ym=2026-10/data.parquet")}
    kept = {name: mart.drop(columns="ym").astype(object).to_numpy().tolist() for name, mart in marts.items()}
    assert kept["product_pair_month"] == [["P00001", "P00002", 21]]
    assert kept["product_size_month"][2:] == [["P00001", 2, 21], ["P00002", 2, 21]]
    assert [row[1:] for row in kept["product_size_month"][:2]] == [[2, 21], [10_000, 1]]


def test_products_without_names_and_categories_go_by_their_ids(tmp_path):
    tables = lines([(c, f"2026-10-{d:02d}", 100, f"O{c}{d}", p) for c in "BCD" for d in (2, 3) for p in ("P1", "P2")])
    unnamed = {"products": shop.read("product_id,name,category_1\nP1,,\nP3,x,")}
    result = analysed(tmp_path, tables | unnamed)
    assert result.tables["ranking"].frame["name"].tolist() == ["P1", "P2"]
    assert "ctb" not in result.tables and "kinds.none" in said(result)
    assert "ladders.none" in said(result)


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_without_a_product_list_everything_else_is_told(tmp_path, locale):
    result = analysed(tmp_path, lines([(c, f"2026-10-{d:02d}", 100, f"O{c}{d}", p)
                                       for c in "BCD" for d in (2, 3) for p in ("P1", "P2")]))
    words = load_text("products", locale)
    assert result.available and result.fact("products_sold").value == 2
    assert all(words.sentence(f"notes.{key}", values) for key, values in result.notes)


def test_lines_without_a_product_leave_only_a_sentence(tmp_path):
    tables = lines([("A", "2026-10-02", 100, "O1", ""), ("B", "2026-10-03", 100, "O2", "")])
    result = analysed(tmp_path, tables)
    assert "assortment.no_ids" in said(result) and "ranking" not in result.tables
    assert result.fact("products_sold").note == "no_ids"


def test_guests_have_pairs_but_no_offers(tmp_path):
    rows = [("", f"2026-10-{d:02d}", 100, f"O{d}", p) for d in range(2, 9) for p in ("P1", "P2")]
    result = analysed(tmp_path, lines([*rows, ("", "2026-10-20", 100, "O99", "P3")]))
    pair = result.tables["pairs"].frame.iloc[0]
    assert (pair["baskets"], pair["customers"]) == (7, 0)
    assert result.measures is None and "segment_offers" not in result.tables


def test_a_pair_that_is_the_habit_of_few_is_left_out(tmp_path):
    rows = [("A", f"2026-10-{d:02d}", 100, f"O{d}", p) for d in range(2, 9) for p in ("P1", "P2")]
    rows += [("B", "2026-10-20", 100, "O20", "P3"), ("C", "2026-10-21", 100, "O21", "P3")]
    result = analysed(tmp_path, lines(rows), products={"pair_baskets": 2, "pair_customers": 2})
    assert "pairs" not in result.tables


def test_a_month_seen_before_its_end_takes_pairs_from_whole_months_only(tmp_path):
    from datetime import date

    rows = [(c, f"2026-{m}-{d:02d}", 100, f"O{c}{m}{d}", p)
            for c in "AB" for m in ("09", "10") for d in (3, 25) for p in ("P1", "P2")]
    folder = shop.write(tmp_path, lines([*rows, ("C", "2026-09-04", 100, "X", "P3")]))
    data = open_dataset(shop.settings(**LOW), folder, month="2026-10", as_of=date(2026, 10, 15))
    result = products.analyse(data, data.settings.products)
    assert result.tables["pairs"].frame["baskets"].tolist() == [4]


def test_pairs_are_the_same_from_their_mart_and_from_the_lines(tmp_path, monkeypatch):
    """Where the mart would be larger than what it sums up, pairs are counted from the lines."""
    rows = [(c, f"2026-{m:02d}-{d:02d}", 100, f"O{c}{m}{d}", f"P{(d * k + m) % 7}")
            for c in "ABC" for m in (4, 7, 8, 10) for d in range(1, 9) for k in range(1, 5)]
    tables = lines(sorted(set(rows)))
    one = analysed(tmp_path / "mart", tables).tables["pairs"].frame
    assert list((tmp_path / "mart").glob("marts/product_pair_month-*"))
    monkeypatch.setattr("crmlib.dataset.marts.WORTH", 0)
    other = analysed(tmp_path / "lines", tables).tables["pairs"].frame
    assert not list((tmp_path / "lines").glob("marts/product_pair_month-*"))
    assert len(one) > 5 and one.equals(other)
