"""The embedded engine keeps whole numbers whole, and what it spills to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import shop
from crmlib.dataset import open_dataset
from crmlib.dataset.units import INSTEAD
from crmlib.engine import duck, open_engine, statements
from crmlib.errors import CrmError

#: Days of customers and hours of orders in four months, one of them without a line that counts.
MONTHS = """customer,day,amount,order,quantity,type,hour
A,2026-07-31,100,O1,1,product,9
A,2026-07-31,50,O2,1,product,23
A,2026-08-01,700,O3,2,product,0
,2026-08-02,900,O4,1,product,
B,2026-09-10,-100,O5,-1,return,12
B,2026-10-05,300,O6,1,product,12
A,2026-10-05,200,O7,1,product,12
A,2026-10-05,20,O7,1,product,12
"""


def test_sums_stay_whole_and_missing_ones_stay_missing():
    with open_engine() as engine:
        frame = engine.sql("SELECT SUM(x) AS total, CAST(NULL AS BIGINT) AS nothing FROM range(4) AS t(x)")
    assert (str(frame["total"].dtype), int(frame["total"][0])) == ("int64", 6)
    assert frame["nothing"].isna().all() and str(frame["nothing"].dtype) == "Int64"


def test_a_failed_statement_is_a_sentence():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.sql("SELECT nobody FROM nothing")
    assert caught.value.code == "engine.failed" and "nothing" in caught.value.say("en")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a Linux device that is always full")
def test_a_full_disk_is_a_sentence_without_the_engines_own_words():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.write("SELECT x FROM range(100000) AS t(x)", Path("/dev/full"))
    assert (caught.value.code, caught.value.exit_code) == ("engine.disk_full", 2)
    assert "/dev" not in caught.value.say("en") + caught.value.say("ja")


def test_a_value_that_was_not_given_is_named():
    with open_engine() as engine, pytest.raises(CrmError) as caught:
        engine.sql("SELECT $as_of AS day")
    assert caught.value.code == "engine.missing_parameter" and caught.value.values["name"] == "as_of"


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    folder = shop.write(tmp_path_factory.mktemp("shop"), shop.purchases(MONTHS))
    data = open_dataset(shop.settings(), folder, month="2026-10")
    data.engine.register("dropped_orders", shop.side_table(data, "dropped_orders"))
    return data


@pytest.mark.parametrize("size", [1, duck.PART])
@pytest.mark.parametrize("name", [name for name in statements.names() if statements.of_one_month(name)])
def test_asked_month_by_month_a_statement_says_the_same(months, name, size, monkeypatch):
    monkeypatch.setattr(duck, "PART", size)
    values = {**shop.PARAMETERS, **months.values(), "first_month": "2026-07"}
    asked = {p: values[p] for p in statements.parameters(statements.body(name))}
    text, at_once = months.engine.compose(name), statements.compose(name)
    assert not statements.reads(name) and text.count("UNION ALL") == (3 if size == 1 else 0)
    found, wanted = (sorted(months.engine.sql(t, **asked).astype(str).values.tolist()) for t in (text, at_once))
    assert len(wanted) > 3 and found == wanted


def test_the_summary_from_lines_counts_days_of_all_months(months, monkeypatch):
    monkeypatch.setattr(duck, "PART", 1)
    found = months.query("outlook_summary").set_index("customer_key").sort_index()
    assert found.T.to_dict("list") == {"A": [2, 66, 92, 920], "B": [0, 0, 26, 0]}


def test_what_is_no_folder_of_months_is_asked_at_once(months):
    with open_engine() as engine:
        engine.register("order_lines", shop.purchases(MONTHS)["order_lines"])
        assert "read_parquet" not in engine.compose("outlook_days")
    assert "read_parquet" not in months.engine.compose("outlook_summary", instead=INSTEAD)
