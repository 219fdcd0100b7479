"""What is in a file: how it is written, its headings, and what its first records look like."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.engine.reading import open_reader
from crmlib.errors import CrmError
from crmlib.intake import files
from crmlib.intake.reading import databases
from crmlib.intake.reading.raw import Raw, cell_text, read
from crmlib.intake.reading.table import Options
from crmlib.intake.typed.dates import spelled
from crmlib.intake.typed.texts import nfkc

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.files import Input

#: Records looked at.
LOOKED_AT = 1000
_NUMBER = re.compile(r"[-△▲(]?([$£€]?-?[0-9][0-9,]*(\.[0-9]+)?\s*(円|個|点)?|[¥\\]\s?-?[0-9][0-9,]*(\.[0-9]*)?-?)\)?")


@dataclass(frozen=True)
class Looked:
    """One table of a file.

    Attributes
    ----------
    label : str
        Name of the file, with the file inside a zip file or the sheet of a workbook.
    member : str
        The file inside a zip file.
    table : str
        The table of a database.
    titles : int
        Rows above the heading that are no records.
    cells : tuple of tuple of str
        For each heading the first records' values in plain form, empty where there is none.
    """

    label: str
    sheet: str
    encoding: str
    delimiter: str
    rows: int
    lost: int
    titles: int
    headings: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    member: str = ""
    table: str = ""

    def filled(self, place: int) -> tuple[str, ...]:
        """Return the values of a column that are not empty."""
        return tuple(v for v in self.cells[place] if v)


def looked(path: Path) -> tuple[Looked, ...]:
    """Return every table of a file: sheets of a workbook, files of a zip file, tables of a database, else itself.

    Raises
    ------
    CrmError
        Area ``intake``, as reading raises them; ``intake.missing_file``, ``intake.is_folder``.
    """
    if path.is_dir():
        raise CrmError("intake.is_folder", file=path.name)
    if not path.is_file():
        raise CrmError("intake.missing_file", file=path.name)
    if databases.is_sqlite(path):
        return tuple(_of_database(path, name) for name in databases.tables_of(path))
    return tuple(_table(file) for file in files.tables_of(path))


def _of_database(path: Path, name: str) -> Looked:
    with tempfile.TemporaryDirectory(prefix="crmlib-") as folder:
        stored, digest = databases.from_sqlite(path, databases.Wanted(name), Path(folder))
        found = _table(files.Input(f"{path.name}#{name}", stored, digest, stored.stat().st_size))
    return replace(found, encoding="SQLite", table=name)


def _table(file: Input) -> Looked:
    with tempfile.TemporaryDirectory(prefix="crmlib-") as folder, open_reader(None) as engine:
        raw = read(engine, file, Path(folder), Options())
        cells = _cells(engine, raw)
    return Looked(file.label, file.sheet, raw.encoding, raw.delimiter, raw.rows, len(raw.rejects),
                  max(raw.first - 2, 0), raw.headings, cells, file.member)


def _cells(engine: ReadingEngine, raw: Raw) -> tuple[tuple[str, ...], ...]:
    listed = ", ".join(f"{cell_text(c, kind)} AS v{n}" for n, (c, kind) in enumerate(zip(raw.columns, raw.kinds,
                                                                                       strict=True)))
    rows = engine.rows(f"SELECT {listed} FROM read_parquet({literal(str(raw.path))}) LIMIT {LOOKED_AT}")
    plain = [[nfkc(value).strip() if value else "" for value in row] for row in rows]
    return tuple(zip(*plain, strict=True)) if plain else tuple(() for _ in raw.headings)


def is_number(text: str) -> bool:
    """Return whether a value is written as a number, with or without a currency sign."""
    return bool(_NUMBER.fullmatch(text))


def number(text: str) -> float:
    """Return a value that `is_number` as one; a triangle or brackets mean minus, a dash behind yen does not."""
    digits = float(re.sub(r"[^0-9.]", "", text))
    return -digits if text.startswith(("-", "△", "▲", "(")) or "-" in text[:3].rstrip("-") else digits


def is_day(text: str) -> bool:
    """Return whether a value is a day, with or without a time, that can be read without a format."""
    if text.isdecimal():
        return bool(re.fullmatch(r"(19|20)\d{6}(\d{4,6})?", text))
    return spelled(text) is not None
