"""What to offer each customer next, by what goes with their purchases, and is that better than what is popular?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.products.goods import Goods, ratio, shaped
from crmlib.dataset.segment_map import segments as order_of

if TYPE_CHECKING:
    import pandas as pd

PAIRS, POPULARITY = "pairs", "popularity"
#: Partners of a product that are looked at, and popular products that fill up.
PARTNERS, POPULAR = 20, 30
UNIT = 1_000_000
SEGMENT_OFFERS = 1
BACKTEST = {"method": "str", "customers": "int64", "offers": "int64", "hits": "int64", "hit_rate": "float64",
            "low": "float64", "high": "float64", "precision": "float64", "used": "str"}
SEGMENTS = {"rfm_segment": "str", "place": "int64", "product_id": "str", "name": "str", "customers": "int64",
            "share": "float64"}


def links(told: pd.DataFrame) -> pd.DataFrame:
    """Return how strongly one product asks for another: a, b, weight (millionths of the share of a's baskets with b).

    Of each product its strongest partners; a customer's products add up (item-based top-N by conditional probability:
    Deshpande & Karypis 2004, ACM Transactions on Information Systems 22:143-177). ``told`` are rows of
    ``pairs.frequent``.
    """
    import pandas as pd

    ways = [told[[one, other]].set_axis(["a", "b"], axis=1).assign(
        weight=(told["baskets"] / told[f"n_{one}"] * UNIT).round().astype("int64")) for one, other in ("ab", "ba")]
    both = pd.concat(ways).sort_values(["a", "weight", "b"], ascending=[True, False, True])
    return both.groupby("a", sort=True).head(PARTNERS).reset_index(drop=True)


def sources(found: Goods, told: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables that offers are made from: offer_links and offer_popular (products of most purchases)."""
    ordered = found.window.sort_values(["orders", "product_id"], ascending=[False, True]).head(POPULAR)
    popular = ordered[["product_id"]].assign(place=range(1, len(ordered) + 1))
    return {"offer_links": links(told), "offer_popular": popular}


def backtest(found: Goods, rows: pd.DataFrame) -> pd.DataFrame:
    """Return how offers known a month ago did in this month's baskets; empty where nobody known bought.

    Parameters
    ----------
    rows : pandas.DataFrame
        pairs_hits, popularity_hits, customers: offers made from what was known a month ago, in this month's baskets.

    Returns
    -------
    pandas.DataFrame
        method (pairs, popularity), customers (with a purchase in the month, known before), offers (made to them, of
        products they had not bought in the window), hits (offers bought), hit_rate (customers who bought at least one),
        low, high (Wilson 95 %), precision (hits ÷ offers), used (the method the offers of today follow).
    """
    from crmlib.methods.intervals import wilson

    customers = int(rows["customers"].sum())
    if not customers:
        return shaped([], BACKTEST)
    winner = PAIRS if gain(rows)[1] > 0 else POPULARITY
    made = found.settings.offers * customers
    told = []
    for method in (PAIRS, POPULARITY):
        hit = int(rows.loc[rows[f"{method}_hits"] > 0, "customers"].sum())
        hits = int((rows[f"{method}_hits"] * rows["customers"]).sum())
        told.append((method, customers, made, hits, ratio(hit, customers), *(wilson(hit, customers) or (None, None)),
                     ratio(hits, made), str(method == winner).lower()))
    return shaped(told, BACKTEST)


def gain(rows: pd.DataFrame) -> tuple[float, float, float]:
    """Return by how much more customers pairs hit than popularity, as a share, with the interval of paired shares."""
    n = int(rows["customers"].sum())
    one, other = rows["pairs_hits"] > 0, rows["popularity_hits"] > 0
    won, lost = (int(rows.loc[a & ~b, "customers"].sum()) for a, b in ((one, other), (other, one)))
    half = 1.959964 * max((won + lost) - (won - lost) ** 2 / n, 0.0) ** 0.5 / n
    return (won - lost) / n, (won - lost) / n - half, (won - lost) / n + half


def offered(found: Goods, tables: dict[str, pd.DataFrame], method: str) -> pd.DataFrame:
    """Return the first offer of each customer: customer_key, rfm_segment, product_id, by_pairs."""
    return found.ask("products_offers", tables=tables, method=method, offers=1)


def segments(found: Goods, offers: pd.DataFrame) -> pd.DataFrame:
    """Return the most frequent first offers of each segment, in the order of the map of segments.

    Returns
    -------
    pandas.DataFrame
        rfm_segment, place, product_id, name, customers, share (of the segment's customers).
    """
    counted = offers.groupby(["rfm_segment", "product_id"], sort=True, as_index=False).size()
    order = {code: n for n, code in enumerate(order_of(found.data.settings.rfm.segment_map))}
    counted = counted.rename(columns={"size": "customers"}).assign(order=counted["rfm_segment"].map(order)).sort_values(
        ["order", "rfm_segment", "customers", "product_id"], ascending=[True, True, False, True])
    whole = counted.groupby("rfm_segment")["customers"].transform("sum")
    counted = counted.assign(share=counted["customers"] / whole,
                             place=counted.groupby("rfm_segment").cumcount() + 1)
    return shaped(found.named(counted[counted["place"] <= SEGMENT_OFFERS], name="product_id"), SEGMENTS)


def measures(offers: pd.DataFrame) -> pd.DataFrame:
    """Return what reaches restricted/customers.parquet: customer_key, next_offer, next_offer_method."""
    method = offers["by_pairs"].map({1: PAIRS, 0: POPULARITY}).astype("str")
    kept: dict[str, Any] = {"next_offer": offers["product_id"], "next_offer_method": method}
    return offers[["customer_key"]].assign(**kept)
