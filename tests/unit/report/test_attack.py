"""The attack on published tables finds what follows from them, and takes no chance match for a rule."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from attack import followed
from crmlib.result import Column, Table

CODE, PEOPLE = Column("code"), Column("customers")
MOVES = Table(pd.DataFrame([("a", "x", 3), ("a", "y", 40), ("b", "x", 50), ("b", "y", 60), ("c", "x", 70),
                            ("c", "y", 80)], columns=["before", "after", "customers"]),
              {"before": CODE, "after": CODE, "customers": PEOPLE}, count="customers", within=("before", "after"))
SIZES = Table(pd.DataFrame({"before": ["a", "b", "c"], "customers": [43, 110, 150]}),
              {"before": CODE, "customers": PEOPLE}, count="customers", within=("before",))


def test_a_hidden_move_follows_from_the_sizes_on_another_page():
    assert followed({"moves": MOVES, "sizes": SIZES}, 5) == [("moves", 0, "customers")]
    assert followed({"moves": MOVES}, 5) == []


def test_where_a_second_one_is_hidden_nothing_follows():
    mended = replace(MOVES, within=("before",), across=("after",))
    assert followed({"moves": mended, "sizes": SIZES}, 5) == []


def test_what_agrees_in_one_row_is_chance():
    rows = [("a", 30, 28, 2), ("b", 50, 20, 9), ("c", 70, 30, 12), ("d", 90, 50, 20)]
    frame = pd.DataFrame(rows, columns=["product_id", "customers", "early", "again"])
    table = Table(frame, {"product_id": CODE, "customers": PEOPLE, "early": PEOPLE, "again": PEOPLE},
                  count="customers", within=("product_id",))
    assert followed({"new": table}, 5) == []


def test_columns_that_add_up_wherever_both_are_known_are_a_rule(monkeypatch):
    rows = [("a", 30, 28, 2), ("b", 50, 20, 30), ("c", 70, 30, 40), ("d", 90, 50, 40)]
    frame = pd.DataFrame(rows, columns=["product_id", "customers", "stayed", "left"])
    table = Table(frame, {"product_id": CODE, "customers": PEOPLE, "stayed": PEOPLE, "left": PEOPLE},
                  count="customers", within=("product_id",))
    assert followed({"held": table}, 5) == []
    monkeypatch.setattr("crmlib.privacy.parts._sums", lambda counts: [])
    monkeypatch.setattr("crmlib.privacy.parts._within", lambda counts: [])
    assert followed({"held": table}, 5) == [("held", 0, "left")]
