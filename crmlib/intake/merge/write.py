"""Canonical tables as Parquet: totally ordered, by month where they have a time."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake.merge.views import month_of

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Larger tables are first split by month on disk, so that memory stays bounded. The engine's split keeps no order
#: (rows change places inside a month), so every month is ordered and written by itself either way.
HELD = 1_500_000


def stored(table: str) -> list[str]:
    """Return the columns of a table as stored, in order."""
    return [*schema.stored_columns(table), *(schema.LINE_COLUMNS if table == "order_lines" else ())]


def table(engine: ReadingEngine, name: str, folder: Path, closing_day: int | None) -> None:
    """Write ``out_<name>`` into ``folder/<name>``."""
    columns = stored(name)
    chosen = ", ".join(f"{_expression(name, c, closing_day)} AS {quoted(c)}" for c in columns)
    statement = f"SELECT {chosen} FROM out_{name} AS t"
    order = ", ".join(f"{quoted(c)} NULLS FIRST" for c in _order(name, columns))
    if "ym" in columns:
        _by_month(engine, statement, order, folder / name)
    else:
        engine.write(f"{statement} ORDER BY {order}", folder / name / "data.parquet")


def _order(name: str, columns: list[str]) -> list[str]:
    """The key first, then everything, so that equal rows only can change places."""
    key = [c for c in schema.table(name).key if c in columns]
    return list(dict.fromkeys([*key, *columns]))


def _expression(name: str, column: str, closing_day: int | None) -> str:
    if name != "order_lines":
        if column == "ym":
            return month_of("t.business_date", closing_day)
        if column == "dow":
            return "CAST(isodow(t.business_date) AS INTEGER)"
        if name == "orders" and column == "status":
            return "COALESCE(t.status, 'placed')"
    return f"t.{quoted(column)}"


def _by_month(engine: ReadingEngine, statement: str, order: str, folder: Path) -> None:
    engine.execute(f"CREATE OR REPLACE TEMP VIEW written AS {statement}")
    rows = engine.rows("SELECT COUNT(*) AS n FROM written")[0][0]
    months = _held(engine) if rows <= HELD else _split(engine, folder)
    for month, source in months:
        engine.write(f"SELECT * FROM {source} ORDER BY {order}", folder / f"ym={month}" / "data.parquet")
    if rows > HELD:
        shutil.rmtree(_parts(folder))


def _held(engine: ReadingEngine) -> list[tuple[str, str]]:
    """Give each month with the relation that holds it, in memory."""
    engine.execute("CREATE OR REPLACE TEMP TABLE held AS SELECT * FROM written")
    months = [month for month, in engine.rows("SELECT DISTINCT ym FROM held ORDER BY ym")]
    return [(m, f"(SELECT * FROM held WHERE ym = {literal(m)})") for m in months]


def _split(engine: ReadingEngine, folder: Path) -> list[tuple[str, str]]:
    """Give each month with the relation that holds it, on disk."""
    parts = _parts(folder)
    parts.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"COPY (SELECT * FROM written) TO {literal(str(parts))} (FORMAT parquet, COMPRESSION lz4_raw, "
                   "PARTITION_BY (ym), WRITE_PARTITION_COLUMNS true)")
    return [(p.name.removeprefix("ym="), f"read_parquet({literal(str(p / '*.parquet'))}, hive_partitioning = false)")
            for p in sorted(parts.iterdir())]


def _parts(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}")
