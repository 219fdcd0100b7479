"""The work itself, a few months at a time: orders with their lines, tables with a time, and tables without."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal
from crmlib.intake.consent import deletions
from crmlib.intake.merge import collect, keyed, returns, sales, views, write
from crmlib.intake.merge.kept import Unit

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge import Basis
    from crmlib.intake.typed import stage

#: Rows that are worked on at a time: enough for two cores, few enough for any memory.
WINDOW = 1_500_000
#: Months up to which a day is compared with each of them, instead of being written out.
MANY = 12
SALES = ("orders", "order_lines")
Units = dict[tuple[str, str], Unit]


@dataclass(frozen=True)
class Work:
    """All that a merge works with.

    Attributes
    ----------
    rows : tuple of dict
        For each file, the rows of each table by month; of lines dated by their orders, by the months of these.
    folder : pathlib.Path
        Where the tables go.
    """

    engine: ReadingEngine
    files: tuple[stage.Staged, ...]
    rows: tuple[views.Rows, ...]
    basis: Basis
    folder: Path

    @property
    def tables(self) -> frozenset[str]:
        """All tables that some file feeds."""
        return frozenset(t for f in self.files for t in f.tables)

    @property
    def limit(self) -> int:
        """Rows of a window. Who is taken out by request leaves no trace of his months, so that each goes by itself."""
        return 0 if self.basis.deletions else WINDOW

    @property
    def by_order(self) -> tuple[int, ...]:
        """Files with order lines that only their order dates."""
        return tuple(seq for seq, f in enumerate(self.files)
                     if "order_lines" in f.tables and views.day_column(f, "order_lines") is None)

    def counted(self, group: str, tables: tuple[str, ...], months: tuple[str, ...], alone: bool) -> collect.Counted:
        """Return what `collect` has to know."""
        return collect.Counted(group, tables, months, alone, tuple(f.source for f in self.files),
                               self.basis.closing_day, 10 ** self.basis.decimals)

    def months(self, tables: Iterable[str]) -> set[str]:
        """Return all months in which rows of some tables lie by their own days."""
        return {m for one in self.rows for t in tables for m in one.get(t, {}) if m}

    def parts(self, table: str, months: Collection[str]) -> list[views.Part]:
        """Return the rows of a table whose own days lie in some months."""
        found = []
        for seq, file in enumerate(self.files):
            if table not in file.tables or views.day_column(file, table) is None:
                continue
            rows = self.rows[seq].get(table, {})
            condition = views.within(file, table, rows, tuple(months), self.basis.closing_day)
            if condition is not None:
                found.append(views.Part(seq, file, condition, sum(n for m, n in rows.items() if m in months)))
        return found


def grouped(rows: Iterable[views.Rows], tables: Sequence[str], months: Iterable[str],
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


def of_sales(work: Work, tables: Sequence[str], months: Collection[str]) -> Units:
    """Lay together and write the wanted months of orders and lines, oldest first: returns look back.

    Orders whose rows lie in several months (``spanning``) are made first, apart from the windows; each of their rows is
    then written in the month of its order, and counted there if that month is wanted.
    """
    found: Units = {}
    apart = _apart(work, tables, months, found)
    for window in grouped(work.rows, SALES, months, work.limit):
        views.open_table(work.engine, "orders", [_but(p, "orders", apart) for p in work.parts("orders", window)])
        if "order_lines" in tables:
            dated = [_but(p, "order_lines", apart) for p in work.parts("order_lines", window)]
            views.open_table(work.engine, "order_lines", [*dated, *_by_order(work, window)])
        for month, unit in _laid(work, tables, window, alone=len(window) == 1).items():
            _add(found, month, unit)
        for table in tables:
            source = _whole(work, table, window, apart)
            if table == "order_lines":
                source, notes = _returned(work, window, source)
                for month, unit in notes.items():
                    _add(found, month, unit)
            write.months(work.engine, table, source, work.folder, window, work.basis.closing_day)
    return found


def _apart(work: Work, tables: Sequence[str], months: Collection[str], into: Units) -> bool:
    """Make ``apart`` (order_id) and ``apart_<table>``: the orders that lie in a wanted month and in another one."""
    engine = work.engine
    listed = ", ".join(literal(m) for m in sorted(months)) or "NULL"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE apart AS SELECT DISTINCT order_id FROM spanning SEMI JOIN (SELECT "
                   f"order_id FROM spanning WHERE ym IN ({listed})) AS w USING (order_id)")
    touched = {m for m, in engine.rows("SELECT DISTINCT ym FROM spanning SEMI JOIN apart USING (order_id)")}
    if not touched:
        return False
    for table in tables:
        parts = [_only(p, table, "apart") for p in work.parts(table, touched)]
        views.open_table(engine, table, [*parts, *(_by_order(work, touched) if table == "order_lines" else [])])
    for month, unit in _laid(work, tables, tuple(sorted(months)), alone=False).items():
        _add(into, month, unit)
    for table in tables:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE apart_{table} AS SELECT * FROM {collect.made(table)}")
    return True


def _whole(work: Work, table: str, window: tuple[str, ...], apart: bool) -> str:
    """The rows of a window and those of its months that were made apart, as text to select from."""
    if not apart:
        return collect.made(table)
    month = "ym" if table == "order_lines" else views.month_of("business_date", work.basis.closing_day)
    listed = ", ".join(literal(m) for m in window)
    return (f"(SELECT * FROM {collect.made(table)} UNION ALL "
            f"SELECT * FROM apart_{table} WHERE {month} IN ({listed}))")


def _returned(work: Work, window: tuple[str, ...], lines: str) -> tuple[str, dict[str, Unit]]:
    """The lines of a window with the orders they take back, as text to select from, and the notes of the books."""
    engine = work.engine
    engine.execute(f"CREATE OR REPLACE TEMP TABLE seekers AS SELECT DISTINCT customer_key, product_id FROM {lines} "
                   f"WHERE {returns.UNTOLD}")
    first = views.bounds(min(window), work.basis.closing_day)[0] - timedelta(days=returns.LOOK_BACK)
    before = [f for f in sorted((work.folder / "order_lines").glob("ym=*")) if f.name[3:] < min(window)
              and views.bounds(f.name[3:], work.basis.closing_day)[1] >= first]
    returns.earlier(engine, before)
    engine.execute(f"CREATE OR REPLACE TEMP VIEW looked_at AS SELECT seq, row, {returns.NEEDED} FROM {lines} "
                   f"UNION ALL SELECT CAST(NULL AS INTEGER), CAST(NULL AS BIGINT), {returns.NEEDED} FROM earlier")
    returns.match(engine, "looked_at")
    notes: dict[str, Unit] = {}
    for month, entry in returns.entries(engine, [f.source for f in work.files], work.basis.decimals):
        notes[month] = Unit((*notes.get(month, Unit()).taken, entry))
    if not engine.rows("SELECT 1 AS one FROM returned LIMIT 1"):
        return lines, notes
    return (f"(SELECT l.* REPLACE (COALESCE(l.return_of, b.return_of) AS return_of) FROM {lines} AS l "
            "LEFT JOIN returned AS b ON b.seq = l.seq AND b.row = l.row)"), notes


def _laid(work: Work, tables: Sequence[str], months: tuple[str, ...], alone: bool) -> dict[str, Unit]:
    engine, closing_day = work.engine, work.basis.closing_day
    begin(work, "orders")
    sales.orders(engine)
    if "order_lines" in tables:
        sales.lines(engine, closing_day, () if len(months) > MANY else months)
        engine.execute("CREATE OR REPLACE TEMP TABLE laid_lines AS SELECT * FROM out_order_lines")
    of = work.counted("sales", tuple(tables), months, alone)
    if work.by_order or collect.needs_homes(engine):
        collect.homes(engine, closing_day)
    if _quarantined(engine):
        collect.put_aside(engine, of)
    if work.by_order:
        engine.execute("INSERT INTO known_orders SELECT DISTINCT order_id FROM in_orders")
        engine.execute("INSERT INTO reached SELECT DISTINCT l.seq, h.ym FROM in_order_lines AS l "
                       "INNER JOIN homes AS h ON h.order_id = l.order_id")
    return collect.units(engine, of, collect.in_two_files(engine, of, work.by_order))


def begin(work: Work, *tables: str) -> None:
    """Start a window: nothing is taken yet but what goes by request."""
    collect.begin(work.engine)
    for table in tables if work.basis.deletions else ():
        deletions.take(work.engine, table)


def _quarantined(engine: ReadingEngine) -> bool:
    return bool(engine.rows("SELECT 1 AS one FROM removed WHERE fate = 'quarantined' LIMIT 1"))


def _by_order(work: Work, months: Collection[str]) -> list[views.Part]:
    """Lines that know their day from their order only: those of the orders at hand."""
    found = []
    for seq in work.by_order:
        rows = work.rows[seq].get("order_lines", {})
        if any(m in months for m in rows):
            part = views.Part(seq, work.files[seq], rows=sum(n for m, n in rows.items() if m in months))
            found.append(_only(part, "order_lines", "in_orders"))
    return found


def _only(part: views.Part, table: str, relation: str) -> views.Part:
    return _with(part, f"{views.stored(part.file, table, 'order_id')} IN (SELECT order_id FROM {relation})")


def _but(part: views.Part, table: str, apart: bool) -> views.Part:
    if not apart:
        return part
    return _with(part, f"{views.stored(part.file, table, 'order_id')} NOT IN (SELECT order_id FROM apart)")


def _with(part: views.Part, condition: str) -> views.Part:
    joined = " AND ".join(c for c in (part.condition, condition) if c)
    return views.Part(part.seq, part.file, joined, part.rows)


def _add(units: Units, month: str, unit: Unit) -> None:
    """Add the books of a month made in two steps."""
    before = units.get(("sales", month), Unit())
    names = sorted({*before.counts, *unit.counts})
    units["sales", month] = Unit(before.taken + unit.taken, before.left + unit.left,
                                 {n: before.counts.get(n, 0) + unit.counts.get(n, 0) for n in names})


def orphans(work: Work, among: str | None) -> Units:
    """Put the lines aside whose order no file has.

    ``known_orders`` holds the orders seen; ``among`` names a relation with the ids to look at where not all need be.
    """
    engine = work.engine
    parts = [p if among is None else _only(p, "order_lines", among) for p in views.every(work.files, "order_lines")
             if p.seq in work.by_order and "" in work.rows[p.seq].get("order_lines", {})]
    views.open_table(engine, "order_lines", parts)
    collect.begin(engine)
    engine.execute("INSERT INTO removed SELECT 'order_lines', seq, row, 'orphan', 'quarantined', 'order_id.orphan', "
                   "exact FROM in_order_lines ANTI JOIN known_orders USING (order_id) WHERE counted")
    engine.execute("INSERT INTO put_aside SELECT 'order_lines', r.seq, r.row, step, reason, order_id, '' "
                   "FROM removed AS r INNER JOIN in_order_lines AS l ON l.seq = r.seq AND l.row = r.row")
    found = collect.units(engine, work.counted("sales", (), ("",), alone=True))
    return {("sales", month): unit for month, unit in found.items()}


def of_time(work: Work, table: str, months: Collection[str]) -> Units:
    """Lay together and write the wanted months of a table with a time."""
    found: Units = {}
    for window in grouped(work.rows, (table,), months, work.limit):
        views.open_table(work.engine, table, work.parts(table, window))
        found |= _other(work, table, window)
        write.months(work.engine, table, f"out_{table}", work.folder, window, work.basis.closing_day)
    return found


def whole(work: Work, table: str) -> Units:
    """Lay together and write a table without time."""
    views.open_table(work.engine, table, views.every(work.files, table))
    found = _other(work, table, ("",))
    write.whole(work.engine, table, work.folder)
    return found


def _other(work: Work, table: str, months: tuple[str, ...]) -> Units:
    engine, key = work.engine, schema.table(table).key
    begin(work, table)
    if not key:
        sales.loose(engine, table)
    else:
        columns = list(views.columns_of(table))
        if "customer_id" in columns:
            columns[columns.index("customer_id")] = "customer_key"
        engine.execute(f"CREATE OR REPLACE TEMP VIEW keyed_{table} AS SELECT * "
                       f"FROM {views.with_keys(table, f'in_{table}')} AS t")
        own = tuple("customer_key" if c == "customer_id" else c for c in key)
        keyed.lay_together(engine, keyed.Merge(table, f"keyed_{table}", f"out_{table}", own, tuple(columns)))
    of = work.counted(table, (table,), months, len(months) == 1)
    return {(table, month): unit for month, unit in collect.units(engine, of).items()}
