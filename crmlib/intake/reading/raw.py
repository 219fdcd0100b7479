"""From a file as exported to Parquet with its records as text, whatever the file was."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal, quoted
from crmlib.engine.reading import open_reader
from crmlib.errors import CrmError
from crmlib.intake.reading import encodings

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

DELIMITERS = (",", "\t", ";")
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
PARQUET = (".parquet", ".pq")
#: Longest heading looked at, in characters.
_HEAD = 1 << 20


@dataclass(frozen=True)
class Raw:
    """The records of one file.

    Attributes
    ----------
    path : pathlib.Path
        Parquet: the file itself, or the copy in the work folder.
    headings, columns : tuple of str
        Headings as the file has them, and the column of ``path`` that holds each.
    kinds : tuple of str
        ``text``, or the engine's type where the file has types of its own.
    first : int
        Number a reader of the file gives the first record: 2 below a heading.
    rejects : tuple of (int, str, str)
        Record number, reason code and text of lines that are no records.
    """

    path: Path
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: int
    encoding: str
    delimiter: str
    first: int
    rejects: tuple[tuple[int, str, str], ...] = ()


def read(engine: ReadingEngine, path: Path, folder: Path, encoding: str = "auto", delimiter: str = "auto",
         sheet: str | None = None) -> Raw:
    """Return the records of a file; what has to be converted is stored in ``folder``.

    Raises
    ------
    CrmError
        ``intake.empty_file``, ``intake.header_only``, ``intake.no_row_fits`` and those of `encodings.settle`.
    """
    if path.stat().st_size == 0:
        raise CrmError("intake.empty_file", file=path.name)
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        raw = _parquet(engine, path)
    elif suffix in SHEETS:
        raw = _sheet(engine, path, folder, sheet)
    else:
        raw = _delimited(engine, path, folder, encoding, delimiter)
    if raw.rows == 0:
        raise CrmError("intake.no_row_fits" if raw.rejects else "intake.header_only", file=path.name,
                       fields=len(raw.headings), lines=len(raw.rejects))
    return raw


def stored_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its own account."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _parquet(engine: ReadingEngine, path: Path) -> Raw:
    try:
        described = engine.sql(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
    except CrmError as error:
        raise CrmError("intake.broken_parquet", file=path.name, detail=error.values.get("detail", "")) from None
    names = tuple(str(n) for n in described["column_name"])
    kinds = tuple("text" if str(k) == "VARCHAR" else str(k) for k in described["column_type"])
    return Raw(path, names, names, kinds, stored_rows(path), "parquet", "", 1)


def _delimited(engine: ReadingEngine, path: Path, folder: Path, encoding: str, delimiter: str) -> Raw:
    found = encodings.settle(path, encoding)
    header, skip = heading_line(path, found)
    separator = choose_delimiter(header) if delimiter == "auto" else delimiter
    headings = split(header, separator)
    target = folder / "raw.parquet"
    with encodings.as_utf8(path, found, folder) as readable:
        try:
            rejects = engine.read_delimited(readable, target, len(headings), separator, skip)
        except CrmError as error:
            if error.code != "engine.failed":
                raise
            raise CrmError("intake.broken_csv", file=path.name, detail=error.values["detail"]) from None
    columns = tuple(f"c{n}" for n in range(len(headings)))
    rows = stored_rows(target)
    return Raw(target, headings, columns, ("text",) * len(headings), rows, found, separator, 2, tuple(rejects))


def heading_line(path: Path, encoding: str) -> tuple[str, int]:
    """Return the record of headings and the number of blank lines before it.

    Raises
    ------
    CrmError
        ``intake.empty_file`` where there is nothing but blanks.
    """
    skip, record = 0, ""
    for line in io.StringIO(_start(path, encoding), newline=None):
        if not record and not line.strip().strip(encodings.BOM):
            skip += 1
            continue
        record += line
        if record.count('"') % 2 == 0:
            return record.rstrip("\n"), skip
    if not record.strip():
        raise CrmError("intake.empty_file", file=path.name)
    return record.rstrip("\n"), skip


def _start(path: Path, encoding: str) -> str:
    pieces: list[str] = []
    for text in encodings.decoded(path, encoding):
        pieces.append(text)
        if sum(map(len, pieces)) > _HEAD or text.count("\n") > 2:
            break
    return "".join(pieces)


def choose_delimiter(header: str) -> str:
    """Return the delimiter that splits the headings into most fields; a comma where none splits them."""
    return max(DELIMITERS, key=lambda d: (len(split(header, d)), d == ","))


def split(header: str, delimiter: str) -> tuple[str, ...]:
    """Return the fields of one record of headings."""
    fields = next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter), [])
    return tuple(f.replace(encodings.BOM, "").strip().strip("\u3000") for f in fields)


def _sheet(engine: ReadingEngine, path: Path, folder: Path, sheet: str | None) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = sheet_rows(path, sheet)
    start, headings = next(((n, row) for n, row in enumerate(rows, 1) if any(row)), (0, ()))
    if not headings:
        raise CrmError("intake.empty_file", file=path.name)
    names = [f"c{n}" for n in range(len(headings))]
    records = list(rows)
    while records and not any(records[-1]):
        records.pop()
    table = pa.table({name: pa.array([r[n] or None for r in records], pa.string()) for n, name in enumerate(names)})
    target = folder / "raw.parquet"
    pq.write_table(table, target, compression="zstd")
    return Raw(target, tuple(headings), tuple(names), ("text",) * len(names), len(records), "excel", "", start + 1)


def sheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[str, ...]]:
    """Yield the rows of an Excel sheet as text, numbers and dates written the way they are read back.

    Raises
    ------
    CrmError
        ``intake.broken_excel``; ``intake.missing_sheet`` with the sheets there are.
    """
    book = _book(path)
    names = list(book.sheet_names)
    if sheet is not None and sheet not in names:
        raise CrmError("intake.missing_sheet", file=path.name, sheet=sheet, allowed=names)
    rows: Sequence[Sequence[Any]] = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    return (tuple(_cell(value) for value in row) for row in rows)


def sheet_names(path: Path) -> list[str | None]:
    """Return the sheets of an Excel file."""
    return list(_book(path).sheet_names)


def _book(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise CrmError("intake.locked_excel", file=path.name) from None
    except (CalamineError, OSError) as error:
        raise CrmError("intake.broken_excel", file=path.name, detail=str(error)) from None


def _cell(value: Any) -> str:
    """Excel keeps every number as a float: 17850.0 was 17850; a date at midnight was a date."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat(sep=" ") if hasattr(value, "tzinfo") and hasattr(value, "date") else str(value)


def cell_text(column: str, kind: str) -> str:
    """Return a stored cell as text, as an expression of the engine: 17850.0 of a number column is 17850."""
    name = quoted(column)
    if kind == "text":
        return name
    if kind in ("DOUBLE", "FLOAT"):
        return (f"CASE WHEN isfinite({name}) AND {name} = floor({name}) AND abs({name}) < 1e15 "
                f"THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) WHEN isfinite({name}) THEN CAST({name} AS VARCHAR) "
                f"ELSE NULL END")
    if kind.startswith("DECIMAL"):
        return f"regexp_replace(CAST({name} AS VARCHAR), '\\.0+$', '')"
    return f"CAST({name} AS VARCHAR)"


def long_cells(raw: Raw, engine: ReadingEngine, places: Sequence[int], rows: int) -> dict[int, tuple[int, list[str]]]:
    """Return of some columns how many of the first records are filled, and the cells of 12 to 24 characters."""
    cells = ", ".join(f"{cell_text(raw.columns[p], raw.kinds[p])} AS v{p}" for p in places)
    listed = ", ".join(f"COUNT(v{p}) AS n{p}, list(v{p}) FILTER (WHERE length(v{p}) BETWEEN 12 AND 24) AS l{p}"
                       for p in places)
    found = engine.rows(f"SELECT {listed} FROM (SELECT {cells} FROM read_parquet({literal(str(raw.path))}) "
                        f"LIMIT {rows})")[0]
    return {p: (int(found[2 * n]), list(found[2 * n + 1] or ())) for n, p in enumerate(places)}


def look(path: Path) -> list[dict[str, Any]]:
    """Return file, sheet, encoding, delimiter, rows and headings, one dict per table a file holds.

    Raises
    ------
    CrmError
        As for `read`; ``intake.missing_file``.
    """
    if not path.is_file():
        raise CrmError("intake.missing_file", file=path.name)
    sheets = sheet_names(path) if path.suffix.lower() in SHEETS else [None]
    return [_described(path, sheet) for sheet in sheets]


def _described(path: Path, sheet: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="crmlib-") as folder, open_reader(None) as engine:
        found = read(engine, path, Path(folder), sheet=sheet)
    return {"file": path.name, "sheet": sheet, "encoding": found.encoding, "delimiter": found.delimiter,
            "rows": found.rows + len(found.rejects), "headings": list(found.headings)}
