"""Six dimensions of the Digital Agency's guidebook to data quality (DS-468-1), and two it names besides.

Each dimension is what its weakest measure says: a chain of data is as good as its weakest link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib import charts, schema
from crmlib.analyses.quality import reads
from crmlib.analyses.quality.books import LINES
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.quality.books import Books
    from crmlib.analyses.quality.consistency import Held
    from crmlib.analyses.quality.findings import Days
    from crmlib.dataset import Dataset
    from crmlib.text import Text

ORDER = ("completeness", "uniqueness", "validity", "consistency", "currentness", "accuracy", "traceability",
         "confidentiality")
UNTOLD = "untold"
#: Messages of so many days tell whether addresses are right.
SENT_DAYS = 365
IDENTITY = "customer_identity"


@dataclass(frozen=True)
class Measured:
    """What one dimension rests on.

    Attributes
    ----------
    dimension, measure : str
        Codes.
    good, n : int
        How many of how many are as they should be; of none, nothing can be told.
    """

    dimension: str
    measure: str
    good: int
    n: int

    @property
    def score(self) -> float | None:
        """Share that is as it should be."""
        return self.good / self.n if self.n > 0 else None


@dataclass(frozen=True)
class Seen:
    """What other parts of the page have found already."""

    books: Books
    columns: pd.DataFrame
    held: Sequence[Held]
    days: Days
    control: pd.DataFrame
    rules: pd.DataFrame
    stale: tuple[int, int]


def measure(data: Dataset, seen: Seen) -> list[Measured]:
    """Return every measure, in the order of the dimensions; one that cannot be taken says so by resting on nothing."""
    found = [*_completeness(seen), *_uniqueness(seen), *_validity(data, seen), *_consistency(seen),
             *_currentness(seen), *_accuracy(data, seen), *_books(seen), *_hidden(data)]
    told = {one.dimension for one in found if one.n > 0}
    kept = [one for one in found if one.n > 0]
    kept += [Measured(dimension, UNTOLD, 0, 0) for dimension in ORDER if dimension not in told]
    return sorted(kept, key=lambda one: ORDER.index(one.dimension))


def _completeness(seen: Seen) -> list[Measured]:
    needed = seen.columns[seen.columns["matters"]]
    whole = int(needed["rows"].sum())
    found = [Measured("completeness", "cells_filled", whole - int(needed["empty"].sum()), whole)]
    if not whole:
        return found
    # Many full columns must not hide the one that is half empty.
    row = needed.sort_values(["filled", "table", "column"]).iloc[0]
    return [*found, Measured("completeness", "emptiest_column", int(row["rows"] - row["empty"]), int(row["rows"]))]


def _uniqueness(seen: Seen) -> list[Measured]:
    after, joined = seen.books.rows("out", "customers"), seen.books.joined
    lines, twice = (seen.books.rows(fate, LINES) for fate in ("in", "merged"))
    return [Measured("uniqueness", "people_once", after, after + joined),
            Measured("uniqueness", "lines_once", lines - twice, lines)]


def _validity(data: Dataset, seen: Seen) -> list[Measured]:
    rows, emptied = seen.books.rows("in"), sum(seen.books.emptied.values())
    wide = {str(source.grain): sum(map(len, source.tables.values())) for source in data.settings.sources}
    cells = sum(seen.books.rows("in", table) * n for table, n in wide.items())
    return [Measured("validity", "rows_readable", rows - seen.books.rows("quarantined"), rows),
            Measured("validity", "cells_readable", cells - emptied, cells)]


def _consistency(seen: Seen) -> list[Measured]:
    return [Measured("consistency", one.rule, one.checked - one.broken, one.checked) for one in seen.held]


def _currentness(seen: Seen) -> list[Measured]:
    days, (stale, dated) = seen.days, seen.stale
    return [Measured("currentness", "days_with_sales", days.open_days - days.without,
                     days.open_days if days.newest else 0),
            Measured("currentness", "details_fresh", dated - stale, dated)]


def _accuracy(data: Dataset, seen: Seen) -> list[Measured]:
    """Return what speaks for the truth of the data; none of these is the truth itself."""
    told, bounced = 0, 0
    if data.has("sends.delivered"):
        row = data.query("quality_sends", sent_from=data.as_of - timedelta(days=SENT_DAYS)).iloc[0]
        told, bounced = int(row["told"]), int(row["bounced"])
    checked = seen.rules[seen.rules["checked"].notna() & seen.rules["precision"].notna()]
    sure = sum(round(float(p) * int(n)) for p, n in zip(checked["precision"], checked["checked"], strict=True))
    return [Measured("accuracy", "messages_arrive", told - bounced, told),
            Measured("accuracy", "matches_agree", sure, int(checked["checked"].sum())),
            Measured("accuracy", "totals_given_agree", int((seen.control["agrees"] == "yes").sum()), len(seen.control))]


def _books(seen: Seen) -> list[Measured]:
    rows = seen.books.rows("in")
    lost = abs(seen.books.open_rows) if seen.books.open_rows else rows if seen.books.open_amount else 0
    return [Measured("traceability", "rows_accounted", max(rows - lost, 0), rows)]


def _hidden(data: Dataset) -> list[Measured]:
    """Return how many of the columns that name people no page's statements can see."""
    named = [(IDENTITY, c.name) for c in schema.table(IDENTITY).columns
             if any(c.name in source.tables.get(IDENTITY, ()) for source in data.settings.sources)]
    seen = sum(bool(reads.users().get(cell)) for cell in named) if IDENTITY not in data.present else len(named)
    return [Measured("confidentiality", "names_unseen", len(named) - seen, len(named))]


def table(found: list[Measured]) -> pd.DataFrame:
    """Return dimension, measure, score (ratio, null where it cannot be told), n."""
    import pandas as pd

    rows = [(one.dimension, one.measure, one.score, one.n) for one in found]
    return pd.DataFrame(rows, columns=list(DIMENSION_COLUMNS)).astype(
        {"dimension": "str", "measure": "str", "score": "float64", "n": "int64"})


def weakest(found: list[Measured]) -> pd.DataFrame:
    """Return each dimension that can be told with what is missing to the whole, the weakest first."""
    import pandas as pd

    lowest = {dimension: min(scores) for dimension in ORDER
              if (scores := [one.score for one in found if one.dimension == dimension and one.score is not None])}
    rows = sorted(((dimension, 1 - score) for dimension, score in lowest.items()),
                  key=lambda row: (-row[1], ORDER.index(row[0])))
    return pd.DataFrame(rows, columns=list(WEAKEST_COLUMNS)).astype({"dimension": "str", "short": "float64"})


def tables(found: list[Measured]) -> dict[str, Table]:
    """Return the table of all measures and the one that is drawn."""
    return {"dimensions": Table(table(found), DIMENSION_COLUMNS), "weakest": Table(weakest(found), WEAKEST_COLUMNS)}


def figures(found: list[Measured]) -> dict[str, Figure]:
    """Return the chart of what each dimension is short of, unless nothing can be told or nothing is short."""
    drawn = weakest(found)
    if drawn.empty or not drawn["short"].iloc[0] > 0:
        return {}
    top = drawn.iloc[0]
    worst = min((one for one in found if one.dimension == top["dimension"] and one.score is not None),
                key=lambda one: (one.score or 0.0, one.measure))
    values = {"dimension": top["dimension"], "short": float(top["short"]), "measure": worst.measure, "n": worst.n,
              "score": 1 - float(top["short"])}
    return {"weakest": Figure(plot_weakest, "weakest", values, size=(7.2, 1.4 + 0.42 * len(drawn)))}


def plot_weakest(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how much each dimension is short of the whole."""
    return charts.bars(frame, ax, words, label="dimension", value="short", unit="ratio",
                       accent=frame["dimension"].iloc[0])


DIMENSION_COLUMNS = {"dimension": Column("code"), "measure": Column("code"), "score": Column("ratio"),
                     "n": Column("count")}
WEAKEST_COLUMNS = {"dimension": Column("code"), "short": Column("ratio")}
