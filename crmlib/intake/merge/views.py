"""Typed files seen as one: a relation ``in_<table>`` of the rows wanted, whatever file a row came from."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake.typed import stage

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Rows of each table by month; '' where nothing of the file's own dates them.
Rows = Mapping[str, Mapping[str, int]]
#: Relations of fewer rows are held by the engine instead of being read again by each step.
HELD = 2_000_000
EXTRA = {"business_date": "DATE", "hour": "INTEGER"}
#: Columns of every relation beside the table's own.
OWN = {"seq": "INTEGER", "counted": "BOOLEAN", "row": "BIGINT", "seen": "TIMESTAMP", "mentioned": "BIGINT",
       "exact": "DECIMAL(18, 6)", "content": "UBIGINT"}


@dataclass(frozen=True)
class Part:
    """Rows of one file: its place among all files (later exports higher) and a condition on its stored columns."""

    seq: int
    file: stage.Staged
    condition: str = ""
    rows: int = 0


def columns_of(table: str) -> dict[str, str]:
    """Return the columns of a table before customers are keyed, with engine types."""
    spec = schema.table(table)
    return {c.name: c.sql_type for c in spec.columns} | (EXTRA if spec.at else {})


def every(files: Sequence[stage.Staged], table: str) -> list[Part]:
    """Return the whole of all files that feed a table."""
    return [Part(seq, f, rows=f.raw.rows) for seq, f in enumerate(files) if table in f.tables]


def only(part: Part, table: str, relation: str) -> Part:
    """Return the rows of a part whose order is one of a relation."""
    return _and(part, f"{stored(part.file, table, 'order_id')} IN (SELECT order_id FROM {relation})")


def but(part: Part, table: str, relation: str) -> Part:
    """Return the rows of a part whose order is none of a relation."""
    return _and(part, f"{stored(part.file, table, 'order_id')} NOT IN (SELECT order_id FROM {relation})")


def _and(part: Part, condition: str) -> Part:
    return replace(part, condition=" AND ".join(c for c in (part.condition, condition) if c))


def open_table(engine: ReadingEngine, table: str, parts: Sequence[Part], keyed: bool = False,
               held: bool | None = None) -> None:
    """Make ``in_<table>`` of parts of files.

    Columns beside the table's own: ``seq`` (place of the file, later exports higher), ``counted`` (the row is a
    record of the file, not only mentioned in one), ``row``, ``seen`` (time by which newer rows win), ``mentioned``
    (how often), ``exact`` (amount before rounding), ``content`` (hash, for rows without id); where ``keyed``, also
    ``customer_key``. ``held`` says whether the engine holds them; by default few rows that are no lines.
    """
    if held is None:
        # What most steps ask of lines are a few columns: reading those again is less than holding all of them.
        held = sum(p.rows for p in parts) <= HELD and table != "order_lines"
    kind = "TABLE" if held else "VIEW"
    text = "\nUNION ALL\n".join(_select(p, table) for p in parts) if parts else nothing(OWN | columns_of(table))
    text = f"SELECT * FROM {with_keys(table, f'({text})')}" if keyed else text
    if _kind(engine, f"in_{table}") not in ("", kind):
        drop(engine, f"in_{table}")
    engine.execute(f"CREATE OR REPLACE TEMP {kind} {quoted(f'in_{table}')} AS\n{text}")


def drop(engine: ReadingEngine, name: str) -> None:
    """Drop a table or a view."""
    if kind := _kind(engine, name):
        engine.execute(f"DROP {kind} {quoted(name)}")


def _kind(engine: ReadingEngine, name: str) -> str:
    found = engine.rows("SELECT table_type FROM information_schema.tables WHERE table_name = $name", name=name)
    return ("VIEW" if found[0][0] == "VIEW" else "TABLE") if found else ""


def nothing(columns: Mapping[str, str]) -> str:
    """Return a relation without rows, of columns with their types, as text to select from."""
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {quoted(c)}' for c, kind in columns.items())} WHERE FALSE"


def scan(file: stage.Staged, table: str) -> str:
    """Return where the rows of a table lie in a typed file, as text to select from."""
    path = Path(file.folder) / ("records.parquet" if file.grain == table else f"{table}.parquet")
    return f"read_parquet({literal(str(path))}, file_row_number = true)"


def stored(file: stage.Staged, table: str, column: str) -> str:
    """Return the stored name of a column in quotes."""
    return quoted(f"{table}.{column}" if file.grain == table else column)


def day_column(file: stage.Staged, table: str) -> str | None:
    """Return the stored column that dates the rows of a table; None where they have no day of their own."""
    if table == "order_lines":
        dated = file.grain == table and "business_date" in file.tables.get("orders", ())
        return quoted("orders.business_date") if dated else None
    return stored(file, table, "business_date") if "business_date" in file.tables[table] else None


def kept(file: stage.Staged, table: str, condition: str = "") -> str:
    """Return the WHERE clause for usable rows."""
    found = [*(["fate IS NULL"] if file.grain == table else []), *([condition] if condition else [])]
    return f" WHERE {' AND '.join(found)}" if found else ""


def _select(part: Part, table: str) -> str:
    file = part.file
    counted, have = file.grain == table, file.tables[table]
    listed = [f"{stored(file, table, name) if name in have else f'CAST(NULL AS {kind})'} AS {quoted(name)}"
              for name, kind in columns_of(table).items()]
    if counted:
        seen = quoted(f"{table}.updated_at") if "updated_at" in have else "CAST(NULL AS TIMESTAMP)"
        own = (f"TRUE AS counted, {stage.RECORD} AS row, {seen} AS seen, CAST(1 AS BIGINT) AS mentioned, exact, "
               f"{_content(table)} AS content")
    else:
        own = ("FALSE AS counted, CAST(NULL AS BIGINT) AS row, seen, mentioned, CAST(NULL AS DECIMAL(18, 6)) AS exact, "
               "CAST(NULL AS UBIGINT) AS content")
    return (f"SELECT {part.seq} AS seq, {own}, {', '.join(listed)} "
            f"FROM {scan(file, table)}{kept(file, table, part.condition)}")


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


def month_among(day: str, closing_day: int | None, months: Iterable[str]) -> str:
    """Return the same as `month_of`, faster for days of some months: text is made for the others only."""
    whens = [f"WHEN {day} {between(m, closing_day)} THEN {literal(m)}" for m in sorted(months)]
    other = month_of(day, closing_day)
    return f"CASE {' '.join(whens)} ELSE {other} END" if whens else other


def between(month: str, closing_day: int | None) -> str:
    """Return the condition for a day of a month."""
    first, last = bounds(month, closing_day)
    return f"BETWEEN DATE '{first}' AND DATE '{last}'"


def is_dated(table: str) -> bool:
    """Return whether a table lies in months."""
    return table == "order_lines" or schema.table(table).at is not None


def rows_by_month(engine: ReadingEngine, file: stage.Staged, closing_day: int | None) -> dict[str, dict[str, int]]:
    """Return the usable rows of each table of a file by month; '' where no day of the file's own dates them."""
    found = {}
    for table in file.tables:
        day = day_column(file, table) if is_dated(table) else None
        source = f"{scan(file, table)}{kept(file, table)}"
        if day is None:
            counted = engine.rows(f"SELECT '' AS ym, COUNT(*) AS rows FROM {source}")
        else:
            days = f"(SELECT {day} AS day, COUNT(*) AS rows FROM {source} GROUP BY 1)"
            counted = engine.rows(f"SELECT COALESCE({month_of('day', closing_day)}, '') AS ym, "
                                  f"CAST(SUM(rows) AS BIGINT) AS rows FROM {days} GROUP BY 1 ORDER BY 1")
        found[table] = {ym: int(rows) for ym, rows in counted if rows}
    return found


def within(file: stage.Staged, table: str, rows: Mapping[str, int], months: Sequence[str],
           closing_day: int | None) -> str | None:
    """Return the condition for the rows of a file that lie in some months: '' for all of them, None for none."""
    met = [m for m in rows if m in months]
    if not met:
        return None
    if len(met) == len(rows):
        return ""
    day = str(day_column(file, table))
    if len(met) == 1:
        return f"{day} {between(met[0], closing_day)}"
    # The range lets the engine skip what it need not read; the months decide.
    first, last = bounds(min(met), closing_day)[0], bounds(max(met), closing_day)[1]
    left_out = [f"NOT {day} {between(m, closing_day)}" for m in rows if m and min(met) < m < max(met) and m not in met]
    return " AND ".join([f"{day} BETWEEN DATE '{first}' AND DATE '{last}'", *left_out])


def bounds(month: str, closing_day: int | None) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    year, number = int(month[:4]), int(month[5:])
    before = (year - 1, 12) if number == 1 else (year, number - 1)
    return _last(*before, closing_day) + timedelta(days=1), _last(year, number, closing_day)


def _last(year: int, number: int, closing_day: int | None) -> date:
    length = monthrange(year, number)[1]
    return date(year, number, min(closing_day or length, length))


def grouped(rows: Iterable[Rows], tables: Sequence[str], months: Iterable[str],
            limit: int) -> list[tuple[str, ...]]:
    """Return the months in their order, grouped so that a group has at most ``limit`` rows where it can."""
    sizes = dict.fromkeys(months, 0)
    for one in rows:
        for table in tables:
            for month, n in one.get(table, {}).items():
                if month in sizes:
                    sizes[month] += n
    found: list[tuple[str, ...]] = []
    held = 0
    for month in sorted(sizes):
        if found and held + sizes[month] <= limit:
            found[-1], held = (*found[-1], month), held + sizes[month]
        else:
            found, held = [*found, (month,)], sizes[month]
    return found
