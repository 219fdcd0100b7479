"""How customers move between segments: since last month, since last year, and who of each segment came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.dataset import snapshots
from crmlib.methods.intervals import wilson
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text


def moves(data: Dataset, back: int, order: tuple[str, ...]) -> pd.DataFrame:
    """Return the moves from the segments of an earlier month to today's, in the order of the map.

    Returns
    -------
    pandas.DataFrame
        from_segment (``unknown`` for those not known then), to_segment, customers, sales (minor units).
    """
    found = data.query("rfm_migration", tables={"segment_before": data.previous(back).shared("customer_segment")})
    place = {code: i for i, code in enumerate((*order, "unknown"))}
    keys = found.assign(a=found["from_segment"].map(place), b=found["to_segment"].map(place))
    return keys.sort_values(["a", "b"], ignore_index=True).drop(columns=["a", "b"])


def retention(data: Dataset, order: tuple[str, ...]) -> pd.DataFrame:
    """Return who of each of last month's segments bought this month.

    Returns
    -------
    pandas.DataFrame
        segment (of last month), customers, bought, rate (ratio), low, high (95 %), stayed (in the same segment), sales
        (minor units).
    """
    found = data.query("rfm_retention", tables={"segment_before": data.previous(1).shared("customer_segment")})
    place = {code: i for i, code in enumerate(order)}
    table = found.assign(place=found["segment"].map(place)).sort_values("place", ignore_index=True)
    ranges = [wilson(int(k), int(n)) or (None, None) for k, n in zip(table["bought"], table["customers"], strict=True)]
    return table.assign(rate=table["bought"] / table["customers"], low=[r[0] for r in ranges],
                        high=[r[1] for r in ranges])[list(RETENTION)]


def changes(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each buyer's last change of segment, and the size of each segment at the month ends of a year.

    Returns
    -------
    tuple of pandas.DataFrame
        customer_key, previous_segment, segment_changed_on; month_end, segment, customers.
    """
    snapshots.register(data)
    return data.query("rfm_changes"), data.query("rfm_history")


def history_table(history: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return the size of each segment by month, in the order of the map.

    Returns
    -------
    pandas.DataFrame
        month, segment, customers, share (of the month's buyers).
    """
    place = {code: i for i, code in enumerate(order)}
    table = history.assign(month=history["month_end"].astype("datetime64[s]").dt.strftime("%Y-%m").astype("str"),
                           place=history["segment"].map(place))
    table = table.sort_values(["month", "place"], ignore_index=True)
    everyone = table.groupby("month")["customers"].transform("sum")
    return table.assign(share=table["customers"] / everyone)[list(HISTORY)]


def tables(data: Dataset, order: tuple[str, ...], history: pd.DataFrame) -> dict[str, Table]:
    """Return the tables of movement; those of last year only where the data reach back."""
    found = {"migration": Table(moves(data, 1, order), MOVES, count="customers")}
    if data.previous(12).covered:
        found["migration_yoy"] = Table(moves(data, 12, order), MOVES, count="customers")
    kept = retention(data, order)
    if len(kept):
        found["retention"] = Table(kept, RETENTION, count="customers")
    found["history"] = Table(history_table(history, order), HISTORY, count="customers", within=("month",))
    return found


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of who came back."""
    if "retention" not in found:
        return {}
    frame = found["retention"].frame
    enough = frame[frame["customers"] >= 30].sort_values(["rate", "segment"], ascending=[False, True])
    if enough.empty:
        return {}
    best = enough.iloc[0]
    return {"retention": Figure(plot_retention, "retention", {"segment": best["segment"], "rate": float(best["rate"])},
                                size=(7.2, 0.9 + 0.34 * len(frame)))}


def plot_retention(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment that bought this month, with its interval."""
    return charts.dots(frame, ax, words, label="segment", value="rate", low="low", high="high", unit="ratio")


MOVES = {"from_segment": Column("code"), "to_segment": Column("code"), "customers": Column("customers"),
         "sales": Column("money")}
RETENTION = {"segment": Column("code"), "customers": Column("customers"), "bought": Column("customers"),
             "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio"), "stayed": Column("customers"),
             "sales": Column("money")}
HISTORY = {"month": Column("month"), "segment": Column("code"), "customers": Column("customers"),
           "share": Column("ratio")}
