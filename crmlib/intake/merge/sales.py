"""Orders and their lines: one order one customer, no line without an order, no line twice.

An order that two people claim, and a line whose order nobody has, go to quarantine. A line with an id of its own is
replaced by the one of a later export. Without one, a line is known by its content and its place among equal ones in its
file: two equal lines of one file are two lines, the same two in an overlapping export are the same two. Equal lines of
a receipt that was cut between two files look like an overlap: they count once, never twice, and the books say so, with
a reason of its own where the two files have nothing else in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.intake.merge import keyed
from crmlib.intake.merge.views import columns_of, listed, month_among, month_of, with_keys

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.typed.stage import Staged

LINES = "order_lines"
#: Why lines without an id gave way to equal ones of a later file.
OVERLAP = ("repeated_export", "cut_receipt")


def orders(engine: ReadingEngine, files: Sequence[Staged]) -> None:
    """Make ``out_orders`` and ``claimed`` (orders of two customers) of ``in_orders``, and note the records taken."""
    columns = ("customer_key", *columns_of("orders"))
    merge = keyed.Merge("orders", "in_orders", "out_orders", ("order_id",), columns, several="several_orders")
    keyed.rank(engine, merge)
    engine.execute("CREATE OR REPLACE TEMP TABLE in_two_files AS SELECT order_id FROM ranked GROUP BY order_id "
                   f"HAVING COUNT(DISTINCT {_file(files)}) > 1")
    engine.execute("CREATE OR REPLACE TEMP TABLE claimed AS SELECT order_id FROM ranked GROUP BY order_id "
                   "HAVING COUNT(DISTINCT customer_key) > 1")
    engine.execute("INSERT INTO removed SELECT 'orders', seq, row, 'two_customers', 'quarantined', "
                   "'customer_id.two_customers', exact FROM ranked SEMI JOIN claimed USING (order_id) WHERE counted")
    engine.execute("DELETE FROM ranked WHERE order_id IN (SELECT order_id FROM claimed)")
    keyed.note_removed(engine, merge)
    keyed.see(engine, merge)


def _file(files: Sequence[Staged]) -> str:
    """Return an expression for the file of a row; one that several sources read (its refunds apart) is one file."""
    first: dict[tuple[str, str], int] = {}
    again = [(seq, of) for seq, f in enumerate(files) if (of := first.setdefault((f.path, f.label), seq)) != seq]
    return f"CASE seq {' '.join(f'WHEN {seq} THEN {of}' for seq, of in again)} ELSE seq END" if again else "seq"


def in_two_files(lines_only: Sequence[int]) -> str:
    """Return the orders that more than one file recorded, as text to select from.

    An order in one file with its lines in another is no such.

    ``lines_only`` are the places of the files that hold lines and say nothing of their orders.
    """
    wanted = "SELECT order_id FROM in_two_files"
    if len(lines_only) > 1:
        places = ", ".join(str(place) for place in lines_only)
        wanted += (" UNION SELECT order_id FROM (SELECT DISTINCT order_id, seq FROM in_order_lines "
                   f"WHERE seq IN ({places})) GROUP BY order_id HAVING COUNT(*) > 1")
    return f"({wanted})"


def lines(engine: ReadingEngine, closing_day: int | None, months: Sequence[str] = (), sure: bool = False) -> None:
    """Make ``out_order_lines``: the kept lines with what they take from their order, most of them in some months.

    ``sure`` says that every line brings its order along, which is then missing only if two people claim it.
    """
    if not sure or engine.rows("SELECT 1 AS one FROM claimed LIMIT 1"):
        _without_order(engine)
    _repeats(engine, LINES)
    _cut(engine, closing_day)
    names = [c for c in columns_of(LINES) if c not in ("line_no", "line_type", "return_of")]
    engine.execute(
        f"CREATE OR REPLACE TEMP VIEW out_order_lines AS SELECT {listed(names, 'l.')}, "
        f"COALESCE(l.line_type, 'product') AS line_type, l.return_of, "
        "COALESCE(l.line_no, printf('%016x', l.content) || '-' || CAST(COALESCE(r.occurrence, 1) AS VARCHAR)) "
        "AS line_no, l.seq, l.row, l.exact, o.ordered_at, o.customer_key, o.business_date, o.hour, "
        "COALESCE(o.status = 'cancelled', FALSE) AS cancelled, "
        f"{month_among('o.business_date', closing_day, months)} AS ym "
        "FROM in_order_lines AS l INNER JOIN out_orders AS o ON o.order_id = l.order_id "
        "LEFT JOIN repeats_order_lines AS r ON r.seq = l.seq AND r.row = l.row "
        "WHERE COALESCE(r.kept, TRUE)")


def lay(engine: ReadingEngine, held: bool) -> None:
    """Make ``laid_lines``, what is written; ``held`` by the engine where it is read once for each of many months."""
    kind = "TABLE" if held else "VIEW"
    engine.execute(f"CREATE OR REPLACE TEMP {kind} laid_lines AS SELECT * FROM out_order_lines")


def left_lines() -> str:
    """The lines that stay, as text to select from, for what needs nothing of their orders."""
    return ("(SELECT * FROM in_order_lines ANTI JOIN (SELECT seq, row FROM removed WHERE table_name = 'order_lines' "
            "AND fate <> 'info') USING (seq, row))")


def _without_order(engine: ReadingEngine) -> None:
    engine.execute(
        "INSERT INTO removed SELECT 'order_lines', l.seq, l.row, "
        "CASE WHEN c.order_id IS NULL THEN 'orphan' ELSE 'two_customers' END, 'quarantined', "
        "CASE WHEN c.order_id IS NULL THEN 'order_id.orphan' ELSE 'customer_id.two_customers' END, l.exact "
        "FROM (SELECT seq, row, order_id, exact FROM in_order_lines ANTI JOIN out_orders USING (order_id)) AS l "
        "LEFT JOIN claimed AS c ON c.order_id = l.order_id")


def _repeats(engine: ReadingEngine, table: str) -> None:
    """Make ``repeats_<table>``: of rows that occur more than once, their number among equals and whether they stay."""
    names = [c for c in schema.table(table).names if c != "line_no"]
    own = "line_no, " if table == LINES else ""
    same = f"content, {own}{listed(names)}"
    identified = "line_no IS NOT NULL" if table == LINES else "FALSE"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE several AS SELECT content FROM in_{table} WHERE counted "
                   "GROUP BY content HAVING COUNT(*) > 1")
    order = ", ".join(f'"{c}" NULLS FIRST' for c in names)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE repeats_{table} AS WITH numbered AS ("
        f"SELECT seq, row, exact, {own}{listed(names)}, content, {identified} AS identified, "
        f"CASE WHEN {identified} THEN 1 ELSE row_number() OVER (PARTITION BY seq, {same} ORDER BY row) END "
        f"AS occurrence "
        f"FROM in_{table} SEMI JOIN several USING (content) WHERE counted), "
        f"placed AS (SELECT *, row_number() OVER w AS rank, FIRST_VALUE(seq) OVER w AS top FROM numbered "
        f"WHERE identified WINDOW w AS (PARTITION BY {'order_id, line_no' if own else 'content'} "
        f"ORDER BY seq DESC, {order}, row) "
        f"UNION ALL SELECT *, row_number() OVER w AS rank, FIRST_VALUE(seq) OVER w AS top FROM numbered "
        f"WHERE NOT identified WINDOW w AS (PARTITION BY {same}, occurrence ORDER BY seq DESC)) "
        f"SELECT seq, row, exact, occurrence, {'order_id, ' if own else ''}rank = 1 AS kept, "
        "CASE WHEN NOT identified THEN 'repeated_export' WHEN seq = top THEN 'same_id' ELSE 'later_export' END "
        "AS reason FROM placed")
    engine.execute(
        f"INSERT INTO removed SELECT '{table}', seq, row, 'repeats', 'merged', reason, exact FROM repeats_{table} "
        f"ANTI JOIN (SELECT seq, row FROM removed WHERE table_name = '{table}' AND fate <> 'info') USING (seq, row) "
        "WHERE NOT kept")


def _cut(engine: ReadingEngine, closing_day: int | None) -> None:
    """Say of repeated lines that their receipt may have been cut between two files.

    So they are where a file has, in a month, one order only in common with later ones, and not the same lines of it:
    an overlap of two exports has many orders in common, whole ones.
    """
    repeated = "FROM repeats_order_lines WHERE reason = 'repeated_export' AND NOT kept"
    if not engine.rows(f"SELECT 1 AS one {repeated} LIMIT 1"):
        return
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE shared AS SELECT r.seq, MIN(r.order_id) AS order_id, COUNT(*) AS rows FROM "
        f"(SELECT seq, order_id {repeated}) AS r INNER JOIN out_orders AS o ON o.order_id = r.order_id "
        f"GROUP BY r.seq, {month_of('o.business_date', closing_day)} HAVING COUNT(DISTINCT r.order_id) = 1")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE cut AS SELECT s.seq, s.order_id FROM shared AS s INNER JOIN (SELECT order_id, "
        "MIN(n) AS fewest, MAX(n) AS most FROM (SELECT order_id, COUNT(*) AS n FROM in_order_lines SEMI JOIN shared "
        "USING (order_id) WHERE counted GROUP BY order_id, seq) GROUP BY order_id) AS o ON o.order_id = s.order_id "
        "WHERE o.fewest <> o.most OR o.most <> s.rows")
    engine.execute(
        "UPDATE removed SET reason = 'cut_receipt' WHERE table_name = 'order_lines' AND reason = 'repeated_export' AND "
        "(seq, row) IN (SELECT r.seq, r.row FROM repeats_order_lines AS r SEMI JOIN cut AS c ON c.seq = r.seq AND "
        "c.order_id = r.order_id WHERE NOT r.kept)")


def loose(engine: ReadingEngine, table: str) -> None:
    """Make ``out_<table>`` of a table without key: rows of overlapping exports once, repeats inside one file kept."""
    _repeats(engine, table)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE out_{table} AS SELECT l.* FROM {with_keys(table, f'in_{table}')} AS l "
        f"LEFT JOIN repeats_{table} AS r ON r.seq = l.seq AND r.row = l.row WHERE COALESCE(r.kept, TRUE)")
