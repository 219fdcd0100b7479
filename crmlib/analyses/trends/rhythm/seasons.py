"""Which months of the year sell, of the whole shop and of each category?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.trends.months import History
from crmlib.dataset import marts, months
from crmlib.methods.seasonality import seasonal_index

if TYPE_CHECKING:
    import pandas as pd

#: The row of the whole shop.
ALL = "all"
SEASON = {"category": "str", "calendar_month": "int64", "index": "float64", "low": "float64", "high": "float64",
          "years": "int64"}
#: Categories in the chart.
MOST = 12


def seasons(found: History, years: int) -> pd.DataFrame:
    """Return how far each calendar month lies above or below its surroundings, of the whole shop and by category.

    Classical multiplicative decomposition (see ``methods.seasonality``). A category is told from its first whole month
    on, if that leaves enough years; the largest comes first.

    Returns
    -------
    pandas.DataFrame
        category (``all``: the whole shop, net sales), calendar_month (1-12), index (1 = average), low, high (single
        years), years (how many each rests on). Empty with fewer whole years than ``years``.
    """
    import pandas as pd

    whole = [ym for ym in found.sold if found.whole(ym)]
    rows = []
    if len(whole) >= 12 * years:
        sold = {ALL: {ym: found.sold[ym].sales for ym in whole}} | by_category(found, whole)
        for category, series in sold.items():
            known = {ym: money for ym, money in series.items() if ym >= min(m for m, n in series.items() if n)}
            if len(known) >= 12 * years:
                indices = seasonal_index(list(known.values()), first=months.parse(next(iter(known)))[1])
                rows += [(category, month, *indices[month]) for month in sorted(indices)]
    return pd.DataFrame(rows, columns=list(SEASON)).astype(SEASON)


def by_category(found: History, whole: list[str]) -> dict[str, dict[str, int]]:
    """Return category → month → sales (minor units) of whole months, 0 where nothing; the largest category first."""
    marts.monthly(found.data, marts.PRODUCTS)
    rows = found.data.query("trends_category_months")
    rows = rows[rows["category"].notna() & rows["ym"].isin(whole)]
    totals = rows.groupby("category")["sales"].sum()
    order = sorted((name for name in totals.index if totals[name] > 0), key=lambda name: (-int(totals[name]), name))
    cells = {(name, ym): int(n) for ym, name, n in rows[["ym", "category", "sales"]].itertuples(index=False)}
    return {str(name): {ym: cells.get((name, ym), 0) for ym in whole} for name in order}
