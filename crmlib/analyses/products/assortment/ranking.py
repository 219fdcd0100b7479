"""Which products sell best, who rose and fell, and how few of them make most of the sales?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import YEAR, Goods, shaped
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

CLASSES = ("A", "B", "C")
RANKING = {"rank": "int64", "product_id": "str", "name": "str", "category": "str", "abc": "str", "gross": "int64",
           "share": "float64", "orders": "int64", "quantity": "int64", "previous_rank": "Int64", "move": "Int64",
           "previous_gross": "int64", "change": "float64", "year_ago_rank": "Int64", "year_ago_gross": "int64"}
ABC = {"abc": "str", "products": "int64", "products_share": "float64", "gross": "int64", "share": "float64"}
MOVERS = {"name": "str", "previous_rank": "Int64", "rank": "Int64", "move": "Int64", "gross": "int64",
          "previous_gross": "int64", "difference": "int64"}
SHOWN = 15


def classes(window: pd.DataFrame, edges: tuple[float, ...]) -> pd.Series:
    """Return product → A, B or C by its gross sales of the window.

    Products in order of their sales, ties by id; A are those up to and with the one that reaches the first edge of the
    cumulative share, B up to the second, C the others.
    """
    import pandas as pd

    ordered = window.sort_values(["gross", "product_id"], ascending=[False, True])
    before = ordered["gross"].cumsum() - ordered["gross"]
    whole = int(ordered["gross"].sum())
    # Whole numbers compared with a share of a whole number: 0.7 × 10 must not become 6.999….
    found = [CLASSES[sum(int(money) >= round(edge * whole, 6) for edge in edges)] for money in before]
    return pd.Series(found, index=ordered["product_id"].to_numpy(), dtype="str")


def abc(window: pd.DataFrame, named: pd.Series) -> pd.DataFrame:
    """Return abc, products, products_share, gross, share: what each class holds."""
    whole = int(window["gross"].sum())
    part = window.assign(abc=window["product_id"].map(named)).groupby("abc", sort=True)["gross"].agg(["size", "sum"])
    rows = [(name, int(size), size / len(window), int(money), money / whole)
            for name, size, money in part.itertuples()]
    return shaped(rows, ABC)


def ranking(found: Goods, named: pd.Series) -> pd.DataFrame:
    """Return the products sold in the month, the best seller first.

    Returns
    -------
    pandas.DataFrame
        rank, product_id, name, category, abc (class over the window), gross, share (of the month's), orders, quantity,
        previous_rank (last month; missing where not sold), move (places up), previous_gross, change (to last month),
        year_ago_rank, year_ago_gross. Gross sales in minor units, ties in order of the ids.
    """
    month = found.data.month
    now, before, year = (_ranked(found, months.shift(month, -back)) for back in (0, 1, YEAR))
    whole = now.merge(before[["product_id", "rank", "gross"]], on="product_id", how="left",
                      suffixes=("", "_before")).merge(
        year[["product_id", "rank", "gross"]], on="product_id", how="left", suffixes=("", "_year"))
    known = found.told("category")
    whole = found.named(whole, name="product_id").assign(
        category=[known.get(one, "") for one in whole["product_id"]],
        abc=[named.get(one, CLASSES[-1]) for one in whole["product_id"]],
        share=whole["gross"] / max(int(whole["gross"].sum()), 1),
        previous_rank=whole["rank_before"].astype("Int64"), year_ago_rank=whole["rank_year"].astype("Int64"),
        move=(whole["rank_before"] - whole["rank"]).astype("Int64"),
        previous_gross=whole["gross_before"].fillna(0), year_ago_gross=whole["gross_year"].fillna(0),
        change=whole["gross"] / whole["gross_before"] - 1)
    return shaped(whole.sort_values("rank"), RANKING)


def _ranked(found: Goods, month: str) -> pd.DataFrame:
    rows = found.sold[(found.sold["ym"] == month) & found.sold["product_id"].notna()]
    rows = rows.sort_values(["gross", "product_id"], ascending=[False, True], ignore_index=True)
    return rows.assign(rank=range(1, len(rows) + 1))


def movers(ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the products whose sales moved most against last month, up and down: the largest differences first."""
    known = ranked[ranked["previous_rank"].notna()]
    moved = known.assign(difference=known["gross"] - known["previous_gross"])
    moved = moved.assign(size=moved["difference"].abs()).sort_values(["size", "product_id"], ascending=[False, True])
    return shaped(moved.head(SHOWN), MOVERS)


def top(ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the first of the ranking with the columns a page has room for."""
    kept = ("rank", "name", "category", "abc", "gross", "share", "quantity", "previous_rank", "year_ago_rank")
    return ranked.head(SHOWN)[list(kept)].reset_index(drop=True)
