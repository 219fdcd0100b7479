"""From a file as exported to its records as text, whatever the file was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import first_line, literal, quoted
from crmlib.errors import CrmError
from crmlib.intake.reading import archives, counting, delimited, excel
from crmlib.intake.reading.table import Fault, Options, Table

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.files import Input
    from crmlib.intake.reading.relation import Records

PARQUET = (".parquet", ".pq")
#: Text of a rejected line that is kept; the rest of a very long one says nothing more.
_KEPT = 10_000
_STORED = "raw.parquet"
#: Longest text, in bytes, that may be the name of one of a few things.
_SHORT = 40


@dataclass(frozen=True)
class Raw:
    """The records of one table of a file.

    Attributes
    ----------
    path : pathlib.Path
        Parquet: the file itself, or the copy in the work folder.
    headings, columns, kinds, first, undecodable, undecodable_total, gaiji
        As in `Table`.
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
    undecodable: tuple[Fault, ...] = ()
    undecodable_total: int = 0
    gaiji: int = 0


@contextmanager
def opened(engine: ReadingEngine, file: Input, folder: Path, options: Options) -> Iterator[Table]:
    """Give one table of a file, ready to be read; private copies of it lie in ``folder`` and go when it is closed.

    Raises
    ------
    CrmError
        ``intake.empty_file``, and those of the kind of file.
    """
    if file.path.stat().st_size == 0:
        raise CrmError("intake.empty_file", file=file.name)
    if file.kind in PARQUET or file.kind in excel.SUFFIXES:
        with archives.local(file.path, file.member, file.name, folder) as path:
            yield (_parquet(engine, path, file.name) if file.kind in PARQUET
                   else excel.stored(path, file.name, file.sheet, folder, options))
    else:
        opener = archives.opener(file.path, file.member, file.name)
        with delimited.opened(file.path, file.name, opener, folder, options) as table:
            yield table


def read(engine: ReadingEngine, file: Input | Path, folder: Path, options: Options | None = None) -> Raw:
    """Return the records of one table of a file; what has to be converted is stored in ``folder``.

    A path stands for the first table of the file.

    Raises
    ------
    CrmError
        ``intake.header_only``, ``intake.no_row_fits``, ``intake.broken_csv`` and those of `opened`.
    """
    if isinstance(file, Path):
        from crmlib.intake.files import Input

        file = Input(file.name, file, "", file.stat().st_size)
    with opened(engine, file, folder, options or Options()) as table:
        path, rejects = (table.path, ()) if table.kind == "parquet" else _parsed(engine, table, file, folder)
        counting.check(table, stored_rows(path), rejects, file.name)
        if file.member and table.kind == "parquet" and path.name != _STORED:
            path = path.replace(folder / _STORED)  # unpacked for this reading only
        raw = Raw(path, table.headings, table.columns, table.kinds, stored_rows(path), table.encoding, table.delimiter,
                  table.first, rejects, table.undecodable, table.undecodable_total, table.gaiji)
    if raw.rows == 0:
        raise CrmError("intake.no_row_fits" if raw.rejects else "intake.header_only", file=file.name,
                       fields=len(raw.headings), lines=len(raw.rejects))
    return raw


def _parsed(engine: ReadingEngine, table: Table, file: Input,
            folder: Path) -> tuple[Path, tuple[tuple[int, str, str], ...]]:
    target = folder / _STORED
    try:
        rejects = engine.read_delimited(table.path, target, len(table.headings), table.delimiter)
    except CrmError as error:
        if error.code != "engine.failed":
            raise
        raise CrmError("intake.broken_csv", file=file.name, detail=error.values["detail"]) from None
    return target, _numbered(table, rejects)


def rejected(engine: ReadingEngine, table: Table) -> tuple[tuple[int, str, str], ...]:
    """Return what the engine passed over when it read a table: number for a reader of the file, why, text."""
    return _numbered(table, engine.rejects()) if table.kind == "csv" else ()


def _numbered(table: Table, rejects: Sequence[tuple[int, str, str]]) -> tuple[tuple[int, str, str], ...]:
    above = table.first - 2
    return tuple((record + above, why, text.lstrip("\r\n")[:_KEPT]) for record, why, text in rejects)


def stored_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its own account."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _parquet(engine: ReadingEngine, path: Path, file: str) -> Table:
    import pyarrow as pa

    try:
        described = engine.sql(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
        stored_rows(path)
    except CrmError as error:
        raise CrmError("intake.broken_parquet", file=file, detail=error.values.get("detail", "")) from None
    except (pa.ArrowException, OSError) as error:
        raise CrmError("intake.broken_parquet", file=file, detail=first_line(error)) from None
    names = tuple(str(n) for n in described["column_name"])
    kinds = tuple("text" if str(k) == "VARCHAR" else str(k) for k in described["column_type"])
    return Table("parquet", path, "", names, names, kinds, "parquet", 1)


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


@dataclass(frozen=True)
class First:
    """What the first records hold in one column: how many are filled, cells of 12 to 24 characters, short ones."""

    filled: int
    long: tuple[str, ...]
    short: tuple[str, ...]


def first_cells(read: Records, engine: ReadingEngine, places: Sequence[int], rows: int) -> dict[int, First]:
    """Return of some columns what their first records hold."""
    cells = ", ".join(f"left({cell_text(read.columns[p], read.kinds[p])}, {_SHORT + 1}) AS v{p}" for p in places)
    found = engine.arrow(f"SELECT {cells} FROM {read.again} LIMIT {rows}")
    return {p: _first(column.to_pylist()) for p, column in zip(places, found.columns, strict=True)}


def _first(cells: Sequence[str | None]) -> First:
    filled = [cell for cell in cells if cell is not None]
    return First(len(filled), tuple(c for c in filled if 12 <= len(c) <= 24),
                 tuple(c for c in filled if len(c if c.isascii() else c.encode()) <= _SHORT))
