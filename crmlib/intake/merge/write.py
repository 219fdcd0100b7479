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

#: Up to here one thread writes all months in one pass; larger tables are first split by month, then ordered month by
#: month, so that memory stays bounded.
ONE_PASS = 1_500_000


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
    rows = int(engine.sql("SELECT COUNT(*) AS n FROM written")["n"].iloc[0])
    folder.parent.mkdir(parents=True, exist_ok=True)
    if rows <= ONE_PASS:
        engine.execute("CREATE OR REPLACE TEMP TABLE held AS SELECT * FROM written")
        with engine.one_thread():
            engine.execute(_copy(f"SELECT * FROM held ORDER BY ym, {order}", folder, "zstd"))
        engine.execute("DROP TABLE held")
        return
    parts = folder.with_name(f".{folder.name}")
    engine.execute(_copy("SELECT * FROM written", parts, "lz4_raw"))
    for month in sorted(p.name for p in parts.iterdir()):
        source = literal(str(parts / month / "*.parquet"))
        engine.write(f"SELECT * FROM read_parquet({source}, hive_partitioning = false) ORDER BY {order}",
                     folder / month / "data.parquet")
        shutil.rmtree(parts / month)
    parts.rmdir()


def _copy(statement: str, folder: Path, codec: str) -> str:
    return (f"COPY ({statement}) TO {literal(str(folder))} (FORMAT parquet, COMPRESSION {codec}, PARTITION_BY (ym), "
            "WRITE_PARTITION_COLUMNS true)")
