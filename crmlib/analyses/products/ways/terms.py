"""On which terms was bought: coupons, ways of paying, and baskets around the limit of free shipping?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import Goods, ratio, shaped

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = {"condition": "str", "level": "str", "orders": "int64", "share": "float64", "customers": "int64",
              "gross": "int64", "average_order": "float64", "pieces": "float64"}
AROUND = {"step": "int64", "from_amount": "int64", "below_amount": "int64", "orders": "int64", "usual": "float64",
          "index": "float64"}
#: Steps of a twentieth of the limit, so many below and above it; those next to it are held against the others.
STEPS, PART = 8, 20
#: Orders of either kind, and the share they have to agree on, before a limit is read from the data.
LEAST, AGREE = 30, 0.98


def conditions(found: Goods) -> pd.DataFrame:
    """Return purchases by coupon and way of paying: terms that only one level is known of are left out.

    Returns
    -------
    pandas.DataFrame
        condition (coupon, payment), level, orders, share, customers, gross, average_order (gross ÷ orders, minor
        units), pieces (a purchase).
    """
    rows = found.ask("products_conditions")
    levels = rows.groupby("condition")["level"].transform("size")
    rows = rows[levels > 1]
    rows = rows.assign(share=rows["orders"] / rows.groupby("condition")["orders"].transform("sum"),
                       average_order=rows["gross"] / rows["orders"], pieces=rows["quantity"] / rows["orders"])
    return shaped(rows.sort_values(["condition", "orders", "level"], ascending=[True, False, True]), CONDITIONS)


def limit(found: Goods, rows: pd.DataFrame) -> int | None:
    """Return from which money of goods shipping is free (minor units): the shop's own setting, or read from the data.

    The limit that splits purchases with paid and with free shipping best, where it is right for 98 % of them.
    """
    import numpy as np

    own = found.settings.free_shipping
    if own is not None:
        return int(own.scaleb(found.data.decimals))
    paid, free = int(rows["paid"].sum()), int(rows["free"].sum())
    if min(paid, free) < LEAST:
        return None
    right = np.concatenate([[0], np.cumsum(rows["paid"])]) + free - np.concatenate([[0], np.cumsum(rows["free"])])
    best = int(np.argmax(right))
    if best >= len(rows) or right[best] < AGREE * (paid + free):
        return None
    return _plain(int(rows["gross"].iloc[best - 1]) + 1 if best else 0, int(rows["gross"].iloc[best]))


def _plain(low: int, high: int) -> int:
    """Return the roundest number between two: a limit is written on a door."""
    step = 10 ** len(str(high))
    while step > 1 and (high // step) * step < low:
        step //= 10
    return (high // step) * step


def around(rows: pd.DataFrame, edge: int) -> pd.DataFrame:
    """Return how many purchases lie in steps of a twentieth of the limit, eight below and eight above it.

    Returns
    -------
    pandas.DataFrame
        step (-1 is just below, 1 begins at the limit), from_amount, below_amount (minor units), orders, usual (orders a
        straight line through the steps further off would give), index (orders ÷ usual).
    """
    import numpy as np

    told = []
    for n in range(-STEPS, STEPS):
        low, high = edge * (PART + n) // PART, edge * (PART + n + 1) // PART
        inside = rows[(rows["gross"] >= low) & (rows["gross"] < high)]
        told.append((n if n < 0 else n + 1, low, high, int((inside["paid"] + inside["free"]).sum()), None, None))
    frame = shaped(told, AROUND)
    far = frame["step"].abs() > 2
    slope, base = np.polyfit(frame.loc[far, "step"], frame.loc[far, "orders"], 1)
    usual = np.maximum(slope * frame["step"] + base, 0.0)
    return shaped(frame.assign(usual=usual, index=frame["orders"] / usual.where(usual >= 1)), AROUND)


def beside(table: pd.DataFrame) -> tuple[float | None, float | None]:
    """Return how the two steps just below and the two just above compare with the line through the others."""
    near = [table[(table["step"] >= low) & (table["step"] <= high)] for low, high in ((-2, -1), (1, 2))]
    below, above = (ratio(part["orders"].sum(), part["usual"].sum()) for part in near)
    return below, above
