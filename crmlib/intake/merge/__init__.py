"""From typed files to canonical tables: laid together, keyed, checked against the books after every step, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal
from crmlib.errors import CrmError
from crmlib.intake import ledger
from crmlib.intake.consent import channels, deletions
from crmlib.intake.matching import Options
from crmlib.intake.merge import keyed, people, returns, sales, views, write
from crmlib.intake.typed import stage

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.consent.requests import Request

#: Tables with steps of their own; the rest are laid together by key, or kept row by row.
SPECIAL = ("customers", "customer_identity", "orders", "order_lines")


@dataclass(frozen=True)
class Basis:
    """What decides how typed rows become tables."""

    key: bytes
    closing_day: int | None
    decimals: int
    deletions: tuple[Request, ...] = ()
    contact_purpose: str = "marketing"
    matching: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Merged:
    """What a merge leaves beside the tables.

    Attributes
    ----------
    books : Ledger
        Closed.
    counts : dict of str to int
        What is no loss of rows and therefore not in the books, by name (``orders_in_two_files``).
    """

    books: ledger.Ledger
    counts: Mapping[str, int]


def merge(engine: ReadingEngine, files: Sequence[stage.Staged], basis: Basis, folder: Path) -> Merged:
    """Write all canonical tables into a folder and return the closed books.

    ``files`` come in the order of their exports, later ones last.
    """
    engine.execute(f"CREATE OR REPLACE TEMP TABLE removed ({keyed.REMOVED})")
    tables = views.open_views(engine, files)
    books = ledger.Ledger().add(e for f in files for e in f.entries)
    sources = [f.source for f in files]
    matched = people.link(engine, tables, basis.key, basis.matching, sources)
    deleted = deletions.apply(engine, tables, basis.deletions, basis.key)
    books = books.add(deletions.entries(deleted, [f.source for f in files]))
    people.customers(engine, tables, basis.matching, sources)
    channels.apply(engine, tables, basis.contact_purpose)
    if "orders" in tables:
        sales.orders(engine)
    for table in sorted(tables - {*SPECIAL}):
        _other(engine, table)
    if "order_lines" in tables:
        sales.lines(engine, basis.closing_day)
        returns.match(engine, "out_order_lines")
        books = books.add(returns.entries(engine, sources, basis.decimals))
    books = books.add(_removed(engine, files))
    books.check("repeats", _left(engine, files, tables))
    _write(engine, tables, basis, folder)
    people.write(engine, tables, basis.matching, sources, folder)
    counts = {**matched, **deleted.counts, **_overlaps(engine, files, tables)}
    return Merged(books.add(_out(engine, files, tables, basis, folder)), counts)


def _overlaps(engine: ReadingEngine, files: Sequence[stage.Staged], tables: frozenset[str]) -> dict[str, int]:
    """How many orders were in two files of the same kind."""
    if "orders" not in tables:
        return {}
    lines_only = [seq for seq, f in enumerate(files) if f.grain == "order_lines" and "orders" not in f.tables]
    return {"orders_in_two_files": sales.in_two_files(engine, lines_only)}


def _other(engine: ReadingEngine, table: str) -> None:
    key = schema.table(table).key
    if not key:
        sales.loose(engine, table)
        return
    columns = list(views.columns_of(table))
    if "customer_id" in columns:
        columns[columns.index("customer_id")] = "customer_key"
    engine.execute(f"CREATE OR REPLACE TEMP VIEW keyed_{table} AS SELECT * "
                   f"FROM {views.with_keys(table, f'in_{table}')} AS t")
    own = tuple("customer_key" if c == "customer_id" else c for c in key)
    keyed.lay_together(engine, keyed.Merge(table, f"keyed_{table}", f"out_{table}", own, tuple(columns)))


def _removed(engine: ReadingEngine, files: Sequence[stage.Staged]) -> list[ledger.Entry]:
    found = engine.rows(
        "SELECT table_name, seq, step, fate, reason, COUNT(*) AS rows, CAST(SUM(exact) AS VARCHAR) AS amount "
        "FROM removed GROUP BY table_name, seq, step, fate, reason ORDER BY table_name, seq, step, reason")
    return [ledger.Entry(step, fate, files[int(seq)].source, table, reason, int(rows), ledger.money(amount))
            for table, seq, step, fate, reason, rows, amount in found]


def _left(engine: ReadingEngine, files: Sequence[stage.Staged],
          tables: frozenset[str]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Rows and money of counted records that are left, by source and table."""
    left: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for table in sorted(tables):
        lines = table == "order_lines"
        amount, counted = ("CAST(SUM(exact) AS VARCHAR)", "TRUE") if lines else ("NULL", "counted")
        found = engine.rows(f"SELECT seq, COUNT(*) AS rows, {amount} AS amount FROM out_{table} WHERE {counted} "
                            "GROUP BY seq ORDER BY seq")
        for seq, rows, money in found:
            place = (files[int(seq)].source, table)
            before = left.get(place, (0, ledger.ZERO))
            left[place] = (before[0] + int(rows), before[1] + ledger.money(money))
    return left


def _write(engine: ReadingEngine, tables: frozenset[str], basis: Basis, folder: Path) -> None:
    if "customer_identity" in tables:
        engine.execute("CREATE OR REPLACE TEMP TABLE out_customer_identity AS SELECT * "
                       f"FROM {views.with_keys('customer_identity', 'out_customer_identity')} AS t")
        write.table(engine, "customer_identity", folder / "restricted" / "identity", basis.closing_day)
    people_known = engine.rows("SELECT COUNT(*) AS n FROM out_customers")[0][0] > 0
    for table in sorted((tables | ({"customers"} if people_known else set())) - {"customer_identity"}):
        write.table(engine, table, folder, basis.closing_day)


def _out(engine: ReadingEngine, files: Sequence[stage.Staged], tables: frozenset[str], basis: Basis,
         folder: Path) -> list[ledger.Entry]:
    """What left intake, money as it was written, and the difference that rounding made."""
    entries = [ledger.Entry("out", ledger.OUT, source, table, "file", rows)
               for (source, table), (rows, _) in sorted(_left(engine, files, tables - {"order_lines"}).items())]
    if "order_lines" not in tables:
        return entries
    unit = 10 ** basis.decimals
    found = engine.rows(
        "SELECT seq, COUNT(*) AS rows, CAST(SUM(exact) AS VARCHAR) AS exact, CAST(SUM(amount) AS VARCHAR) AS amount, "
        f"COUNT(*) FILTER (WHERE exact * {unit} <> amount) AS touched FROM out_order_lines GROUP BY seq ORDER BY seq")
    for seq, rows, exact, amount, touched in found:
        source, minor = files[int(seq)].source, ledger.money(amount) / unit
        entries.append(ledger.Entry("out", ledger.OUT, source, "order_lines", "file", int(rows), minor))
        entries.append(ledger.Entry("type", ledger.ROUNDING, source, "order_lines", "rounding", int(touched),
                                    ledger.money(exact) - minor))
    written = [e for e in entries if e.fate == ledger.OUT and e.table == "order_lines"]
    _written(engine, folder, sum(e.rows for e in written), sum((e.amount for e in written), ledger.ZERO), unit)
    return entries


def _written(engine: ReadingEngine, folder: Path, rows: int, amount: Decimal, unit: int) -> None:
    """Read the written lines once more: what lies on disk is what the books say."""
    pattern = literal(str(folder / "order_lines" / "**" / "*.parquet"))
    if not rows:
        return
    count, total = engine.rows(f"SELECT COUNT(*) AS rows, CAST(SUM(amount) AS VARCHAR) AS amount "
                               f"FROM read_parquet({pattern}, hive_partitioning = false)")[0]
    found = count, ledger.money(total) / unit
    if found != (rows, amount):
        raise CrmError("intake.ledger_open", step="out", table="order_lines", rows=rows, rows_found=found[0],
                       amount=amount, amount_found=found[1])
