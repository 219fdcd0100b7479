"""Are new products tried and bought again, and what comes back?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import ALWAYS, Goods, shaped
from crmlib.methods.experiments.comparing import holm
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

UNLIKELY = 0.05
#: Days that the data have to reach back before a first sale can be told from a first record.
QUIET_DAYS = 90
NEW = {"product_id": "str", "name": "str", "first_on": "object", "days": "int64", "customers": "int64",
       "early": "int64", "again": "int64", "repeat_rate": "float64", "low": "float64", "high": "float64",
       "gross": "int64"}
RETURNED = {"product_id": "str", "name": "str", "orders": "int64", "returns": "int64", "return_rate": "float64",
            "low": "float64", "high": "float64", "returned": "int64", "clear": "str"}


def new(found: Goods) -> pd.DataFrame:
    """Return the products first sold within ``new_days``, the newest first; none where the data are too young.

    Returns
    -------
    pandas.DataFrame
        product_id, name, first_on, days (since), customers (known ones who bought it), early (within 30 days of the
        first sale), again (bought it on two days or more), repeat_rate (bought again within 30 days, of those who first
        bought 30 days ago or longer), low, high (Wilson 95 %), gross (minor units).
    """
    data = found.data
    since = data.as_of - timedelta(days=found.settings.new_days)
    if data.oldest is None or (since - data.oldest).days < QUIET_DAYS:
        return shaped([], NEW)
    rows = found.ask("products_new", first_month=ALWAYS, new_from=since)
    limits = [wilson(again, ripe) or (None, None)
              for again, ripe in zip(rows["ripe_again"], rows["ripe"], strict=True)]
    first = rows["first_on"].dt.date
    rows = rows.assign(first_on=first, days=[(data.as_of - day).days for day in first],
                       repeat_rate=rows["ripe_again"] / rows["ripe"].where(rows["ripe"] > 0),
                       low=[low for low, _ in limits], high=[high for _, high in limits])
    rows = found.named(rows, name="product_id").sort_values(["first_on", "product_id"], ascending=[False, True])
    return shaped(rows, NEW)


def returned(found: Goods) -> pd.DataFrame:
    """Return the products that came back, the one most clearly above the shop's rate first.

    Returns
    -------
    pandas.DataFrame
        product_id, name, orders (purchases with it in the window), returns (lines of it that came back), return_rate
        (returns ÷ orders: one order of thousands of pieces would drown the others; missing, with its limits, where more
        came back than was bought, as after a window of many purchases), low, high (Wilson 95 %), returned (money, minor
        units), clear (above, below or alike: beside all products, exact binomial test, the number of products allowed
        for by Holm).
    """
    rows = found.ask("products_returned")
    sold = found.window
    rows = rows[rows["product_id"].notna()].merge(sold[["product_id", "orders"]], on="product_id")
    whole = rows["returns"].sum() / max(sold["orders"].sum(), 1)
    limits = [wilson(min(back, times), times) or (0.0, 1.0)
              for back, times in zip(rows["returns"], rows["orders"], strict=True)]
    rows = rows.assign(return_rate=rows["returns"] / rows["orders"], low=[low for low, _ in limits],
                       high=[high for _, high in limits])
    rows["clear"] = stands_out(rows["returns"], rows["orders"], float(whole))
    rows = rows.assign(order=rows["low"].round(9)).sort_values(["order", "product_id"], ascending=[False, True])
    rows.loc[rows["returns"] > rows["orders"], ["return_rate", "low", "high"]] = float("nan")
    return shaped(found.named(rows, name="product_id"), RETURNED)


def stands_out(returns: pd.Series, orders: pd.Series, whole: float) -> list[str]:
    """Return which products come back more, or less, often than all do, beyond what chance does to so many products."""
    import numpy as np
    from scipy.stats import binom

    back = np.minimum(returns.to_numpy(), orders.to_numpy())
    tails = binom.sf(back - 1, orders, whole), binom.cdf(back, orders, whole)
    sure = holm(np.minimum(2 * np.minimum(*tails), 1.0)) < UNLIKELY
    more = back > whole * orders.to_numpy()
    return ["alike" if not one else "above" if up else "below" for one, up in zip(sure, more, strict=True)]
