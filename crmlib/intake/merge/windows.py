"""The work itself, a few months at a time: orders with their lines, tables with a time, and tables without."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal
from crmlib.intake.consent import deletions
from crmlib.intake.merge import collect, keyed, plain, returns, sales, views, write
from crmlib.intake.merge.kept import Unit
from crmlib.intake.merge.work import MANY, SALES, Course, Units, Work

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge.change import Change

#: Windows of orders at the same time.
_AT_ONCE = 2
#: What says of a row where it was told, not what.
_PLACES = {"orders": ("seq", "row", "counted", "seen"), "order_lines": ("seq", "row", "exact")}


def of_sales(work: Work, tables: Sequence[str], months: Collection[str]) -> Units:
    """Lay together and write the wanted months of orders and lines, oldest first: returns look back.

    Orders whose rows lie in several months (``spanning``) are made first, apart from the windows; each of their rows is
    then written in the month of its order, and counted there if that month is wanted.
    """
    found: Units = {}
    _share(work)
    apart = _apart(work, tables, months, found)
    flat = plain.prepare(work, months) if "order_lines" in tables else False
    windows = tuple(views.grouped(work.rows, SALES, months, work.limit))
    through = tuple(Event() for _ in windows)
    running: list[Future[Units]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for n in range(1, len(windows) + 1):
            course = Course(windows[:n], frozenset(months), through[:n], tuple(running))
            running.append(pool.submit(_window, work, tables, course, apart, flat))
    for one in running:
        for (_, month), unit in one.result().items():
            _add(found, month, unit)
    return found


def _share(work: Work) -> None:
    """Let the connections of all windows see who is who: a temporary table is seen by its own connection only."""
    held = {"customer_links": "customer_id, customer_key"} | ({"deleted": "*"} if work.basis.deletions else {})
    for name, columns in held.items():
        work.engine.execute(f"CREATE OR REPLACE TABLE memory.main.{name} AS SELECT {columns} FROM temp.{name}")


def _window(work: Work, tables: Sequence[str], course: Course, apart: bool, flat: bool) -> Units:
    """Make one window, beside another; what it takes back is looked for when the one before knows what it does."""
    found: Units = {}
    try:
        with work.engine.beside() as engine, engine.as_written() if flat else nullcontext():
            work = replace(work, engine=engine)
            _open(work, tables, course.window, apart, flat)
            for month, unit in _laid(work, tables, course.window, len(course.window) == 1, flat).items():
                _add(found, month, unit)
            for table in tables:
                source = _whole(work, table, course.window, apart, flat)
                if table == "order_lines":
                    source, notes = _returned(work, source, course, apart, flat)
                    for month, unit in notes.items():
                        _add(found, month, unit)
                    course.through[-1].set()
                write.months(engine, table, source, work.folder, course.window, work.basis.closing_day,
                             work.absent(table))
    finally:
        course.through[-1].set()
    return found


def _open(work: Work, tables: Sequence[str], window: tuple[str, ...], apart: bool, flat: bool) -> None:
    parts = {t: [views.but(p, t, "apart") if apart else p for p in work.parts(t, window)] for t in tables}
    if flat:
        plain.open_window(work, parts["order_lines"], parts["orders"], window)
        return
    views.open_table(work.engine, "orders", parts["orders"], keyed=True)
    if "order_lines" in tables:
        views.open_table(work.engine, "order_lines", [*parts["order_lines"], *_by_order(work, window)])


def _returned(work: Work, lines: str, course: Course, apart: bool, flat: bool) -> tuple[str, dict[str, Unit]]:
    if flat:
        return plain.returned(work, lines, _of_apart(work, "order_lines", course.window) if apart else "", course)
    course.written()
    if not returns.seek(work.engine, lines):
        return lines, {}
    returns.near(work.engine, lines)
    returns.earlier(work.engine, returns.looked_back(work, course.window))
    return returns.of_window(work, lines)


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
            parts = [views.only(p, table, "apart") for p in work.parts(table, touched)]
            lines = _by_order(work, touched) if table == "order_lines" else []
            views.open_table(own, table, [*parts, *lines], keyed=table == "orders")
        for month, unit in _laid(work, tables, tuple(sorted(months)), alone=False).items():
            _add(into, month, unit)
        for table in tables:
            own.execute(f"CREATE OR REPLACE TABLE memory.main.apart_{table} AS SELECT * FROM {collect.made(table)}")
    return True


def _whole(work: Work, table: str, window: tuple[str, ...], apart: bool, flat: bool) -> str:
    """The rows of a window and those of its months that were made apart, as text to select from."""
    made = plain.LAID[table] if flat else collect.made(table)
    return f"(SELECT * FROM {made} UNION ALL BY NAME SELECT * FROM {_of_apart(work, table, window)})" if apart else made


def _of_apart(work: Work, table: str, window: tuple[str, ...]) -> str:
    month = "ym" if table == "order_lines" else views.month_of("business_date", work.basis.closing_day)
    return f"(SELECT * FROM apart_{table} WHERE {month} IN ({', '.join(literal(m) for m in window)}))"


def unchanged(work: Work, tables: Sequence[str], months: Collection[str], change: Change) -> Units:
    """Return the books of those of some months whose orders new files only tell of again, saying nothing new.

    The orders of a month that new files tell of (``affected``) are laid together without these and with them: where
    that gives the same, so does laying together the whole month.
    """
    if not months:
        return {}
    _share(work)
    # What is noted here is forgotten when the months made anew begin.
    collect.open_notes(work.engine)
    found: Units = {}
    for month in sorted(months):
        with work.engine.beside() as engine:
            here = replace(work, engine=engine)
            parts = [_part(replace(here, rows=rows), tables, month, name, change.before.folder)
                     for name, rows in (("before", change.rows_before(work)), ("after", work.rows))]
            if collect.quarantines(engine) or _differ(engine, tables):
                continue
        if unit := collect.repeated(change.before.units["sales", month], *parts):
            found["sales", month] = unit
    return found


def _part(work: Work, tables: Sequence[str], month: str, name: str, before: Path) -> Unit:
    """Lay ``affected`` orders of a month together, keep what stays of each table as ``<name>_<table>``."""
    engine = work.engine
    for table in tables:
        parts = [views.only(p, table, "affected") for p in work.parts(table, (month,))]
        views.open_table(engine, table, parts, keyed=table == "orders", held=True)
    found = _laid(work, tables, (month,), alone=True).get(month, Unit())
    for table in tables:
        left_out = ", ".join(_PLACES[table])
        engine.execute(f"CREATE TEMP TABLE {name}_{table} AS SELECT * EXCLUDE ({left_out}) FROM {collect.made(table)}")
    written = before / "order_lines" / f"ym={month}" / "data.parquet"
    if not written.is_file():
        return found
    returns.known(engine, "out_order_lines", written)
    notes = (entry for _, entry in returns.entries(engine, work.files, work.basis.decimals))
    return replace(found, taken=(*found.taken, *notes))


def _differ(engine: ReadingEngine, tables: Sequence[str]) -> bool:
    """Return whether a row of ``before_<table>`` is none of ``after_<table>``, or the other way round."""
    sides = [f"(SELECT * FROM {a}_{table} EXCEPT ALL SELECT * FROM {b}_{table} LIMIT 1)"
             for table in tables for a, b in (("before", "after"), ("after", "before"))]
    return any(engine.rows(f"SELECT 1 AS one FROM {side}") for side in sides)


def _laid(work: Work, tables: Sequence[str], months: tuple[str, ...], alone: bool,
          flat: bool = False) -> dict[str, Unit]:
    engine, closing_day = work.engine, work.basis.closing_day
    begin(work, "orders")
    sales.orders(engine, work.files)
    if "order_lines" in tables:
        # Every line that its file dates brings its order along.
        sales.lines(engine, closing_day, () if len(months) > MANY else months, sure=not work.by_order)
        if flat:
            plain.lay(engine)
        else:
            sales.lay(engine, held=not alone)
    of = replace(work.counted("sales", tuple(tables), months, alone), flat=flat)
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
            found.append(views.only(part, "order_lines", "in_orders"))
    return found


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
    parts = [p if among is None else views.only(p, "order_lines", among) for p in views.every(work.files, "order_lines")
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
        write.months(work.engine, table, f"out_{table}", work.folder, window, work.basis.closing_day,
                     work.absent(table))
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
