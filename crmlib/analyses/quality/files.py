"""The files that were read: what they feed, what became of their records, and where examples of each reason stand."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from crmlib.analyses.quality.books import TAKEN
from crmlib.intake.ledger import EXAMPLES
from crmlib.result import RESTRICTED, Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.quality.books import Books

#: source, reason, file, row, customer_id, note.
Example = tuple[str, str, str | None, int | None, str | None, str | None]
MIXED = "mixed"
#: What the books call the rows of a file that came in or are used.
WHOLE = "file"
#: How the list of the cells that were left empty ends, and what follows their reason in the books.
CELLS, EMPTIED = ".cells.csv", "emptied"
#: How the list of where records stand ends that were merged, excluded, or told of for information.
ROWS = ".rows.csv"
#: Why no row is named of some steps, reasons or fates: nobody deleted is pointed at, and fractions belong to no row.
UNTOLD = {"deletion": "asked_to_be_deleted", "rounding": "sum_only"}
NOT_KEPT = "not_kept"


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
    return [path for path in found if not path.name.endswith((CELLS, ROWS))]


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


def examples(found: Books, folder: Path, people: pd.DataFrame) -> pd.DataFrame:
    """Return where a few records of each reason stand in their files; never what stands there.

    Parameters
    ----------
    people : pandas.DataFrame
        A few customers whose details are to be looked at: reason, customer_id. One customer may come from rows of
        several files, so it is the id that is told, by which the row is found in each.

    Returns
    -------
    pandas.DataFrame
        source, reason, file, row (as a reader of the file counts), customer_id (of what was found about customers),
        note (why no row is named of a reason of the books, empty where one is). Set aside first, then cells left
        empty, then merged and excluded, then customers, then what has no row.
    """
    import pandas as pd

    kept = folder / "restricted" / "quarantine"
    rows = [row for path in quarantines(folder) for row in _first(path)]
    rows += [row for path in sorted(kept.glob(f"*{CELLS}")) for row in _cells(path)]
    rows += [row for path in sorted(kept.glob(f"*{ROWS}")) for row in _first(path)]
    rows += [("customers", one.reason, None, None, one.customer_id, None) for one in people.itertuples()]
    named = {row[:2] for row in rows}
    rows += [(*one, None, None, None, note) for one, note in _untold(found) if one not in named]
    return pd.DataFrame(rows, columns=list(EXAMPLE_COLUMNS)).astype(
        dict.fromkeys(EXAMPLE_COLUMNS, "str") | {"row": "Int64"})


def _untold(found: Books) -> list[tuple[tuple[str, str], str]]:
    """Return the reasons of each source with why there may be no row to name."""
    return sorted({((e.source, e.reason), UNTOLD.get(e.step) or UNTOLD.get(e.fate) or NOT_KEPT)
                   for e in found.entries if e.reason != WHOLE and e.rows})


def _first(path: Path) -> list[Example]:
    return _few(path.name.removesuffix(ROWS).removesuffix(".csv"), path, lambda line: line["reason"])


def _cells(path: Path) -> list[Example]:
    """Return the first rows of each column with cells that were left empty, under the reason the books have."""
    return _few(path.name.removesuffix(CELLS), path, lambda line: f"{line['column'].rpartition('.')[2]}.{EMPTIED}")


def _few(source: str, path: Path, reason_of: Callable[[dict[str, str]], str]) -> list[Example]:
    found: dict[str, list[Example]] = {}
    for line in _lines(path):
        rows = found.setdefault(reason := reason_of(line), [])
        if len(rows) < EXAMPLES:
            rows.append((source, reason, line["file"], int(line["row"]), None, None))
    return [row for reason in sorted(found) for row in found[reason]]


def tables(found: Books, inputs: tuple[dict[str, Any], ...], folder: Path, people: pd.DataFrame) -> dict[str, Table]:
    """Return the tables of the files; where the examples stand is for those in charge only."""
    return {"feeds": Table(feeds(inputs, found), FEED_COLUMNS),
            "sources": Table(sources(inputs, folder), SOURCE_COLUMNS),
            "examples": Table(examples(found, folder, people), EXAMPLE_COLUMNS, sensitivity=RESTRICTED)}


FEED_COLUMNS = {"table": Column("code"), "files": Column("count"), "file": Column("text"), "rows": Column("rows"),
                "quarantined": Column("rows"), "merged": Column("rows"), "excluded": Column("rows"),
                "used": Column("rows"), "encoding": Column("code"), "newest": Column("date")}
SOURCE_COLUMNS = {"file": Column("text"), "rows": Column("rows"), "quarantined": Column("rows"),
                  "encoding": Column("code"), "newest": Column("date")}
EXAMPLE_COLUMNS = {"source": Column("text"), "reason": Column("code"), "file": Column("text"), "row": Column("count"),
                   "customer_id": Column("text"), "note": Column("code")}
