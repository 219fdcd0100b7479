"""Files for others: money exact, small cells hidden, no cell a formula, the restricted folder private."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as pq
import pytest

from crmlib.report import outputs
from crmlib.result import RESTRICTED, Column, Fact, Result, Table

SALES = {"area": Column("code"), "customers": Column("customers"), "sales": Column("money"), "share": Column("ratio")}


def frame(**more):
    return pd.DataFrame({"area": ["東京", "=1+1", "-5,0"], "customers": [60, 7, 50], "sales": [891140790, -7, 100],
                         "share": [1 / 3, None, 1e-7], **more})


def test_facts_are_sorted_and_money_has_exactly_its_digits():
    facts = (Fact("sales", Decimal("8911407.9"), "GBP", previous=Decimal("10"), low=1.005, note=None),
             Fact("nps", 12.34, "points", n=80), Fact("customers", 5, "customers", year_ago=None))
    rows = outputs.facts([Result("b", facts=facts), Result("a", facts=(Fact("z", None, "ratio", note="no_data"),))],
                         "2026-10", "GBP", 2)
    assert [(r["analysis"], r["key"]) for r in rows] == [("a", "z"), ("b", "customers"), ("b", "nps"), ("b", "sales")]
    text = outputs.to_json(rows).decode()
    assert '"value": 8911407.90,' in text
    assert '"previous": 10.00,' in text
    assert '"low": 1.005,' in text  # a bound is an estimate, not an amount of money
    assert list(json.loads(text)[0]) == list(outputs.FACT_FIELDS)
    assert json.loads(text)[0] | {"note": "no_data", "value": None, "month": "2026-10"} == json.loads(text)[0]


@pytest.mark.parametrize(("minor", "digits", "shown"), [
    (891140790, 2, "8911407.90"), (-7, 2, "-0.07"), (-70, 0, "-70"), (0, 2, "0.00"), (123456, 3, "123.456"),
    (2.5, 0, "3"), (-2.5, 0, "-3"), (9_007_199_254_740_993, 0, "9007199254740993")])
def test_money_is_the_same_exact_amount_in_csv_and_parquet(tmp_path, minor, digits, shown):
    table = pd.DataFrame({"sales": [minor]})
    columns = {"sales": Column("money")}
    assert outputs.csv(table, columns, digits).decode() == f"\ufeffsales\n{shown}\n"
    outputs.parquet(tmp_path / "x.parquet", table, ["sales"], digits)
    assert pq.read_table(tmp_path / "x.parquet")["sales"].to_pylist() == [Decimal(shown)]


def test_missing_money_stays_missing(tmp_path):
    table = pd.DataFrame({"sales": pd.array([None, 250, None], dtype="Int64")})
    outputs.parquet(tmp_path / "x.parquet", table, ["sales"], 2)
    assert pq.read_table(tmp_path / "x.parquet")["sales"].to_pylist() == [None, Decimal("2.50"), None]
    assert outputs.csv(table, {"sales": Column("money")}, 2).decode() == '\ufeffsales\n""\n2.50\n""\n'


def test_a_table_is_written_for_all_without_small_cells_and_whole_for_the_few(tmp_path):
    small = frame().assign(customers=[60, 3, 50])
    result = Result("a", tables={"areas": Table(small, SALES, count="customers"),
                                 "people": Table(small, SALES, sensitivity=RESTRICTED)})
    outputs.tables(tmp_path, {"a": result}, {"a": {"map": "areas", "faces": "people"}}, 5, 2)
    shared = pd.read_csv(tmp_path / "tables/a.areas.csv", encoding="utf-8-sig")
    assert shared["suppressed"].tolist() == [False, True, True]  # the next smallest too, or a subtraction would tell
    assert shared["sales"].tolist()[0] == 8911407.90
    assert shared["sales"].isna().tolist() == [False, True, True]
    whole = pd.read_csv(tmp_path / "restricted/tables/a.areas.csv", encoding="utf-8-sig")
    assert whole["customers"].tolist() == [60, 3, 50]
    names = {p.name for p in (tmp_path / "tables").iterdir()}
    assert names == {"a.areas.csv", "a.areas.parquet", "a.map.data.csv"}
    assert (tmp_path / "restricted/tables/a.people.parquet").is_file()
    assert (tmp_path / "tables/a.map.data.csv").read_bytes() == (tmp_path / "tables/a.areas.csv").read_bytes()


def test_no_cell_is_a_formula_and_numbers_stay_numbers():
    lines = outputs.csv(frame(), SALES, 2).decode("utf-8-sig").splitlines()
    assert lines == ["area,customers,sales,share", "東京,60,8911407.90,0.3333333333", "'=1+1,7,-0.07,",
                     '"-5,0",50,1.00,1e-07']


def test_every_customer_has_one_row_with_all_measures_sorted_by_the_sources_id():
    rfm = pd.DataFrame({"customer_key": ["k1", "k2"], "customer_id": ["17850", "0123"], "monetary": [900, 100]})
    segments = pd.DataFrame({"customer_key": ["k2", "k1"], "cluster": ["b", "a"], "monetary": [0, 0]})
    later = pd.DataFrame({"customer_key": ["k1"], "churn": [0.5]})
    found = outputs.customers([Result("rfm", measures=rfm), Result("x"), Result("segments", measures=segments),
                               Result("outlook", measures=later)])
    assert list(found.columns) == ["customer_id", "customer_key", "monetary", "cluster", "churn"]
    assert found["customer_id"].tolist() == ["0123", "17850"]
    assert found["cluster"].tolist() == ["b", "a"]
    assert found["monetary"].tolist() == [100, 900]
    assert list(outputs.customers([]).columns) == ["customer_id", "customer_key"]


def test_the_restricted_folder_is_the_owners_alone(tmp_path):
    folder = tmp_path / "restricted"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "x.csv").write_text("")
    outputs.close_to_others(folder)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (folder, folder / "tables", folder / "tables" / "x.csv")]
    assert modes == [0o700, 0o700, 0o600]


def test_days_are_dates_and_moments_stay_moments(tmp_path):
    table = pd.DataFrame({"first_order_on": pd.to_datetime(["2026-10-05", None]),
                          "at": pd.to_datetime(["2026-10-05 12:30", "2026-10-06 00:00"])})
    outputs.parquet(tmp_path / "x.parquet", table, [], 0)
    schema = pq.read_table(tmp_path / "x.parquet").schema
    assert str(schema.field("first_order_on").type) == "date32[day]"
    assert str(schema.field("at").type).startswith("timestamp")
    lines = outputs.csv(table, {}, 0).decode("utf-8-sig").splitlines()
    assert lines[1:] == ["2026-10-05,2026-10-05T12:30:00", ",2026-10-06"]
