"""Each column the shop supplies: how well it is filled, who reads it, when it last changed, and what could go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmlib import charts, schema
from crmlib.analyses.quality import reads
from crmlib.result import Column, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

LINES, IDENTITY = "order_lines", "customer_identity"
#: Columns whose gaps cost a page something; elsewhere an empty cell is often as it should be (a coupon).
MATTERS = {
    "orders": ("customer_key", "store_id", "channel"),
    "order_lines": ("product_id", "quantity", "unit_price"),
    "customers": ("gender", "birth_year", "prefecture", "rank", "first_channel", "registered_on"),
    "products": ("category_1",),
}
#: Read by intake: which record is the newer one, and the day of a sale where that is the day it was shipped.
NEWER = ("customers", "updated_at")
SHIPPED = ("orders", "shipped_at")
SHOWN = 10


def filled(data: Dataset) -> pd.DataFrame:
    """Return what is known of each column the shop supplies.

    Tables with a date are looked at in this month, the others whole; of order lines, those of goods. Columns that are
    not mapped are left out. Names and addresses are nowhere an analysis could count them.

    Returns
    -------
    pandas.DataFrame
        table, column (names of the params file), purpose, sensitivity (codes), rows, empty, filled (ratio), used_by
        (analyses with a plus between, or intake, contact, nobody), last_changed (date: newest day with a value, or the
        newest update of such a row), proposal (keep, fill, drop), matters (bool); those that matter first.
    """
    import pandas as pd

    rows = [row for name in schema.tables() if name in data.present for row in counted(data, name)]
    rows += [(IDENTITY, c.name, c.purpose, c.sensitivity, None, None, None) for c in schema.table(IDENTITY).columns
             if c.name in supplied(data, IDENTITY)]
    frame = pd.DataFrame(rows, columns=["table", "column", "purpose", "sensitivity", "rows", "empty", "last_changed"])
    frame["filled"] = [(n - e) / n if n else None for n, e in zip(frame["rows"], frame["empty"], strict=True)]
    cells = list(zip(frame["table"], frame["column"], strict=True))
    frame["used_by"] = [used_by(data, *cell) for cell in cells]
    frame["matters"] = [by != "nobody" and matters(*cell) for by, cell in zip(frame["used_by"], cells, strict=True)]
    limit = 1 - data.settings.quality.max_missing_share
    gaps = frame["matters"] & (frame["filled"].astype("float64") < limit)
    frame["proposal"] = ["drop" if by == "nobody" else "fill" if gap else "keep"
                         for by, gap in zip(frame["used_by"], gaps, strict=True)]
    kinds = dict.fromkeys(("table", "column", "purpose", "sensitivity", "used_by", "proposal", "last_changed"), "str")
    typed = frame.astype({**kinds, "rows": "Int64", "empty": "Int64", "filled": "float64", "matters": "bool"})
    return pd.concat([typed[typed["matters"]], typed[~typed["matters"]]], ignore_index=True)


def used_by(data: Dataset, table: str, column: str) -> str:
    """Return who reads a column: analyses, else intake itself, else those who may contact people, else nobody."""
    found = reads.users().get((table, column), ())
    if found:
        return "+".join(found)
    spec = schema.table(table)
    cell = spec.column(column)
    if table == IDENTITY or column in (*spec.key, spec.at) or (cell is not None and cell.required) or (
            table, column) == NEWER or ((table, column) == SHIPPED and data.settings.sales.date == "shipped"):
        return "intake"
    return "contact" if cell is not None and cell.purpose == "consent" else "nobody"


def matters(table: str, column: str) -> bool:
    """Return whether the gaps of a column cost a page something."""
    return stored(column) in MATTERS.get(table, ())


def stored(column: str) -> str:
    """Return the name a column has in the stored tables."""
    return "customer_key" if column == "customer_id" else column


def counted(data: Dataset, name: str) -> list[tuple[Any, ...]]:
    """Return the columns of one table that the shop supplies, with rows, empty cells and the newest day of a value."""
    spec, mapped = schema.table(name), supplied(data, name)
    dated = "ym" in schema.stored_columns(name) or name == LINES
    day = "business_date" if dated else "updated_at" if "updated_at" in spec.names else None
    # Discounts, shipping and fees have no product, as it should be.
    goods = " AND line_type IN ('product', 'return')" if name == LINES else ""
    month = "ym = $month AND business_date < CAST($as_of AS DATE)" if dated else "TRUE"
    found = _row(data, name, spec.names, day, f"{month}{goods}")
    rows = int(found["rows_seen"])
    shown = [c for c in spec.columns if c.name in mapped or (not mapped and found[c.name])]
    newest = {c.name: found[f"{c.name}_on"] for c in shown} if day else {}
    # What has no value this month may have had one before.
    silent = tuple(c.name for c in shown if dated and not found[c.name])
    if silent:
        before = _row(data, name, silent, day, "business_date < CAST($as_of AS DATE)")
        newest |= {column: before[f"{column}_on"] for column in silent}
    return [(name, c.name, c.purpose, c.sensitivity, rows, rows - int(found[c.name]), iso(newest.get(c.name)))
            for c in shown]


def _row(data: Dataset, name: str, columns: tuple[str, ...], day: str | None, where: str) -> Any:
    """Return how many rows there are, how many have a value in each column, and the newest day of one."""
    cells = [f'CAST(COUNT("{stored(c)}") AS BIGINT) AS "{c}"' for c in columns]
    seen = f'{day} < CAST($as_of AS DATE)'
    cells += [f'MAX(CASE WHEN "{stored(c)}" IS NOT NULL AND {seen} THEN {day} ELSE NULL END) AS "{c}_on"'
              for c in columns if day]
    text = f"SELECT CAST(COUNT(*) AS BIGINT) AS rows_seen, {', '.join(cells)} FROM {name} WHERE {where}"
    values = {"month": data.month, "as_of": data.as_of}
    return data.sql(text, **{k: v for k, v in values.items() if f"${k}" in text}).iloc[0]


def iso(day: Any) -> str | None:
    """Return a day as text; None for none."""
    return None if day is None or day != day else day.isoformat()[:10]


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

    gaps = frame[frame["matters"] & (frame["empty"] > 0)]
    rows = [(f"{t}.{c}", e / n, e) for t, c, e, n in
            zip(gaps["table"], gaps["column"], gaps["empty"], gaps["rows"], strict=True)]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows[:SHOWN], columns=list(EMPTY_COLUMNS)).astype(
        {"subject": "str", "missing": "float64", "rows": "int64"})


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the table of all columns and the one that is drawn."""
    return {"columns": Table(frame[list(COLUMNS)], COLUMNS), "empties": Table(empties(frame), EMPTY_COLUMNS)}


def shown(result: Result) -> Table:
    """Return the columns that a reader can do something about, and those with gaps that cost; all are in the file."""
    table = result.tables["columns"]
    kept = [row.proposal != "keep" or (matters(row.table, row.column) and row.filled < 1)
            for row in table.frame.itertuples()]
    return replace(table, frame=table.frame[kept].reset_index(drop=True))


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


COLUMNS = {"table": Column("code"), "column": Column("text"), "purpose": Column("code"), "sensitivity": Column("code"),
           "rows": Column("rows"), "filled": Column("ratio"), "used_by": Column("code"), "last_changed": Column("date"),
           "proposal": Column("code")}
EMPTY_COLUMNS = {"subject": Column("code"), "missing": Column("ratio"), "rows": Column("rows")}
