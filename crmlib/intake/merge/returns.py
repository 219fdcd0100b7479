"""Which order does a return or a cancellation take back? Sets ``return_of`` on its lines, never a status.

Only what happened before counts, half a year back, one customer at a time, so that later exports never change what was
found, and a month needs few others: a returned line belongs to an earlier order of the same customer with the same
product at the same unit price that has as many pieces left. A document that one order covers whole belongs to it, the
newest such order first; else each of its lines goes to the newest order that covers it, the largest first. No piece is
taken back twice. What the file itself says stays, and is all that guests have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlib import schema
from crmlib.engine.duck import literal
from crmlib.intake import ledger
from crmlib.intake.merge import views
from crmlib.intake.merge.kept import Unit

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge.work import Work
    from crmlib.intake.typed.stage import Staged

#: What was found: the line by file and record, and the order it takes back.
RETURNED = "seq INTEGER, row BIGINT, return_of VARCHAR"
#: An order of more days before is not looked for: half a year is longer than shops take things back.
LOOK_BACK = 183
_PRICE = "COALESCE(ABS(unit_price), CAST(round(ABS(amount) / GREATEST(ABS(COALESCE(quantity, 1)), 1)) AS BIGINT))"
_PIECES = "GREATEST(ABS(COALESCE(quantity, 1)), 1)"
BACK = "NOT cancelled AND amount < 0 AND line_type IN ('product', 'return')"
#: What has to be known of a line, beside its file and record where it is new.
NEEDED = ("order_id, line_no, line_type, product_id, quantity, unit_price, amount, return_of, customer_key, cancelled, "
          "ordered_at, business_date, ym")
#: Lines for which an order is looked for.
UNTOLD = f"{BACK} AND return_of IS NULL AND customer_key IS NOT NULL"
BOUGHT = "NOT cancelled AND amount > 0 AND line_type = 'product' AND COALESCE(quantity, 1) > 0"
#: Of lines ``l``, those of a customer and product that somebody is looking for.
_SOUGHT = ("SEMI JOIN seekers AS s ON s.customer_key = l.customer_key "
           "AND s.product_id IS NOT DISTINCT FROM l.product_id")
_COLUMNS = ("customer_key, business_date, ym, ordered_at, {back} AS back, order_id, line_no, "
            f"COALESCE(product_id, '') AS product, {_PRICE} AS price, {_PIECES} AS pieces, return_of, seq, row, amount")

Article = tuple[str, int]


class Line(NamedTuple):
    """A line bought or taken back."""

    customer: str
    day: date
    at: datetime
    back: bool
    order: str
    article: Article
    pieces: int
    told: str | None
    seq: int | None
    row: int | None


def seek(engine: ReadingEngine, *lines: str) -> bool:
    """Make ``takers``, the lines of relations that take back, and ``seekers``, what an order is looked for of.

    Return whether there is any such line.
    """
    found = " UNION ALL ".join(f"SELECT seq, row, {NEEDED} FROM {one} WHERE {BACK}" for one in lines)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE takers AS {found}")
    engine.execute("CREATE OR REPLACE TEMP TABLE seekers AS SELECT DISTINCT customer_key, product_id FROM takers "
                   f"WHERE {UNTOLD}")
    return bool(engine.rows("SELECT 1 AS one FROM takers LIMIT 1"))


def near(engine: ReadingEngine, lines: str) -> None:
    """Make ``near``: ``takers`` and what the same customers bought of the same products, of a relation of lines."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE near AS SELECT * FROM takers UNION ALL "
                   f"SELECT seq, row, {NEEDED} FROM {lines} AS l {_SOUGHT} WHERE {BOUGHT}")


def looked_back(work: Work, window: tuple[str, ...]) -> list[Path]:
    """Return the folders of lines written that a window may take back."""
    closing_day = work.basis.closing_day
    first = views.bounds(min(window), closing_day)[0] - timedelta(days=LOOK_BACK)
    return [f for f in sorted((work.folder / "order_lines").glob("ym=*")) if f.name[3:] < min(window)
            and views.bounds(f.name[3:], closing_day)[1] >= first]


def of_window(work: Work, lines: str) -> tuple[str, dict[str, Unit]]:
    """The lines of a window with the orders they take back, as text to select from, and the notes of the books.

    Reads ``takers``, ``near`` and ``earlier``.
    """
    engine = work.engine
    match(engine)
    notes: dict[str, Unit] = {}
    for month, entry in entries(engine, work.files, work.basis.decimals):
        notes[month] = Unit((*notes.get(month, Unit()).taken, entry))
    return (f"(SELECT l.* REPLACE (COALESCE(l.return_of, b.return_of) AS return_of) FROM {lines} AS l "
            "LEFT JOIN returned AS b ON b.seq = l.seq AND b.row = l.row)"), notes


def earlier(engine: ReadingEngine, months: Sequence[Path], held: Sequence[str] = ()) -> None:
    """Make ``earlier``: lines of months already written that those of ``seekers`` may take back, or that took some.

    ``seekers`` holds customer_key and product_id of the lines for which an order is looked for (`seek`); ``held`` names
    relations with lines of further months.
    """
    _written(engine, months)
    if held:
        lines = " UNION ALL ".join(f"SELECT * FROM {name}" for name in held)
        engine.execute(f"INSERT INTO earlier SELECT {NEEDED} FROM ({lines}) AS l {_SOUGHT}")


def _written(engine: ReadingEngine, months: Sequence[Path]) -> None:
    if not months or not engine.rows("SELECT 1 AS one FROM seekers LIMIT 1"):
        kinds = schema.stored_columns("orders") | schema.stored_columns("order_lines") | schema.LINE_COLUMNS
        listed = ", ".join(f"CAST(NULL AS {kinds[c]}) AS {c}" for c in NEEDED.split(", "))
        engine.execute(f"CREATE OR REPLACE TEMP TABLE earlier AS SELECT {listed} WHERE FALSE")
        return
    lines = ", ".join(literal(str(folder / "data.parquet")) for folder in months)
    orders = ", ".join(literal(str(folder.parents[1] / "orders" / folder.name / "data.parquet")) for folder in months)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE earlier AS WITH l AS (SELECT * FROM read_parquet([{lines}], "
        f"hive_partitioning = false) AS l {_SOUGHT}) "
        f"SELECT {NEEDED} FROM (SELECT order_id AS id, ordered_at FROM read_parquet([{orders}], "
        "hive_partitioning = false)) AS o INNER JOIN l ON o.id = l.order_id")


def match(engine: ReadingEngine) -> None:
    """Make ``returned`` (seq, row, return_of) for the lines of ``near`` that take back an order of it or ``earlier``.

    Lines that were matched before come with their ``return_of`` and count as told; those of ``earlier`` have no seq and
    row.
    """
    lines = (f"(SELECT seq, row, {NEEDED} FROM near UNION ALL "
             f"SELECT CAST(NULL AS INTEGER), CAST(NULL AS BIGINT), {NEEDED} FROM earlier)")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE returned ({RETURNED})")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE backs AS SELECT {_COLUMNS.format(back='TRUE')} FROM {lines} "
                   f"WHERE {BACK}")
    if not engine.rows("SELECT COUNT(*) AS n FROM backs WHERE return_of IS NULL AND customer_key IS NOT NULL")[0][0]:
        return
    found = engine.arrow(
        "SELECT customer_key, business_date, ordered_at, back, order_id, product, price, pieces, return_of, seq, row "
        "FROM (SELECT * FROM backs WHERE customer_key IS NOT NULL UNION ALL SELECT * FROM ("
        f"SELECT {_COLUMNS.format(back='FALSE')} FROM {lines} WHERE {BOUGHT}) "
        "SEMI JOIN backs USING (customer_key, product, price)) "
        "ORDER BY customer_key, business_date, ordered_at, back, order_id, product, price, pieces DESC, line_no, seq, "
        "row")
    _hold(engine, list(taken_back(_lines(found))))


def entries(engine: ReadingEngine, files: Sequence[Staged], decimals: int) -> list[tuple[str, ledger.Entry]]:
    """Return the books' notes after `match` by month: returned lines whose order is known, and those whose is not."""
    found = engine.rows(
        "SELECT b.ym, b.seq, COALESCE(b.return_of, r.return_of) IS NOT NULL AS known, COUNT(*) AS rows, "
        f"CAST(SUM(b.amount) AS VARCHAR) AS amount, MIN(b.row, {ledger.EXAMPLES}) AS first "
        "FROM backs AS b LEFT JOIN returned AS r "
        "ON r.seq = b.seq AND r.row = b.row WHERE b.seq IS NOT NULL GROUP BY ALL ORDER BY ALL")
    return [(ym, ledger.Entry("returns", ledger.INFO, files[int(seq)].source, "order_lines",
                              "return_of.matched" if known else "return_of.unmatched", int(rows),
                              ledger.money(amount) / 10 ** decimals, files[int(seq)].label, tuple(first)))
            for ym, seq, known, rows, amount, first in found]


def known(engine: ReadingEngine, lines: str, written: Path) -> None:
    """Make ``backs`` of those of some lines that take back, with the orders they were found to when a month was made.

    ``written`` holds the lines of that month.
    """
    engine.execute(f"CREATE OR REPLACE TEMP TABLE returned ({RETURNED})")
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE backs AS SELECT l.ym, l.seq, l.row, l.amount, w.return_of FROM (SELECT * FROM "
        f"{lines} WHERE {BACK}) AS l INNER JOIN (SELECT order_id, line_no, return_of FROM read_parquet("
        f"{literal(str(written))})) AS w ON w.order_id = l.order_id AND w.line_no = l.line_no")


def _lines(table: Any) -> Iterator[Line]:
    for batch in table.to_batches():
        for customer, day, at, back, order, product, price, pieces, told, seq, row in zip(
                *(column.to_pylist() for column in batch.columns), strict=True):
            yield Line(customer, day, at, back, order, (product, price), pieces, told, seq, row)


def _hold(engine: ReadingEngine, found: Sequence[tuple[Line, str]]) -> None:
    import pyarrow as pa

    columns = {"seq": pa.array([line.seq for line, _ in found], pa.int32()),
               "row": pa.array([line.row for line, _ in found], pa.int64()),
               "return_of": pa.array([order for _, order in found], pa.string())}
    engine.register("found_returns", pa.table(columns))
    engine.execute("INSERT INTO returned SELECT seq, row, return_of FROM found_returns")


@dataclass
class _Left:
    """What is left of the orders of one customer: pieces by article and order, and when each order was."""

    pieces: dict[Article, dict[str, int]]
    times: dict[str, tuple[date, datetime]]

    def add(self, line: Line) -> None:
        orders = self.pieces.setdefault(line.article, {})
        orders[line.order] = orders.get(line.order, 0) + line.pieces
        self.times[line.order] = line.day, line.at

    def take(self, line: Line, order: str) -> None:
        orders = self.pieces.get(line.article, {})
        if order in orders:
            orders[order] = max(0, orders[order] - line.pieces)

    def with_enough(self, back: Line, article: Article, pieces: int) -> Iterator[str]:
        """Orders a line can take back so many pieces from, the newest first."""
        first = back.day - timedelta(days=LOOK_BACK)
        for order, left in reversed(list(self.pieces.get(article, {}).items())):
            day, at = self.times[order]
            if left >= pieces and order != back.order and first <= day <= back.day and at <= back.at:
                yield order

    def has(self, order: str, article: Article, pieces: int) -> bool:
        """Whether an order has so many pieces left."""
        return self.pieces.get(article, {}).get(order, 0) >= pieces


def taken_back(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """Give the returned lines that were found, each with its order.

    ``lines`` come by customer, day and time, what was bought before what is taken back at the same time, then by order.
    """
    for _, own in groupby(lines, lambda line: line.customer):
        left = _Left({}, {})
        for (back, _), some in groupby(own, lambda line: (line.back, line.order)):
            if back:
                yield from _document(list(some), left)
            else:
                for line in some:
                    left.add(line)


def _document(lines: list[Line], left: _Left) -> Iterator[tuple[Line, str]]:
    """One document against what is left of the earlier orders; what it takes is taken off there."""
    for line in lines:
        if line.told is not None:
            left.take(line, line.told)
    untold = [line for line in lines if line.told is None]
    whole = _covering(untold, left)
    for line in untold:
        order = whole or next(left.with_enough(line, line.article, line.pieces), None)
        if order is not None:
            left.take(line, order)
            if line.row is not None:
                yield line, order


def _covering(lines: list[Line], left: _Left) -> str | None:
    """The newest order that has left all that a document takes back."""
    needed: dict[Article, int] = {}
    for line in lines:
        needed[line.article] = needed.get(line.article, 0) + line.pieces
    if not needed:
        return None
    first, *others = needed.items()
    return next((order for order in left.with_enough(lines[0], *first)
                 if all(left.has(order, *other) for other in others)), None)
