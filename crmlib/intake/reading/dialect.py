"""How a table is laid out: what separates its columns, where its headings stand, and what lies above them.

The engine's own guessing loses rows (research/cleaning.md, section 3), so the first records are looked at here and
every option is given. Shops put titles above their tables (「売上明細 2026年10月」) and groups above their headings.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmlib.errors import CrmError
from crmlib.intake.reading.encodings import BOM

DELIMITERS = (",", "\t", ";", "|")
#: Records looked at.
LOOKED_AT = 200
#: Records below a title among which headings are looked for.
_BELOW = 20
_LINE = re.compile("[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")
#: Numbers, dates, codes and addresses stand in records, not in headings.
_NO_HEADING = re.compile(r"[-+¥￥\\$△▲(]*[0-9０-９][-0-9０-９,.:/()%年月日時分円]*|.*[0-9]{4}.*|.*@.*")

Row = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Where the records of a table begin, and what their fields are called.

    Attributes
    ----------
    row : int
        Number of the row of headings, from 1.
    start : int
        Characters before the first record.
    newline : str
        Line end of the row of headings.
    lines : int
        Lines before the first record.
    """

    delimiter: str
    headings: Row
    row: int
    start: int
    newline: str
    lines: int


def layout(head: str, whole: bool, delimiter: str, row: int | None, file: str) -> Layout:
    """Return the layout of a delimited text from its beginning.

    Parameters
    ----------
    head : str
        The first million characters; ``whole`` says whether that is all.
    delimiter : str
        One of `DELIMITERS`, or ``auto``.
    row : int, optional
        Number of the row of headings where the settings name it.

    Raises
    ------
    CrmError
        ``intake.empty_file`` where there is nothing but blanks, ``intake.endless_record``, ``intake.no_such_row``.
    """
    if not head.strip().strip(BOM).strip():
        raise CrmError("intake.empty_file", file=file)
    found = {d: list(records(head, d, whole)) for d in (DELIMITERS if delimiter == "auto" else (delimiter,))}
    chosen = max(found, key=lambda d: (*_fit([fields for fields, _ in found[d]]), -DELIMITERS.index(d)))
    rows = found[chosen]
    if not rows:
        raise CrmError("intake.endless_record", file=file, characters=len(head))
    place, headings = headed([fields for fields, _ in rows], row, file)
    start = rows[place][1]
    return Layout(chosen, headings, place + 1, start, _newline(head[:start]), len(_LINE.findall(head[:start])))


def records(head: str, delimiter: str, whole: bool) -> Iterator[tuple[Row, int]]:
    """Yield the fields of the first records and the place in the text where each ends; none that may be cut off."""
    place = 0

    def lines() -> Iterator[str]:
        nonlocal place
        for line in _LINE.finditer(head):
            place = line.end()
            yield line[0]

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for fields, _ in zip(reader, range(LOOKED_AT), strict=False):
            if whole or place < len(head):
                yield tuple(bare(f) for f in fields), place
    except csv.Error:  # a field longer than any heading: what was read before it counts
        return


def bare(text: str) -> str:
    """Return a heading without byte-order marks and surrounding blanks."""
    return text.replace(BOM, "").strip()


def _fit(rows: Sequence[Row]) -> tuple[float, int]:
    """Return the share of records that the commonest number of fields fits, and that number: the more the better."""
    filled = [row for row in rows if any(row)]
    width = common_width(filled)
    if width < 2:
        return 0.0, 0
    return round(sum(len(row) == width for row in filled) / len(filled), 1), width


def common_width(rows: Sequence[Row]) -> int:
    """Return the number of fields most records have, the larger one where two are equally common."""
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda w: (widths[w], w)) if widths else 0


def headed(rows: Sequence[Row], wanted: int | None, file: str) -> tuple[int, Row]:
    """Return the place of the row of headings, from 0, and the headings.

    Raises
    ------
    CrmError
        ``intake.no_such_row`` where the row that the settings name is empty or not there; ``intake.two_headings`` where
        the row below says the same once more.
    """
    if wanted is not None:
        if wanted > len(rows) or not any(rows[wanted - 1]):
            raise CrmError("intake.no_such_row", file=file, row=wanted, rows=len(rows))
        place = wanted - 1
    else:
        place = _below_groups(rows, heading_place(rows))
        if _filled(rows[place]) > 1 and rows[place + 1:place + 2] == [rows[place]]:
            raise CrmError("intake.two_headings", file=file, row=place + 2)
    return place, _named_by_group(rows, place)


def heading_place(rows: Sequence[Row]) -> int:
    """Return the place of the first row that can hold headings.

    Titles fill one cell, or few: headings fill at least half of the columns. A row narrower than the table is a title
    too, when a full row of words follows that can be its headings.
    """
    width = common_width([row for row in rows if any(row)])
    needed = min(width, max(2, -(-width // 2)))
    first = next(n for n, row in enumerate(rows) if any(row))
    for n, row in enumerate(rows[:LOOKED_AT]):
        if _filled(row) < max(needed, 1):
            continue
        narrow = _filled(row) == len(row) < width
        if not (narrow and any(_wordy(r, width) for r in rows[n + 1:n + _BELOW])):
            return n
    return first


def _filled(row: Row) -> int:
    return sum(bool(cell) for cell in row)


def _wordy(row: Row, width: int) -> bool:
    """Whether a row can be headings: as wide as the table, full, no word twice, no number, date or address."""
    return (len(row) == width == len(set(row)) and all(row)
            and not any(_NO_HEADING.fullmatch(cell) for cell in row))


def _below_groups(rows: Sequence[Row], place: int) -> int:
    """Return the row below where the one found names groups of columns and not the columns themselves.

    A group stands once with blanks at its right, or once for each of its columns. The row below is then full of words,
    and what follows it shows by its numbers and dates that it is no record.
    """
    row = rows[place]
    words = [cell for cell in row if cell]
    grouped = len(set(words)) * 2 <= len(words) or (row[0] and "" in row)
    if not grouped or len(set(words)) < 2 or place + 2 >= len(rows):
        return place
    below, records_below = rows[place + 1], [r for r in rows[place + 2:] if len(r) == len(row)]
    full = len(below) == len(row) and all(below) and not any(_NO_HEADING.fullmatch(cell) for cell in below)
    told = any(all(_NO_HEADING.fullmatch(r[n]) for r in records_below) for n in range(len(row)))
    return place + 1 if full and records_below and told else place


def _named_by_group(rows: Sequence[Row], place: int) -> Row:
    """Return the headings; one that stands twice is told apart by the group above it, where there are groups."""
    row = rows[place]
    above = rows[place - 1] if place else ()
    twice = {cell for cell, n in Counter(row).items() if cell and n > 1}
    if not twice or len(above) != len(row) or len({cell for cell in above if cell}) < 2:
        return row
    groups: list[str] = []
    for cell in above:
        groups.append(cell or (groups[-1] if groups else ""))
    return tuple(f"{group} {cell}".strip() if cell in twice else cell for group, cell in zip(groups, row, strict=True))


def _newline(text: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if text.endswith(end)), "\n")
