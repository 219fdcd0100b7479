"""Gross profit: who brings it, and who costs more than they bring?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.dataset.segment_map import segments
from crmlib.result import Column, Fact, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

COSTS = ("order_lines.cost", "products.cost")


def known(data: Dataset) -> bool:
    """Tell whether the shop records what its goods cost."""
    return any(data.has(column) for column in COSTS)


def customers(data: Dataset) -> pd.DataFrame:
    """Return the rows of ``customers_profit`` with each customer's known_sales and gross_profit (minor units).

    Sales after discounts are spread over lines of known and unknown cost as their amounts are; none known: no profit.
    """
    import pandas as pd

    rows = data.query("customers_profit")
    found = [_profit(*(int(v) for v in row)) for row in
             rows[["net", "amount", "covered", "cost"]].itertuples(index=False, name=None)]
    return rows.assign(known_sales=pd.array([sales for sales, _ in found], dtype="Int64"),
                       gross_profit=pd.array([profit for _, profit in found], dtype="Int64"))


def _profit(net: int, amount: int, covered: int, cost: int) -> tuple[int | None, int | None]:
    """Return the sales whose cost is known, and what is left of them."""
    if covered == amount:
        return net, net - cost
    if covered == 0 or amount == 0:
        return None, None
    # Half a unit is rounded up, in whole numbers, so that money stays exact.
    sales = (2 * net * covered + amount) // (2 * amount)
    return sales, sales - cost


def table(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return gross profit by segment, in the order of the map.

    Returns
    -------
    pandas.DataFrame
        rfm_segment, customers, sales, gross_profit (minor units), margin (of the sales whose cost is known),
        cost_coverage (share of the money of lines whose cost is known).
    """
    place = {code: i for i, code in enumerate(order)}
    summed = rows.groupby("rfm_segment", as_index=False).agg(
        customers=("customer_key", "size"), sales=("net", "sum"), amount=("amount", "sum"), covered=("covered", "sum"),
        known_sales=("known_sales", "sum"), gross_profit=("gross_profit", "sum"), told=("gross_profit", "count"))
    summed = summed.assign(place=summed["rfm_segment"].map(place)).sort_values("place", ignore_index=True)
    pairs = {"margin": ("gross_profit", "known_sales"), "cost_coverage": ("covered", "amount")}
    shares = {name: [_ratio(int(a), int(b)) for a, b in zip(summed[part], summed[whole], strict=True)]
              for name, (part, whole) in pairs.items()}
    found = summed.assign(**shares).astype({"margin": "float64", "cost_coverage": "float64", "gross_profit": "Int64"})
    found["gross_profit"] = found["gross_profit"].where(found["told"] > 0)
    return found[list(COLUMNS)]


def headline(rows: pd.DataFrame) -> dict[str, Any]:
    """Return gross profit, margin, and how many cost more than they bring."""
    profit, sales = rows["gross_profit"].dropna(), rows["known_sales"].dropna()
    if not len(profit):
        return dict.fromkeys(UNITS)
    return {"gross_profit": int(profit.sum()), "gross_margin": _ratio(int(profit.sum()), int(sales.sum())),
            "losing": int((profit < 0).sum())}


def facts(data: Dataset, rows: pd.DataFrame | None) -> tuple[Fact, ...]:
    """Return the key numbers with those of a month and a year ago; without costs, that they cannot be told."""
    empty: dict[str, Any] = {}
    sides = [headline(rows) if rows is not None else empty]
    for earlier in (data.previous(1), data.previous(12)):
        sides.append(headline(customers(earlier)) if rows is not None and earlier.covered else empty)
    found = []
    for key, unit in UNITS.items():
        money = unit == "money"
        now, before, ago = (data.money(side.get(key)) if money else side.get(key) for side in sides)
        found.append(Fact(key, now, data.currency if money else unit, before, ago,
                          note="no_cost" if now is None else None))
    return tuple(found)


def tables(data: Dataset, rows: pd.DataFrame | None) -> dict[str, Table]:
    """Return the table by segment, where costs are known."""
    if rows is None or not len(rows):
        return {}
    found = table(rows, segments(data.settings.rfm.segment_map))
    return {"profit": Table(found, COLUMNS, count="customers")}


def notes(data: Dataset, rows: pd.DataFrame | None) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what the goods left, and how many cost more than they bring; without costs, what is missing."""
    if rows is None:
        return (("no_cost", {}),)
    found, amount = headline(rows), int(rows["amount"].sum())
    if found["gross_margin"] is None or amount <= 0:
        return ()
    covered = int(rows["covered"].sum()) / amount
    values = {"profit": data.money(found["gross_profit"]), "margin": found["gross_margin"], "coverage": covered}
    lost = rows[(rows["gross_profit"] < 0).fillna(False)]
    more = (("losing", {"customers": len(lost), "loss": data.money(-int(lost["gross_profit"].sum()))}),)
    return (("profit", values), *(more if len(lost) else ()))


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of gross profit by segment."""
    if "profit" not in found:
        return {}
    frame = found["profit"].frame.dropna(subset=["gross_profit"])
    if frame.empty:
        return {}
    top = frame.sort_values(["gross_profit", "rfm_segment"], ascending=[False, True]).iloc[0]
    return {"profit": Figure(plot_profit, "profit", {"segment": top["rfm_segment"]}, size=(7.2, 4.4))}


def plot_profit(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the gross profit of each segment, with its margin beside it."""
    return charts.bars(frame.dropna(subset=["gross_profit"]), ax, words, label="rfm_segment", value="gross_profit",
                       unit="money", other=("margin", "ratio"))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


UNITS = {"gross_profit": "money", "gross_margin": "ratio", "losing": "customers"}
COLUMNS = {"rfm_segment": Column("code"), "customers": Column("customers"), "sales": Column("money"),
           "gross_profit": Column("money"), "margin": Column("ratio"), "cost_coverage": Column("ratio")}
