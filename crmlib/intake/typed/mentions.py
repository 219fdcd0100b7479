"""What the records of a file tell of other tables beside their own: each order, product or customer once.

Where the lines of an order lie together and orders follow each other, as in nearly every export, an order is the first
of its lines: it is written while the lines go by, and nothing is held. Else lines are laid together by what they say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.engine.reading import KEPT

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.typed.plan import Plan

#: Of an order whose lines carry their own times, the earliest counts.
_EARLIEST = ("ordered_at", "business_date", "hour")
#: So many records of a file that has at least so many times as many are looked at before all are.
_FIRST, _LARGE = 20_000, 25


def write(engine: ReadingEngine, target: Path, tables: Mapping[str, Sequence[str]], found: Plan, folder: Path) -> bool:
    """Write ``<table>.parquet`` of each table that the records in ``target`` only mention.

    Columns beside the table's own: ``seen`` (when a row was last told of) and ``mentioned`` (how often).

    Returns
    -------
    bool
        Whether the file is in order: all lines of an order say the same of it and lie together, by ascending number
        where they have one, and orders come in the order of their ids or the other way round.
    """
    orders = folder / "orders.parquet"
    ordered = "orders" in found.tables[1:] and _in_order(engine, target, tables["orders"], found, orders)
    for table in found.tables[1:]:
        if table != "orders" or not ordered:
            _laid_together(engine, target, table, tables[table], found, folder / f"{table}.parquet")
    return ordered


def seen_column(table: str, columns: Sequence[str], found: Plan) -> str:
    """Return the time that says which of two rows with one key is newer; NULL where only the file can say."""
    if "updated_at" in columns:
        return quoted(f"{table}.updated_at")
    at = schema.table(found.grain).at
    time = f"{found.grain}.{at}" if at else "orders.ordered_at"
    if table in ("orders", found.grain) or not found.field(time):
        return "CAST(NULL AS TIMESTAMP)"
    return quoted(time)


def _places(table: str, columns: Sequence[str], found: Plan) -> dict[str, str]:
    return {c: quoted(found.stored_as(f"{table}.{c}")) for c in columns}


def _kept(target: Path, table: str, place: Mapping[str, str]) -> str:
    """The records that can be used and name a row of a table."""
    needed = [f"{place[c.name]} IS NOT NULL" for c in schema.table(table).columns if c.required and c.name in place]
    return (f"FROM read_parquet({literal(str(target))}, file_row_number = true) "
            f"WHERE {' AND '.join(['fate IS NULL', *needed])}")


def _laid_together(engine: ReadingEngine, target: Path, table: str, columns: Sequence[str], found: Plan,
                   path: Path) -> None:
    place = _places(table, columns, found)
    earliest = [c for c in columns if table == "orders" and c in _EARLIEST]
    listed = [c for c in columns if c not in earliest]
    chosen = [f"{place[c]} AS {quoted(c)}" for c in listed] + [f"{_first(place[c])} AS {quoted(c)}" for c in earliest]
    keyless = "file_row_number, " if not schema.table(table).key else ""
    engine.execute(
        f"COPY (SELECT {', '.join(chosen)}, MAX({seen_column(table, columns, found)}) AS seen, COUNT(*) AS mentioned "
        f"{_kept(target, table, place)} GROUP BY {keyless}{', '.join(place[c] for c in listed)}) "
        f"TO {literal(str(path))} ({KEPT})")


def _first(column: str) -> str:
    at = '"orders.ordered_at"'
    return f"MIN({column})" if column == at else f"arg_min({column}, {at})"


def _in_order(engine: ReadingEngine, target: Path, columns: Sequence[str], found: Plan, path: Path) -> bool:
    """Write the orders of a file that is in order and return True; what is written of another is not to be used."""
    place = _places("orders", columns, found)
    kept = _kept(target, "orders", place)
    rows = int(engine.rows(f"SELECT COUNT(*) AS n {kept}")[0][0])
    if rows >= _LARGE * _FIRST and not _follow(engine, f"({_heads(f'{kept} LIMIT {_FIRST}', rows, place, found)})"):
        return False
    engine.execute(f"COPY ({_heads(kept, rows, place, found)}) TO {literal(str(path))} ({KEPT})")
    return _follow(engine, f"read_parquet({literal(str(path))})")


def _heads(kept: str, rows: int, place: Mapping[str, str], found: Plan) -> str:
    """Lines that do not go on with the order of the line before; ``follows`` says how their orders' ids compare."""
    number = found.stored_as("order_lines.line_no") if found.field("order_lines.line_no") else ""
    chosen = [f"{of} AS {quoted(c)}" for c, of in place.items()]
    chosen += [f"TRY_CAST({quoted(number)} AS BIGINT) AS number"] if number else []
    same = [f"{quoted(c)} IS NOT DISTINCT FROM lag({quoted(c)}) OVER ()" for c in place]
    same += ["COALESCE(number > lag(number) OVER (), FALSE)"] if number else []
    told = (f"SELECT *, row_number() OVER () AS nth, lag(order_id) OVER () AS before, {' AND '.join(same)} AS same "
            f"FROM (SELECT {', '.join(chosen)}, {seen_column('orders', list(place), found)} AS seen {kept})")
    return (f"SELECT {', '.join(quoted(c) for c in place)}, seen, lead(nth, 1, {rows + 1}) OVER () - nth AS mentioned, "
            "CASE WHEN order_id > before THEN 1 WHEN order_id < before THEN -1 WHEN order_id = before THEN 0 "
            f"ELSE NULL END AS follows FROM ({told}) WHERE NOT same")


def _follow(engine: ReadingEngine, heads: str) -> bool:
    """Return whether each order stands there once, told by ids that only rise, or only fall."""
    low, high = engine.rows(f"SELECT MIN(follows) AS low, MAX(follows) AS high FROM {heads}")[0]
    return low == high and low != 0
