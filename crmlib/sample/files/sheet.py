"""One file to be written: headings, columns of text, encoding; and the writers, which need no library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crmlib.sample.world.days import Days


@dataclass(frozen=True)
class Sheet:
    """A file before it is written.

    Attributes
    ----------
    name : str
        File name inside the folder.
    table : str
        Canonical table at the grain of the rows.
    columns : dict of str to list of str
        Heading → cells, in order.
    encoding, delimiter, newline : str
        How it is written; CP932 means what Windows writes (髙 and ① included).
    """

    name: str
    table: str
    columns: dict[str, list[str]]
    encoding: str = "cp932"
    delimiter: str = ","
    newline: str = "\r\n"

    @property
    def rows(self) -> int:
        """Number of records."""
        return len(next(iter(self.columns.values())))

    def take(self, rows: Iterable[int]) -> dict[str, list[str]]:
        """Return the columns of some records, in the given order."""
        rows = list(rows)
        return {heading: [cells[row] for row in rows] for heading, cells in self.columns.items()}

    def plus(self, extra: dict[str, list[str]]) -> Sheet:
        """Return the sheet with records added at the end."""
        return replace(self, columns={heading: cells + extra[heading] for heading, cells in self.columns.items()})

    def changed(self, heading: str, cells: dict[int, str]) -> Sheet:
        """Return the sheet with some cells of one column replaced."""
        column = list(self.columns[heading])
        for row, text in cells.items():
            column[row] = text
        return replace(self, columns={**self.columns, heading: column})


@dataclass(frozen=True)
class Clock:
    """Day numbers and minutes as text, 2024/01/05 and 2024/01/05 13:04."""

    days: list[str]
    times: list[str]
    low: int

    def on(self, day: np.ndarray) -> list[str]:
        """Return dates; a day below the calendar's first is empty."""
        return [self.days[one] if one >= 0 else "" for one in (day - self.low).tolist()]

    def at(self, minute: np.ndarray) -> list[str]:
        """Return times from minutes since day 0; −1 is empty."""
        day, rest = np.divmod(minute, 1440)
        days, times, low = self.days, self.times, self.low
        return ["" if m == -1 else f"{days[d - low]} {times[t]}"
                for m, d, t in zip(minute.tolist(), day.tolist(), rest.tolist(), strict=True)]


def make_clock(days: Days) -> Clock:
    """Return the texts of every date from six years before the first day to two years after the last."""
    low, high = -2200, days.count + 800
    dates = np.arange(days.epoch + low, days.epoch + high).astype("datetime64[D]").astype(str)
    return Clock([text.replace("-", "/") for text in dates.tolist()],
                 [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)], low)


def numbers(values: np.ndarray) -> list[str]:
    """Return whole numbers as text."""
    return list(map(str, values.tolist()))


def words(values: np.ndarray, names: Iterable[str]) -> list[str]:
    """Return the word of each index; −1 is empty."""
    table = [*names, ""]
    return [table[value] for value in values.tolist()]


def write(folder: Path, sheet: Sheet) -> None:
    """Write one sheet as delimited text; cells with a delimiter, a quote or a line break are quoted."""
    columns = [_quoted(cells, sheet.delimiter) for cells in sheet.columns.values()]
    lines = map(sheet.delimiter.join, zip(*columns, strict=True))
    text = sheet.newline.join([sheet.delimiter.join(sheet.columns), *lines, ""])
    data = b"\xff\xfe" + text.encode("utf-16-le") if sheet.encoding == "utf-16" else text.encode(sheet.encoding)
    (folder / sheet.name).write_bytes(data)


def write_parquet(folder: Path, sheet: Sheet, time: str) -> None:
    """Write one sheet as Parquet: text columns, and one column of local times without zone."""
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {}
    for heading, cells in sheet.columns.items():
        if heading == time:
            stamps = np.array([cell.replace("/", "-").replace(" ", "T") for cell in cells], dtype="datetime64[s]")
            arrays[heading] = pa.array(stamps)
        else:
            arrays[heading] = pa.array([cell or None for cell in cells], type=pa.string())
    parquet.write_table(pa.table(arrays), folder / sheet.name, compression="zstd", store_schema=False)


def _quoted(cells: list[str], delimiter: str) -> list[str]:
    joined = "".join(cells)
    if delimiter not in joined and '"' not in joined and "\n" not in joined:
        return cells
    return [f'"{cell.replace(chr(34), chr(34) * 2)}"' if delimiter in cell or '"' in cell or "\n" in cell else cell
            for cell in cells]
