"""What the models do not see: the season, contracts that run, buyers like clockwork, those who come once a year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmlib.dataset import months
from crmlib.methods.seasonality import seasonal_index

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.dataset import Dataset

#: Fewer contracts, or pairs of gaps, say nothing.
FEW = 30
ANNUAL = (330, 400)
RENEWALS = 12
#: A month this far above the average is a peak the models do not see coming.
PEAK = 1.2


def regularity(gaps: pd.DataFrame) -> float | None:
    """Return how regular purchases are: 1 = by chance, as the models take it, more = more regular; None for too few.

    The shape k of Erlang-k gaps from the share of one gap in two: Wheat & Morrison (1990), "Estimating purchase
    regularity with two interpurchase times", Journal of Marketing Research 27(1), 87-93: Var = 1 ÷ (4 (2k + 1)).
    """
    import numpy as np

    n = gaps["customers"].to_numpy(dtype=float)
    if n.sum() < FEW:
        return None
    share = (gaps["earlier_days"] / (gaps["earlier_days"] + gaps["later_days"])).to_numpy(dtype=float)
    mean = float(np.average(share, weights=n))
    spread = float(np.average((share - mean) ** 2, weights=n))
    return (1 - 4 * spread) / (8 * spread) if spread > 0 else None


def usual_gap(gaps: pd.DataFrame) -> float | None:
    """Return the median of the last gap between purchase days; None where nobody has one."""
    from crmlib.methods.histograms import median

    counted = gaps.groupby("later_days")["customers"].sum()
    return median(counted.index.to_numpy(), counted.to_numpy())


def yearly(who: Known) -> int:
    """Return the customers whose purchase days lie about a year apart: not lost, only not due."""
    frame = who.frame[who.frame["x"] > 0]
    gap = frame["t_x"] / frame["x"]
    return int(gap.between(*ANNUAL).sum())


def contracts(data: Dataset) -> pd.DataFrame:
    """Return how many subscriptions outlive each renewal, observed and by the shifted beta-geometric model.

    Returns
    -------
    pandas.DataFrame
        renewals, customers (subscriptions followed up to it), observed, low, high, expected (shares still running);
        empty with too few subscriptions.
    """
    import pandas as pd

    from crmlib.methods import survival
    from crmlib.methods.contracts import fit

    found = data.query("outlook_contracts")
    if found["contracts"].sum() < FEW:
        return pd.DataFrame(columns=list(CONTRACTS))
    ended = found["ended"].to_numpy(dtype=bool)
    # An end within the first interval is the first renewal not taken.
    periods = (found["days"] // found["interval_days"]).to_numpy(dtype=float) + ended
    count = found["contracts"].to_numpy(dtype=float)
    curve, model = survival.kaplan_meier(periods, ended, count), fit(periods, ended, count)
    rows = []
    for renewal in range(1, RENEWALS + 1):
        followed = int(count[periods >= renewal].sum())
        if not followed:
            break
        seen = curve.at(renewal) or (None, None, None)
        rows.append((renewal, followed, *seen, float(model.survival(renewal))))
    return pd.DataFrame(rows, columns=list(CONTRACTS)).astype(
        dict.fromkeys(("observed", "low", "high", "expected"), "float64"))



def season(data: Dataset, before: date) -> dict[int, float]:
    """Return the index of each calendar month by the orders of whole months before a day; empty under two years."""
    found = data.query("trends_days", known_month="")
    orders: dict[str, int] = {}
    for day, n in zip(found["business_date"], found["orders"], strict=True):
        if day.date() < before:
            month = months.month_of(day.date(), data.settings.calendar.closing_day)
            orders[month] = orders.get(month, 0) + int(n)
    # The first and the last month may have begun late or not be over.
    whole = sorted(orders)[1:-1] if orders else []
    if len(whole) < 24:
        return {}
    values = [float(orders.get(months.shift(whole[0], n), 0)) for n in range(_span(whole[0], whole[-1]) + 1)]
    return {month: one[0] for month, one in seasonal_index(values, int(whole[0][5:])).items()}


def _span(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])


def factor(index: dict[int, float], start: date, days: int) -> float:
    """Return how far the season lifts or lowers some days from a start on; 1 where it is not known."""
    if not index or days <= 0:
        return 1.0
    return sum(index[(start + timedelta(days=n)).month] for n in range(days)) / days


def peaks(index: dict[int, float], start: date, days: int) -> tuple[int, ...]:
    """Return the calendar months within some days from a start that stand out from the year, the highest first."""
    seen = dict.fromkeys((start + timedelta(days=n)).month for n in range(days))
    return tuple(sorted((m for m in seen if index.get(m, 1.0) >= PEAK), key=lambda m: -index[m]))


CONTRACTS = ("renewals", "customers", "observed", "low", "high", "expected")
