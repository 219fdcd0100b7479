"""Cohorts: who of a month's first buyers came back in which month, for how much, and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import apart
from crmlib.dataset import months
from crmlib.methods.intervals import wilson
from crmlib.methods.survival import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

COHORTS = {"cohort": "str", "age_months": "int64", "size": "int64", "active": "int64", "retention": "float64",
           "revenue": "int64", "ltv": "float64", "month": "str", "partial": "bool", "first": "bool"}
LATER = {"cohort": "str", "age_months": "int64", "size": "int64", "later": "int64", "share": "float64",
         "month": "str", "partial": "bool", "first": "bool"}
AVERAGES = {"age_months": "int64", "cohorts": "int64", "size": "int64", "active": "int64", "retention": "float64",
            "low": "float64", "high": "float64", "ltv": "float64"}
SECOND = {"cohort": "str", "days": "int64", "size": "int64", "converted": "int64", "rate": "float64", "low": "float64",
          "high": "float64"}
CURVES = {"cohort": "str", "days": "int64", "size": "int64", "followed": "int64", "returned": "float64",
          "low": "float64", "high": "float64"}
#: Days at which the curve of a cohort is read off; fewer people than this still followed, and it says nothing.
CURVE_DAYS = (30, 60, 90, 120, 180, 270, 365, 545, 730)
FEW = 10


def cohorts(found: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Return the triangle of who bought again, every age up to this month, those without a buyer as 0.

    Returns
    -------
    pandas.DataFrame
        cohort (month of first purchase), age_months (from 0), size (first buyers), active (of these, buyers in that
        month), retention (active ÷ size), revenue (net of the cohort in that month, minor units), ltv (its net from the
        first month to this one ÷ size, minor units), month (the cell's), partial (its month is not over), first (the
        month in which the records begin: it also holds customers from before).
    """
    import pandas as pd

    cells = _cells(found)
    rows: list[tuple[Any, ...]] = []
    for cohort in _names(found):
        size, whole = cells[cohort, cohort][0], 0
        for age, ym in _ages(cohort, data):
            active, _, revenue = cells.get((cohort, ym), (0, 0, 0))
            whole += revenue
            rows.append((cohort, age, size, active, active / size, revenue, whole / size, ym,
                         ym == data.month and data.period.partial, cohort == _oldest(data)))
    return pd.DataFrame(rows, columns=list(COHORTS)).astype(COHORTS)


def later(found: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Return how many of a cohort bought in a month or in any later one (rolling retention).

    Newer cells are low by nature: who pauses now and returns later is not counted yet.

    Returns
    -------
    pandas.DataFrame
        cohort, age_months, size, later (first buyers whose last purchase lies in this month or after it), share
        (later ÷ size), month, partial, first (as in ``cohorts``).
    """
    import pandas as pd

    cells = _cells(found)
    rows: list[tuple[Any, ...]] = []
    for cohort in _names(found):
        size = left = cells[cohort, cohort][0]
        for age, ym in _ages(cohort, data):
            rows.append((cohort, age, size, left, left / size, ym, ym == data.month and data.period.partial,
                         cohort == _oldest(data)))
            left -= cells.get((cohort, ym), (0, 0, 0))[1]
    return pd.DataFrame(rows, columns=list(LATER)).astype(LATER)


def averages(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return what became of an average first buyer, each age over those cohorts only that have reached it.

    The month in which the records begin is left out, as its customers are not all new; so are months that are not over.

    Returns
    -------
    pandas.DataFrame
        age_months, cohorts (that have reached the age), size (their first buyers), active, retention, low, high
        (Wilson), ltv (net per first buyer up to the age: each month's revenue ÷ size of the cohorts that have reached
        it, added up; minor units).
    """
    import pandas as pd

    ripe = table[~table["partial"] & ~table["first"]]
    rows, whole = [], 0.0
    for age, part in ripe.groupby("age_months", sort=True):
        size, active = int(part["size"].sum()), int(part["active"].sum())
        whole += int(part["revenue"].sum()) / size
        low, high = wilson(active, size, level) or (None, None)
        rows.append((age, len(part), size, active, active / size, low, high, whole))
    return pd.DataFrame(rows, columns=list(AVERAGES)).astype(AVERAGES)


def second_purchases(waits: pd.DataFrame, data: Dataset, windows: Sequence[int], level: float) -> pd.DataFrame:
    """Return the share of each month's first buyers who bought again on another day (F2転換率).

    Returns
    -------
    pandas.DataFrame
        cohort, days (the window), size (first buyers), converted, rate (converted ÷ size), low, high (Wilson). Only
        cohorts whose last buyer has had the whole window before ``as_of``.
    """
    import pandas as pd

    rows = []
    for cohort, part in waits[waits["purchase"] == 1].groupby("cohort", sort=True):
        size = int(part["waits"].sum())
        for days in sorted(set(windows)):
            if ripe_on(str(cohort), days, data.settings.calendar.closing_day) <= data.as_of:
                again = int(part.loc[(part["came"] == 1) & (part["days"] <= days), "waits"].sum())
                low, high = wilson(again, size, level) or (None, None)
                rows.append((str(cohort), days, size, again, again / size, low, high))
    return pd.DataFrame(rows, columns=list(SECOND)).astype(SECOND)


def curves(waits: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return how many of each month's first buyers had come back by so many days, those still waiting counted too.

    Returns
    -------
    pandas.DataFrame
        cohort, days, size (first buyers), followed (whose answer at that day is known), returned (share, Kaplan-Meier),
        low, high. Days that too few have reached are left out.
    """
    import pandas as pd

    rows = []
    for cohort, part in waits[waits["purchase"] == 1].groupby("cohort", sort=True):
        count, came = part["waits"].to_numpy(), part["came"].to_numpy(dtype=bool)
        curve = kaplan_meier(part["days"].to_numpy(), came, count, level)
        size = int(count.sum())
        for days in CURVE_DAYS:
            followed = int(count[(part["days"].to_numpy() >= days) | came].sum())
            seen = curve.at(days)
            if seen is not None and followed >= FEW:
                rows.append((str(cohort), days, size, followed, 1 - seen[0], 1 - seen[2], 1 - seen[1]))
    return pd.DataFrame(rows, columns=list(CURVES)).astype(CURVES)


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


def _cells(found: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Cohort and month → buyers, those who bought for the last time, net."""
    return {(c, ym): (int(n), int(last), int(money)) for c, ym, n, last, money in
            found[["cohort", "ym", "active", "last_active", "sales"]].itertuples(index=False)}


def _names(found: pd.DataFrame) -> list[str]:
    return sorted(dict.fromkeys(found["cohort"]))


def _ages(cohort: str, data: Dataset) -> list[tuple[int, str]]:
    return [(age, months.shift(cohort, age)) for age in range(apart(cohort, data.month) + 1)]


def _oldest(data: Dataset) -> str | None:
    """The month in which the records begin."""
    return None if data.oldest is None else months.month_of(data.oldest, data.settings.calendar.closing_day)
