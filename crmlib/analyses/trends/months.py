"""The months of the trends page: what was sold on which days, without a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from crmlib.analyses.trends.days import described
from crmlib.dataset import months
from crmlib.dataset.carried.buyers import carried
from crmlib.dataset.dropped import dropped

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Months behind the hours, whose lines are many.
HOUR_MONTHS = 3

@dataclass(frozen=True)
class Month:
    """What one month's days brought.

    Attributes
    ----------
    sales, orders, returns : int
        Of all days; money in minor units.
    kinds : tuple of int
        Weekday of each open day (1 = Monday); a public holiday is a Sunday.
    by_kind : mapping
        Weekday → (sales, number of open days).
    """

    sales: int
    orders: int
    returns: int
    kinds: tuple[int, ...]
    by_kind: Mapping[int, tuple[int, int]]

    @property
    def open_days(self) -> int:
        """Days with a purchase that are no declared closure."""
        return len(self.kinds)

    @property
    def open_sales(self) -> int:
        """Sales of the open days (minor units)."""
        return sum(money for money, _ in self.by_kind.values())

    @property
    def per_open_day(self) -> Fraction | None:
        """Sales of an open day (minor units); None without one."""
        return Fraction(self.open_sales, self.open_days) if self.open_days else None


@dataclass(frozen=True)
class History:
    """Every month from the first with a record to the one of the report, without a gap.

    Attributes
    ----------
    data : Dataset
    daily : pandas.DataFrame
        Every day from the first with a record to the one before ``as_of``: date, ym, dow, orders, customers (known),
        sales, returns (minor units, 0 where nothing was recorded), open, and what ``days.described`` tells.
    days : pandas.DataFrame
        Of these, the days with a record; business_date is their date.
    sold : mapping
        ``YYYY-MM`` → Month, oldest first.
    cohorts : pandas.DataFrame
        Cohort by month: cohort, ym, active (known buyers), last_active, sales (see ``dataset.carried.buyers``).
    waits : pandas.DataFrame
        Waits between purchase days: cohort, purchase, days, came, waits (see ``dataset.carried.buyers``).
    """

    data: Dataset
    daily: pd.DataFrame
    days: pd.DataFrame
    sold: Mapping[str, Month]
    cohorts: pd.DataFrame
    waits: pd.DataFrame

    def period(self, ym: str) -> months.Period:
        """Return the days of a month; this report's month may be partial, earlier ones are whole."""
        closing = self.data.settings.calendar.closing_day
        return self.data.period if ym == self.data.month else months.period(ym, closing)

    @cached_property
    def hours(self) -> pd.DataFrame:
        """The rows of ``trends_hours`` over the latest months: business_date, hour (null: no time of day), orders."""
        data = self.data
        first = months.shift(data.month, 1 - HOUR_MONTHS)
        return data.query("trends_hours", tables={"dropped_orders": dropped(data)}, first_month=first)

    @cached_property
    def unusual(self) -> pd.DataFrame | None:
        """The latest days that stand out from their weekday and weeks (see ``unusual``); None with too few days."""
        from crmlib.analyses.trends.unusual import unusual

        wanted = self.data.settings.trends
        return unusual(self, wanted.anomaly_z, wanted.months_shown)

    @property
    def buyers(self) -> dict[str, int]:
        """Month → distinct known buyers: each belongs to exactly one cohort."""
        return {str(ym): int(n) for ym, n in self.cohorts.groupby("ym", sort=True)["active"].sum().items()}

    def known(self, ym: str) -> bool:
        """Whether the data reach back to the month's first day."""
        return ym in self.sold and self.data.oldest is not None and self.data.oldest <= self.period(ym).start

    def whole(self, ym: str) -> bool:
        """Whether the month is known from its first to its last day."""
        return self.known(ym) and not self.period(ym).partial


def history(data: Dataset) -> History:
    """Return the shop's days and months up to ``as_of``."""
    seen = carried(data)
    rows = seen.days.assign(date=seen.days["business_date"].dt.date).drop(columns="business_date")
    daily = _every_day(rows, data)
    days = daily[daily["date"].isin(set(rows["date"]))].reset_index(drop=True).assign(
        business_date=lambda found: found["date"])
    grouped: dict[str, pd.DataFrame] = dict(iter(days.groupby("ym", sort=True)))
    first = min(grouped, default=data.month)
    names = [months.shift(first, n) for n in range(apart(first, data.month) + 1)]
    return History(data, daily, days, {ym: _month(grouped.get(ym, days.iloc[:0])) for ym in names},
                   seen.cohorts, seen.waits)


def _every_day(rows: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Lay what was recorded over every day from the first record on; an open day has a purchase and is no closure."""
    first = min(rows["date"], default=data.as_of)
    every = [first + timedelta(days=n) for n in range((data.as_of - first).days)]
    calendar = data.settings.calendar
    found = described(every, calendar).merge(rows.drop(columns=["ym", "dow"]), on="date", how="left")
    counted = dict.fromkeys(("orders", "customers", "sales", "returns"), "int64")
    found = found.assign(ym=[months.month_of(day, calendar.closing_day) for day in every]).fillna(
        dict.fromkeys(counted, 0)).astype(counted | {"ym": "str"})
    return found.assign(open=(found["orders"] > 0) & ~found["closed"])


def apart(first: str, last: str) -> int:
    """Return how many months lie between two months."""
    (a, m), (b, n) = months.parse(first), months.parse(last)
    return (b - a) * 12 + n - m


def _month(days: pd.DataFrame) -> Month:
    opened = days[days["open"].astype(bool)]
    by_kind = {int(kind): (int(part["sales"].sum()), len(part)) for kind, part in opened.groupby("kind", sort=True)}
    return Month(int(days["sales"].sum()), int(days["orders"].sum()), int(days["returns"].sum()),
                 tuple(int(kind) for kind in opened["kind"]), by_kind)


def monthly(found: History) -> pd.DataFrame:
    """Return month, orders, customers, sales, returns (minor units): every month, those without sales too."""
    import pandas as pd

    buyers = found.buyers
    rows = [(ym, m.orders, buyers.get(ym, 0), m.sales, m.returns) for ym, m in found.sold.items()]
    frame = pd.DataFrame(rows, columns=["month", "orders", "customers", "sales", "returns"])
    return frame.astype({"month": "str"} | dict.fromkeys(("orders", "customers", "sales", "returns"), "int64"))


def rounded(exact: Fraction | None) -> int | None:
    """Return the nearest whole number, halves to the even one."""
    return None if exact is None else round(exact)


def growth(now: Fraction | int | None, before: Fraction | int | None) -> float | None:
    """Return now ÷ before - 1; None unless there is a positive amount to compare with."""
    return None if now is None or before is None or before <= 0 else float(Fraction(now) / Fraction(before) - 1)
