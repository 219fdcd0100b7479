"""The days of the shop, one row each."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from crmlib.analyses.trends.months import History

if TYPE_CHECKING:
    import pandas as pd

WEEK = 7
DAILY = ("date", "dow", "sales", "orders", "customers", "returns", "mean_7", "open", "closed", "holiday", "season",
         "payday", "gotobi", "event", "unusual")


def daily(found: History) -> pd.DataFrame:
    """Return every day from the first with a record to the one before ``as_of``.

    Returns
    -------
    pandas.DataFrame
        date, dow (1 = Monday), sales, orders, customers (known, distinct), returns (money in minor units, 0 where
        nothing was recorded), mean_7 (mean of the open days among the seven up to it; null for the first six, and
        without one), open (a
        purchase and no closure), closed (declared), holiday, season (new_year, golden_week, obon, or empty), payday,
        gotobi (五十日), event (the shop's own, ``+`` between several), unusual (among the latest days that stand out,
        see ``unusual``; false where too few days are known to tell).
    """
    import pandas as pd

    days = [(int(money), bool(traded)) for money, traded in zip(found.daily["sales"], found.daily["open"], strict=True)]
    means: list[int | None] = [None] * min(WEEK - 1, len(days))
    for end in range(WEEK, len(days) + 1):
        inside = [money for money, traded in days[end - WEEK:end] if traded]
        means.append(round(Fraction(sum(inside), len(inside))) if inside else None)
    odd = set() if found.unusual is None else set(found.unusual["date"])
    marked = [day in odd for day in found.daily["date"]]
    return found.daily.assign(mean_7=pd.array(means, dtype="Int64"), unusual=marked)[list(DAILY)]
