"""Sheets of spreadsheets, as rows of text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from crmlib.errors import CrmError
from crmlib.intake.reading import archives, dialect
from crmlib.intake.reading.encodings import CHUNK
from crmlib.intake.reading.table import Options, Table

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
#: Cells a sheet may spread over, from its first to its last corner.
CELLS = 50_000_000
_BATCH = 20_000
_PLACE = re.compile(rb' r="([A-Z]{1,3})([0-9]{1,7})"')

Row = tuple[str, ...]


def stored(path: Path, file: str, sheet: str, folder: Path, options: Options) -> Table:
    """Return a sheet as a table of text, stored as Parquet in a folder; the first sheet where none is named.

    Raises
    ------
    CrmError
        ``intake.empty_file``, and those of `sheet_rows` and `dialect.headed`.
    """
    rows = sheet_rows(path, file, sheet)
    start = list(islice(rows, dialect.LOOKED_AT))
    if not any(any(row) for row in start):
        raise CrmError("intake.empty_file", file=file)
    place, headings = dialect.headed(_cut(start), options.header_row, file)
    # A stray cell far to the right of the headings is in no column.
    headings = headings[:max(n + 1 for n, heading in enumerate(headings) if heading)]
    target = folder / "raw.parquet"
    columns = tuple(f"c{n}" for n in range(len(headings)))
    _write(target, columns, chain(start[place + 1:], rows))
    return Table("parquet", target, "", headings, columns, ("text",) * len(columns), "excel", place + 2)


def _cut(rows: Sequence[Row]) -> list[Row]:
    """A sheet is as wide as its widest row; columns without a single cell at the right are no columns."""
    width = max((n + 1 for row in rows for n, cell in enumerate(row) if cell), default=0)
    return [tuple(dialect.bare(cell) for cell in row[:width]) for row in rows]


def _write(target: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """Store rows in batches; empty rows at the end, formatted but never filled, are none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in columns])
    empty = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _BATCH)):
            filled = max((n + 1 for n, row in enumerate(batch) if any(row)), default=0)
            kept = [()] * (empty if filled else 0) + batch[:filled]
            empty = len(batch) - filled + (0 if filled else empty)
            cells = [pa.array([(row[n] or None) if n < len(row) else None for row in kept], pa.string())
                     for n in range(len(columns))]
            writer.write_batch(pa.record_batch(cells, schema=schema))


def sheet_rows(path: Path, file: str, sheet: str) -> Iterator[Row]:
    """Yield the rows of a sheet as text, numbers and dates written the way they are read back.

    Cells merged over several rows show their value in each, as a reader sees it.

    Raises
    ------
    CrmError
        ``intake.broken_excel``, ``intake.locked_excel``; ``intake.missing_sheet`` with the sheets there are.
    """
    book = _book(path, file)
    names = list(book.sheet_names)
    if not names or (sheet and sheet not in names):
        raise CrmError("intake.missing_sheet", file=file, sheet=sheet, allowed=names)
    with _told(file):
        found = book.get_sheet_by_name(sheet or names[0])
        left = found.start[1] if found.start else 0
        starts: dict[int, dict[int, int]] = {}
        for (top, column), (bottom, _) in found.merged_cell_ranges or ():
            if bottom > top:
                starts.setdefault(top, {})[column - left] = bottom
        yield from _filled((tuple(cell_text(value) for value in row) for row in found.iter_rows()), starts)


def _filled(rows: Iterator[Row], starts: Mapping[int, Mapping[int, int]]) -> Iterator[Row]:
    """Give the cells below the first of a merged range its value.

    Cells beside it stay empty: a title merged across the table would look like headings.

    Parameters
    ----------
    starts : mapping
        Row and column of the first cell of each range → its last row.
    """
    going: dict[int, tuple[int, str]] = {}
    for place, row in enumerate(rows):
        going = {column: (last, value) for column, (last, value) in going.items() if place <= last}
        filled = tuple(going[n][1] if n in going else cell for n, cell in enumerate(row)) if going else row
        yield filled
        begun = starts.get(place, {})
        going |= {column: (last, row[column]) for column, last in begun.items() if column < len(row) and row[column]}


def sheet_names(path: Path, file: str) -> list[str]:
    """Return the sheets of a workbook that hold anything."""
    book = _book(path, file)
    with _told(file):
        return [name for name in book.sheet_names if book.get_sheet_by_name(name).height]


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Say of a damaged workbook which file it is."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError:
        raise CrmError("intake.locked_excel", file=file) from None
    except (CalamineError, *archives.DAMAGE):
        raise CrmError("intake.broken_excel", file=file) from None


def _book(path: Path, file: str) -> Any:
    from python_calamine import CalamineWorkbook

    archives.bounded_book(path, file)
    with _told(file):
        if zipfile.is_zipfile(path):
            _bounded(path, file)
        return CalamineWorkbook.from_path(str(path))


def _bounded(path: Path, file: str) -> None:
    """Make sure that no sheet is spread so wide by a stray cell that the library, which makes room for all, fails.

    Raises
    ------
    CrmError
        ``intake.endless_sheet`` with the corner that the cells reach.
    """
    with zipfile.ZipFile(path) as book:
        for info in book.infolist():
            if not info.filename.startswith("xl/") or not info.filename.endswith(".xml"):
                continue
            with book.open(info) as part:
                row, column = _corner(cast(BinaryIO, part))
            if row * column > CELLS:
                raise CrmError("intake.endless_sheet", file=file, row=row, column=column)


def _corner(part: BinaryIO) -> tuple[int, int]:
    """Return the last row and column that a sheet names; none where the part is no sheet."""
    data = part.read(CHUNK)
    if b"<worksheet" not in data[:2048]:
        return 0, 0
    last, columns = 0, set[bytes]()
    while data:
        found = _PLACE.findall(data)
        columns.update(column for column, _ in found)
        last = max([last, *(int(row) for _, row in found[-1:])])
        more = part.read(CHUNK)
        # A place may lie across two pieces.
        data = data[-64:] + more if more else b""
    return last, max((_number(column) for column in columns), default=0)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def cell_text(value: Any) -> str:
    """Return a cell as text: Excel keeps every number as a float, 17850.0 was 17850; a date at midnight was a date."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat(sep=" ") if hasattr(value, "tzinfo") and hasattr(value, "date") else str(value)
