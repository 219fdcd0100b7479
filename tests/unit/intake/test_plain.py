"""Which orders need laying together: those that several rows tell of, or one of whose lines may stand there twice."""

from __future__ import annotations

import json

import duckdb
import pytest

from crmlib.intake.merge import plain
from crmlib.intake.typed import mentions, stage
from exports import flat, lines, table

HEAD = "注文番号,会員番号,注文日時,行,商品,数量,単価,金額,状態"
ONE, TWO, OTHER = ("A1,c,2024-01-05 10:00,1,x,1,10,10,", "A1,c,2024-01-05 10:00,2,y,1,5,5,",
                   "B1,d,2024-01-06 10:00,1,x,1,10,10,")


@pytest.fixture
def odd(monkeypatch):
    """The orders that were laid together while all others went the short way."""
    found = []
    lay = plain.lay

    def seen(engine):
        found.extend(order for order, in engine.rows("SELECT order_id FROM odd ORDER BY order_id"))
        lay(engine)

    monkeypatch.setattr(plain, "lay", seen)
    return found


def source(numbered=True):
    made = flat()
    if numbered:
        made["tables"]["order_lines"]["line_no"] = "行"
    return made


@pytest.mark.parametrize(("name", "rows", "numbered", "wanted"), [
    ("an order of one line, and one of two", [ONE, TWO, OTHER], True, []),
    ("lines of an order that stand apart", [ONE, OTHER, TWO], True, []),
    ("two people", [ONE, TWO.replace("c", "d"), OTHER], True, ["A1"]),
    ("one line of nobody", [ONE, TWO.replace("c", ""), OTHER], True, ["A1"]),
    ("two times", [ONE, TWO.replace("10:00", "10:01"), OTHER], True, ["A1"]),
    ("two days", [ONE, TWO.replace("01-05", "01-07"), OTHER], True, ["A1"]),
    ("midnight, and no hour told", [ONE.replace("10:00", "00:00"), TWO.replace(" 10:00", ""), OTHER], True, ["A1"]),
    ("no hour told at all", [ONE.replace(" 10:00", ""), TWO.replace(" 10:00", ""), OTHER], True, []),
    ("one line cancelled", [ONE, TWO + "取消", OTHER], True, ["A1"]),
    ("a number given twice", [ONE, TWO.replace(",2,", ",1,"), OTHER], True, ["A1"]),
    ("the same number in another order", [ONE, OTHER], True, []),
    ("equal lines without a number", [ONE, ONE, TWO, OTHER], False, ["A1"]),
    ("different lines without a number", [ONE, TWO, OTHER], False, []),
    ("a line that cannot be used", [ONE, TWO.replace("5,5", "5,無料"), OTHER], True, []),
])
def test_an_order_is_odd_when(name, rows, numbered, wanted, exports, odd):
    exports.write("orders.csv", lines(*rows, head=HEAD))
    exports.load(source(numbered))
    assert odd == wanted, name


def test_orders_of_two_files_are_odd_and_no_others(exports, odd):
    exports.write("orders_1.csv", lines(ONE, TWO, head=HEAD))
    exports.write("orders_2.csv", lines(TWO, OTHER, head=HEAD))
    intake = exports.load(source())
    assert odd == ["A1"]
    assert list(table(intake, "order_lines")["order_id"]) == ["A1", "A1", "B1"]


def test_a_month_that_is_odd_from_end_to_end_need_not_be_held(exports, odd, monkeypatch):
    monkeypatch.setattr(plain, "HELD", 0)
    exports.write("orders_1.csv", lines(ONE, TWO, OTHER, head=HEAD))
    exports.write("orders_2.csv", lines(OTHER, TWO, ONE, head=HEAD))
    intake = exports.load(source())
    assert odd == ["A1", "B1"]
    assert list(table(intake, "order_lines")["amount"]) == [10, 5, 10]


def test_files_that_tell_of_orders_and_lines_apart_are_laid_together(exports, monkeypatch):
    went = []
    monkeypatch.setattr(plain, "lay", went.append)
    exports.write("o.csv", lines(ONE, OTHER, head=HEAD))
    exports.write("l.csv", lines(ONE, TWO, OTHER, head=HEAD))
    orders = {"order_id": "注文番号", "customer_id": "会員番号", "ordered_at": "注文日時"}
    own = {"order_id": "注文番号", "line_no": "行", "amount": "金額"}
    intake = exports.load({"files": "o.csv", "tables": {"orders": orders}},
                          {"files": "l.csv", "tables": {"order_lines": own}})
    assert went == [] and list(table(intake, "order_lines")["amount"]) == [10, 5, 10]


def test_lines_that_name_their_order_otherwise_are_laid_together(exports, monkeypatch):
    went = []
    monkeypatch.setattr(plain, "lay", went.append)
    exports.write("orders.csv", "注文番号,伝票,会員番号,注文日時,金額\nA1,A1,c,2024-01-05,10\n")
    exports.load({"files": "orders.csv", "tables": {
        "orders": {"order_id": "注文番号", "customer_id": "会員番号", "ordered_at": "注文日時"},
        "order_lines": {"order_id": "伝票", "amount": "金額"}}})
    assert went == []


@pytest.mark.parametrize(("name", "rows", "numbered", "wanted"), [
    ("one order", [ONE, TWO], True, True),
    ("orders whose lines lie together", [ONE, TWO, OTHER], True, True),
    ("the newest order first", [OTHER, ONE, TWO], True, True),
    ("lines without numbers", [ONE, ONE, OTHER], False, True),
    ("a line that cannot be used between", [ONE, TWO.replace("5,5", "5,無料"), TWO, OTHER], True, True),
    ("ten lines and more", [ONE.replace(",1,x", f",{n},x") for n in range(1, 12)], True, True),
    ("lines of an order that stand apart", [ONE, OTHER, TWO], True, False),
    ("orders neither rising nor falling", [ONE, ONE.replace("A1", "C1"), OTHER], True, False),
    ("a line of somebody else", [ONE, TWO.replace("c", "d"), OTHER], True, False),
    ("a line of nobody", [ONE, TWO.replace(",c,", ",,"), OTHER], True, False),
    ("two times", [ONE, TWO.replace("10:00", "10:01"), OTHER], True, False),
    ("no hour told once", [ONE.replace("10:00", "00:00"), TWO.replace(" 10:00", ""), OTHER], True, False),
    ("a number given twice", [ONE, TWO.replace(",2,", ",1,"), OTHER], True, False),
    ("a line without its number", [ONE, TWO.replace(",2,", ",,"), OTHER], True, False),
    ("numbers that are none", [ONE.replace(",1,x", ",a,x"), TWO.replace(",2,", ",b,"), OTHER], True, False),
])
def test_a_file_in_order_tells_of_each_order_as_any_other(name, rows, numbered, wanted, exports, monkeypatch):
    monkeypatch.setattr(mentions, "_FIRST", 2)
    exports.write("orders.csv", lines(*rows, head=HEAD))
    found = [_typed_orders(exports.load(source(numbered)))]
    monkeypatch.setattr(mentions, "_in_order", lambda *_: False)
    monkeypatch.setattr(stage, "VERSION", 0)
    found.append(_typed_orders(exports.load(source(numbered))))
    assert [ordered for _, ordered in found] == [wanted, False], name
    assert found[0][0] == found[1][0]


def _typed_orders(intake):
    (meta,) = (intake.folder.parent / "typed").glob(f"v{stage.VERSION}-*/meta.json")
    with duckdb.connect() as engine:
        orders = engine.read_parquet(str(meta.with_name("orders.parquet")))
        told = sorted({*orders.columns} - {"follows"})
        rows = orders.select(*told).order(", ".join(f'"{c}"' for c in told)).fetchall()
    return (told, rows), json.loads(meta.read_text(encoding="utf-8"))["ordered"]
