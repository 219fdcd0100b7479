"""Points, ranks and accounts on a handful of members, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import customers
from crmlib.analyses.customers import accounts, loyalty, profit
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError
from crmlib.settings import settings_from
from crmlib.text import load_text

ROWS = """customer,day,amount
A,2025-10-05,1000
A,2026-09-02,3000
B,2026-10-01,9500
C,2026-08-02,700
D,2026-10-03,12000
"""
POINTS = """customer_key,at,day,kind,points,expires_at
A,2026-08-01 10:00,2026-08-01,earn,100,2026-10-31
A,2026-09-01 10:00,2026-09-01,earn,200,2026-11-30
A,2026-10-02 10:00,2026-10-02,use,-150,
B,2026-10-01 10:00,2026-10-01,earn,50,2027-01-31
B,2026-10-02 10:00,2026-10-02,adjust,10,
C,2026-08-01 10:00,2026-08-01,earn,70,2026-11-15
C,2026-10-05 10:00,2026-10-05,expire,-30,
D,2026-11-02 10:00,2026-11-02,earn,999,2027-11-30
"""
RANKS = """customer_key,rank,valid_from,valid_to
A,silver,2026-01-01,2026-07-15
A,regular,2026-07-16,
B,regular,2026-01-01,2026-10-09
B,silver,2026-10-10,
C,gold,2026-01-01,2026-07-20
C,silver,2026-07-21,
D,silver,2026-01-01,
"""
LEVELS = [{"rank": "silver", "amount": 5000}, {"rank": "gold", "amount": 10000}]


@pytest.fixture
def seen(tmp_path):
    tables = shop.purchases(ROWS) | {"points": shop.read(POINTS), "ranks": shop.read(RANKS)}
    tables["customers"]["account_id"] = ["X", "X", None, "Y"]
    tables["accounts"] = pd.DataFrame({"account_id": ["X"], "name": ["架空商事"], "industry": ["food"],
                                       "size_band": ["10-49"]})
    settings = shop.settings(customers={"rank_thresholds": LEVELS})
    data = open_dataset(settings, shop.write(tmp_path, tables), month="2026-10")
    return data, customers.analyse(data, settings.customers)


def test_points_of_each_month_and_what_runs_out_oldest_first(seen):
    table = seen[1].tables["points"].frame.set_index("month").astype("object").fillna(0)
    assert table.loc["2026-08"].tolist() == [170, 0, 0, 170, 0]
    assert table.loc["2026-09"].tolist() == [200, 0, 0, 370, 0]
    assert table.loc["2026-10"].tolist() == [60, 150, 30, 250, 0]
    # A used all 100 of October and 50 of November; C lost 30 of 70; what is granted in November is not seen yet.
    assert table["expiring"].to_dict() == {"2026-08": 0, "2026-09": 0, "2026-10": 0, "2026-11": 190, "2027-01": 50}
    assert ("points", {"balance": 250, "expiring": 190}) in list(map(tuple, seen[1].notes))


def test_moves_between_the_month_ends(seen):
    moves = seen[1].tables["rank_moves"].frame.to_numpy().tolist()
    assert moves == [["regular", "regular", 1], ["regular", "silver", 1], ["silver", "silver", 2]]
    assert ("rank_moves", {"moved": 1, "customers": 4}) in list(map(tuple, seen[1].notes))


def test_who_bought_after_a_drop(seen):
    after = seen[1].tables["rank_after"].frame.set_index("move")
    assert set(after["month"]) == {"2026-07"}
    # In July A and C dropped, B and D stayed; all four bought in the three months since.
    assert after[["customers", "bought"]].to_dict("index") == {
        "same": {"customers": 2, "bought": 2}, "down": {"customers": 2, "bought": 2}}
    assert after.loc["down", "low"] < after.loc["down", "rate"] == 1.0


def test_the_distance_to_the_next_rank(seen):
    # Of the last twelve months A spent 3,000, C 700, B 9,500 and D 12,000, which is above all ranks.
    assert seen[1].tables["rank_distance"].frame.to_numpy().tolist() == [
        ["silver", 2, 0, 3150], ["gold", 1, 1, 500]]


def test_accounts_add_up_their_people_and_name_nobody(seen):
    data, result = seen
    table = result.tables["accounts"].frame
    assert table.to_numpy().tolist() == [
        ["10-49", "food", 1, 2, 2, 12500, 1.0], ["unknown", "unknown", 1, 1, 1, 12000, 1.0]]
    assert "架空商事" not in table.to_csv() and not {"account_id", "name"} & set(table.columns)
    assert [values["accounts"] for key, values in result.notes if key == "accounts"] == [2]
    rows = accounts.rolled_up(data)
    assert rows["sales"].sum() == 24500


def test_without_the_tables_there_is_a_sentence_and_no_table(tmp_path):
    data = open_dataset(shop.settings(), shop.write(tmp_path, shop.purchases(ROWS)), month="2026-10")
    result = customers.analyse(data, data.settings.customers)
    assert ("no_loyalty", {}) in list(map(tuple, result.notes))
    assert not {"points", "rank_moves", "rank_after", "rank_distance", "accounts"} & set(result.tables)
    assert loyalty.points(data) is None and accounts.rolled_up(data) is None


def test_ranks_go_from_small_to_large():
    with pytest.raises(CrmError) as caught:
        settings_from({"shop": "s", "customers": {"rank_thresholds": LEVELS[::-1]}})
    assert "settings.ranks_not_rising" in [e.code for e in getattr(caught.value, "errors", [caught.value])]


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_every_table_and_sentence_has_words(seen, locale):
    words, result = load_text("customers", locale), seen[1]
    found = {"points", "rank_moves", "rank_after", "rank_distance", "accounts"}
    assert found <= set(result.tables)
    for name in (*found, "profit"):
        assert words.has(f"tables.{name}.caption")
    for columns in (*(result.tables[name].columns for name in found), profit.COLUMNS):
        assert all(words.label(column) for column in columns)
    assert all(words.sentence(f"notes.{key}", values) for key, values in result.notes)
    assert all(words.code("move", code) != code for code in ("up", "same", "down"))
