"""All typed files seen as one: a relation ``in_<table>`` for each canonical table, whatever file a row came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake.typed import stage

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Relations of fewer rows are held by the engine instead of being read again by each step.
HELD = 2_000_000
EXTRA = {"business_date": "DATE", "hour": "INTEGER"}


def columns_of(table: str) -> dict[str, str]:
    """Return the columns of a table before customers are keyed, with engine types."""
    spec = schema.table(table)
    return {c.name: c.sql_type for c in spec.columns} | (EXTRA if spec.at else {})


def open_views(engine: ReadingEngine, files: Sequence[stage.Staged]) -> frozenset[str]:
    """Make ``in_<table>`` for every table that some file feeds, and return those tables.

    Columns beside the table's own: ``seq`` (place of the file, later exports higher), ``counted`` (the row is a
    record of the file, not only mentioned in one), ``row``, ``seen`` (time by which newer rows win), ``mentioned``
    (how often), ``exact`` (amount before rounding), ``content`` (hash, for rows without id).
    """
    tables = {t for f in files for t in f.tables}
    for table in sorted(tables):
        parts = [_select(f, seq, table) for seq, f in enumerate(files) if table in f.tables]
        rows = sum(f.raw.rows for f in files if table in f.tables)
        kind = "TABLE" if rows <= HELD else "VIEW"
        engine.execute(f"CREATE OR REPLACE TEMP {kind} {quoted(f'in_{table}')} AS\n" + "\nUNION ALL\n".join(parts))
    return frozenset(tables)


def _select(file: stage.Staged, seq: int, table: str) -> str:
    counted = file.grain == table
    path = Path(file.folder) / ("records.parquet" if counted else f"{table}.parquet")
    prefix = f"{table}." if counted else ""
    have = file.tables[table]
    listed = [f"{quoted(prefix + name) if name in have else f'CAST(NULL AS {kind})'} AS {quoted(name)}"
              for name, kind in columns_of(table).items()]
    if counted:
        seen = quoted(f"{table}.updated_at") if "updated_at" in have else "CAST(NULL AS TIMESTAMP)"
        own = (f"TRUE AS counted, {stage.RECORD} AS row, {seen} AS seen, CAST(1 AS BIGINT) AS mentioned, exact, "
               f"{_content(table)} AS content")
    else:
        own = ("FALSE AS counted, CAST(NULL AS BIGINT) AS row, seen, mentioned, CAST(NULL AS DECIMAL(18, 6)) AS exact, "
               "CAST(NULL AS UBIGINT) AS content")
    kept = " WHERE fate IS NULL" if counted else ""
    return (f"SELECT {seq} AS seq, {own}, {', '.join(listed)} "
            f"FROM read_parquet({literal(str(path))}, file_row_number = true){kept}")


def _content(table: str) -> str:
    return "content" if stage.is_hashed(table) else "CAST(NULL AS UBIGINT)"


def with_keys(table: str, relation: str) -> str:
    """Return a relation with ``customer_key`` for ``customer_id``, as text to select from."""
    if "customer_id" not in columns_of(table):
        return relation
    return (f"(SELECT r.*, k.customer_key FROM {relation} AS r "
            f"LEFT JOIN customer_links AS k ON k.customer_id = r.customer_id)")


def listed(names: Iterable[str], of: str = "") -> str:
    """Return names in quotes, joined by commas."""
    return ", ".join(f"{of}{quoted(n)}" for n in names)


def month_of(day: str, closing_day: int | None) -> str:
    """Return the month (``2026-10``) that a business date belongs to."""
    if closing_day is None:
        return f"substr(CAST({day} AS VARCHAR), 1, 7)"
    moved = f"CASE WHEN day({day}) > {closing_day} THEN last_day({day}) + 1 ELSE {day} END"
    return f"substr(CAST(CAST({moved} AS DATE) AS VARCHAR), 1, 7)"
