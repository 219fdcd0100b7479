"""The same statements on a Spark server (Sail, no Java) give the same rows as the embedded engine."""

from __future__ import annotations

import hashlib
from functools import cache

import pandas as pd
import pytest

import shop
from crmlib.dataset import open_dataset
from crmlib.engine import statements

pysail = pytest.importorskip("pysail.spark", reason="the extra `test` brings pysail")
pytestmark = pytest.mark.spark

PURCHASES = """customer,day,amount,order,quantity,type,status,discount,points_used,return_of,channel,hour,product
A,2025-09-01,1000,,1,product,placed,,,,store,10,P1
A,2026-09-01,1000,,1,product,placed,,,,web,23,P1
A,2026-10-31,2000,,2,product,placed,100,50,,store,12,P1
A,2026-10-31,-500,,-1,product,placed,,,O1,store,13,P2
B,2026-08-01,3000,X1,1,product,placed,,,,store,9,P2
B,2026-08-01,500,X1,1,shipping,placed,,,,store,9,
B,2026-10-05,1200,X2,1,product,placed,,,,store,9,P3
B,2026-10-05,-200,X2,1,discount,placed,,,,store,9,P1
C,2026-10-02,9000,,1,product,cancelled,,,,web,11,P1
,2026-10-03,700,,1,product,placed,,,,store,18,P1
D,2024-01-01,100,,1,product,placed,,,,store,18,P2
D,2024-02-01,100,,1,product,placed,,,,store,18,P1
E,2026-10-20,4000,Y1,1,product,placed,,,,web,20,P3
E,2026-10-21,-4000,Y2,-1,return,placed,,,Y1,web,20,P1
F,2026-05-03,800,,1,product,placed,,,,store,18,P1
G,2026-10-30,60000,,3,product,placed,,,,web,21,P1
B,2026-10-05,300,X2,1,product,placed,,,,store,9,P1
B,2026-10-05,900,X2,2,product,placed,,,,store,9,P3
A,2026-09-20,1000,,1,product,placed,,,,web,23,P1
A,2026-10-02,800,,1,product,placed,,,,web,23,P1
A,2026-10-12,2500,Z1,1,product,placed,,,,web,23,P3
A,2026-10-12,700,Z1,1,product,placed,,,,web,23,P1
"""


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    server = pysail.SparkConnectServer()
    server.start(background=True)
    session = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
    yield session
    session.stop()
    server.stop()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    tables = shop.purchases(PURCHASES) | shop.EXTRA_TABLES
    return open_dataset(shop.settings(), shop.write(tmp_path_factory.mktemp("shop"), tables))


@pytest.fixture(scope="module")
def other(spark):
    from crmlib.engine.spark import SparkEngine

    return SparkEngine(spark)


@pytest.fixture(scope="module")
def copied(data, other):
    """The file of a table's rows, written once and known to the other engine."""
    @cache
    def path(table):
        file = data.folder / "spark" / f"{table}.parquet"
        data.engine.register(f"copy_{table}", shop.side_table(data, table))
        data.engine.write(f"SELECT * FROM copy_{table}", file)
        other.register(table, file)
        return file

    return path


def digest(frame):
    """Hash of the sorted rows as text: row order is not part of an answer that declares none."""
    def plain(value):
        if pd.isna(value):
            return ""
        text = str(value)
        is_date = text[:4].isdigit() and "-" in text[4:8]
        return text[:10] if is_date else text.removesuffix(".0")
    rows = sorted("|".join(plain(v) for v in row) for row in frame.astype(object).itertuples(index=False))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest(), rows


@pytest.mark.parametrize("name", statements.names())
def test_same_rows(name, data, other, copied):
    tables = sorted({t for s in statements.closure(name) for t in statements.tables_read(s)})
    # All are made before any is put in its place: making one may read, or register, another.
    for table, path in {table: copied(table) for table in tables}.items():
        data.engine.register(table, path)
    text = statements.compose(name)
    values = {k: v for k, v in (data.values() | shop.PARAMETERS).items() if k in statements.parameters(text)}
    ours, theirs = data.engine.sql(text, **values), other.sql(text, **values)
    assert digest(ours)[1] == digest(theirs)[1]
    assert list(ours.columns) == list(theirs.columns)
