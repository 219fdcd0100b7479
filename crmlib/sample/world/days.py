"""The calendar of the sample shop: days, Japanese public holidays, closures and the factors of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

#: Planted: how many times the average day a Monday, Tuesday, … Sunday sells.
WEEKDAY = (0.86, 0.84, 0.88, 0.92, 1.02, 1.28, 1.20)
#: Planted: factor of each month for everyday buyers and for gift buyers (お中元 in July, お歳暮 in December).
MONTH_EVERYDAY = (0.95, 0.92, 1.02, 1.00, 1.00, 0.97, 1.08, 0.95, 0.98, 1.00, 1.03, 1.25)
MONTH_GIFT = (0.50, 0.90, 0.90, 0.50, 0.90, 0.90, 3.20, 0.90, 0.50, 0.50, 0.90, 4.20)
#: Planted: a public holiday from Monday to Friday, pay day (25th), the anniversary sale (創業祭).
HOLIDAY, PAY_DAY, SALE = 1.15, 1.12, 1.60
SALE_DAYS = (9, 10, 11)
#: Planted: the two days of the last month on which a typhoon closed every store.
TYPHOON_DAYS = (20, 21)
FIXED = {(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)}
NTH_MONDAY = {1: 2, 7: 3, 9: 3, 10: 2}


@dataclass(frozen=True, repr=False)
class Days:
    """The days of the sample, numbered from 0.

    Attributes
    ----------
    first : date
    count : int
    months : tuple of str
        ``2023-11`` … in order.
    month, year_month, weekday, day : ndarray
        Per day: index into ``months``, calendar month 1–12, weekday (0 = Monday), day of the month.
    factor : ndarray
        Planted factor of the day: weekday × holiday × pay day × sale.
    holiday, sale, new_year, obon, typhoon : ndarray of bool
    """

    first: date
    count: int
    months: tuple[str, ...]
    month: np.ndarray
    year_month: np.ndarray
    weekday: np.ndarray
    day: np.ndarray
    factor: np.ndarray
    holiday: np.ndarray
    sale: np.ndarray
    new_year: np.ndarray
    obon: np.ndarray
    typhoon: np.ndarray

    @property
    def epoch(self) -> int:
        """Days from 1970-01-01 to the first day."""
        return (self.first - date(1970, 1, 1)).days

    def month_start(self, index: int) -> int:
        """Return the first day of a month, by its index; one past the last month gives ``count``."""
        return int(np.searchsorted(self.month, index))

    def number(self, text: str) -> int:
        """Return the number of a date written 2024-01-31; may lie outside the sample."""
        return (date.fromisoformat(text) - self.first).days


def make_days(end: str, months: int) -> Days:
    """Return the calendar of ``months`` whole months, the last being ``end`` (``2026-10``)."""
    year, month = int(end[:4]), int(end[5:7])
    labels = [_label(year * 12 + month - 1 - back) for back in range(months - 1, -1, -1)]
    first = date.fromisoformat(labels[0] + "-01")
    last = date.fromisoformat(_label(year * 12 + month) + "-01")
    dates = [first + timedelta(days=n) for n in range((last - first).days)]
    index = {label: n for n, label in enumerate(labels)}
    month_of, day_of = np.array([d.month for d in dates]), np.array([d.day for d in dates])
    weekday = np.array([d.weekday() for d in dates])
    holiday = np.array([is_holiday(d) for d in dates])
    sale = (month_of == 10) & np.isin(day_of, SALE_DAYS)
    position = np.array([index[d.isoformat()[:7]] for d in dates])
    factor = np.array(WEEKDAY)[weekday] * np.where(holiday & (weekday < 5), HOLIDAY, 1.0)
    factor = factor * np.where(day_of == 25, PAY_DAY, 1.0) * np.where(sale, SALE, 1.0)
    return Days(first, len(dates), tuple(labels), position, month_of, weekday, day_of, factor, holiday, sale,
                new_year=(month_of == 1) & (day_of <= 3), obon=(month_of == 8) & (day_of >= 13) & (day_of <= 15),
                typhoon=(position == months - 1) & np.isin(day_of, TYPHOON_DAYS))


def is_holiday(day: date) -> bool:
    """Tell whether a day is a Japanese public holiday (law of 1948 as it stands since 2022, years 2022–2099)."""
    if _named(day):
        return True
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    if _named(before) and _named(after) and day.weekday() != 6:  # 国民の休日: a day between two holidays
        return True
    while _named(before):  # 振替休日: the first free day after a holiday on a Sunday
        if before.weekday() == 6:
            return True
        before -= timedelta(days=1)
    return False


def _named(day: date) -> bool:
    if (day.month, day.day) in FIXED:
        return True
    if day.weekday() == 0 and NTH_MONDAY.get(day.month) == (day.day - 1) // 7 + 1:
        return True
    years = day.year - 1980
    spring = int(20.8431 + 0.242194 * years) - years // 4
    autumn = int(23.2488 + 0.242194 * years) - years // 4
    return (day.month, day.day) in {(3, spring), (9, autumn)}


def _label(months_since_zero: int) -> str:
    return f"{months_since_zero // 12:04d}-{months_since_zero % 12 + 1:02d}"
