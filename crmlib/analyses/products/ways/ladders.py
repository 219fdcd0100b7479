"""From which product do customers move up to a dearer one of the same kind?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import Goods, shaped
from crmlib.methods.histograms import median
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

#: Customers a step has to have; days that a start has to be followed.
LEAST, FOLLOWED = 10, 90
#: Products looked at, those with most customers; a category of thousands would compare everything with everything.
PRODUCTS, SHOWN = 2000, 200
LADDERS = {"from": "str", "to": "str", "category": "str", "price": "int64", "dearer_price": "int64",
           "customers": "int64", "moved": "int64", "rate": "float64", "low": "float64", "high": "float64",
           "median_days": "float64"}


def ladders(found: Goods) -> pd.DataFrame:
    """Return the steps from a product to a dearer one of its category, the surest rate first.

    Returns
    -------
    pandas.DataFrame
        from, to (names), category, price, dearer_price (average of a piece in the window, minor units; to is at least
        20 % dearer), customers (who bought ``from`` in the window, 90 days ago or longer), moved (first bought ``to``
        after the first ``from``), rate, low, high (Wilson 95 %), median_days (between these two days).
    """
    rungs = _rungs(found)
    if rungs.empty:
        return shaped([], LADDERS)
    rows = found.ask("products_ladders", tables={"ladder_products": rungs}, first_month=found.first_month, least=LEAST)
    until = found.data.as_of - timedelta(days=FOLLOWED)
    starts = found.ask("products_ladder_starts", tables={"ladder_products": rungs}, until=until)
    size = starts.set_index("product_id")["customers"].to_dict()
    price = rungs.set_index("product_id")["price"].to_dict()
    kind = rungs.set_index("product_id")["category"].to_dict()
    told = []
    for (low_end, high_end), part in rows.groupby(["from_product", "to_product"], sort=True):
        moved, began = int(part["customers"].sum()), max(int(size.get(low_end, 0)), int(part["customers"].sum()))
        low, high = wilson(moved, began) or (0.0, 1.0)
        told.append((low_end, high_end, kind[low_end], price[low_end], price[high_end], began, moved, moved / began,
                     low, high, median(part["days"], part["customers"])))
    frame = shaped(told, LADDERS)
    frame = frame.assign(order=frame["low"].round(9)).sort_values(
        ["order", "from", "to"], ascending=[False, True, True])
    frame = found.named(frame.head(SHOWN), named_from="from", named_to="to")
    return shaped(frame.assign(**{"from": frame["named_from"], "to": frame["named_to"]}), LADDERS)


def _rungs(found: Goods) -> pd.DataFrame:
    """Products with a category and a price: product_id, category, price; the finest category the list knows."""
    finest = found.ask("products_names", category_column="category_3", taste_column="category_2",
                       brand_column="category_1")
    kind = finest["category"].fillna(finest["taste"]).fillna(finest["brand"])
    known = finest.assign(category=kind).dropna(subset=["category"])[["product_id", "category"]]
    sold = found.window.sort_values(["gross", "product_id"], ascending=[False, True]).head(PRODUCTS)
    price = (sold["gross"] / sold["quantity"]).round().astype("int64")
    return sold.assign(price=price).merge(known, on="product_id")[["product_id", "category", "price"]]
