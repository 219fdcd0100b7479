"""Exports that overlap, are loaded twice, or are cut: what is one line and what are two, in any order of files."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports import Exports, books, column, flat, lines, table, totals

NUMBERED = "注文番号,会員番号,注文日時,行,商品,数量,単価,金額,状態"
#: A shop's January to March; A2 has two equal lines, A4 belongs to nobody.
PLAIN = ("A1,c,2024-01-05,x,1,10,10,", "A2,c,2024-01-20,x,1,10,10,", "A2,c,2024-01-20,x,1,10,10,",
         "A2,c,2024-01-20,y,1,5,5,", "A3,d,2024-02-03,x,2,10,20,", "A4,,2024-02-14,z,1,7,7,",
         "A5,d,2024-03-09,y,1,5,5,")
IDS = ("A1,c,2024-01-05,1,x,1,10,10,", "A2,c,2024-01-20,1,x,1,10,10,", "A2,c,2024-01-20,2,x,1,10,10,",
       "A2,c,2024-01-20,3,y,1,5,5,", "A3,d,2024-02-03,1,x,2,10,20,", "A4,,2024-02-14,1,z,1,7,7,",
       "A5,d,2024-03-09,1,y,1,5,5,")
SHAPES = pytest.mark.parametrize(("rows", "head"), [(PLAIN, None), (IDS, NUMBERED)], ids=["without ids", "with ids"])


def shop(head):
    source = flat("orders*.csv")
    if head:
        source["tables"]["order_lines"]["line_no"] = "行"
    return source


def loaded(folder, rows, head, *parts):
    """Load the same rows cut into files by ``parts`` (row numbers of each)."""
    folder.mkdir(exist_ok=True)
    exports = Exports(folder)
    for n, part in enumerate(parts):
        text = [rows[place] for place in part]
        exports.write(f"orders_{n}.csv", lines(*text, head=head) if head else lines(*text))
    return exports.load(shop(head))


def seen(intake):
    """The canonical sales, without what only names a file."""
    return {name: table(intake, name).to_csv() for name in ("orders", "order_lines", "customers")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The shop from one file, with ids of lines or without."""
    return {head: loaded(tmp_path_factory.mktemp("whole"), rows, head, range(7))
            for rows, head in ((PLAIN, None), (IDS, NUMBERED))}


MONTHS = ((0, 1, 2, 3), (4, 5), (6,))


@SHAPES
@pytest.mark.parametrize(("name", "parts", "in_two", "merged"), [
    ("month by month", MONTHS, 0, (0, 0)),
    ("the same month twice", (*MONTHS, MONTHS[0]), 2, (4, 35)),
    ("everything twice", (range(7), range(7)), 5, (7, 67)),
    ("overlapping by half", (range(5), range(4, 7)), 1, (1, 20)),
    ("an order in three files", ((0, 4), (4, 5), (1, 2, 3, 4, 6)), 1, (2, 40)),
    ("a growing file", ((0,), (0, 1, 2, 3), range(7)), 2, (5, 45)),
])
def test_however_often_a_line_is_exported_it_counts_once(name, parts, in_two, merged, rows, head, whole, tmp_path):
    for n, order in enumerate((parts, parts[::-1])):
        again = loaded(tmp_path / str(n), rows, head, *order)
        assert seen(again) == seen(whole[head]), name
        assert again.counts["orders_in_two_files"] == in_two
        assert totals(again).get("merged", (0, 0)) == merged
        assert totals(again)["out"] == totals(whole[head])["out"] == (7, 67)


@SHAPES
def test_loading_again_what_is_loaded_changes_nothing(rows, head, tmp_path):
    first = loaded(tmp_path, rows, head, *MONTHS)
    second = loaded(tmp_path, rows, head, *MONTHS, MONTHS[1])
    assert seen(first) == seen(second) and first.fingerprint != second.fingerprint
    assert loaded(tmp_path, rows, head, *MONTHS, MONTHS[1]).fingerprint == second.fingerprint


def test_a_receipt_cut_between_two_files_keeps_its_lines_but_equal_ones_look_like_an_overlap(tmp_path):
    # Different lines: nothing is lost.
    apart = loaded(tmp_path / "a", PLAIN, None, (0, 1, 2), (3, 4, 5, 6))
    assert totals(apart)["out"] == (7, 67) and apart.counts["orders_in_two_files"] == 1
    # Two equal lines cut apart are what an overlapping export looks like: once, and the books say so.
    equal = loaded(tmp_path / "b", PLAIN, None, (0, 1), (2, 3, 4, 5, 6))
    assert books(equal) == [("repeats", "cut_receipt", 1, "10")]
    assert totals(equal)["out"] == (6, 57)
    # An overlap has whole orders in common, or several of them: no receipt is cut.
    for n, parts in enumerate((((0, 1, 2, 3), (1, 2, 3, 4, 5, 6)), ((0, 1, 4), range(7)))):
        overlap = loaded(tmp_path / f"o{n}", PLAIN, None, *parts)
        assert {reason for _, reason, *_ in books(overlap)} == {"repeated_export"}
    # Lines with ids of their own can be told apart.
    assert totals(loaded(tmp_path / "c", IDS, NUMBERED, (0, 1), (2, 3, 4, 5, 6)))["out"] == (7, 67)


def test_a_later_export_of_an_order_brings_its_newer_state(exports):
    exports.write("orders_1.csv", lines(IDS[0], IDS[1], head=NUMBERED))
    exports.write("orders_2.csv", lines("A2,c,2024-01-20,1,x,3,10,30,取消", IDS[4], head=NUMBERED))
    intake = exports.load(shop(NUMBERED))
    assert column(intake, "orders", "status") == ["placed", "cancelled", "placed"]
    assert column(intake, "order_lines", "amount") == [10, 30, 20]
    assert books(intake) == [("repeats", "later_export", 1, "10")]
    assert intake.counts["orders_in_two_files"] == 1


def test_an_order_in_one_file_and_its_lines_in_another_is_no_overlap(exports):
    exports.write("o.csv", "番号,会員,日時\nA1,c,2024-01-05\nA2,,2024-01-06\n")
    exports.write("l_1.csv", "番号,行,金額\nA1,1,10\nA1,2,20\nA2,1,5\n")
    head = {"order_id": "番号", "customer_id": "会員", "ordered_at": "日時"}
    orders = {"files": "o*.csv", "tables": {"orders": head}}
    own = {"files": "l_*.csv", "tables": {"order_lines": {"order_id": "番号", "line_no": "行", "amount": "金額"}}}
    assert exports.load(orders, own).counts["orders_in_two_files"] == 0
    exports.write("l_2.csv", "番号,行,金額\nA1,2,20\n")
    assert exports.load(orders, own).counts["orders_in_two_files"] == 1
    exports.write("o_2.csv", "番号,会員,日時\nA1,c,2024-01-05\nA2,,2024-01-06\n")
    assert exports.load(orders, own).counts["orders_in_two_files"] == 2


def test_guests_stay_guests_and_lines_without_an_order_are_set_aside(exports):
    exports.write("o.csv", "番号,会員,日時\nA1,c,2024-01-05\nA2,,2024-01-06\nA3,,2024-01-07\n")
    exports.write("l.csv", "番号,行,金額\nA1,1,10\nA2,1,20\nA3,1,5\nB9,1,7\nB9,2,8\n")
    intake = exports.load(
        {"files": "o.csv", "tables": {"orders": {"order_id": "番号", "customer_id": "会員", "ordered_at": "日時"}}},
        {"files": "l.csv", "tables": {"order_lines": {"order_id": "番号", "line_no": "行", "amount": "金額"}}})
    assert [key is None for key in column(intake, "order_lines", "customer_key")] == [False, True, True]
    assert column(intake, "customers", "customer_id") == ["c"]
    assert books(intake) == [("orphan", "order_id.orphan", 2, "15")]
    kept = (intake.quarantine / "order_lines.csv").read_text(encoding="utf-8-sig").splitlines()
    assert kept[1:] == ["B9,1,7,order_id.orphan,l.csv,5", "B9,2,8,order_id.orphan,l.csv,6"]


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.booleans(), st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=4), st.integers(0, 9))
def test_files_that_hold_whole_orders_in_any_overlap_give_the_same_sales(with_ids, parts, seed):
    rows, head = (IDS, NUMBERED) if with_ids else (PLAIN, None)
    chance, of = random.Random(seed), [int(row[1]) - 1 for row in rows]
    files = [chance.sample(part := [n for n in range(7) if of[n] in orders], len(part))
             for orders in [*parts, set(range(5))]]
    with tempfile.TemporaryDirectory() as folder:
        whole = loaded(Path(folder) / "a", rows, head, range(7))
        again = loaded(Path(folder) / "b", rows, head, *chance.sample(files, len(files)))
        assert seen(again) == seen(whole)
        twice = {order for order in range(5) if sum(order in part for part in [*parts, set(range(5))]) > 1}
        assert again.counts["orders_in_two_files"] == len(twice)


def test_every_reason_names_the_rows_as_a_reader_counts_them_but_nobody_who_is_deleted(exports):
    members = {"files": "members.csv", "tables": {"customers": {"customer_id": "会員番号", "registered_on": "登録日"}}}
    source = shop(NUMBERED) | {"exclude": [{"column": "商品", "values": ["送料"], "reason": "shipping_rows"}]}
    asked = {"privacy": {"published_key": "tests", "deletions": "list.csv"}}
    exports.write("members.csv", lines("c,2020-01-01", "d,2020-01-01", "d,2020-01-02", head="会員番号,登録日"))
    exports.write("list.csv", "会員番号,依頼日\nd,2024-06-01\n")
    exports.write("orders_1.csv", lines(*[IDS[0]] * 2, "A1,c,bad", "A2,c,2024-01-20,1,送料,1,10,10,",
                                        "A3,c,2024-01-21,1,x,1,10,10,", "A3,c,2024-01-21,2,x,-1,10,-10,",
                                        *[IDS[0]] * 7, "合計,,,,,,,50,", head=NUMBERED))
    exports.load(source, members, **asked)
    exports.write("orders_2.csv", lines("A3,c,2024-01-21,1,x,1,10,11,", "A4,d,2024-02-22,1,y,0,10,11,",
                                        "A5,c,2024-02-22,1,y,0,10,11,", head=NUMBERED))
    intake = exports.load(source, members, **asked)
    assert {reason for _, reason, *_ in books(intake)} >= {"deletion_request", "zero_quantity", "same_id"}
    [listed] = intake.quarantine.glob("*.rows.csv")
    assert listed.read_text(encoding="utf-8-sig").splitlines() == [
        "step,fate,reason,file,row", "footer,excluded,footer,orders_1.csv,15",
        "exclude,excluded,shipping_rows,orders_1.csv,5", "zero_quantity,excluded,zero_quantity,orders_2.csv,4",
        "repeats,merged,later_export,orders_1.csv,6", *(f"repeats,merged,same_id,orders_1.csv,{n}"
                                                        for n in (3, 8, 9, 10, 11)),
        "returns,info,return_of.matched,orders_1.csv,7"]


#: Twenty orders of January, every other one takes something back.
JANUARY = [f"B{n},c,2024-01-{n + 1:02d},{n},x,{2 - 3 * (n % 2)},10,{20 - 30 * (n % 2)}," for n in range(20)]


@pytest.mark.parametrize(("name", "told", "stays"), [
    ("the last orders again", JANUARY[-3:], True),
    ("an order that it has not", [*JANUARY[-2:], "B99,c,2024-01-31,1,x,1,10,10,"], False),
    ("a return that the books name as one of the first", JANUARY[1:2], False),
    ("another product", [*JANUARY[-2:-1], JANUARY[-1].replace("x", "y")], False),
    ("a line more", [*JANUARY[-2:], "B18,c,2024-01-19,99,y,1,10,10,"], False),
    ("another customer", [JANUARY[-2].replace(",c,", ",d,")], False),
    ("an order that lies in both months", [JANUARY[-2].replace("2024-01-19", "2024-02-01")], False),
])
def test_a_month_of_which_a_new_file_tells_nothing_new_is_left_alone(name, told, stays, exports):
    head = lines(*JANUARY, head=NUMBERED)
    exports.write("orders_1.csv", head)
    before = exports.load(shop(NUMBERED)).folder
    exports.write("orders_2.csv", lines(*told, head=NUMBERED))
    after = exports.load(shop(NUMBERED)).folder
    for table_name in ("orders", "order_lines"):
        of = f"{table_name}/ym=2024-01/data.parquet"
        assert (before / of).samefile(after / of) is stays
