"""The months of the trends page: what was sold on which days, without a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

SUNDAY = 7


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
    days : pandas.DataFrame
        business_date, ym, dow, orders, sales, returns (minor units), open, kind (weekday 1-7, a holiday is 7).
    sold : mapping
        ``YYYY-MM`` → Month, oldest first.
    cohorts : pandas.DataFrame
        The rows of ``trends_cohorts``: cohort, ym, active (known buyers).
    """

    data: Dataset
    days: pd.DataFrame
    sold: Mapping[str, Month]
    cohorts: pd.DataFrame

    def period(self, ym: str) -> months.Period:
        """Return the days of a month; this report's month may be partial, earlier ones are whole."""
        closing = self.data.settings.calendar.closing_day
        return self.data.period if ym == self.data.month else months.period(ym, closing)

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
    days = data.query("trends_days")
    days["business_date"] = days["business_date"].dt.date
    closed, weekdays = data.settings.calendar.closed_days, data.settings.calendar.closed_weekdays
    days["open"] = [n > 0 and day not in closed and dow not in weekdays
                    for n, day, dow in zip(days["orders"], days["business_date"], days["dow"], strict=True)]
    rest = holidays(data.settings.calendar.country, days["business_date"])
    days["kind"] = [SUNDAY if day in rest else int(dow)
                    for day, dow in zip(days["business_date"], days["dow"], strict=True)]
    grouped: dict[str, pd.DataFrame] = dict(iter(days.groupby("ym", sort=True)))
    first = min(grouped, default=data.month)
    names = [months.shift(first, n) for n in range(apart(first, data.month) + 1)]
    return History(data, days, {ym: _month(grouped.get(ym, days.iloc[:0])) for ym in names},
                   data.query("trends_cohorts"))


def apart(first: str, last: str) -> int:
    """Return how many months lie between two months."""
    (a, m), (b, n) = months.parse(first), months.parse(last)
    return (b - a) * 12 + n - m


def holidays(country: str | None, days: Any) -> frozenset[date]:
    """Return the public holidays of the years of some days; none for a country whose calendar is not known."""
    years = sorted({day.year for day in days})
    if country is None or not years or country not in holiday_countries():
        return frozenset()
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=years))


def holiday_countries() -> frozenset[str]:
    """Return the ISO codes of the countries whose public holidays are known."""
    from holidays import list_supported_countries

    return frozenset(list_supported_countries())


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
