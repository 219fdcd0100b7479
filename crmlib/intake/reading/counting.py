"""Were all lines of a text read? Records are counted here without the parser, so that none is lost in silence.

A quote that is opened and never closed swallows what follows it, and a line longer than the parser's buffers vanishes.
Most files need no second look: as many records as lines. Line breaks inside quotes are told apart by counting quotes;
where that does not settle it, the records are read one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from crmlib.errors import CrmError
from crmlib.intake.reading.table import Table

#: What stays in the processor's cache while it is looked at.
_CHUNK = 1 << 20
#: Longest field in characters, as in the engine.
_LONGEST = 8 * 1024 * 1024
#: A record over so many lines is no text that someone typed but a quote left open.
_LINES = 200


@dataclass(frozen=True)
class _Count:
    records: int
    blank: int
    open_at: int = 0


def check(table: Table, rows: int, rejects: Sequence[tuple[int, str, str]], file: str) -> None:
    """Make sure that every line of a table is in a record that was read or rejected.

    Parameters
    ----------
    rejects : sequence of (int, str, str)
        Record, why and text of what is no record.

    Raises
    ------
    CrmError
        ``intake.open_quote`` with the line where it begins, ``intake.too_long``, ``intake.lines_lost``.
    """
    if table.kind != "csv":
        return
    swallowing = next((record for record, _, text in rejects if text.count("\n") + text.count("\r") > _LINES), None)
    if swallowing is not None:
        raise CrmError("intake.open_quote", file=file, row=swallowing)
    endless = next((record for record, why, _ in rejects if why == "too_long"), None)
    if endless is not None:
        raise CrmError("intake.too_long", file=file, row=endless, limit=_LONGEST // 1024 // 1024)
    found = rows + len(rejects)
    if found == table.lines or _agrees(_by_quotes(table.path), found):
        return
    count = _one_by_one(table)
    if count.open_at:
        raise CrmError("intake.open_quote", file=file, row=count.open_at)
    if not _agrees(count, found):
        raise CrmError("intake.lines_lost", file=file, records=count.records, found=found)


def picked(table: Table, numbers: Sequence[int], target: Path) -> None:
    """Write the headings of a table and some of its records, of which each is one line.

    All end in the same way, however the lines of the file did: the engine reads no file in which both ways stand.

    Parameters
    ----------
    numbers : sequence of int
        Which records, from 1, ascending.
    """
    import numpy as np

    end, line, done, rest = _end(table.path), 0, 0, b""
    wanted = [number - 1 + table.above for number in numbers]
    with table.path.open("rb") as stream, target.open("wb") as out:
        out.write(table.delimiter.join(table.columns).encode() + b"\n")
        while done < len(wanted) and (piece := stream.read(_CHUNK)):
            data = rest + piece
            ends = np.flatnonzero(np.frombuffer(data, np.uint8) == end)
            while done < len(wanted) and wanted[done] < line + len(ends):
                at = wanted[done] - line
                out.write(data[ends[at - 1] + 1 if at else 0:ends[at]].removesuffix(b"\r") + b"\n")
                done += 1
            line += len(ends)
            rest = data[ends[-1] + 1:] if len(ends) else data
        out.write(rest if done < len(wanted) else b"")


def _agrees(count: _Count, found: int) -> bool:
    """A table of one column may hold empty lines as records."""
    return count.records - count.blank <= found <= count.records and not count.open_at


def _by_quotes(path: Path) -> _Count:
    """Count line ends behind an even number of quotes, the heading's not among them."""
    import numpy as np

    records = blank = before = 0
    inside, last, previous = 0, b"", -1
    end = _end(path)
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            cells = np.frombuffer(data, np.uint8)
            quotes, ends = np.flatnonzero(cells == 34), np.flatnonzero(cells == end)
            outside = ends[(np.searchsorted(quotes, ends) + inside) % 2 == 0] + before
            if len(outside):
                gaps = np.diff(outside, prepend=previous)
                blank += int((gaps == 1).sum())
                near = outside[gaps == 2] - before - 1
                blank += int((cells[near[near >= 0]] == 13).sum()) if end == 10 else 0
                records += len(outside)
                previous = int(outside[-1])
            inside = (inside + len(quotes)) % 2
            before += len(data)
            last = data[-1:]
    cut = last not in (b"\n", b"\r")
    return _Count(records - 1 + cut, blank, open_at=inside)


def _end(path: Path) -> int:
    """Return the byte that ends lines: a line feed, or a carriage return where there are no line feeds."""
    with path.open("rb") as stream:
        while data := stream.read(_CHUNK):
            if b"\n" in data:
                return 10
    return 13


def _one_by_one(table: Table) -> _Count:
    """Read the records as the engine should have, and look for one that does not end."""
    csv.field_size_limit(max(_LONGEST, csv.field_size_limit()))
    records = blank = line = 0
    try:
        with table.path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(_lines(stream), delimiter=table.delimiter)
            for fields in reader:
                if reader.line_num - line > _LINES:
                    return _Count(records, blank, records + table.first - 1)
                line = reader.line_num
                records += 1
                blank += not fields
    except csv.Error:
        return _Count(records, blank, records + table.first - 1)
    return _Count(records - 1, blank)


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield lines, none of which takes more memory than the longest field may."""
    while line := stream.readline(_LONGEST + 1):
        if len(line) > _LONGEST:
            raise csv.Error
        yield line
