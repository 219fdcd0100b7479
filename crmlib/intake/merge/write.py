"""Canonical tables as Parquet: totally ordered, a file a month where they have a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake.merge.views import between

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Tables in which the key makes a row unique by the way they are made, so that nothing else need decide the order.
_UNIQUE = ("customers", "orders", "order_lines")


def stored(table: str) -> list[str]:
    """Return the columns of a table as stored, in order."""
    return [*schema.stored_columns(table), *(schema.LINE_COLUMNS if table == "order_lines" else ())]


def whole(engine: ReadingEngine, name: str, folder: Path) -> None:
    """Write ``out_<name>``, a table without time, into ``folder/<name>``."""
    engine.write(f"SELECT {_chosen(name)} FROM out_{name} AS t ORDER BY {order(name)}", folder / name / "data.parquet")


def months(engine: ReadingEngine, name: str, source: str, folder: Path, wanted: Sequence[str],
           closing_day: int | None, absent: Collection[str] = ()) -> None:
    """Write the wanted months of a relation, which are all it holds, into ``folder/<name>``.

    The engine's own split by month keeps no order inside a month, so each is ordered and written by itself. What is the
    same in all rows, the month and the columns that are ``absent`` from all files, is said after ordering.
    """
    kinds = schema.stored_columns(name)
    for month in wanted:
        path = folder / name / f"ym={month}" / "data.parquet"
        same = {c: f"CAST(NULL AS {kinds[c]})" for c in absent} | {"ym": literal(month)}
        only = f" WHERE t.business_date {between(month, closing_day)}" if len(wanted) > 1 else ""
        ordered = f"SELECT {_chosen(name, same)} FROM {source} AS t{only} ORDER BY {order(name, same)}"
        listed = ", ".join(f"{same.get(c, quoted(c))} AS {quoted(c)}" for c in stored(name))
        if not engine.write(f"SELECT {listed} FROM ({ordered})", path):
            path.unlink()
            path.parent.rmdir()


def _chosen(name: str, same: Collection[str] = ()) -> str:
    return ", ".join(f"{_expression(name, c)} AS {quoted(c)}" for c in stored(name) if c not in same)


def order(name: str, same: Collection[str] = ()) -> str:
    """Return the order of a table: the key first, then everything, so that equal rows only can change places.

    Columns that are the ``same`` in all rows need not be asked.
    """
    columns = [c for c in stored(name) if c not in same]
    key = [c for c in schema.table(name).key if c in columns]
    decide = key if name in _UNIQUE else dict.fromkeys([*key, *columns])
    return ", ".join(f"{quoted(c)} NULLS FIRST" for c in decide)


def _expression(name: str, column: str) -> str:
    if name != "order_lines":
        if column == "dow":
            return "CAST(isodow(t.business_date) AS INTEGER)"
        if name == "orders" and column == "status":
            return "COALESCE(t.status, 'placed')"
    return f"t.{quoted(column)}"
