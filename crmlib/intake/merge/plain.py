"""Orders that only one file tells of, once: nearly all. They go from the typed file into their month as they stand.

What a line takes from its order stands in its own record, so nothing is laid together, joined with its order or held.
A decision is needed only of orders that several rows tell of, whose lines tell several times, or one of whose lines may
stand there twice: these are ``odd``, found by counting, and laid together by `sales` as every order of other files is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import quoted
from crmlib.intake.merge import returns, views
from crmlib.intake.typed import stage

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge.kept import Unit
    from crmlib.intake.merge.work import Course, Work

#: So many odd orders of a window are held by the engine with their lines, instead of being read again by each step.
HELD = 100_000
#: Where the orders and lines of a window lie after `lay`.
LAID = {"orders": "laid_orders", "order_lines": "laid_lines"}
#: What lines take from their order, and what it is where the file has none of it.
_OF_ORDER = {"customer_id": "VARCHAR", "ordered_at": "TIMESTAMP", "business_date": "DATE", "hour": "INTEGER",
             "status": "VARCHAR"}
#: Columns that a line may lack.
_FILLED = ("line_no", "line_type")
#: Columns of ``all_orders`` and ``all_lines``.
_ORDERS = views.columns_of("orders") | {name: views.OWN[name] for name in ("seq", "row", "counted", "seen")}
_LINES = (views.columns_of("order_lines") | {c: kind for c, kind in _OF_ORDER.items() if c != "status"}
          | {name: views.OWN[name] for name in ("seq", "row", "exact", "content")}
          | {"cancelled": "BOOLEAN", "ym": "VARCHAR"})


def prepare(work: Work, months: Collection[str]) -> bool:
    """Make what all windows ask for (`mixed`, `wanted`) where this way applies, and return whether it does."""
    found = applies(work.files)
    if found:
        _mixed(work, months)
        _wanted(work, months)
    return found


def applies(files: Sequence[stage.Staged]) -> bool:
    """Return whether every record of all files with orders or lines is a line that stands beside its own order."""
    fed = [f for f in files if {"orders", "order_lines"} & set(f.tables)]
    return bool(fed) and all(_flat(f) for f in fed)


def _flat(file: stage.Staged) -> bool:
    import pyarrow.parquet as pq

    if file.grain != "order_lines" or views.day_column(file, "order_lines") is None:
        return False
    names = set(pq.read_schema(Path(file.folder) / "records.parquet").names)
    wanted = {f"orders.{c}" for c in file.tables["orders"] if c in _OF_ORDER}
    # Ids are stored once where lines and orders read them from the same place.
    return "orders.order_id" not in names and wanted <= names


def _mixed(work: Work, months: Collection[str]) -> None:
    """Make ``mixed`` (order_id): orders of some months whose lines tell of several times, or only some of an hour.

    A file in order has none. In most others the sums say so: an order has the earliest time of its lines and an hour
    if one of them has, so that no line's time is before it and none has more, and both add up to the same only if all
    agree.
    """
    work.engine.execute("CREATE OR REPLACE TABLE memory.main.mixed (order_id VARCHAR)")
    for file in (p.file for p in work.parts("orders", months) if not p.file.ordered):
        lines = f"{views.scan(file, 'order_lines')}{views.kept(file, 'order_lines')}"
        told = work.engine.rows(
            f"SELECT (SELECT {_told('orders.', '1')} FROM {lines}) IS DISTINCT FROM "
            f"(SELECT {_told('', 'mentioned')} FROM {views.scan(file, 'orders')}) AS several")
        if told[0][0]:
            work.engine.execute(
                f"INSERT INTO mixed SELECT {views.stored(file, 'order_lines', 'order_id')} AS order_id FROM {lines} "
                'GROUP BY 1 HAVING MIN("orders.ordered_at") <> MAX("orders.ordered_at") '
                'OR COUNT("orders.hour") NOT IN (0, COUNT(*))')


def _told(table: str, times: str) -> str:
    """The sum of the times of some rows, and how many of them know the hour, each as often as it is told."""
    at, hour = quoted(f"{table}ordered_at"), quoted(f"{table}hour")
    return (f"row(SUM(CAST(epoch_us({at}) AS HUGEINT) * {times}), "
            f"SUM(CASE WHEN {hour} IS NULL THEN 0 ELSE {times} END))")


def open_window(work: Work, lines: Sequence[views.Part], orders: Sequence[views.Part], months: Sequence[str]) -> None:
    """Make ``plain_lines`` and ``plain_orders`` of a window, and ``in_orders`` and ``in_order_lines`` of odd orders.

    Also ``keys``, which customers of the window have.
    """
    engine = work.engine
    _view(engine, "all_orders", [_order(p) for p in orders] or [views.nothing(_ORDERS)])
    _view(engine, "all_lines", [_line(p, months, work.basis.closing_day) for p in lines] or [views.nothing(_LINES)])
    engine.execute("CREATE OR REPLACE TEMP TABLE keys AS SELECT customer_id, customer_key FROM customer_links "
                   "SEMI JOIN (SELECT DISTINCT customer_id FROM all_orders) AS c USING (customer_id)")
    engine.execute("CREATE OR REPLACE TEMP TABLE odd AS SELECT order_id FROM all_orders GROUP BY order_id "
                   "HAVING COUNT(*) > 1 UNION SELECT order_id FROM mixed")
    _set_apart(engine, orders, lines)
    if not all(map(_numbered, lines)) and not _once(engine):
        engine.execute("INSERT INTO odd SELECT DISTINCT order_id FROM all_lines SEMI JOIN (SELECT content FROM "
                       "all_lines ANTI JOIN odd USING (order_id) GROUP BY content HAVING COUNT(*) > 1) AS t "
                       "USING (content) ANTI JOIN odd USING (order_id)")
        _set_apart(engine, orders, lines)


def _set_apart(engine: ReadingEngine, orders: Sequence[views.Part], lines: Sequence[views.Part]) -> None:
    """Make ``in_orders`` and ``in_order_lines`` of ``odd``, and ``plain_orders`` and ``plain_lines`` of all others."""
    odd = int(engine.rows("SELECT COUNT(*) AS n FROM odd")[0][0])
    for table, parts in (("orders", orders), ("order_lines", lines)):
        among = [views.only(p, table, "odd") for p in parts] if odd else []
        views.open_table(engine, table, among, held=odd <= HELD)
    engine.execute("CREATE OR REPLACE TEMP TABLE odd_orders AS SELECT o.*, k.customer_key FROM in_orders AS o "
                   "LEFT JOIN (SELECT * FROM keys SEMI JOIN in_orders USING (customer_id)) AS k "
                   "ON k.customer_id = o.customer_id")
    views.drop(engine, "in_orders")
    engine.execute("CREATE TEMP VIEW in_orders AS SELECT * FROM odd_orders")
    for name in ("orders", "lines"):
        only = " ANTI JOIN odd USING (order_id)" if odd else ""
        engine.execute(f"CREATE OR REPLACE TEMP VIEW plain_{name} AS SELECT * FROM all_{name}{only}")


def _numbered(part: views.Part) -> bool:
    """Return whether no line of a file stands there twice, as the file is in order and its lines have numbers."""
    return part.file.ordered and "line_no" in part.file.tables["order_lines"]


def _once(engine: ReadingEngine) -> bool:
    """Return whether the lines of plain orders are all different.

    They are if all lines have as many contents as there are plain ones, and odd ones of different content.
    """
    return bool(engine.rows(
        "SELECT contents = rows - odd_rows + odd_contents AS once FROM "
        "(SELECT COUNT(*) AS rows, COUNT(DISTINCT content) AS contents FROM all_lines) AS a, "
        "(SELECT COUNT(*) AS odd_rows, COUNT(DISTINCT content) AS odd_contents FROM in_order_lines) AS o")[0][0])


def lay(engine: ReadingEngine) -> None:
    """Make ``laid_orders`` and ``laid_lines``: the plain ones as they stand and the odd ones as `sales` made them."""
    for name, odd in (("orders", "out_orders"), ("lines", "out_order_lines")):
        engine.execute(f"CREATE OR REPLACE TEMP VIEW laid_{name} AS SELECT p.*, k.customer_key FROM plain_{name} AS p "
                       "LEFT JOIN keys AS k ON k.customer_id = p.customer_id "
                       f"UNION ALL BY NAME SELECT * FROM {odd}")


def _wanted(work: Work, months: Collection[str]) -> None:
    """Make ``taking``, all lines of some months that take something back, and what of whom: ``wanted``, ``wanted_ids``.

    What lines say of themselves: an order laid together of several rows may have another customer.
    """
    of = ", ".join(c for c in returns.NEEDED.split(", ") if c not in ("customer_key", "ym"))
    parts = [_line(p, (), work.basis.closing_day) for p in work.parts("order_lines", months)] or [views.nothing(_LINES)]
    found = " UNION ALL ".join(f"SELECT seq, row, {of}, customer_id FROM ({p}) WHERE {returns.BACK}" for p in parts)
    work.engine.execute(f"CREATE OR REPLACE TABLE memory.main.taking AS {found}")
    work.engine.execute("CREATE OR REPLACE TABLE memory.main.wanted AS SELECT DISTINCT k.customer_key, t.product_id "
                        "FROM customer_links AS k INNER JOIN taking AS t ON t.customer_id = k.customer_id "
                        "WHERE t.return_of IS NULL")
    work.engine.execute("CREATE OR REPLACE TABLE memory.main.wanted_ids AS SELECT k.customer_id, w.product_id "
                        "FROM customer_links AS k INNER JOIN wanted AS w ON w.customer_key = k.customer_key")


def _taking(work: Work, months: Sequence[str], apart: bool) -> str:
    """The lines of plain orders that take something back, as text to select from."""
    closing_day, others = work.basis.closing_day, " ANTI JOIN apart USING (order_id)" if apart else ""
    within = " OR ".join(f"business_date {views.between(m, closing_day)}" for m in months)
    return (f"(SELECT t.*, k.customer_key, {views.month_among('t.business_date', closing_day, months)} AS ym "
            f"FROM (SELECT * FROM taking ANTI JOIN odd USING (order_id){others} WHERE {within}) AS t "
            "LEFT JOIN keys AS k ON k.customer_id = t.customer_id)")


def returned(work: Work, lines: str, apart: str, course: Course) -> tuple[str, dict[str, Unit]]:
    """As `returns.of_window`, of what the windows before have kept in memory, and keep what later ones may look for.

    ``apart`` is the relation with the lines of the window that were made before it, '' where there are none.
    """
    engine = work.engine
    _bought(engine, apart)
    odd = ["out_order_lines", *([apart] if apart else [])]
    sought = returns.seek(engine, _taking(work, course.window, bool(apart)), *odd)
    source: str = lines
    notes: dict[str, Unit] = {}
    if sought and engine.rows("SELECT 1 AS one WHERE (SELECT COUNT(*) FROM seekers) > (SELECT COUNT(*) FROM wanted "
                              "AS w SEMI JOIN seekers AS s ON s.customer_key = w.customer_key "
                              "AND s.product_id IS NOT DISTINCT FROM w.product_id)"):
        course.written()
        returns.near(engine, lines)
        returns.earlier(engine, returns.looked_back(work, course.window))
    elif sought:
        returns.near(engine, "bought")
        course.found()
        months = [f for f in returns.looked_back(work, course.window) if f.name[3:] not in course.made]
        returns.earlier(engine, months, [f"bought_{name}" for name in course.before()])
    if sought:
        source, notes = returns.of_window(work, lines)
    course.found()
    back = " LEFT JOIN returned AS r ON r.seq = t.seq AND r.row = t.row" if sought else ""
    told = "t.* REPLACE (COALESCE(t.return_of, r.return_of) AS return_of)" if sought else "t.*"
    engine.execute(f"CREATE OR REPLACE TABLE memory.main.bought_{course.name} AS SELECT {returns.NEEDED} FROM "
                   f"(SELECT * FROM bought UNION ALL SELECT {told} FROM takers AS t{back})")
    return source, notes


def _bought(engine: ReadingEngine, apart: str) -> None:
    """Make ``bought``: the lines of a window that somebody may take back."""
    columns, same = f"seq, row, {returns.NEEDED}", "w.product_id IS NOT DISTINCT FROM l.product_id"
    made = [f"SELECT {columns} FROM {source} AS l SEMI JOIN wanted AS w ON w.customer_key = l.customer_key AND {same} "
            f"WHERE {returns.BOUGHT}" for source in ("out_order_lines", apart) if source]
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE bought AS SELECT {columns} FROM (SELECT l.* FROM plain_lines AS l "
        f"SEMI JOIN wanted_ids AS w ON w.customer_id = l.customer_id AND {same} WHERE {returns.BOUGHT}) AS p "
        f"INNER JOIN keys USING (customer_id) UNION ALL {' UNION ALL '.join(made)}")


def _view(engine: ReadingEngine, name: str, selects: Sequence[str]) -> None:
    engine.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {' UNION ALL '.join(selects)}")


def _order(part: views.Part) -> str:
    have = part.file.tables["orders"]
    named = [f"{quoted(c) if c in have else f'CAST(NULL AS {kind})'} AS {quoted(c)}"
             for c, kind in views.columns_of("orders").items()]
    return (f"SELECT {', '.join(named)}, {part.seq} AS seq, CAST(NULL AS BIGINT) AS row, FALSE AS counted, seen "
            f"FROM {views.scan(part.file, 'orders')}{views.kept(part.file, 'orders', part.condition)}")


def _line(part: views.Part, months: Sequence[str], closing_day: int | None) -> str:
    file, have = part.file, part.file.tables["order_lines"]
    named = [f"{views.stored(file, 'order_lines', c) if c in have else f'CAST(NULL AS {kind})'} AS {quoted(c)}"
             for c, kind in views.columns_of("order_lines").items() if c not in _FILLED]
    of_order = {c: quoted(f"orders.{c}") if c in file.tables["orders"] else f"CAST(NULL AS {kind})"
                for c, kind in _OF_ORDER.items()}
    named += [f"{of_order[c]} AS {c}" for c in _OF_ORDER if c != "status"]
    status = of_order["status"]
    number, kind = (views.stored(file, "order_lines", c) if c in have else "CAST(NULL AS VARCHAR)" for c in _FILLED)
    return (f"SELECT {', '.join(named)}, COALESCE({kind}, 'product') AS line_type, "
            f"COALESCE({number}, printf('%016x', content) || '-1') AS line_no, {part.seq} AS seq, "
            f"{stage.RECORD} AS row, exact, content, COALESCE({status} = 'cancelled', FALSE) AS cancelled, "
            f"{views.month_among(of_order['business_date'], closing_day, months)} AS ym "
            f"FROM {views.scan(file, 'order_lines')}{views.kept(file, 'order_lines', part.condition)}")
