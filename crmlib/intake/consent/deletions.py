"""People who asked to be deleted lose what identifies them; what they bought stays, as bought by nobody in particular.

All ids of such a person go, those a later export brings again too. Who registers anew after the request, under a new
id, is a new person. The exports still hold them, so the list is applied at every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import privacy, schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake import ledger
from crmlib.intake.merge.views import columns_of
from crmlib.intake.typed.build import RECORDS

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.consent.requests import Request
    from crmlib.intake.typed import stage

STEP, REASON = "deletion", "deletion_request"
NAMELESS = f"{REASON}.nameless"
#: What a person wrote, or is known by elsewhere; kept by nobody's name.
_OWN_WORDS = {"survey_answers": ("text",), "tickets": ("subject", "body"), "reviews": ("text",),
              "events": ("visitor_id",)}
_BATCH = 500


def find(engine: ReadingEngine, tables: frozenset[str], requests: Sequence[Request], key: bytes) -> dict[str, int]:
    """Make ``deleted`` (customer_id), the persons of a list, and take them out of ``customer_links``; ids are matched.

    Returns
    -------
    dict of str to int
        ``deletion_requests``, ``deletion_requests_unknown`` (ids of the list that no file has), ``deleted_customers``.
    """
    _hold(engine, requests)
    _find(engine, tables)
    people = engine.rows("SELECT COUNT(DISTINCT root) AS n FROM deleted")[0][0]
    unknown = engine.rows("SELECT COUNT(*) AS n FROM requests ANTI JOIN customer_links USING (customer_id)")[0][0]
    _unlink(engine, key)
    return {"deletion_requests": len(requests), "deletion_requests_unknown": int(unknown),
            "deleted_customers": int(people)}


def held(engine: ReadingEngine) -> bool:
    """Return whether `find` has been asked for anybody."""
    return bool(engine.rows("SELECT COUNT(*) AS n FROM duckdb_tables() WHERE table_name = 'deleted'")[0][0])


def records(engine: ReadingEngine, file: stage.Staged) -> frozenset[int]:
    """Return the numbers of a file's records that are about people who are deleted; `held` is true."""
    import pyarrow.parquet as pq

    path = Path(file.folder) / RECORDS
    columns = [quoted(name) for name in pq.read_schema(path).names if name.endswith(".customer_id")]
    if not columns:
        return frozenset()
    theirs = " OR ".join(f"{c} IN (SELECT customer_id FROM deleted)" for c in columns)
    found = engine.rows(f"SELECT file_row_number + 1 AS record FROM read_parquet({literal(str(path))}, "
                        f"file_row_number = true) WHERE {theirs}")
    return frozenset(int(record) for record, in found)


def _hold(engine: ReadingEngine, requests: Sequence[Request]) -> None:
    engine.execute("CREATE OR REPLACE TEMP TABLE requests (customer_id VARCHAR, requested_on DATE)")
    for start in range(0, len(requests), _BATCH):
        rows = ", ".join(f"({literal(r.customer_id)}, DATE {literal(r.requested_on)})"
                         for r in requests[start:start + _BATCH])
        engine.execute(f"INSERT INTO requests VALUES {rows}")


def _find(engine: ReadingEngine, tables: frozenset[str]) -> None:
    """Make ``deleted``: the ids listed, and those of the same persons that were there when they asked.

    An id counts as registered later when its registration, else its first order, is after the request; one of which
    nothing is known goes with the others.
    """
    started = ["SELECT CAST(NULL AS VARCHAR) AS customer_id, CAST(NULL AS DATE) AS day, 0 AS rank"]
    if "customers" in tables:
        started.append("SELECT customer_id, MIN(registered_on), 0 FROM in_customers WHERE registered_on IS NOT NULL "
                       "GROUP BY customer_id")
    if "orders" in tables:
        started.append("SELECT customer_id, day, 1 FROM first_orders")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE deleted AS WITH asked AS ("
        "SELECT k.root, MAX(r.requested_on) AS day FROM requests AS r "
        "INNER JOIN customer_links AS k ON k.customer_id = r.customer_id GROUP BY k.root), "
        f"started AS (SELECT customer_id, arg_min(day, rank) AS day FROM ({' UNION ALL '.join(started)}) "
        "GROUP BY customer_id) "
        "SELECT k.customer_id, k.root FROM customer_links AS k INNER JOIN asked AS a ON a.root = k.root "
        "LEFT JOIN started AS s ON s.customer_id = k.customer_id "
        "LEFT JOIN requests AS r ON r.customer_id = k.customer_id "
        "WHERE r.customer_id IS NOT NULL OR s.day IS NULL OR s.day <= a.day")


def _unlink(engine: ReadingEngine, key: bytes) -> None:
    """Take the ids out of the links; who of a group is left gets the smallest id left, and its key."""
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE left_over AS SELECT root, MIN(customer_id) AS own FROM customer_links "
        "SEMI JOIN deleted USING (root) ANTI JOIN deleted USING (customer_id) GROUP BY root")
    engine.execute("DELETE FROM customer_links WHERE customer_id IN (SELECT customer_id FROM deleted)")
    engine.execute(
        f"UPDATE customer_links SET root = l.own, customer_key = {privacy.customer_key_sql('l.own')} "
        "FROM left_over AS l WHERE l.root = customer_links.root", **privacy.key_parameters(key))


def take(engine: ReadingEngine, table: str) -> None:
    """Take rows out of ``in_<table>`` that are about a person and nothing else; of others only what says who it was.

    Both are noted in ``removed``, the latter for information.
    """
    column = schema.table(table).column("customer_id")
    if column is None:
        return
    of_them = "customer_id IN (SELECT customer_id FROM deleted)"
    fate, reason = (ledger.EXCLUDED, REASON) if column.required else (ledger.INFO, NAMELESS)
    engine.execute(f"INSERT INTO removed (table_name, seq, row, step, fate, reason) SELECT {literal(table)}, "
                   f"seq, row, '{STEP}', '{fate}', '{reason}' FROM in_{table} WHERE counted AND {of_them}")
    if column.required:
        _replace(engine, table, f"SELECT {_without_referrer(table)} FROM in_{table} "
                                f"WHERE customer_id IS NULL OR NOT {of_them}")
    elif own := [c for c in _OWN_WORDS.get(table, ()) if c in columns_of(table)]:
        nulls = ", ".join(f"CASE WHEN customer_id IS NOT NULL AND {of_them} THEN NULL ELSE {c} END AS {c}"
                          for c in own)
        _replace(engine, table, f"SELECT * REPLACE ({nulls}) FROM in_{table}")


def _without_referrer(table: str) -> str:
    if table != "customers":
        return "*"
    return ("* REPLACE (CASE WHEN referred_by IN (SELECT customer_id FROM deleted) THEN NULL ELSE referred_by END "
            "AS referred_by)")


def _replace(engine: ReadingEngine, table: str, select: str) -> None:
    name = f"in_{table}"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE without_them AS {select}")
    kind = engine.rows(f"SELECT COUNT(*) AS n FROM duckdb_views() WHERE view_name = {literal(name)}")[0][0]
    engine.execute(f"DROP {'VIEW' if kind else 'TABLE'} {quoted(name)}")
    engine.execute(f"ALTER TABLE without_them RENAME TO {quoted(name)}")


def identity(engine: ReadingEngine) -> None:
    """Names and addresses are gone already where a row of the same id was newer: those are in the books."""
    engine.execute(f"INSERT INTO removed (table_name, seq, row, step, fate, reason) SELECT 'customer_identity', seq, "
                   f"row, '{STEP}', '{ledger.EXCLUDED}', '{REASON}' FROM out_customer_identity "
                   "SEMI JOIN deleted USING (customer_id) WHERE counted")
    engine.execute("DELETE FROM out_customer_identity WHERE customer_id IN (SELECT customer_id FROM deleted)")
