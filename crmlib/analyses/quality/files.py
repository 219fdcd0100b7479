"""The files that were read: what they feed, what became of their records, and where those set aside stand."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from crmlib.analyses.quality.books import TAKEN
from crmlib.result import RESTRICTED, Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.quality.books import Books

MIXED = "mixed"
#: Rows of each reason that are named in the restricted folder.
EXAMPLES = 5
#: How the list of the cells that were left empty ends, and what follows their reason in the books.
CELLS, EMPTIED = ".cells.csv", "emptied"


def sources(inputs: tuple[dict[str, Any], ...], folder: Path | None = None) -> pd.DataFrame:
    """Return the files that were read, by name.

    Returns
    -------
    pandas.DataFrame
        file (name without folder), rows, quarantined (of these), encoding, newest (date as text, empty where the file
        has none).
    """
    import pandas as pd

    lost = Counter(str(line["file"]) for path in quarantines(folder) for line in _lines(path))
    rows = sorted((PurePosixPath(one["file"]).name, int(one["rows"]), lost[str(one["file"])],
                   str(one.get("encoding") or ""), str(one.get("newest") or "")) for one in inputs)
    frame = pd.DataFrame(rows, columns=list(SOURCE_COLUMNS))
    frame["newest"] = [newest or None for newest in frame["newest"]]
    kinds = {"file": "str", "rows": "int64", "quarantined": "int64", "encoding": "str", "newest": "str"}
    return frame.astype(kinds)


def count(inputs: tuple[dict[str, Any], ...]) -> int:
    """Return how many files were read: one that several sources read, such as a workbook's sheets, is one."""
    return len({str(one["file"]) for one in inputs})


def quarantines(folder: Path | None) -> list[Path]:
    """Return the files of what was set aside, one a source; not the lists of cells of records that were used."""
    found = sorted((folder / "restricted" / "quarantine").glob("*.csv")) if folder else []
    return [path for path in found if not path.name.endswith(CELLS)]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        yield from csv.DictReader(text)


def feeds(inputs: tuple[dict[str, Any], ...], found: Books) -> pd.DataFrame:
    """Return what the files feed, a month's exports of one kind together, and what became of their records.

    Returns
    -------
    pandas.DataFrame
        table (the one whose rows the files hold), files, file (its name, or the first and the last), rows, quarantined,
        merged, excluded, used (records; a file that feeds two tables counts once), encoding, newest (date as text).
    """
    import pandas as pd

    groups: dict[str, list[dict[str, Any]]] = {}
    for one in inputs:
        groups.setdefault(str(one["source"]), []).append(one)
    rows = [_feed(source, parts, found) for source, parts in sorted(groups.items())]
    kinds = {name: "int64" if column.unit in ("rows", "count") else "str" for name, column in FEED_COLUMNS.items()}
    return pd.DataFrame(rows, columns=list(FEED_COLUMNS)).astype(kinds)


def _feed(source: str, parts: list[dict[str, Any]], found: Books) -> tuple[Any, ...]:
    names = sorted(PurePosixPath(one["file"]).name for one in parts)
    codes = sorted({str(one.get("encoding") or "") for one in parts} - {""})
    newest = max((str(one["newest"]) for one in parts if one.get("newest")), default=None)
    # Several sources may feed one table; intake numbers them.
    table = source.rstrip("0123456789").removesuffix("_")
    file = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    encoding = codes[0] if len(codes) == 1 else MIXED
    fates = (found.rows(fate, source=source) for fate in (*TAKEN, "out"))
    return table, len(parts), file, sum(int(one["rows"]) for one in parts), *fates, encoding, newest


def examples(folder: Path) -> pd.DataFrame:
    """Return where a few records of each reason stand in their files; never what stands there.

    Returns
    -------
    pandas.DataFrame
        source, reason, file, row (as a reader of the file counts).
    """
    import pandas as pd

    rows = [row for path in quarantines(folder) for row in _first(path)]
    rows += [row for path in sorted((folder / "restricted" / "quarantine").glob(f"*{CELLS}")) for row in _cells(path)]
    return pd.DataFrame(rows, columns=list(EXAMPLE_COLUMNS)).astype(
        dict.fromkeys(EXAMPLE_COLUMNS, "str") | {"row": "int64"})


def _first(path: Path) -> list[tuple[str, str, str, int]]:
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    for line in _lines(path):
        rows = found.setdefault(line["reason"], [])
        if len(rows) < EXAMPLES:
            rows.append((path.stem, line["reason"], line["file"], int(line["row"])))
    return [row for reason in sorted(found) for row in found[reason]]


def _cells(path: Path) -> list[tuple[str, str, str, int]]:
    """Return the first rows of each column with cells that were left empty, under the reason the books have."""
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    for line in _lines(path):
        reason = f"{line['column'].rpartition('.')[2]}.{EMPTIED}"
        rows = found.setdefault(reason, [])
        if len(rows) < EXAMPLES:
            rows.append((path.name.removesuffix(CELLS), reason, line["file"], int(line["row"])))
    return [row for reason in sorted(found) for row in found[reason]]


def tables(found: Books, inputs: tuple[dict[str, Any], ...], folder: Path) -> dict[str, Table]:
    """Return the tables of the files; where the examples stand is for those in charge only."""
    return {"feeds": Table(feeds(inputs, found), FEED_COLUMNS),
            "sources": Table(sources(inputs, folder), SOURCE_COLUMNS),
            "examples": Table(examples(folder), EXAMPLE_COLUMNS, sensitivity=RESTRICTED)}


FEED_COLUMNS = {"table": Column("code"), "files": Column("count"), "file": Column("text"), "rows": Column("rows"),
                "quarantined": Column("rows"), "merged": Column("rows"), "excluded": Column("rows"),
                "used": Column("rows"), "encoding": Column("code"), "newest": Column("date")}
SOURCE_COLUMNS = {"file": Column("text"), "rows": Column("rows"), "quarantined": Column("rows"),
                  "encoding": Column("code"), "newest": Column("date")}
EXAMPLE_COLUMNS = {"source": Column("text"), "reason": Column("code"), "file": Column("text"), "row": Column("count")}
