"""Cells that were left empty: listed with what stood there and why, beside the records that could not be used."""

from __future__ import annotations

import csv
import io

from exports import books, column, flat, lines

HEAD = "注文番号,会員番号,注文日時,商品,数量,単価,金額,状態,発送日,クーポン"


def listed(intake, source="order_lines"):
    """Rows of the list of cells, without its heading."""
    text = (intake.quarantine / f"{source}.cells.csv").read_text(encoding="utf-8-sig")
    return [tuple(row) for row in csv.reader(io.StringIO(text))]


def source():
    made = flat()
    made["tables"]["orders"] |= {"shipped_at": "発送日", "points_used": "クーポン", "status": "状態"}
    return made


def test_emptied_cells_keep_their_text_and_say_why(exports):
    path = exports.write("orders.csv", lines(
        "A1,1.2E+10,2024-01-05,x,2.5,10,10,placed,1/5/2024,=1+1", "A2,c,2024-01-05,x,1,10,10,返品済,2024-02-30,５００",
        "A3,c,2024-01-05,x,多い,10,10,,昭和64年1月8日,", "A4,c,2024-01-05,x,1,10,10,,,", head=HEAD))
    intake = exports.load(source())
    assert listed(intake) == [
        ("file", "row", "heading", "column", "text", "reason"),
        ("orders.csv", "2", "数量", "order_lines.quantity", "2.5", "not_whole"),
        ("orders.csv", "2", "会員番号", "orders.customer_id", "1.2E+10", "scientific"),
        ("orders.csv", "2", "クーポン", "orders.points_used", "'=1+1", "unreadable"),
        ("orders.csv", "2", "発送日", "orders.shipped_at", "1/5/2024", "ambiguous"),
        ("orders.csv", "3", "発送日", "orders.shipped_at", "2024-02-30", "no_such_day"),
        ("orders.csv", "3", "状態", "orders.status", "返品済", "unknown_code"),
        ("orders.csv", "4", "数量", "order_lines.quantity", "多い", "unreadable"),
        ("orders.csv", "4", "発送日", "orders.shipped_at", "昭和64年1月8日", "not_in_era"),
    ]
    assert path.is_file() and not (intake.quarantine / "order_lines.csv").exists()
    assert (intake.quarantine / "order_lines.cells.csv").stat().st_mode & 0o077 == 0


def test_a_customer_number_that_excel_rounded_is_nobodys(exports):
    exports.write("orders.csv", lines("A1,1.2E+10,2024-01-05,x,1,10,10,", "A2,1.2E+10,2024-01-05,x,1,20,20,"))
    intake = exports.load(flat())
    assert column(intake, "orders", "customer_key") == [None, None]
    assert column(intake, "order_lines", "amount") == [10, 20]
    assert books(intake) == [("type", "customer_id.emptied", 2, "0")]


def test_an_order_number_that_excel_rounded_is_set_aside(exports):
    exports.write("orders.csv", lines("1.2E+10,c,2024-01-05,x,1,10,10,", "A2,c,2024-01-05,x,1,20,20,"))
    intake = exports.load(flat())
    assert books(intake) == [("type", "order_id.scientific", 1, "10")]
    assert not (intake.quarantine / "order_lines.cells.csv").exists()


def test_nothing_emptied_leaves_no_list(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    assert list(exports.load(flat()).quarantine.glob("*")) == []


def test_reasons_of_lost_records_say_what_was_wrong(exports):
    exports.write("orders.csv", lines(
        "A1,c,1/5/2024,x,1,10,1,", "A2,c,2024-02-30,x,1,10,2,", "A3,c,昭和64年1月8日,x,1,10,4,", "A4,c,未定,x,1,10,8,",
        "A5,c,45658,x,1,10,16,", "A6,c,2024-01-05 25:00,x,1,10,32,"))
    intake = exports.load(flat())
    assert books(intake) == [
        ("type", "ordered_at.ambiguous", 1, "1"), ("type", "ordered_at.no_such_day", 1, "2"),
        ("type", "ordered_at.not_in_era", 1, "4"), ("type", "ordered_at.unreadable", 1, "8")]
    found = {str(day)[:10] for day in column(intake, "orders", "business_date")}
    assert found == {"2025-01-01", "2024-01-06"}
