"""At which price do goods sell, and how much of the money comes at a discount?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.products.goods import Goods, ratio, shaped
from crmlib.methods.histograms import quantile

if TYPE_CHECKING:
    import pandas as pd

CUTS = (0.2, 0.4, 0.6, 0.8)
BANDS = {"band": "int64", "from_price": "int64", "below_price": "Int64", "orders": "int64", "customers": "int64",
         "quantity": "int64", "gross": "int64", "share": "float64", "share_before": "float64", "difference": "float64"}
PRODUCTS = {"product_id": "str", "name": "str", "gross": "int64", "discounted": "int64", "discount_share": "float64"}
PEOPLE = {"discount_band": "str", "customers": "int64", "share": "float64", "gross": "int64", "gross_share": "float64",
          "discount_share": "float64"}
#: Upper ends of the bands of customers by the share they buy at a discount.
SHARES = (("none", 0.0), ("to_25", 0.25), ("to_50", 0.5), ("to_75", 0.75), ("to_100", 1.0))
LEAST_GROSS_SHARE = 0.0005


def edges(found: Goods) -> list[int]:
    """Return the prices (minor units) at which bands begin, 0 first: the shop's own, or fifths of the purchases.

    Of the purchases, not of the pieces: fuel and what is weighed are sold in thousands of pieces and would fill every
    band. Fifths are rounded to two digits, so that a price list and its bands look alike.
    """
    own = found.settings.price_bands
    if own:
        return [0, *(int(edge.scaleb(found.data.decimals)) for edge in own)]
    window = found.window
    price = window["gross"] / window["quantity"]
    cuts = [quantile(price, window["orders"], cut) for cut in CUTS]
    return sorted({0, *(_plain(cut) for cut in cuts if cut)})


def _plain(value: float) -> int:
    step = 10 ** max(len(str(int(value))) - 2, 0)
    return max(int(value / step + 0.5) * step, 1)


def bands(found: Goods) -> pd.DataFrame:
    """Return what was sold in each price band of the window, and in the one before.

    Returns
    -------
    pandas.DataFrame
        band (1 is the cheapest), from_price, below_price (missing for the dearest; minor units, of a piece as paid),
        orders (with such a line), customers, quantity, gross, share (of the orders of all bands), share_before (of the
        window before; missing where the data do not reach back), difference.
    """
    import pandas as pd

    begins = edges(found)
    table = pd.DataFrame({"band": range(1, len(begins) + 1), "lowest": begins,
                          "below": pd.array([*begins[1:], None], dtype="Int64")})
    now = found.ask("products_bands", tables={"price_edges": table})
    past = found.at(found.settings.window_months)
    known = past.data.oldest is not None and past.data.oldest <= past.data.at(past.first_month).start
    before = past.ask("products_bands", tables={"price_edges": table}) if known else now.iloc[:0]
    nothing = dict.fromkeys(("orders", "customers", "quantity", "gross"), 0)
    whole = table.merge(now, on="band", how="left").fillna(nothing)
    earlier = whole["band"].map(before.set_index("band")["orders"]).fillna(0 if len(before) else float("nan"))
    share, share_before = whole["orders"] / max(whole["orders"].sum(), 1), earlier / (earlier.sum() or float("nan"))
    return shaped(whole.assign(from_price=whole["lowest"], below_price=whole["below"], share=share,
                               share_before=share_before, difference=share - share_before), BANDS)


def discounted(found: Goods) -> pd.DataFrame:
    """Return product_id, name, gross, discounted, discount_share: products by the money they bring at a discount.

    Products with less than a two-thousandth of the sales are left out: their share says little.
    """
    rows = found.ask("products_discount_products")
    rows = rows[rows["product_id"].notna() & (rows["gross"] >= LEAST_GROSS_SHARE * rows["gross"].sum())]
    rows = rows.assign(discount_share=rows["discounted"] / rows["gross"]).sort_values(
        ["discounted", "product_id"], ascending=[False, True])
    return shaped(found.named(rows, name="product_id"), PRODUCTS)


def customers(found: Goods) -> pd.DataFrame:
    """Return customer_key, gross, discounted, discount_share of each known buyer of the window."""
    rows = found.ask("products_discount_customers")
    return rows.assign(discount_share=(rows["discounted"] / rows["gross"]).round(6))


def people(buyers: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers buy how much of their goods at a discount.

    Returns
    -------
    pandas.DataFrame
        discount_band (share of the customer's money at a discount), customers, share, gross, gross_share,
        discount_share (of the band's money).
    """
    ends = [end for _, end in SHARES]
    place = [next(i for i, end in enumerate(ends) if value <= end + 1e-9) for value in buyers["discount_share"]]
    names = buyers.assign(discount_band=[SHARES[i][0] for i in place]).groupby("discount_band", sort=True)
    sums = names[["gross", "discounted"]].sum().assign(customers=names.size())
    money = int(buyers["gross"].sum())
    rows: list[tuple[Any, ...]] = []
    for name, _ in SHARES:
        if name in sums.index:
            one = sums.loc[name]
            rows.append((name, int(one["customers"]), one["customers"] / len(buyers), int(one["gross"]),
                         ratio(one["gross"], money), ratio(one["discounted"], one["gross"])))
    return shaped(rows, PEOPLE)
