"""From typed files to canonical tables: laid together, keyed, checked against the books after every step, written.

What an older merge made of the same files is taken over; only months that new files touch are made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.engine.duck import literal
from crmlib.errors import CrmError
from crmlib.intake import ledger
from crmlib.intake.matching import Options
from crmlib.intake.merge import change as changes
from crmlib.intake.merge import collect, kept, views, windows
from crmlib.intake.merge.customers import persons
from crmlib.intake.merge.work import SALES, Units, Work
from crmlib.intake.typed import stage
from crmlib.privacy import key_id

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.consent.requests import Request
    from crmlib.intake.merge.change import Change


@dataclass(frozen=True)
class Basis:
    """What decides how typed rows become tables."""

    key: bytes
    closing_day: int | None
    decimals: int
    deletions: tuple[Request, ...] = ()
    contact_purpose: str = "marketing"
    matching: Options = field(default_factory=Options)

    @property
    def mark(self) -> str:
        """A hash of all but how people are matched, which is told apart by its own; it tells nothing about the key."""
        parts = {**asdict(self), "key": key_id(self.key), "matching": "", "version": stage.VERSION}
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


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

    Older merges are looked for beside the folder; what is taken over from one is what would be made anew.
    ``files`` come in the order of their exports, later ones last. Leaves ``removed`` with the records in quarantine.
    """
    before = kept.nearest(folder.parent, basis.mark, files)
    work = Work(engine, tuple(files), _rows(engine, files, basis, before), basis, folder)
    change = _change(work, before)
    changes.taken_over(work, before)
    units = persons.settle(work, change)
    deleted = persons.deleted(work)
    # Rows of somebody who is no longer deleted carry no key by which they could be found.
    change = changes.with_keys(work, change) if before and before.deleted == deleted else None
    if "orders" in work.tables:
        work, made = _sales(work, change)
        units |= made
    for table in sorted(work.tables - {*SALES, *persons.TABLES}):
        units |= _table(work, change, table)
    collect.quarantined(engine)
    kept.save(kept.State(folder, basis.mark, tuple(kept.known(f, r) for f, r in zip(files, work.rows, strict=True)),
                         units, basis.matching.digest(), deleted))
    none = {"orders_in_two_files": 0} if "orders" in work.tables else {}
    return Merged(_closed(work, units), none | collect.counts(units.values()))


def _rows(engine: ReadingEngine, files: Sequence[stage.Staged], basis: Basis,
          before: kept.State | None) -> tuple[views.Rows, ...]:
    known = {f.identity: f.rows for f in before.files} if before else {}
    return tuple(known.get(kept.identity(f)) or views.rows_by_month(engine, f, basis.closing_day) for f in files)


def _change(work: Work, before: kept.State | None) -> Change | None:
    if before is None:
        return None
    old, new = {f.identity for f in before.files}, {kept.identity(f) for f in work.files}
    return changes.Change(before, tuple(n for n, f in enumerate(work.files) if kept.identity(f) not in old),
                          tuple(f for f in before.files if f.identity not in new))


def _sales(work: Work, change: Change | None) -> tuple[Work, Units]:
    """Orders and lines: the months to make anew are made, the others taken over."""
    tables = tuple(t for t in SALES if t in work.tables)
    months = changes.months_of_sales(work, change) if change else work.months(SALES)
    changes.pairs(work, months, "affected" if change else None)
    changes.spanning(work, change)
    again: Units = {}
    if change:
        again = windows.unchanged(work, tables, changes.repeated(work, change, months), change)
        months -= {month for _, month in again}
        months |= changes.looking_back(work, change, months)
    work = changes.placed(work, change, months)
    collect.open_notes(work.engine)
    units: Units = {}
    if change:
        collect.note_old(work.engine, months)
        units |= _take_over(work, change, "sales", tables, months | {""}) | again
    units |= windows.of_sales(work, tables, months)
    if work.by_order:
        units |= windows.orphans(work, changes.orphaned(work, change))
    collect.save_notes(work.engine, work.folder / kept.PRIVATE)
    return changes.settled(work, months), units


def _table(work: Work, change: Change | None, table: str) -> Units:
    if not views.is_dated(table):
        person = "customer_id" in views.columns_of(table)
        if change is None or change.touches(work, (table,)) or (change.keys and person):
            return windows.whole(work, table)
        return _take_over(work, change, table, (table,), set())
    if change is None:
        return windows.of_time(work, table, work.months((table,)))
    months = changes.months_of(work, change, table)
    return windows.of_time(work, table, months) | _take_over(work, change, table, (table,), months)


def _take_over(work: Work, change: Change, group: str, tables: Sequence[str], made: set[str]) -> Units:
    """Take over what an older merge made of a group in months that need not be made anew."""
    months = change.before.months(group) - made
    for table in tables:
        names = [f"{table}/ym={m}" if m else table for m in sorted(months)]
        kept.take_over(change.before.folder, work.folder, names)
    return {(group, m): change.before.units[group, m] for m in months}


def _closed(work: Work, units: Units) -> ledger.Ledger:
    """Return the books, when what lies on disk is what they say."""
    books = ledger.Ledger().add(e for f in work.files for e in f.entries)
    books = books.add(e for _, unit in sorted(units.items()) for e in unit.taken)
    books.check("repeats", collect.sums(units.values()))
    out = collect.entries(units.values(), 10 ** work.basis.decimals)
    written = [e for e in out if e.fate == ledger.OUT and e.table == "order_lines"]
    _written(work, sum(e.rows for e in written), sum((e.amount for e in written), ledger.ZERO))
    return books.add(out)


def _written(work: Work, rows: int, amount: Decimal) -> None:
    """Read the written lines once more: what lies on disk is what the books say."""
    pattern = literal(str(work.folder / "order_lines" / "**" / "*.parquet"))
    if not rows:
        return
    count, total = work.engine.rows(f"SELECT COUNT(*) AS rows, CAST(SUM(amount) AS VARCHAR) AS amount "
                                    f"FROM read_parquet({pattern}, hive_partitioning = false)")[0]
    found = count, ledger.money(total) / 10 ** work.basis.decimals
    if found != (rows, amount):
        raise CrmError("intake.ledger_open", step="out", table="order_lines", rows=rows, rows_found=found[0],
                       amount=amount, amount_found=found[1])
