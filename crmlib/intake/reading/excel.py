"""Sheets of spreadsheets, as rows of text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from crmlib.errors import CrmError
from crmlib.intake.reading import archives, dialect
from crmlib.intake.reading.table import Options, Table

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_BATCH = 20_000

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
    from python_calamine import CalamineError

    book = _book(path, file)
    names = list(book.sheet_names)
    if not names or (sheet and sheet not in names):
        raise CrmError("intake.missing_sheet", file=file, sheet=sheet, allowed=names)
    try:
        found = book.get_sheet_by_name(sheet or names[0])
        merged = found.merged_cell_ranges or []
        rows: Sequence[Sequence[Any]] = found.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise CrmError("intake.broken_excel", file=file, detail=str(error)) from None
    return _filled([tuple(cell_text(value) for value in row) for row in rows], merged)


def _filled(rows: Sequence[Row], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Row]:
    """Give the cells below the first of a merged range its value.

    Cells beside it stay empty: a title merged across the table would look like headings.
    """
    patches: dict[int, dict[int, str]] = {}
    for (top, left), (bottom, _) in merged:
        value = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        for place in range(top + 1, min(bottom, len(rows) - 1) + 1 if value else top):
            patches.setdefault(place, {})[left] = value
    for place, row in enumerate(rows):
        patch = patches.get(place, {})
        yield tuple(patch.get(n, cell) for n, cell in enumerate(row)) if patch else row


def sheet_names(path: Path, file: str) -> list[str]:
    """Return the sheets of a workbook that hold anything."""
    book = _book(path, file)
    return [name for name in book.sheet_names if book.get_sheet_by_name(name).height]


def _book(path: Path, file: str) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    archives.bounded_book(path, file)
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise CrmError("intake.locked_excel", file=file) from None
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise CrmError("intake.broken_excel", file=file, detail=str(error)) from None


def cell_text(value: Any) -> str:
    """Return a cell as text: Excel keeps every number as a float, 17850.0 was 17850; a date at midnight was a date."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat(sep=" ") if hasattr(value, "tzinfo") and hasattr(value, "date") else str(value)
