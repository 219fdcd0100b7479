"""Who of a month's first buyers came back, and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import apart
from crmlib.dataset import months
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

COHORTS = {"cohort": "str", "age_months": "int64", "size": "int64", "active": "int64", "retention": "float64",
           "month": "str", "partial": "bool"}
SECOND = {"cohort": "str", "days": "int64", "size": "int64", "converted": "int64", "rate": "float64", "low": "float64",
          "high": "float64"}


def cohorts(found: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Return the triangle of who bought again, every age up to this month, those without a buyer as 0.

    Returns
    -------
    pandas.DataFrame
        cohort (month of first purchase), age_months (from 0), size (first buyers), active (of these, buyers in that
        month), retention (active ÷ size), month (the cell's), partial (its month is not over).
    """
    import pandas as pd

    bought = {(c, ym): int(n) for c, ym, n in zip(found["cohort"], found["ym"], found["active"], strict=True)}
    rows: list[tuple[Any, ...]] = []
    for cohort in sorted({c for c, _ in bought}):
        size = bought[cohort, cohort]
        for age in range(apart(cohort, data.month) + 1):
            ym = months.shift(cohort, age)
            active = bought.get((cohort, ym), 0)
            rows.append((cohort, age, size, active, active / size, ym, ym == data.month and data.period.partial))
    return pd.DataFrame(rows, columns=list(COHORTS)).astype(COHORTS)


def second_purchases(found: pd.DataFrame, data: Dataset, windows: Sequence[int], level: float) -> pd.DataFrame:
    """Return the share of each month's first buyers who bought again on another day (F2転換率).

    Returns
    -------
    pandas.DataFrame
        cohort, days (the window), size (first buyers), converted, rate (converted ÷ size), low, high (Wilson). Only
        cohorts whose last buyer has had the whole window before ``as_of``.
    """
    import pandas as pd

    rows = []
    for cohort, part in found.groupby("cohort", sort=True):
        size = int(part["customers"].sum())
        for days in sorted(set(windows)):
            if ripe_on(str(cohort), days, data.settings.calendar.closing_day) <= data.as_of:
                again = int(part.loc[part["gap_days"].notna() & (part["gap_days"] <= days), "customers"].sum())
                low, high = wilson(again, size, level) or (None, None)
                rows.append((str(cohort), days, size, again, again / size, low, high))
    return pd.DataFrame(rows, columns=list(SECOND)).astype(SECOND)


def ripe_on(cohort: str, days: int, closing: int | None) -> date:
    """Return the first ``as_of`` at which everyone of a cohort has had so many days."""
    return months.period(cohort, closing).end + timedelta(days=days)


def newest_ripe(second: pd.DataFrame, days: int, data: Dataset) -> dict[str, Any]:
    """Return the newest cohort whose window was full at ``as_of``; empty without one."""
    closing = data.settings.calendar.closing_day
    ripe = [row for row in second[second["days"] == days].to_dict("records")
            if ripe_on(row["cohort"], days, closing) <= data.as_of]
    return {str(key): value for key, value in ripe[-1].items()} if ripe else {}


def tellable(data: Dataset, ripe: dict[str, Any]) -> bool:
    """Whether enough people are behind a cohort's figure to be spoken of on a page."""
    return not 0 < ripe["converted"] < data.settings.privacy.min_cell
