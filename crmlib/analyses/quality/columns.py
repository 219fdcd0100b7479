"""How well each column is filled, and which of the gaps matter to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts, schema
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

LINES = "order_lines"
#: Columns a page rests on; elsewhere an empty cell is often as it should be (a coupon, a date of leaving).
MATTERS = {
    "orders": ("customer_key", "store_id", "channel"),
    "order_lines": ("product_id", "quantity", "unit_price"),
    "customers": ("gender", "birth_year", "prefecture", "rank", "first_channel", "registered_on"),
    "products": ("category_1",),
}
SHOWN = 10


def filled(data: Dataset) -> pd.DataFrame:
    """Return how well each column the shop supplies is filled.

    Tables with a date are looked at in this month, the others whole; of order lines, those of goods. Columns that are
    not mapped are left out.

    Returns
    -------
    pandas.DataFrame
        table, column (names of the params file), rows, filled (ratio), purpose (code), matters (yes or no); those that
        matter first.
    """
    import pandas as pd

    rows = [row for name in schema.tables() if name in data.present for row in counted(data, name)]
    frame = pd.DataFrame(rows, columns=["table", "column", "rows", "empty", "purpose"])
    frame["filled"] = [None if not n else (n - e) / n for n, e in zip(frame["rows"], frame["empty"], strict=True)]
    frame["matters"] = ["yes" if matters(t, c) else "no" for t, c in zip(frame["table"], frame["column"], strict=True)]
    kinds = {"table": "str", "column": "str", "rows": "int64", "empty": "int64", "filled": "float64", "purpose": "str",
             "matters": "str"}
    first = frame["matters"] == "yes"
    return pd.concat([frame[first], frame[~first]], ignore_index=True).astype(kinds)


def matters(table: str, column: str) -> bool:
    """Return whether a page rests on a column."""
    return stored(column) in MATTERS.get(table, ())


def stored(column: str) -> str:
    """Return the name a column has in the stored tables."""
    return "customer_key" if column == "customer_id" else column


def counted(data: Dataset, name: str) -> list[tuple[Any, ...]]:
    """Return the columns of one table that the shop supplies: table, column, rows, empty, purpose."""
    spec, mapped = schema.table(name), supplied(data, name)
    cells = ", ".join(f'CAST(COUNT("{stored(c)}") AS BIGINT) AS "{c}"' for c in spec.names)
    dated = "ym" in schema.stored_columns(name) or name == LINES
    seen = " WHERE ym = $month AND business_date < CAST($as_of AS DATE)" if dated else ""
    # Discounts, shipping and fees have no product, as it should be.
    seen += " AND line_type IN ('product', 'return')" if name == LINES else ""
    values = {"month": data.month, "as_of": data.as_of} if dated else {}
    found = data.sql(f"SELECT CAST(COUNT(*) AS BIGINT) AS rows_seen, {cells} FROM {name}{seen}", **values).iloc[0]
    rows = int(found["rows_seen"])
    return [(name, c.name, rows, rows - int(found[c.name]), c.purpose) for c in spec.columns
            if c.name in mapped or (not mapped and found[c.name])]


def supplied(data: Dataset, name: str) -> set[str]:
    """Return the columns of a table that some source is mapped to; none where the tables were not made from sources."""
    return {column for source in data.settings.sources for column in source.tables.get(name, ())}


def empties(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns with gaps that matter, emptiest first.

    Returns
    -------
    pandas.DataFrame
        subject (``table.column``), missing (ratio), rows (empty cells).
    """
    import pandas as pd

    gaps = frame[(frame["matters"] == "yes") & (frame["empty"] > 0)]
    rows = [(f"{t}.{c}", e / n, e) for t, c, e, n in
            zip(gaps["table"], gaps["column"], gaps["empty"], gaps["rows"], strict=True)]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows[:SHOWN], columns=list(EMPTY_COLUMNS)).astype(
        {"subject": "str", "missing": "float64", "rows": "int64"})


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the table of all columns and the one that is drawn."""
    return {"columns": Table(frame[list(COLUMNS)], COLUMNS), "empties": Table(empties(frame), EMPTY_COLUMNS)}


def figures(drawn: pd.DataFrame) -> dict[str, Figure]:
    """Return the chart of the gaps, unless there is nothing to draw."""
    if drawn.empty:
        return {}
    top = drawn.iloc[0]
    values = {"subject": top["subject"], "missing": float(top["missing"])}
    return {"empties": Figure(plot_empties, "empties", values, size=(7.2, 1.4 + 0.42 * len(drawn)))}


def plot_empties(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of empty cells of the columns that matter."""
    return charts.bars(frame, ax, words, label="subject", value="missing", unit="ratio")


COLUMNS = {"table": Column("code"), "column": Column("text"), "rows": Column("rows"), "filled": Column("ratio"),
           "purpose": Column("code"), "matters": Column("code")}
EMPTY_COLUMNS = {"subject": Column("code"), "missing": Column("ratio"), "rows": Column("rows")}
