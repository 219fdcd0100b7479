"""What moved the sales: more people, more purchases each, more money each, or guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.methods.decomposition import parts_of_change
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.customers.months import History
    from crmlib.text import Text

FACTORS = ("people", "purchases_each", "spent_each")
LEVELS = ("sales_before", "sales_now")


def change(found: History) -> pd.DataFrame:
    """Return how the sales of the same month last year (else last month) became this month's.

    Returns
    -------
    pandas.DataFrame
        against (year_ago or previous), factor, sales (minor units); from ``sales_before`` the rows add up to
        ``sales_now``. Empty without an earlier month, or where known customers brought nothing in one of the two.
    """
    import pandas as pd

    against = next((period for period in ("year_ago", "previous") if found.of(period)), "")
    rows = _rows(found.of(against), found.of("this")) if against else []
    frame = pd.DataFrame([(against, *row) for row in rows], columns=list(COLUMNS))
    return frame.astype({"against": "str", "factor": "str", "sales": "int64"})


def _rows(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, int]]:
    parts = parts_of_change(_factors(before), _factors(now))
    if parts is None:
        return []
    levels = [int(row["known_sales"] + row["guest_sales"]) for row in (before, now)]
    steps = [round(part) for part in parts[:-1]]
    # Whole minor units: what rounding leaves belongs to the last factor, so that the rows add up.
    steps.append(int(now["known_sales"] - before["known_sales"]) - sum(steps))
    guests = int(now["guest_sales"] - before["guest_sales"])
    middle = [*zip(FACTORS, steps, strict=True), *([("guests", guests)] if guests else [])]
    return [(LEVELS[0], levels[0]), *middle, (LEVELS[1], levels[1])]


def _factors(row: dict[str, Any]) -> list[float]:
    people, orders, sales = int(row["active"]), int(row["known_orders"]), int(row["known_sales"])
    return [float(people), orders / people, sales / orders] if people and orders else [0.0, 0.0, 0.0]


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the table that is drawn, unless there is nothing to compare."""
    return {"change": Table(frame, COLUMNS)} if len(frame) else {}


def figures(frame: pd.DataFrame, decimals: int) -> dict[str, Figure]:
    """Return the chart of the change, its title naming the largest part."""
    if frame.empty:
        return {}
    from decimal import Decimal

    steps = frame[~frame["factor"].isin(LEVELS)]
    top = steps.loc[steps["sales"].abs().sort_values(ascending=False, kind="stable").index[0]]
    before, now = (int(frame["sales"].iloc[place]) for place in (0, -1))
    values = {"against": frame["against"].iloc[0], "factor": top["factor"], "part": Decimal(int(top["sales"])),
              "step": Decimal(now - before), "before": Decimal(before), "now": Decimal(now)}
    money = {key: value.scaleb(-decimals) if isinstance(value, Decimal) else value for key, value in values.items()}
    return {"change": Figure(plot_change, "change", money, size=(7.2, 3.8))}


def plot_change(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the steps from the sales before to the sales now."""
    return charts.bridge(frame, ax, words, label="factor", value="sales", unit="money", total=LEVELS)


COLUMNS = {"against": Column("code"), "factor": Column("code"), "sales": Column("money")}
