"""The expression that puts customers into clusters: portable, and the same labels on a Spark server."""

from __future__ import annotations

import pandas as pd
import pytest
import sqlglot
from sqlglot import exp

import planting
import shop
from crmlib.analyses.segments import assigning, fitting
from crmlib.engine.duck import DuckEngine

#: What engines answer differently; a division is of doubles and never by nothing, so it may stay.
REFUSED = (exp.Round, exp.Avg, exp.Sum, exp.Median, exp.Quantile, exp.Rand, exp.Window, exp.IntDiv)
ABOUT = {"shop": "test", "month": "2026-10", "as_of": "2026-11-01", "currency": "JPY", "decimals": 0, "customers": 600,
         "sample": 600}


@pytest.fixture(scope="module")
def planted():
    """A model of numbers and codes, and its customers; some values are missing, some levels unknown to the model."""
    frame, kind = planting.buyers(4, 600, 7)
    frame = frame.assign(gender=[("female", "male", None, "d'autres")[n % 4] for n in kind])
    frame.loc[::9, "told"] = 0
    names = (*planting.EIGHT, "gender")
    with DuckEngine() as engine:
        engine.register("features", frame)
        text = assigning.values_sql([fitting.feature(name, ()) for name in names], "features")
        sample = engine.sql(f"{text} ORDER BY customer_key").rename(
            columns={f"v{i}": name for i, name in enumerate(names, 1)})
    settings = shop.settings(segments={"resamples": 2, "evidence_sample": 600, "k": 4, "coverage": 0.4}).segments
    return fitting.fitted(sample, names, settings, ABOUT).model, frame


def test_it_stays_inside_the_portable_subset(planted):
    tree = sqlglot.parse_one(assigning.assign_sql(planted[0], "features"), read="duckdb")
    assert not [node.sql() for kind in REFUSED for node in tree.find_all(kind)]
    assert all(case.args.get("default") is not None for case in tree.find_all(exp.Case))


def test_the_same_labels_on_spark(planted, tmp_path):
    pysail = pytest.importorskip("pysail.spark", reason="the extra `test` brings pysail")
    from pyspark.sql import SparkSession

    from crmlib.engine.spark import SparkEngine

    model, frame = planted
    text = f"SELECT customer_key, cluster FROM (\n{assigning.assign_sql(model, 'features')}\n) AS found"
    path = tmp_path / "features.parquet"
    with DuckEngine() as engine:
        engine.register("rows", frame)
        engine.write("SELECT * FROM rows", path)
        engine.register("features", path)
        ours = engine.sql(text)
    server = pysail.SparkConnectServer()
    server.start(background=True)
    session = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
    try:
        other = SparkEngine(session)
        other.register("features", path)
        theirs = other.sql(text)
    finally:
        session.stop()
        server.stop()
    assert ours["cluster"].nunique() == 4
    pd.testing.assert_frame_equal(*(f.sort_values("customer_key", ignore_index=True).astype(str)
                                    for f in (ours, theirs)))
