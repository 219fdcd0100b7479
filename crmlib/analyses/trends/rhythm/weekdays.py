"""What each weekday, hour and calendar month brings."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from crmlib.analyses.trends.months import History, rounded
from crmlib.dataset import months
from crmlib.methods.seasonality import seasonal_index

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = range(1, 8)
#: Months behind the weekday table.
WEEKDAY_MONTHS = 12
WEEKDAY = {"dow": "int64", "days": "int64", "orders": "int64", "sales": "int64", "sales_per_day": "Int64",
           "index": "float64"}
SEASON = {"calendar_month": "int64", "index": "float64", "low": "float64", "high": "float64", "years": "int64"}


def weekday(found: History) -> pd.DataFrame:
    """Return what an open day of each weekday brings, over the latest twelve months.

    Returns
    -------
    pandas.DataFrame
        dow (1 = Monday), days (open days), orders, sales (of the open days, minor units), sales_per_day, index
        (sales_per_day ÷ that of all open days); seven rows.
    """
    import pandas as pd

    first = months.shift(found.data.month, 1 - WEEKDAY_MONTHS)
    opened = found.days[found.days["open"].astype(bool) & (found.days["ym"] >= first)]
    whole = Fraction(int(opened["sales"].sum()), len(opened)) if len(opened) else Fraction(0)
    rows = []
    for dow in WEEKDAYS:
        part = opened[opened["dow"] == dow]
        money = int(part["sales"].sum())
        each = Fraction(money, len(part)) if len(part) else None
        rows.append((dow, len(part), int(part["orders"].sum()), money, rounded(each),
                     None if each is None or whole <= 0 else float(each / whole)))
    return pd.DataFrame(rows, columns=list(WEEKDAY)).astype(WEEKDAY)


def weekday_hour(found: History) -> pd.DataFrame:
    """Return the purchases of each hour and weekday over the latest three months.

    Returns
    -------
    pandas.DataFrame
        dow (1 = Monday), hour (0-23), orders; every weekday for every hour from the first to the last with a purchase,
        in the order of the shop's day. Empty where no purchase has an hour.
    """
    import pandas as pd

    timed = found.hours[found.hours["hour"].notna()]
    dows = timed["business_date"].dt.day_of_week + 1
    counted = timed.groupby([dows.rename("dow"), timed["hour"].astype("int64")])["orders"].sum().to_dict()
    start = found.data.settings.time.day_cutoff_hour
    places = [(int(hour) - start) % 24 for _, hour in counted]
    hours = [(place + start) % 24 for place in range(min(places, default=0), max(places, default=-1) + 1)]
    rows = [(dow, hour, int(counted.get((dow, hour), 0))) for hour in hours for dow in WEEKDAYS]
    return pd.DataFrame(rows, columns=["dow", "hour", "orders"], dtype="int64")


def seasons(found: History, years: int) -> pd.DataFrame:
    """Return how far each calendar month lies above or below its surroundings; empty with too few whole years.

    Returns
    -------
    pandas.DataFrame
        calendar_month (1-12), index (1 = average), low, high (single years), years (how many each rests on).
    """
    import pandas as pd

    whole = [ym for ym in found.sold if found.whole(ym)]
    indices = {}
    if len(whole) >= 12 * years:
        values = [found.sold[ym].sales for ym in whole]
        indices = seasonal_index(values, first=months.parse(whole[0])[1])
    rows = [(month, *indices[month]) for month in sorted(indices)]
    return pd.DataFrame(rows, columns=list(SEASON)).astype(SEASON)
