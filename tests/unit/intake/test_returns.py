"""Which order a return takes back: the newest earlier one of the same customer that still has the pieces."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.intake.merge.returns import LOOK_BACK, Line, taken_back
from exports import books, column, flat, lines, table, totals

HEAD = "注文番号,会員番号,注文日時,商品,数量,単価,金額,状態,元"


def sold(order, customer, day, product="x", pieces=1, price=10, told="", status="", amount=None):
    return f"{order},{customer},{day},{product},{pieces},{price},{amount or pieces * price},{status},{told}"


def found(exports, *records, **groups):
    """Return the order that each negative line takes back, by its own order and product."""
    exports.write("orders.csv", lines(*records, head=HEAD))
    source = flat()
    source["tables"]["order_lines"]["return_of"] = "元"
    intake = exports.load(source, **groups)
    rows = table(intake, "order_lines").query("amount < 0").sort_values(["order_id", "product_id"])
    return [(o, p, None if pd.isna(r) else r) for o, p, r in
            rows[["order_id", "product_id", "return_of"]].itertuples(index=False)], intake


CASES = (
    ("the order before it", [sold("A1", "c", "2024-01-05"), sold("C1", "c", "2024-01-06", pieces=-1)], "A1"),
    ("the newest of two", [sold("A1", "c", "2024-01-05"), sold("A2", "c", "2024-02-05"),
                           sold("C1", "c", "2024-03-06", pieces=-1)], "A2"),
    ("never a later one", [sold("A1", "c", "2024-01-05"), sold("A2", "c", "2024-02-05"),
                           sold("C1", "c", "2024-01-06", pieces=-1)], "A1"),
    ("to the minute", [sold("A1", "c", "2024-01-05 10:00"), sold("A2", "c", "2024-01-05 10:02"),
                       sold("C1", "c", "2024-01-05 10:01", pieces=-1)], "A1"),
    ("an order of the same day counts where days are all we know",
     [sold("A1", "c", "2024-01-05"), sold("C1", "c", "2024-01-05", pieces=-1)], "A1"),
    ("not another customer's", [sold("A1", "d", "2024-01-05"), sold("C1", "c", "2024-01-06", pieces=-1)], None),
    ("not another product", [sold("A1", "c", "2024-01-05", "y"), sold("C1", "c", "2024-01-06", pieces=-1)], None),
    ("not at another price", [sold("A1", "c", "2024-01-05", price=12), sold("C1", "c", "2024-01-06", pieces=-1)], None),
    ("not more than was bought", [sold("A1", "c", "2024-01-05", pieces=2), sold("C1", "c", "2024-01-06", pieces=-3)],
     None),
    ("the order that has enough", [sold("A1", "c", "2024-01-05", pieces=3), sold("A2", "c", "2024-02-05"),
                                   sold("C1", "c", "2024-03-06", pieces=-2)], "A1"),
    ("not an order that was cancelled", [sold("A1", "c", "2024-01-05", status="取消"),
                                         sold("C1", "c", "2024-01-06", pieces=-1)], None),
    ("not its own receipt", [sold("C1", "c", "2024-01-06"), sold("C1", "c", "2024-01-06", pieces=-1)], None),
    ("a guest has no earlier orders", [sold("A1", "", "2024-01-05"), sold("C1", "", "2024-01-06", pieces=-1)], None),
    ("what the file says wins", [sold("A1", "c", "2024-01-05"), sold("A2", "c", "2024-02-05"),
                                 sold("C1", "c", "2024-03-06", pieces=-1, told="A1")], "A1"),
    ("a guest's own word", [sold("A1", "", "2024-01-05"), sold("C1", "", "2024-01-06", pieces=-1, told="A1")], "A1"),
    ("half a year back", [sold("A1", "c", "2024-01-05"), sold("C1", "c", "2024-07-06", pieces=-1)], "A1"),
    ("no further back", [sold("A1", "c", "2024-01-05"), sold("C1", "c", "2024-07-07", pieces=-1)], None),
    ("a price that only the amounts tell",
     [sold("A1", "c", "2024-01-05", pieces=2, price="", amount=20),
      sold("C1", "c", "2024-01-06", pieces=-1, price="", amount=-10)], "A1"),
)


def test_one_return(exports):
    """Every case is a customer of their own, with orders and a product of their own, in one shop."""
    records = [re.sub(r"\b([A-Zcdxy])(\d?)(?=,|$)", rf"\g<1>{n}\2", one) for n, (_, case, _) in enumerate(CASES, 10)
               for one in case]
    returned, intake = found(exports, *records)
    assert returned == [(f"C{n}1", f"x{n}", wanted and f"A{n}{wanted[1:]}") for n, (*_, wanted) in enumerate(CASES, 10)]
    matched = sum(wanted is not None for *_, wanted in CASES)
    assert [(s, r, n) for s, r, n, _ in books(intake)] == [
        ("returns", "return_of.matched", matched), ("returns", "return_of.unmatched", len(CASES) - matched)]
    assert totals(intake)["in"] == totals(intake)["out"]


def test_a_document_belongs_to_the_order_that_covers_it_whole(exports):
    returned, _ = found(exports, sold("A1", "c", "2024-01-05"), sold("A1", "c", "2024-01-05", "y"),
                        sold("A2", "c", "2024-02-05"), sold("C1", "c", "2024-03-06", pieces=-1),
                        sold("C1", "c", "2024-03-06", "y", pieces=-1))
    assert returned == [("C1", "x", "A1"), ("C1", "y", "A1")]


def test_lines_of_a_document_that_no_order_covers_go_their_own_ways(exports):
    returned, _ = found(exports, sold("A1", "c", "2024-01-05", "y"), sold("A2", "c", "2024-02-05"),
                        sold("C1", "c", "2024-03-06", pieces=-1), sold("C1", "c", "2024-03-06", "y", pieces=-1),
                        sold("C1", "c", "2024-03-06", "z", pieces=-1))
    assert returned == [("C1", "x", "A2"), ("C1", "y", "A1"), ("C1", "z", None)]


def test_no_piece_is_taken_back_twice(exports):
    returned, intake = found(
        exports, sold("A1", "c", "2024-01-05", pieces=2), sold("A2", "c", "2024-02-05"),
        *(sold(f"C{n}", "c", f"2024-03-0{n}", pieces=-1) for n in range(1, 6)))
    assert [order for _, _, order in returned] == ["A2", "A1", "A1", None, None]
    assert books(intake) == [("returns", "return_of.matched", 3, "-30"), ("returns", "return_of.unmatched", 2, "-20")]


def test_what_the_file_says_is_taken_off_before_the_rest_is_sought(exports):
    returned, _ = found(exports, sold("A1", "c", "2024-01-05"), sold("A2", "c", "2024-02-05"),
                        sold("C1", "c", "2024-03-01", pieces=-1, told="A2"), sold("C2", "c", "2024-03-02", pieces=-1))
    assert returned == [("C1", "x", "A2"), ("C2", "x", "A1")]


def test_a_persons_two_numbers_are_one_customer_for_returns_too(exports):
    exports.write("m.csv", "番号,姓,名,電話\n7,山田,花子,090-2468-1357\n3,山田,花子,090-2468-1357\n")
    people = {"files": "m.csv", "tables": {"customers": {"customer_id": "番号"}, "customer_identity": {
        "customer_id": "番号", "family_name": "姓", "given_name": "名", "phone": "電話"}}}
    exports.write("orders.csv", lines("A1,7,2024-01-05,x,1,10,10,", "C1,3,2024-01-06,x,-1,10,-10,"))
    lines_read = table(exports.load(people, flat()), "order_lines")
    assert lines_read.set_index("order_id")["return_of"].to_dict()["C1"] == "A1"


def test_the_status_of_an_order_that_was_taken_back_stays(exports):
    _, intake = found(exports, sold("A1", "c", "2024-01-05"), sold("C1", "c", "2024-01-06", pieces=-1))
    assert column(intake, "orders", "status") == ["placed", "placed"]
    assert column(intake, "order_lines", "cancelled") == [False, False]


def test_files_in_any_order_and_overlapping_give_the_same_pairs(exports):
    bought, back = sold("A1", "c", "2024-01-05", pieces=2), sold("C1", "c", "2024-02-06", pieces=-1)
    wanted, _ = found(exports, bought, back, sold("C2", "c", "2024-03-06", pieces=-1))
    exports.write("orders_0.csv", lines(back, bought, head=HEAD))
    assert found(exports, sold("C2", "c", "2024-03-06", pieces=-1), back)[0] == wanted


@st.composite
def histories(draw):
    """Lines of a few customers, by customer and time."""
    made = []
    for customer in "ab":
        for at in range(draw(st.integers(0, 7))):
            for n in range(draw(st.integers(1, 2))):
                back = draw(st.booleans())
                told = draw(st.sampled_from((None, None, f"{customer}0"))) if back else None
                day = date(2024, 1, 1) + timedelta(days=40 * at)
                article, pieces = (draw(st.sampled_from("xy")), 1), draw(st.integers(1, 3))
                at_noon = datetime(day.year, day.month, day.day, 12)
                made.append(Line(customer, day, at_noon, back, f"{customer}{at}", article,
                                 pieces, told, 0, len(made) + n))
    return sorted(made, key=lambda line: (line.customer, line.day, line.back, line.order))


@settings(max_examples=200, deadline=None)
@given(histories(), st.integers(0, 6))
def test_pairs_look_back_only_and_never_exceed_what_was_bought(history, until):
    pairs = list(taken_back(history))
    bought: dict = {}
    for line in history:
        if not line.back:
            bought[line.order, line.article] = bought.get((line.order, line.article), 0) + line.pieces
    used: dict = {}
    for line, order in pairs:
        assert order[0] == line.customer and line.told is None
        assert int(order[1:]) < int(line.order[1:]) <= int(order[1:]) + LOOK_BACK // 40
        used[order, line.article] = used.get((order, line.article), 0) + line.pieces
    assert all(used[key] <= bought[key] for key in used)
    early = list(taken_back([line for line in history if int(line.order[1:]) <= until]))
    assert early == [(line, order) for line, order in pairs if int(line.order[1:]) <= until]
    alone = [list(taken_back([line for line in history if line.customer == who])) for who in "ab"]
    assert alone[0] + alone[1] == pairs
