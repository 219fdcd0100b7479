"""What a window of months adds to the books, month by month: records taken, rows left, who is put aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake import ledger
from crmlib.intake.merge import keyed, sales
from crmlib.intake.merge.kept import Left, Unit
from crmlib.intake.merge.views import month_among, month_of

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Records in quarantine by the rules of merging: which record, why, of which order, in which month it is counted.
PUT_ASIDE = "table_name VARCHAR, seq INTEGER, row BIGINT, step VARCHAR, reason VARCHAR, order_id VARCHAR, ym VARCHAR"
#: Orders whose rows lie in several months, and all these months.
SPANNING = "order_id VARCHAR, ym VARCHAR"


@dataclass(frozen=True)
class Counted:
    """What is counted together: tables, their rows' months, and the source and the label of each file.

    Attributes
    ----------
    months : tuple of str
        Months of the window; what falls into others, since an order may lie in several, is left to their own windows.
        One only, or '' for a table without time, needs no look at days.
    alone : bool
        Whether all rows of the window are known to lie in its only month.
    flat : bool
        Whether only odd orders of the window are laid together, and its other lines stay as they are (`plain`).
    """

    group: str
    tables: tuple[str, ...]
    months: tuple[str, ...]
    alone: bool
    sources: tuple[str, ...]
    labels: tuple[str, ...]
    closing_day: int | None
    unit: int
    flat: bool = False


def begin(engine: ReadingEngine) -> None:
    """Start a window: nothing is taken yet."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE removed ({keyed.REMOVED})")


def units(engine: ReadingEngine, of: Counted, extra: Iterable[tuple[str, str, int]] = ()) -> dict[str, Unit]:
    """Return the books of each month of a window; ``extra`` are further counts as (month, name, n).

    Reads ``removed`` and of each table ``out_<table>``; of lines ``laid_lines``, or all of a month alone.
    """
    taken = _taken(engine, of)
    left: dict[str, list[Left]] = {}
    for table in of.tables:
        for month, found in _left(engine, of, table):
            left.setdefault(month, []).append(found)
    counts: dict[str, dict[str, int]] = {}
    for month, name, n in extra:
        counts.setdefault(month, {})[name] = n
    return {m: Unit(tuple(taken.get(m, ())), tuple(left.get(m, ())), counts.get(m, {}))
            for m in of.months if m in taken or m in left or m in counts}


def _taken(engine: ReadingEngine, of: Counted) -> dict[str, list[ledger.Entry]]:
    if not engine.rows("SELECT 1 AS one FROM removed LIMIT 1"):
        return {}
    source = f"(SELECT *, {literal(of.months[0])} AS ym FROM removed)" if of.alone else _placed(of)
    found = engine.rows(
        f"SELECT ym, table_name, seq, step, fate, reason, COUNT(*) AS rows, CAST(SUM(exact) AS VARCHAR) AS amount, "
        f"MIN(row, {ledger.EXAMPLES}) FILTER (WHERE fate = '{ledger.MERGED}') AS first "
        f"FROM {source} GROUP BY ym, table_name, seq, step, fate, reason "
        "ORDER BY ym, table_name, seq, step, fate, reason")
    taken: dict[str, list[ledger.Entry]] = {}
    for ym, table, seq, step, fate, reason, rows, amount, first in found:
        entry = ledger.Entry(step, fate, of.sources[int(seq)], table, reason, int(rows), ledger.money(amount),
                             of.labels[int(seq)], tuple(first or ()))
        taken.setdefault(ym, []).append(entry)
    return taken


def _placed(of: Counted) -> str:
    """``removed`` with the month in which each record is counted: its own, for orders and lines their order's first."""
    if of.group != "sales":
        table = of.tables[0]
        return (f"(SELECT r.*, {month_of('i.business_date', of.closing_day)} AS ym FROM removed AS r "
                f"INNER JOIN in_{table} AS i ON i.seq = r.seq AND i.row = r.row AND i.counted)")
    parts = [f"SELECT r.*, h.ym, h.order_id FROM removed AS r INNER JOIN in_{t} AS i ON i.seq = r.seq "
             f"AND i.row = r.row AND i.counted INNER JOIN homes AS h ON h.order_id = i.order_id "
             f"WHERE r.table_name = {literal(t)}" for t in of.tables]
    return f"({' UNION ALL '.join(parts)})"


def needs_homes(engine: ReadingEngine) -> bool:
    """Return whether some record was taken, or some order counted twice, whose month has to be known."""
    return bool(engine.rows("SELECT 1 AS one FROM removed UNION ALL SELECT 1 AS one FROM in_two_files LIMIT 1"))


def quarantines(engine: ReadingEngine) -> bool:
    """Return whether some record of the window goes to quarantine."""
    return bool(engine.rows("SELECT 1 AS one FROM removed WHERE fate = 'quarantined' LIMIT 1"))


def homes(engine: ReadingEngine, closing_day: int | None, lines: bool, every: bool) -> None:
    """Make ``homes`` (order_id, ym): the first month in which rows of an order lie, where it is counted.

    Of all orders, or of those only of which a record was taken or which lie in two files.
    """
    wanted = "SELECT order_id FROM in_two_files UNION SELECT order_id FROM several_orders"
    if lines:
        wanted += (" UNION SELECT order_id FROM in_order_lines SEMI JOIN (SELECT seq, row FROM removed "
                   "WHERE table_name = 'order_lines') AS r USING (seq, row)")
    wanted += (" UNION SELECT order_id FROM in_orders SEMI JOIN (SELECT seq, row FROM removed "
               "WHERE table_name = 'orders') AS r USING (seq, row)")
    only = "" if every else f" SEMI JOIN ({wanted}) AS w USING (order_id)"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE homes AS SELECT order_id, {month_of('day', closing_day)} AS ym FROM "
                   f"(SELECT order_id, MIN(business_date) AS day FROM in_orders{only} GROUP BY order_id)")


def put_aside(engine: ReadingEngine, of: Counted) -> None:
    """Keep the records in quarantine of a window of orders, with their order; `homes` has been made."""
    listed = ", ".join(literal(m) for m in of.months)
    engine.execute(f"INSERT INTO put_aside SELECT table_name, seq, row, step, reason, order_id, ym FROM {_placed(of)} "
                   f"WHERE fate = 'quarantined' AND ym IN ({listed})")


def made(table: str) -> str:
    """Return the relation with the rows of a table that stay."""
    return "laid_lines" if table == "order_lines" else f"out_{table}"


def _left(engine: ReadingEngine, of: Counted, table: str) -> list[tuple[str, Left]]:
    """Counted rows that stay, by month and source; of lines all, with their money before and after rounding."""
    lines = table == "order_lines"
    if lines and of.flat:
        return _left_flat(engine, of)
    month = literal(of.months[0]) if of.alone else "ym"
    if not of.alone and not lines:
        month = month_among("business_date", of.closing_day, of.months if len(of.months) < 13 else ())
    money = ("CAST(SUM(exact) AS VARCHAR) AS exact, CAST(SUM(amount) AS BIGINT) AS minor, "
             f"COUNT(*) FILTER (WHERE exact * {of.unit} <> amount) AS touched" if lines else
             "NULL AS exact, 0 AS minor, 0 AS touched")
    source = sales.left_lines() if lines and of.alone else made(table)
    found = engine.rows(f"SELECT {month} AS month, seq, COUNT(*) AS rows, {money} FROM {source} "
                        f"WHERE {'TRUE' if lines else 'counted'} GROUP BY 1, 2 ORDER BY 1, 2")
    return [(ym, Left(of.sources[int(seq)], table, int(rows), ledger.money(exact), int(minor or 0), int(touched)))
            for ym, seq, rows, exact, minor, touched in found]


def _left_flat(engine: ReadingEngine, of: Counted) -> list[tuple[str, Left]]:
    """Lines that stay: all of the window but those of odd orders, and what was left of these."""
    touched = f"COUNT(*) FILTER (WHERE exact * {of.unit} <> amount)"
    odd = (f"(SELECT {month_among('o.day', of.closing_day, of.months)} AS ym, l.seq, l.exact, l.amount "
           "FROM in_order_lines AS l INNER JOIN (SELECT order_id, MIN(business_date) AS day FROM in_orders "
           "GROUP BY order_id) AS o ON o.order_id = l.order_id)")
    parts = " UNION ALL ".join(
        f"SELECT ym, seq, {sign} * COUNT(*) AS n, {sign} * SUM(exact) AS exact, {sign} * SUM(amount) AS amount, "
        f"{sign} * {touched} AS touched FROM {source} GROUP BY ym, seq"
        for sign, source in ((1, "all_lines"), (-1, odd), (1, "out_order_lines")))
    found = engine.rows("SELECT ym, seq, SUM(n) AS rows, CAST(SUM(exact) AS VARCHAR) AS exact, "
                        f"CAST(SUM(amount) AS BIGINT) AS minor, SUM(touched) AS touched FROM ({parts}) "
                        "GROUP BY ym, seq HAVING SUM(n) <> 0 ORDER BY ym, seq")
    return [(ym, Left(of.sources[int(seq)], "order_lines", int(rows), ledger.money(exact), int(minor), int(touched)))
            for ym, seq, rows, exact, minor, touched in found]


def in_two_files(engine: ReadingEngine, of: Counted, lines_only: Sequence[int]) -> list[tuple[str, str, int]]:
    """Return by month how many orders more than one file recorded; `homes` has been made but for a month alone."""
    if not lines_only and not engine.rows("SELECT 1 AS one FROM in_two_files LIMIT 1"):
        return []
    orders = sales.in_two_files(lines_only)
    month = literal(of.months[0]) if of.alone else "h.ym"
    homes_of = "" if of.alone else "INNER JOIN homes AS h ON h.order_id = t.order_id "
    found = engine.rows(f"SELECT {month} AS month, COUNT(*) AS n FROM {orders} AS t {homes_of}GROUP BY 1 ORDER BY 1")
    return [(ym, "orders_in_two_files", int(n)) for ym, n in found]


def repeated(old: Unit, before: Unit, after: Unit) -> Unit | None:
    """Return the books of a month some of whose orders are told of again: ``before`` was their part, ``after`` is.

    None where that cannot be told from the parts: records that had given way before may now do so to another file,
    whether a receipt was cut between files is seen from all orders that these have in common, and of records that are
    named as the first of many the next are not known.
    """
    taken = _less(old.taken, before.taken)
    if taken is None or any(e.reason in sales.OVERLAP for e in old.taken):
        return None
    left: dict[tuple[str, str], Left] = {}
    for sign, unit in ((1, old), (-1, before), (1, after)):
        for one in unit.left:
            had = left.get(key := (one.source, one.table), Left(*key, 0))
            left[key] = Left(*key, had.rows + sign * one.rows, had.exact + sign * one.exact,
                             had.minor + sign * one.minor, had.touched + sign * one.touched)
    counts = {name: old.counts.get(name, 0) - before.counts.get(name, 0) + after.counts.get(name, 0)
              for name in sorted({*old.counts, *after.counts})}
    return Unit((*taken, *after.taken), tuple(one for one in left.values() if one.rows), counts)


def _less(found: Iterable[ledger.Entry], parts: Iterable[ledger.Entry]) -> list[ledger.Entry] | None:
    """Return notes of the books without their parts; None where a part takes records, or is named."""
    left: dict[tuple[str, ...], ledger.Entry] = {}
    for sign, entries_of in ((1, found), (-1, parts)):
        for one in entries_of:
            key = one.step, one.fate, one.source, one.table, one.reason, one.file
            had = left.get(key, replace(one, rows=0, amount=ledger.ZERO, first=()))
            rows, first = had.rows + sign * one.rows, {*had.first, *one.first}
            if sign < 0 and (one.fate != ledger.INFO or (rows and set(had.first) & set(one.first))):
                return None
            named = tuple(sorted(first)[:ledger.EXAMPLES]) if sign > 0 else had.first
            left[key] = replace(had, rows=rows, amount=had.amount + sign * one.amount, first=named)
    return [e for e in left.values() if e.rows]


def entries(found: Iterable[Unit], unit: int) -> list[ledger.Entry]:
    """Return what left intake, money as it was written, and the difference that rounding made."""
    totals: dict[tuple[str, str], list[Left]] = {}
    for one in found:
        for left in one.left:
            totals.setdefault((left.table, left.source), []).append(left)
    made = []
    for (table, source), parts in sorted(totals.items()):
        rows, minor = sum(p.rows for p in parts), ledger.money(sum(p.minor for p in parts)) / unit
        made.append(ledger.Entry("out", ledger.OUT, source, table, "file", rows, minor))
        if table == "order_lines":
            exact = sum((p.exact for p in parts), ledger.ZERO)
            made.append(ledger.Entry("type", ledger.ROUNDING, source, table, "rounding", sum(p.touched for p in parts),
                                     exact - minor))
    return made


def sums(found: Iterable[Unit]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Return rows and money that are left, by source and table."""
    totals: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for one in found:
        for left in one.left:
            rows, amount = totals.get((left.source, left.table), (0, ledger.ZERO))
            totals[left.source, left.table] = rows + left.rows, amount + left.exact
    return totals


def counts(found: Collection[Unit]) -> dict[str, int]:
    """Return the sum of all counts by name."""
    names = sorted({name for one in found for name in one.counts})
    return {name: sum(one.counts.get(name, 0) for one in found) for name in names}


def open_notes(engine: ReadingEngine) -> None:
    """Make what windows of orders note beside the books: records in quarantine, and what lines without days need."""
    engine.execute(f"CREATE OR REPLACE TABLE memory.main.put_aside ({PUT_ASIDE})")
    engine.execute("CREATE OR REPLACE TABLE memory.main.known_orders (order_id VARCHAR)")
    engine.execute("CREATE OR REPLACE TABLE memory.main.reached (seq INTEGER, ym VARCHAR)")


def note_old(engine: ReadingEngine, made: Collection[str]) -> None:
    """Keep the records in quarantine of months that are taken over."""
    listed = ", ".join(literal(m) for m in ("", *sorted(made)))
    engine.execute(f"INSERT INTO put_aside SELECT * FROM put_aside_before WHERE ym NOT IN ({listed})")


def save_notes(engine: ReadingEngine, folder: Path) -> None:
    """Store the notes for the next merge."""
    engine.write("SELECT * FROM put_aside ORDER BY table_name, seq, row, step, reason", folder / "put_aside.parquet")
    engine.write("SELECT * FROM spanning ORDER BY order_id, ym", folder / "spanning.parquet")


def quarantined(engine: ReadingEngine) -> None:
    """Make ``removed`` of all records in quarantine, those taken over included."""
    begin(engine)
    if engine.rows("SELECT 1 AS one FROM duckdb_tables() WHERE table_name = 'put_aside'"):
        engine.execute("INSERT INTO removed (table_name, seq, row, step, fate, reason) "
                       "SELECT table_name, seq, row, step, 'quarantined', reason FROM put_aside")
