"""At which part of which day do customers buy, and in which window is each segment reached best?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import HOUR_MONTHS, History
from crmlib.dataset import months
from crmlib.dataset.dropped import dropped
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("morning", "midday", "afternoon", "evening", "night")
ALL = "all"
PART = {"part": "str", "from_hour": "int64", "to_hour": "int64", "orders": "int64", "share": "float64",
        "per_hour": "float64"}
WINDOW = {"rfm_segment": "str", "dow": "int64", "part": "str", "buyers": "int64", "customers": "int64",
          "share": "float64", "low": "float64", "high": "float64", "next_share": "float64", "clear": "bool"}
#: Fewer buyers, and no window is called theirs.
FEW = 30


def hour_parts(starts: tuple[int, ...]) -> pd.DataFrame:
    """Return hour (0-23) and part, the name of its part of the day; before the first start it is still night."""
    import pandas as pd

    names = [PARTS[sum(hour >= start for start in starts) - 1] for hour in range(24)]
    return pd.DataFrame({"hour": range(24), "part": names}).astype({"hour": "int64", "part": "str"})


def day_parts(found: History, starts: tuple[int, ...]) -> pd.DataFrame:
    """Return the purchases of each part of the day, over the latest months; empty where no purchase has an hour.

    Returns
    -------
    pandas.DataFrame
        part (morning … night), from_hour, to_hour (0-23, both included), orders, share, per_hour (orders ÷ hours).
    """
    import pandas as pd

    timed = found.hours[found.hours["hour"].notna()].astype({"hour": "int64"})
    joined = timed.merge(hour_parts(starts), on="hour")
    counted, whole = joined.groupby("part")["orders"].sum(), int(joined["orders"].sum())
    rows = []
    for place, part in enumerate(PARTS if whole else ()):
        first, after = starts[place], starts[(place + 1) % len(starts)]
        orders = int(counted.get(part, 0))
        rows.append((part, first, (after - 1) % 24, orders, orders / whole, orders / ((after - first) % 24)))
    return pd.DataFrame(rows, columns=list(PART)).astype(PART)


def best_windows(found: History, starts: tuple[int, ...], level: float) -> pd.DataFrame:
    """Return the weekday and part of the day in which the most customers of each segment buy.

    Returns
    -------
    pandas.DataFrame
        rfm_segment (as of today; ``all`` is everybody known), dow (1 = Monday), part, buyers (customers of the segment
        with a purchase in the latest months), customers (of these, with one in this window), share, low, high (Wilson),
        next_share (of the next best window), clear (the interval lies above it). Segments with too few buyers are left
        out.
    """
    import pandas as pd

    data = found.data
    cells = data.query("trends_windows", tables={"dropped_orders": dropped(data), "hour_parts": hour_parts(starts)},
                       first_month=months.shift(data.month, 1 - HOUR_MONTHS))
    place = {part: n for n, part in enumerate(PARTS)}
    cells = cells.assign(place=cells["part"].map(place)).sort_values(
        ["rfm_segment", "customers", "dow", "place"], ascending=[True, False, True, True])
    rows = [_best(str(segment), part, level) for segment, part in cells.groupby("rfm_segment", sort=True)
            if part["buyers"].iloc[0] >= FEW]
    rows.sort(key=lambda row: (row[0] != ALL, -row[3], row[0]))
    return pd.DataFrame(rows, columns=list(WINDOW)).astype(WINDOW)


def _best(segment: str, part: pd.DataFrame, level: float) -> tuple[Any, ...]:
    top, buyers = part.iloc[0], int(part["buyers"].iloc[0])
    customers = int(top["customers"])
    following = int(part["customers"].iloc[1]) / buyers if len(part) > 1 else 0.0
    low, high = wilson(customers, buyers, level) or (0.0, 1.0)
    return (segment, int(top["dow"]), str(top["part"]), buyers, customers, customers / buyers, low, high, following,
            low > following)
