"""Like compared with like: months against months although they have other days, weekdays and holidays in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from crmlib.analyses.trends.months import History, growth, rounded
from crmlib.dataset import months
from crmlib.methods.intervals import mean_interval
from crmlib.methods.seasonality import expected_total

if TYPE_CHECKING:
    import pandas as pd

YEAR = timedelta(days=364)


@dataclass(frozen=True)
class Pairs:
    """The days of a month beside those 364 days earlier; days of a declared closure are left out on both sides.

    Attributes
    ----------
    now, before : tuple of int
        Sales of each day (minor units), 0 where nothing was recorded.
    """

    now: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def change(self) -> float | None:
        """Ratio - 1 of the sums; None unless something was sold before."""
        return growth(sum(self.now), sum(self.before))

    def interval(self, level: float) -> tuple[float, float] | None:
        """Return the change's interval from how the days' differences scatter (Student, paired days).

        The earlier sum stands as it is: the interval says how far chance from day to day may have moved the
        difference. None with fewer than two days on which either side sold.
        """
        steps = [a - b for a, b in zip(self.now, self.before, strict=True) if a or b]
        found = mean_interval(steps, [1] * len(steps), level)
        whole = sum(self.before)
        return None if found is None or whole <= 0 else (found[0] * len(steps) / whole, found[1] * len(steps) / whole)


def same_weekdays(found: History) -> dict[str, Pairs]:
    """Return the paired days of every month whose days 364 days before are all covered by the data."""
    calendar = found.data.settings.calendar
    sold = dict(zip(found.days["business_date"], found.days["sales"].astype(int), strict=True))
    pairs = {}
    for ym in found.sold:
        period = found.period(ym)
        if found.data.oldest is None or period.start - YEAR < found.data.oldest:
            continue
        days = [period.start + timedelta(days=n) for n in range((period.as_of - period.start).days)]
        both = [day for day in days if not calendar.closed_days & {day, day - YEAR}
                and day.isoweekday() not in calendar.closed_weekdays]
        pairs[ym] = Pairs(tuple(sold.get(day, 0) for day in both), tuple(sold.get(day - YEAR, 0) for day in both))
    return pairs


def like_for_like(found: History, shown: int, level: float) -> pd.DataFrame:
    """Return the latest months with their sales and their change against the days 364 days before.

    Returns
    -------
    pandas.DataFrame
        month, open_days, sales, sales_per_open_day, days (compared), sales_compared, sales_before (minor units; of
        these days and of those 364 days before), change (ratio - 1), low, high (its interval), partial.
    """
    import pandas as pd

    paired, rows = same_weekdays(found), []
    for ym, m in found.sold.items():
        pair = paired.get(ym, Pairs((), ()))
        sums = (sum(pair.now), sum(pair.before)) if ym in paired else (None, None)
        low, high = pair.interval(level) or (None, None)
        rows.append((ym, m.open_days, m.sales, rounded(m.per_open_day), len(pair.now), *sums, pair.change, low, high,
                     not found.whole(ym)))
    return pd.DataFrame(rows[-shown:], columns=list(LIKE)).astype(LIKE)


def compared(found: History, ym: str, other: str) -> dict[str, tuple[Fraction | int, Fraction | int]]:
    """Return a month and another in each form: (what it brought, what the other brought or would have).

    ``plain``: net sales as they are. ``per_open_day``: of an open day. ``weekday_mix``: of the open days, against what
    the same days would have brought at the other month's average of each weekday (a public holiday is a Sunday).
    A form that cannot be told is left out; a month that is not over is not compared plainly.
    """
    if not found.known(ym) or not found.known(other):
        return {}
    now, then = found.sold[ym], found.sold[other]
    forms: dict[str, tuple[Fraction | int, Fraction | int]] = {"plain": (now.sales, then.sales)} if found.whole(
        ym) else {}
    if now.per_open_day is not None and then.per_open_day is not None:
        forms["per_open_day"] = (now.per_open_day, then.per_open_day)
    expected = expected_total(now.kinds, then.by_kind)
    if expected is not None:
        forms["weekday_mix"] = (now.open_sales, expected)
    return forms


def comparisons(found: History) -> pd.DataFrame:
    """Return this month against the last one and the same month last year, in every form.

    Returns
    -------
    pandas.DataFrame
        against (previous or year_ago), form, now, before (minor units), change (ratio - 1).
    """
    import pandas as pd

    month, rows = found.data.month, []
    for against, n in (("previous", 1), ("year_ago", 12)):
        forms = compared(found, month, months.shift(month, -n))
        pair = same_weekdays(found).get(month) if n > 1 else None
        forms |= {"day_364": (sum(pair.now), sum(pair.before))} if pair else {}
        rows += [(against, form, round(a), round(b), growth(a, b)) for form, (a, b) in forms.items()]
    kinds = {"against": "str", "form": "str", "now": "int64", "before": "int64", "change": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def bridge(found: History, other: str) -> pd.DataFrame:
    """Return the way from another month's sales to this month's: what the calendar explains, and the rest.

    Returns
    -------
    pandas.DataFrame
        step (before, calendar, rest, now), amount (minor units). before + calendar is what this month's open days
        would have brought at the other month's averages, with what closed days brought besides; rest is what the
        open days brought beyond. Empty where the calendar's part cannot be told.
    """
    import pandas as pd

    forms = compared(found, found.data.month, other)
    steps: list[tuple[str, int]] = []
    if "plain" in forms and "weekday_mix" in forms:
        now, before = (int(n) for n in forms["plain"])
        rest = round(forms["weekday_mix"][0] - forms["weekday_mix"][1])
        steps = [("before", before), ("calendar", now - before - rest), ("rest", rest), ("now", now)]
    return pd.DataFrame(steps, columns=["step", "amount"]).astype({"step": "str", "amount": "int64"})


LIKE = {"month": "str", "open_days": "int64", "sales": "int64", "sales_per_open_day": "Int64", "days": "int64",
        "sales_compared": "Int64",
        "sales_before": "Int64", "change": "float64", "low": "float64", "high": "float64", "partial": "bool"}
