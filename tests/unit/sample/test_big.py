"""Order lines by the million: exact numbers, true totals, one month at a time."""

from __future__ import annotations

import json

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from crmlib.sample import big
from crmlib.sample.big import make_lines


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("big")
    return folder, make_lines(folder, 60_000, months=12, csv=True)


def test_as_many_lines_as_asked_in_one_file_a_month(made):
    folder, totals = made
    files = sorted(folder.glob("lines_*.parquet"))
    assert len(files) == 12 and sum(pq.read_metadata(file).num_rows for file in files) == 60_000 == totals["lines"]
    assert json.loads((folder / "lines_truth.json").read_text())["lines"] == 60_000


def test_the_totals_are_those_of_the_files(made):
    folder, totals = made
    assert len(totals["months"]) == 12
    for month in totals["months"]:
        rows = pq.read_table(folder / f"lines_{month['month']}.parquet").filter(pc.field("status") != "cancelled")
        bought = rows.filter(pc.field("amount") > 0)
        back = rows.filter(pc.field("amount") < 0)
        assert pc.sum(bought["amount"]).as_py() == month["gross"]
        assert -pc.sum(back["amount"]).as_py() == month["returns"]
        assert len(pc.unique(bought["order_id"])) == month["orders"]
        assert len(pc.unique(pc.drop_null(bought["customer_id"]))) == month["customers"]
        first = rows.filter(pc.field("line_no") == 1)
        assert pc.sum(first["discount"]).as_py() == month["discounts"]
        assert set(rows["ordered_at"].cast("date32").cast("string").to_pylist()[0][:7].split()) == {month["month"]}


def test_smaller_pieces_make_the_same_kind_of_file(made, tmp_path, monkeypatch):
    monkeypatch.setattr(big, "CHUNK", 2_000)
    again = make_lines(tmp_path, 60_000, months=12)
    assert again["lines"] == 60_000
    file = sorted(tmp_path.glob("*.parquet"))[0]
    assert pq.read_metadata(file).num_row_groups > 1
    rows = pq.read_table(file)
    assert len(pc.unique(pc.binary_join_element_wise(rows["order_id"], rows["line_no"].cast("string"),
                                                     "/"))) == len(rows)


def test_csv_holds_the_same_rows(made):
    folder, totals = made
    text = (folder / f"lines_{totals['months'][0]['month']}.csv").read_text(encoding="utf-8")
    assert text.count("\n") == totals["months"][0]["lines"] + 1
