"""The records that could not be used, as they stood in the file, to be corrected there and read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal, quoted
from crmlib.intake.reading.raw import cell_text
from crmlib.intake.typed import stage
from crmlib.privacy import formula_safe, private_folder, write_private

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

Row = tuple[str, str, int, str, dict[str, str]]
_OWN = ("reason", "file", "row")
_LINE = "raw_line"


def write(engine: ReadingEngine, files: Sequence[stage.Staged], folder: Path) -> Path:
    """Write one CSV per source that lost records (UTF-8 with BOM, private) and return their folder.

    Columns: the file's own headings as read, ``reason``, ``file``, ``row`` as the file's reader counts it (the heading
    is row 1), and ``raw_line`` where a line could not be split into fields.
    """
    home = private_folder(folder / "restricted" / "quarantine")
    for source in dict.fromkeys(f.source for f in files):
        rows = sorted((row for seq, f in enumerate(files) if f.source == source for row in _rows(engine, f, seq)),
                      key=lambda r: (r[1], r[2], r[0]))
        if rows:
            headings = dict.fromkeys(h for f in files if f.source == source for h in _headings(f))
            write_private(home / f"{source}.csv", _csv(rows, list(headings)))
    return home


def _headings(file: stage.Staged) -> list[str]:
    return [h or f"({n})" for n, h in enumerate(file.raw.headings, 1)]


def _rows(engine: ReadingEngine, file: stage.Staged, seq: int) -> Iterator[Row]:
    rejected = [record for record, _, _ in file.raw.rejects]
    for record, why, text in file.raw.rejects:
        yield f"line.{why}", file.label, record, text, {}
    for reason, row, cells in _records(engine, file, seq):
        yield reason, file.label, place(row, file.raw.first, rejected), "", cells


def place(row: int, first: int, rejected: Sequence[int]) -> int:
    """Return the number a reader of the file gives the n-th record that could be read, rejected lines included."""
    found = row + first - 1
    for line in sorted(rejected):
        if line <= found:
            found += 1
    return found


def _records(engine: ReadingEngine, file: stage.Staged, seq: int) -> Iterator[tuple[str, int, dict[str, str]]]:
    typed = literal(str(Path(file.folder) / "records.parquet"))
    lost = (f"SELECT {stage.RECORD} AS row, reason FROM read_parquet({typed}, file_row_number = true) "
            f"WHERE fate = 'quarantined' UNION ALL "
            f"SELECT row, reason FROM removed WHERE fate = 'quarantined' AND seq = {seq} "
            f"AND table_name = {literal(file.grain)}")
    cells = ", ".join(f"{cell_text(c, k)} AS {quoted(f'v{n}')}"
                      for n, (c, k) in enumerate(zip(file.raw.columns, file.raw.kinds, strict=True)))
    table = engine.arrow(
        f"SELECT q.reason, q.row, {cells} FROM ({lost}) AS q JOIN (SELECT *, file_row_number + 1 AS record_number "
        f"FROM read_parquet({literal(str(file.raw.path))}, file_row_number = true)) AS r ON r.record_number = q.row")
    headings = _headings(file)
    for found in table.to_pylist():
        values: list[Any] = list(found.values())
        yield values[0], values[1], dict(zip(headings, ("" if v is None else v for v in values[2:]), strict=False))


def _csv(rows: Sequence[Row], headings: list[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    with_lines = [_LINE] if any(r[3] for r in rows) else []
    writer.writerow([*headings, *_OWN, *with_lines])
    for reason, file, row, line, cells in rows:
        own = [reason, file, row, *([formula_safe(line)] if with_lines else [])]
        writer.writerow([*(formula_safe(cells.get(h, "")) for h in headings), *own])
    return text.getvalue().encode("utf-8-sig")
