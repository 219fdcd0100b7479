"""The work itself, a few months at a time: orders with their lines, tables with a time, and tables without."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
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

#: Rows of a window: enough for its statements to be worth it, few enough for two windows in any memory.
WINDOW = 1_200_000
#: Windows of orders at the same time: one is laid together while the one before is written.
_AT_ONCE = 2
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


def of_sales(work: Work, tables: Sequence[str], months: Collection[str]) -> Units:
    """Lay together and write the wanted months of orders and lines, oldest first: returns look back.

    Orders whose rows lie in several months (``spanning``) are made first, apart from the windows; each of their rows is
    then written in the month of its order, and counted there if that month is wanted.
    """
    found: Units = {}
    _share(work)
    apart = _apart(work, tables, months, found)
    before: Future[Units] | None = None
    running: list[Future[Units]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for window in views.grouped(work.rows, SALES, months, work.limit):
            before = pool.submit(_window, work, tables, window, apart, before)
            running.append(before)
    for one in running:
        for (_, month), unit in one.result().items():
            _add(found, month, unit)
    return found


def _share(work: Work) -> None:
    """Let the connections of all windows see who is who: a temporary table is seen by its own connection only."""
    held = {"customer_links": "customer_id, customer_key"} | ({"deleted": "*"} if work.basis.deletions else {})
    for name, columns in held.items():
        work.engine.execute(f"CREATE OR REPLACE TABLE memory.main.{name} AS SELECT {columns} FROM temp.{name}")


def _window(work: Work, tables: Sequence[str], window: tuple[str, ...], apart: bool,
            before: Future[Units] | None) -> Units:
    """Make one window, beside another; what it takes back is looked for when the one ``before`` has been written."""
    found: Units = {}
    with work.engine.beside() as engine:
        work = replace(work, engine=engine)
        orders = [_but(p, "orders", apart) for p in work.parts("orders", window)]
        views.open_table(engine, "orders", orders, keyed=True)
        if "order_lines" in tables:
            dated = [_but(p, "order_lines", apart) for p in work.parts("order_lines", window)]
            views.open_table(engine, "order_lines", [*dated, *_by_order(work, window)])
        for month, unit in _laid(work, tables, window, alone=len(window) == 1).items():
            _add(found, month, unit)
        if before is not None:
            before.result()
        for table in tables:
            source = _whole(work, table, window, apart)
            if table == "order_lines":
                source, notes = returns.of_window(work, window, source)
                for month, unit in notes.items():
                    _add(found, month, unit)
            write.months(engine, table, source, work.folder, window, work.basis.closing_day)
    return found


def _apart(work: Work, tables: Sequence[str], months: Collection[str], into: Units) -> bool:
    """Make ``apart`` (order_id) and ``apart_<table>``: the orders that lie in a wanted month and in another one."""
    engine = work.engine
    listed = ", ".join(literal(m) for m in sorted(months)) or "NULL"
    engine.execute("CREATE OR REPLACE TABLE memory.main.apart AS SELECT DISTINCT order_id FROM spanning "
                   f"SEMI JOIN (SELECT order_id FROM spanning WHERE ym IN ({listed})) AS w USING (order_id)")
    touched = {m for m, in engine.rows("SELECT DISTINCT ym FROM spanning SEMI JOIN apart USING (order_id)")}
    if not touched:
        return False
    with engine.beside() as own:
        work = replace(work, engine=own)
        for table in tables:
            parts = [_only(p, table, "apart") for p in work.parts(table, touched)]
            lines = _by_order(work, touched) if table == "order_lines" else []
            views.open_table(own, table, [*parts, *lines], keyed=table == "orders")
        for month, unit in _laid(work, tables, tuple(sorted(months)), alone=False).items():
            _add(into, month, unit)
        for table in tables:
            own.execute(f"CREATE OR REPLACE TABLE memory.main.apart_{table} AS SELECT * FROM {collect.made(table)}")
    return True


def _whole(work: Work, table: str, window: tuple[str, ...], apart: bool) -> str:
    """The rows of a window and those of its months that were made apart, as text to select from."""
    if not apart:
        return collect.made(table)
    month = "ym" if table == "order_lines" else views.month_of("business_date", work.basis.closing_day)
    listed = ", ".join(literal(m) for m in window)
    return (f"(SELECT * FROM {collect.made(table)} UNION ALL "
            f"SELECT * FROM apart_{table} WHERE {month} IN ({listed}))")


def _laid(work: Work, tables: Sequence[str], months: tuple[str, ...], alone: bool) -> dict[str, Unit]:
    engine, closing_day = work.engine, work.basis.closing_day
    begin(work, "orders")
    sales.orders(engine, work.files)
    if "order_lines" in tables:
        # Every line that its file dates brings its order along.
        sales.lines(engine, closing_day, () if len(months) > MANY else months, sure=not work.by_order)
        sales.lay(engine, held=not alone)
    of = work.counted("sales", tuple(tables), months, alone)
    aside = collect.quarantines(engine)
    if work.by_order or aside or (not alone and collect.needs_homes(engine)):
        collect.homes(engine, closing_day, "order_lines" in tables, every=bool(work.by_order))
    if aside:
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
    for window in views.grouped(work.rows, (table,), months, work.limit):
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
