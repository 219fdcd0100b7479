"""What a person's record said before: every value that gave way, where it came from and when.

The record of a person holds, column by column, the newest filled value of the most trusted source. The others are kept
here, for nobody but those who may see names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

TABLES = ("customers", "customer_identity")
#: Columns that say nothing about the person.
_NOT_TOLD = ("customer_id", "updated_at")
FILE = "customer_history.parquet"
_EMPTY = ("SELECT CAST(NULL AS VARCHAR) AS customer_key, CAST(NULL AS VARCHAR) AS field, "
          "CAST(NULL AS VARCHAR) AS value, CAST(NULL AS INTEGER) AS seq, CAST(NULL AS TIMESTAMP) AS seen WHERE FALSE")


def trusted(sources: Sequence[str], trust: Sequence[str]) -> str:
    """Return an expression of ``seq`` that is higher for files of a source trusted more."""
    ranks = [(seq, len(trust) - trust.index(name)) for seq, name in enumerate(sources) if name in trust]
    whens = " ".join(f"WHEN {seq} THEN {rank}" for seq, rank in ranks)
    return f"CASE seq {whens} ELSE 0 END" if whens else "0"


def write(engine: ReadingEngine, tables: frozenset[str], sources: Sequence[str], trust: Sequence[str],
          folder: Path) -> None:
    """Write customer_key, field (``customers.city``), value (text), source and at (when the record was last touched).

    Parameters
    ----------
    sources : sequence of str
        Source of each file, by ``seq``.
    """
    parts = [_values(engine, table) for table in TABLES if table in tables]
    named = ", ".join(f"({seq}, {literal(name)})" for seq, name in enumerate(sources)) or "(0, '')"
    union = "\nUNION ALL ".join([_EMPTY, *parts])
    engine.write(
        "SELECT v.customer_key, v.field, v.value, s.source, MAX(v.seen) AS \"at\" FROM (SELECT *, FIRST_VALUE(value) "
        f"OVER (PARTITION BY customer_key, field ORDER BY {trusted(sources, trust)} DESC, seen DESC NULLS LAST, "
        f"seq DESC, value DESC) AS kept FROM ({union})) AS v JOIN (VALUES {named}) AS s(seq, source) ON s.seq = v.seq "
        "WHERE v.value <> v.kept GROUP BY v.customer_key, v.field, v.value, s.source "
        "ORDER BY v.customer_key, v.field, \"at\" NULLS FIRST, v.value, s.source", folder / FILE)


def _values(engine: ReadingEngine, table: str) -> str:
    """Give the values of persons about whom the files do not say the same; most never change and are left alone."""
    columns = [c for c in schema.table(table).names if c not in _NOT_TOLD]
    several = " OR ".join(f"MIN({quoted(c)}) <> MAX({quoted(c)})" for c in columns)
    own = f"SELECT k.customer_key, r.* FROM in_{table} AS r JOIN customer_links AS k ON k.customer_id = r.customer_id"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE changed AS SELECT customer_key FROM ({own}) GROUP BY customer_key "
                   f"HAVING {several}")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE changed_{table} AS SELECT t.* FROM ({own}) AS t "
                   "SEMI JOIN changed USING (customer_key)")
    return "\nUNION ALL ".join(
        f"SELECT customer_key, '{table}.{c}' AS field, CAST({quoted(c)} AS VARCHAR) AS value, seq, seen "
        f"FROM changed_{table} WHERE {quoted(c)} IS NOT NULL" for c in columns)
