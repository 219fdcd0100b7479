"""The records that could not be used, as they stood in the file, to be corrected there and read again.

Of those that were merged or excluded, where the first of each reason stand: nothing is to be corrected in them.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake import cells, ledger
from crmlib.intake.consent import deletions
from crmlib.intake.typed import build, stage
from crmlib.privacy import formula_safe, private_folder, refused_heading, without_cards, write_private

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

Row = tuple[str, str, int, str, dict[str, str | None]]
_OWN = ("reason", "file", "row")
_LINE = "raw_line"
#: Columns of the list of cells that were left empty in records that were used.
_CELLS = ("file", "row", "heading", "column", "text", "reason")
#: Columns of the list of where records stand that were merged, excluded, or told of for information.
_ROWS = ("step", "fate", "reason", "file", "row")


@dataclass(frozen=True)
class _Lost:
    """What is asked of all files at once: records of people who are deleted, by file, and files the merge took from."""

    theirs: Mapping[str, frozenset[int]]
    taken: frozenset[tuple[int, str]]


def _lost(engine: ReadingEngine, files: Sequence[stage.Staged]) -> _Lost:
    asked = deletions.held(engine)
    return _Lost({f.folder: deletions.records(engine, f) if asked else frozenset() for f in files},
                 frozenset(engine.rows("SELECT DISTINCT seq, table_name FROM removed WHERE fate = 'quarantined'")))


def write(engine: ReadingEngine, files: Sequence[stage.Staged], books: ledger.Ledger, folder: Path) -> Path:
    """Write one CSV per source that lost records (UTF-8 with BOM, private) and return their folder.

    Columns: the file's own headings as read, ``reason``, ``file``, ``row`` as the file's reader counts it (the heading
    is row 1), and ``raw_line`` where a line could not be split into fields. Beside it ``<source>.cells.csv`` lists the
    cells that were left empty in records that were used: file, row, heading, column, text, reason; of the first
    thousand such records of a file (the ledger counts all). ``<source>.rows.csv`` lists where the first records stand
    that were merged, excluded or told of for information: step, fate, reason, file, row; a few of each reason. Records
    of people who asked to be deleted are not shown, nor are numbers of payment cards, in whatever column.
    """
    home = private_folder(folder / "restricted" / "quarantine")
    lost = _lost(engine, files)
    for source in dict.fromkeys(f.source for f in files):
        with tempfile.TemporaryDirectory(prefix="lost-", dir=folder) as scratch:
            rows = sorted((row for seq, f in enumerate(files) if f.source == source
                           for row in _rows(engine, f, seq, lost, Path(scratch))), key=lambda r: (r[1], r[2], r[0]))
        if rows:
            headings = dict.fromkeys(h for f in files if f.source == source for h in _headings(f))
            write_private(home / f"{source}.csv", _csv(rows, list(headings)))
        if emptied := [cell for f in files if f.source == source for cell in _cells(engine, f, lost)]:
            write_private(home / f"{source}.cells.csv", _listed(_CELLS, emptied))
        if named := list(_named(books, [f for f in files if f.source == source], lost)):
            write_private(home / f"{source}.rows.csv", _listed(_ROWS, named))
    return home


def _named(books: ledger.Ledger, files: Sequence[stage.Staged],
           lost: _Lost) -> Iterator[tuple[str, str, str, str, int]]:
    """Give the first rows of each reason of one source, as a reader of its files counts them."""
    of = {f.label: f for f in files}
    found: dict[tuple[str, str, str], set[tuple[str, int]]] = {}
    for entry in books.entries:
        if entry.source == files[0].source and entry.first and entry.file in of:
            theirs = lost.theirs[of[entry.file].folder]
            found.setdefault((entry.step, entry.fate, entry.reason), set()).update(
                (entry.file, record) for record in entry.first if record not in theirs)
    for key in sorted(found, key=lambda key: (ledger.STEPS.index(key[0]), key)):
        for label, record in sorted(found[key])[:ledger.EXAMPLES]:
            read = of[label].raw
            yield (*key, label, place(record, read.first, [number for number, _, _ in read.rejects]))


def _cells(engine: ReadingEngine, file: stage.Staged, lost: _Lost) -> Iterator[tuple[str, int, str, str, str, str]]:
    rejected = [record for record, _, _ in file.raw.rejects]
    for cell in cells.emptied(engine, file):
        if cell.record in lost.theirs[file.folder]:
            continue
        yield (file.label, place(cell.record, file.raw.first, rejected), formula_safe(cell.heading), cell.column,
               formula_safe(without_cards(cell.text)), cell.reason)


def _headings(file: stage.Staged) -> tuple[str, ...]:
    return _that_may_be_shown(tuple(file.raw.headings))


@cache
def _that_may_be_shown(headings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(h or f"({n})" for n, h in enumerate(headings, 1) if not refused_heading(h))


def _rows(engine: ReadingEngine, file: stage.Staged, seq: int, lost: _Lost, folder: Path) -> Iterator[Row]:
    rejected = [record for record, _, _ in file.raw.rejects]
    for record, why, text in file.raw.rejects:
        yield f"line.{why}", file.label, record, text, {}
    taken = (seq, file.grain) in lost.taken
    for reason, row, found in _records(engine, file, seq if taken else None, folder):
        if row in lost.theirs[file.folder]:
            continue
        yield reason, file.label, place(row, file.raw.first, rejected), "", found


def place(row: int, first: int, rejected: Sequence[int]) -> int:
    """Return the number a reader of the file gives the n-th record that could be read, rejected lines included."""
    found = row + first - 1
    for line in sorted(rejected):
        if line <= found:
            found += 1
    return found


def _records(engine: ReadingEngine, file: stage.Staged, seq: int | None,
             folder: Path) -> Iterator[tuple[str, int, dict[str, str | None]]]:
    """Records that could not be used: those kept when the file was typed, and those that the merge took, read again.

    ``seq`` is the place of a file that the merge took records from.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    stored = [path for path in (Path(file.folder) / build.LOST,) if path.is_file()]
    if seq is not None:
        taken = (f"SELECT row AS record, reason, '' AS emptied FROM removed WHERE fate = 'quarantined' AND seq = {seq} "
                 f"AND table_name = {literal(file.grain)}")
        again = folder / "again.parquet"
        build.read_again(engine, file.job, file.options, taken, again)
        stored.append(again)
    headings = _headings(file)
    for path in stored:
        table = pq.ParquetFile(path).read()
        table = table.filter(pc.not_equal(table["reason"], "")).drop_columns("emptied")
        for record, reason, *values in zip(*(column.to_pylist() for column in table.columns), strict=True):
            yield reason, record, dict(zip(headings, values, strict=True))


def _csv(rows: Sequence[Row], headings: list[str]) -> bytes:
    with_lines = [_LINE] if any(r[3] for r in rows) else []

    @cache
    def shown(text: str | None) -> str:
        # Cells repeat: a shop has few stores, states and prices.
        return formula_safe(without_cards(text)) if text else ""

    return _listed([*headings, *_OWN, *with_lines], (
        [*map(shown, map(found.get, headings)), reason, file, row,
         *([shown(line)] if with_lines else [])] for reason, file, row, line, found in rows))


def _listed(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
