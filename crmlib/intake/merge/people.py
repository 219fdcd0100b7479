"""Customers: every id any table knows, joined to persons, keyed, with the newest filled value of each attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import privacy, schema
from crmlib.engine.duck import literal
from crmlib.intake import matching
from crmlib.intake.merge import keyed
from crmlib.intake.merge.views import listed

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine


def link(engine: ReadingEngine, tables: frozenset[str], key: bytes) -> None:
    """Make ``customer_links``: customer_id, customer_key, root (the smallest id of the person), rule."""
    known = [f"SELECT customer_id FROM in_{t}" for t in sorted(tables) if schema.table(t).column("customer_id")]
    if not known:
        known = ["SELECT CAST(NULL AS VARCHAR) AS customer_id"]
    joined: list[matching.Link] = []
    if "customer_identity" in tables:
        keyed.lay_together(engine, keyed.Merge("customer_identity", "in_customer_identity", "out_customer_identity",
                                               ("customer_id",), schema.table("customer_identity").names))
        joined = matching.links(engine, "out_customer_identity")
    _hold(engine, joined)
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE customer_links AS SELECT customer_id, root, rule, "
        f"{privacy.customer_key_sql('root')} AS customer_key "
        "FROM (SELECT i.customer_id, COALESCE(j.root, i.customer_id) AS root, j.rule "
        f"FROM (SELECT DISTINCT customer_id FROM ({' UNION ALL '.join(known)}) WHERE customer_id IS NOT NULL) AS i "
        "LEFT JOIN joined AS j ON j.customer_id = i.customer_id)", **privacy.key_parameters(key))


def _hold(engine: ReadingEngine, joined: list[matching.Link]) -> None:
    engine.execute("CREATE OR REPLACE TEMP TABLE joined (customer_id VARCHAR, root VARCHAR, rule VARCHAR)")
    for start in range(0, len(joined), 500):
        rows = ", ".join(f"({literal(j.customer_id)}, {literal(j.root)}, {literal(j.rule)})"
                         for j in joined[start:start + 500])
        engine.execute(f"INSERT INTO joined VALUES {rows}")


def customers(engine: ReadingEngine, tables: frozenset[str]) -> None:
    """Make ``out_customers``: one row per person; ids known only from other tables have no attributes."""
    columns = schema.table("customers").names
    if "customers" in tables:
        keyed.lay_together(engine, keyed.Merge("customers", "in_customers", "by_id", ("customer_id",), columns))
    else:
        empty = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.name}" for c in schema.table("customers").columns)
        engine.execute(f"CREATE OR REPLACE TEMP TABLE by_id AS SELECT {empty}, CAST(NULL AS INTEGER) AS seq, "
                       "CAST(NULL AS BIGINT) AS row, FALSE AS counted, CAST(NULL AS TIMESTAMP) AS seen WHERE FALSE")
    others = listed((c for c in columns if c != "customer_id"), "c.")
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE persons AS SELECT k.customer_key, k.root AS customer_id, {others}, "
        "COALESCE(c.seq, 0) AS seq, c.row, COALESCE(c.counted, FALSE) AS counted, c.seen, "
        "CAST(1 AS BIGINT) AS mentioned, CAST(NULL AS DECIMAL(18, 6)) AS exact "
        "FROM customer_links AS k LEFT JOIN by_id AS c ON c.customer_id = k.customer_id")
    keyed.lay_together(engine, keyed.Merge("customers", "persons", "out_customers", ("customer_key",),
                                           ("customer_key", *columns), "match", ("same_person", "same_person")))
