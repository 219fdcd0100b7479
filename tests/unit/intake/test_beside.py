"""A file that looks like those that are read and that no source names is noticed, and never read."""

from __future__ import annotations

import gzip

import pytest

import shop
from crmlib.analyses.quality import findings
from crmlib.dataset import open_dataset
from crmlib.intake import beside
from crmlib.intake.beside import Unread
from exports import HEAD, flat, lines
from packed import workbook

SEPTEMBER, OCTOBER = (lines(f"A{n},c1,2026-{n:02}-05,x,1,10,10,") for n in (9, 10))


def unread(exports, *sources):
    return beside.unread(exports.settings(*sources).sources, exports.root)


@pytest.mark.parametrize(("name", "content"), [
    ("raw/orders_2026-10.csv", OCTOBER), ("raw/orders_2026-10.csv", "another heading\n1\n"),
    ("raw/uriage_new.csv", OCTOBER), ("raw/orders_2026-10 (1).csv", OCTOBER)])
def test_a_file_of_like_name_or_like_headings_is_noticed(exports, name, content):
    exports.write("raw/orders_2026-09.csv", SEPTEMBER)
    exports.write(name, content)
    assert unread(exports, flat("raw/orders_2026-09.csv")) == (
        Unread(name, "raw/orders_2026-09.csv", "order_lines"),)


@pytest.mark.parametrize(("name", "content"), [
    ("raw/members.csv", "会員番号,氏名\nc1,見本\n"), ("raw/orders_2026-10.xlsx", "x"),
    ("other/orders_2026-10.csv", OCTOBER),
    ("raw/.orders_2026-10.csv", OCTOBER), ("raw/orders_2026-10.csv/inside.csv", OCTOBER)])
def test_what_is_of_another_kind_or_elsewhere_is_not(exports, name, content):
    exports.write("raw/orders_2026-09.csv", SEPTEMBER)
    exports.write(name, content)
    assert unread(exports, flat("raw/orders_2026-09.csv")) == ()


def test_files_that_any_source_names_are_read(exports):
    exports.write("raw/orders_2026-09.csv", SEPTEMBER)
    exports.write("raw/orders_2026-10.csv", OCTOBER)
    assert unread(exports, flat("raw/orders_*.csv")) == ()
    assert unread(exports, flat("raw/orders_2026-09.csv"), flat("raw/orders_2026-10.csv")) == ()
    assert unread(exports, flat("raw/nothing_*.csv")) == (), "that nothing fits is said when it is read"


ROWS = [["注文番号", "数量"], ["A1", "1"]]


@pytest.mark.parametrize(("sheets", "sheet", "expected"), [
    ({"9月": ROWS, "10月": ROWS}, "9月", ["10月"]), ({"9月": ROWS, "１０月": [["別", "物"]]}, "9月", ["１０月"]),
    ({"売上": ROWS, "追加": ROWS, "説明": [["この表は"]]}, None, ["追加"]),
    ({"売上": ROWS, "会員": [["会員番号", "氏名"]]}, "売上", []),
    ({"9月": ROWS, "10月": ROWS}, "*", []), ({"9月": ROWS, "10月": ROWS}, ["9月", "10月"], [])])
def test_a_new_sheet_of_a_workbook_is_noticed(exports, sheets, sheet, expected):
    exports.write("raw/売上.xlsx", workbook(sheets))
    source = flat("raw/売上.xlsx", **({"sheet": sheet} if sheet else {}))
    first = next(iter(sheets))
    assert unread(exports, source) == tuple(
        Unread(f"raw/売上.xlsx#{name}", f"raw/売上.xlsx#{first}", "order_lines") for name in expected)


def test_a_workbook_that_cannot_be_opened_is_told_when_it_is_read(exports):
    exports.write("raw/売上.xlsx", b"PK no workbook")
    assert unread(exports, flat("raw/売上.xlsx")) == ()


def test_packed_files_are_told_by_their_names_alone(exports):
    exports.write("raw/orders_2026-09.csv.gz", gzip.compress(SEPTEMBER.encode()))
    exports.write("raw/orders_2026-10.csv.gz", gzip.compress(OCTOBER.encode()))
    exports.write("raw/members.csv.gz", gzip.compress(b"a"))
    assert [one.file for one in unread(exports, flat("raw/orders_2026-09.csv.gz"))] == ["raw/orders_2026-10.csv.gz"]


@pytest.mark.parametrize(("name", "expected"), [
    ("orders_2026-09.csv", "orders_*.csv"), ("shop2_orders_20260901-20260930.csv", "shop2_orders_*.csv"),
    ("売上2026年9月.xlsx", "売上*.xlsx"), ("orders_2026-09_final.csv", "orders_*_final.csv"), ("orders.csv", ""),
    ("2026-09.csv", ""), ("a[1]_09.csv", "")])
def test_a_pattern_keeps_what_the_names_of_months_share(name, expected):
    assert beside.pattern(name) == expected


def test_a_pattern_is_only_offered_where_it_means_no_other_file(exports, monkeypatch):
    monkeypatch.chdir(exports.root)
    paths = [exports.write(f"raw/orders_2026-{n}.csv", OCTOBER).relative_to(exports.root) for n in ("09", "10")]
    assert beside.pattern_of(paths) == "raw/orders_*.csv"
    exports.write("raw/orders_detail.csv", OCTOBER)
    assert beside.pattern_of(paths) == ""
    assert beside.pattern_of([paths[0], exports.write("other/orders_2026-10.csv", OCTOBER)]) == ""


def test_the_page_says_so_until_nothing_is_left_out(tmp_path, monkeypatch):
    data = open_dataset(shop.settings(), shop.write(tmp_path / "data", shop.purchases(
        "customer,day,amount\nA,2026-09-05,10\nA,2026-10-05,10")), month="2026-10")
    monkeypatch.setenv("CRMLIB_STAGING", str(tmp_path))
    found = (Unread("raw/b.csv", "raw/a.csv", "order_lines"),)
    beside.leave(found, tmp_path)
    assert beside.left(tmp_path) == data.beside == found
    [said] = findings.of_counts(data)
    assert (said.finding, said.severity, said.rows, said.advice) == ("files_beside", "warn", 1, "name_files")
    assert {"customers", "rfm", "trends"} <= set(said.breaks) and "satisfaction" not in said.breaks
    beside.leave((), tmp_path)
    assert findings.of_counts(data) == [] and data.beside == ()


def test_names_are_listed_shortly():
    found = [Unread(f"raw/{n}.csv", "raw/a.csv", "orders") for n in range(4)]
    assert beside.listed(found) == "0.csv, 1.csv, 2.csv …"
    assert beside.listed(found[:1]) == "0.csv"
    assert HEAD not in beside.listed(found)
