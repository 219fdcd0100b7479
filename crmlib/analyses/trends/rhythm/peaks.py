"""Who makes the peak of a season, and how many weeks ahead of the others do the best customers buy?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History
from crmlib.analyses.trends.rhythm.seasons import ALL
from crmlib.dataset import months
from crmlib.dataset.dropped import dropped
from crmlib.methods.intervals import mean_difference, moments

if TYPE_CHECKING:
    import pandas as pd

#: A peak lies so far above the average of its surroundings, and in every year above it.
HEIGHT = 1.1
MOST = 3
SEASON_MONTHS, YEAR = 3, 12
SEGMENT, AGE = "rfm_segment", "age_band"
#: Attributes the statement knows beside the segment, and the column an age band is made of.
ATTRIBUTES = {"gender": "gender", AGE: "birth_year", "prefecture": "prefecture", "rank": "rank",
              "first_channel": "first_channel"}
UNKNOWN = ""
MAKERS = {"category": "str", "month": "str", "attribute": "str", "level": "str", "customers": "int64", "sales": "int64",
          "share": "float64", "usual": "int64", "extra": "int64", "contribution": "float64"}
LEAD = {"category": "str", "month": "str", "peak_week": "object", "best_customers": "int64", "other_customers": "int64",
        "best_weeks": "float64", "other_weeks": "float64", "lead_weeks": "float64", "low": "float64", "high": "float64"}
#: Fewer customers of either kind, and nothing is said of their days.
FEW = 30


@dataclass(frozen=True)
class Peak:
    """The latest whole month of a category's season.

    Attributes
    ----------
    category : str
        ``all`` for the whole shop.
    month : str
        ``YYYY-MM`` of the peak.
    index : float
        Its seasonal index.
    """

    category: str
    month: str
    index: float


def peaks(found: History, table: pd.DataFrame) -> tuple[Peak, ...]:
    """Return the peaks worth looking into: the whole shop's, then the highest of the categories'.

    Parameters
    ----------
    table : pandas.DataFrame
        From ``seasons``.
    """
    whole = [ym for ym in found.sold if found.whole(ym)]
    rows = []
    for category, part in table.groupby("category", sort=True):
        top = part.sort_values(["index", "calendar_month"], ascending=[False, True]).iloc[0]
        same = [ym for ym in whole[YEAR - 1:] if months.parse(ym)[1] == top["calendar_month"]]
        if top["index"] >= HEIGHT and top["low"] > 1 and same:
            rows.append(Peak(str(category), same[-1], float(top["index"])))
    return tuple(sorted(rows, key=lambda peak: (peak.category != ALL, -peak.index, peak.category))[:MOST])


def makers(found: History, tops: tuple[Peak, ...]) -> pd.DataFrame:
    """Return who brought what a peak brings beyond a usual month.

    Returns
    -------
    pandas.DataFrame
        category, month, attribute (rfm_segment as of today, and the customer attributes of the settings), level,
        customers (buyers in the month), sales (lines less returns and discount lines, minor units), share (of the
        month's), usual (an average of the eleven months before), extra (sales - usual), contribution (extra ÷ that of
        all). Each attribute adds up.
    """
    import pandas as pd

    asked = [SEGMENT, *(name for name in found.data.settings.customers.attributes if name in ATTRIBUTES)]
    named = pd.DataFrame({"attribute": pd.Series([ATTRIBUTES.get(name, name) for name in asked], dtype="str")})
    rows: list[tuple[Any, ...]] = []
    for peak in tops:
        cells = found.data.query(
            "trends_peak_buyers", tables={"dropped_orders": dropped(found.data), "peak_attributes": named},
            first_month=months.shift(peak.month, 1 - YEAR), peak_month=peak.month, category=peak.category)
        for name in asked:
            part = cells[cells["attribute"] == ATTRIBUTES.get(name, name)]
            if name == SEGMENT or part["level"].notna().any():
                rows += [(peak.category, peak.month, name, *row) for row in _levels(part, name, peak, found)]
    return pd.DataFrame(rows, columns=list(MAKERS)).astype(MAKERS)


def _levels(part: pd.DataFrame, name: str, peak: Peak, found: History) -> list[tuple[Any, ...]]:
    """The rows of one attribute, the largest extra first, what is not known last."""
    bands, year = found.data.settings.customers.age_bands, months.parse(peak.month)[0]
    levels = [age_band(level, year, bands) if name == AGE else plain(level) for level in part["level"]]
    summed = part.assign(level=levels).groupby("level", sort=True)[["customers", "peak", "before"]].sum()
    whole, usual = int(summed["peak"].sum()), int(summed["before"].sum())
    extra = whole - round(usual / (YEAR - 1))
    rows = []
    for level, (customers, now, before) in summed.iterrows():
        each = round(before / (YEAR - 1))
        rows.append((level, int(customers), int(now), now / whole if whole else 0.0, each, int(now) - each,
                     (int(now) - each) / extra if extra > 0 else float("nan")))
    return sorted(rows, key=lambda row: (row[0] == UNKNOWN, -row[5], row[0]))


def plain(level: Any) -> str:
    """Return a level as text; nothing known is empty."""
    return level if isinstance(level, str) else UNKNOWN


def age_band(birth_year: Any, year: int, bands: tuple[int, ...]) -> str:
    """Return the age band of a birth year as ``20-29``, ``-19``, ``70-``; nothing known is empty."""
    if not isinstance(birth_year, str):
        return UNKNOWN
    age = year - int(birth_year)
    below = [edge for edge in bands if edge <= age]
    above = [edge for edge in bands if edge > age]
    return f"{below[-1] if below else ''}-{above[0] - 1 if above else ''}"


def lead(found: History, tops: tuple[Peak, ...], level: float) -> pd.DataFrame:
    """Return how many weeks ahead of the other customers the best ones buy in a season.

    The season is the peak's month and the two before it. Each customer's days of buying are averaged first, so that who
    buys often counts once, and buying often does not look like buying early; then the customers are (Welch's interval).

    Returns
    -------
    pandas.DataFrame
        category, month, peak_week (first of the seven days with the most sales), best_customers (the fifth with most
        money as of today), other_customers, best_weeks, other_weeks (average weeks before the middle of the peak week),
        lead_weeks (the best ones' less the others'), low, high.
    """
    import pandas as pd

    rows = []
    for peak in tops:
        first = months.shift(peak.month, 1 - SEASON_MONTHS)
        start = found.period(first).start
        cells = found.data.query(
            "trends_peak_days", tables={"dropped_orders": dropped(found.data)}, first_month=first,
            peak_month=peak.month, category=peak.category, season_start=start)
        week = peak_week(found, start, found.period(peak.month).end)
        kinds = dict(iter(cells.groupby("best")))
        if week is None or any(kinds[b]["customers"].sum() < FEW if b in kinds else True for b in (0, 1)):
            continue
        means = {best: (part["days"] / part["purchases"], part["customers"]) for best, part in kinds.items()}
        middle = (week - start).days + 3
        count, day, _ = zip(*(moments(*means[best]) for best in (1, 0)), strict=True)
        low, high = mean_difference(*means[0], *means[1], level) or (None, None)
        rows.append((peak.category, peak.month, week, *count, *((middle - d) / 7 for d in day), (day[1] - day[0]) / 7,
                     *(None if end is None else end / 7 for end in (low, high))))
    return pd.DataFrame(rows, columns=list(LEAD)).astype(LEAD)


def peak_week(found: History, start: date, end: date) -> date | None:
    """Return the first of the seven days from ``start`` to before ``end`` that sold most; the earliest of equals."""
    days = {day: int(n) for day, n in zip(found.daily["date"], found.daily["sales"], strict=True)}
    weeks = [start + timedelta(days=n) for n in range((end - start).days - 6)]
    sold = {first: sum(days.get(first + timedelta(days=n), 0) for n in range(7)) for first in weeks}
    top = max(sold.values(), default=0)
    return min((first for first, n in sold.items() if n == top), default=None) if top > 0 else None
