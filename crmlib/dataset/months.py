"""Months as the shop counts them: calendar months, or months ending on a closing day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from crmlib.errors import CrmError

GRACE_DAYS = 3
_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


@dataclass(frozen=True)
class Period:
    """One month of the shop: its name, first day, and the day after its last day.

    Attributes
    ----------
    month : str
        ``YYYY-MM``.
    start, end : datetime.date
        First day, and first day that no longer belongs to it.
    as_of : datetime.date
        What the analyses may see is before this day; equal to ``end`` unless the month is partial.
    """

    month: str
    start: date
    end: date
    as_of: date

    @property
    def partial(self) -> bool:
        """Whether the month is seen before it ended."""
        return self.as_of < self.end


def parse(month: str) -> tuple[int, int]:
    """Return year and month number.

    Raises
    ------
    CrmError
        ``dataset.bad_month`` unless the text is ``YYYY-MM``.
    """
    if not _MONTH.match(month):
        raise CrmError("dataset.bad_month", found=month)
    return int(month[:4]), int(month[5:])


def shift(month: str, n: int) -> str:
    """Return the month ``n`` months later (earlier when negative)."""
    year, number = parse(month)
    count = year * 12 + number - 1 + n
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def month_of(day: date, closing_day: int | None) -> str:
    """Return the name of the month a day belongs to."""
    month = f"{day.year:04d}-{day.month:02d}"
    return shift(month, 1) if day >= _end(month, closing_day) else month


def period(month: str, closing_day: int | None = None, as_of: date | None = None) -> Period:
    """Return a month with its days.

    Raises
    ------
    CrmError
        ``dataset.as_of_too_late`` when ``as_of`` is after the day following the last day,
        ``dataset.as_of_too_early`` when no day of the month would be seen.
    """
    start, end = _end(shift(month, -1), closing_day), _end(month, closing_day)
    if as_of is not None and as_of > end:
        raise CrmError("dataset.as_of_too_late", found=as_of, month=month, allowed=[f"… {end.isoformat()}"])
    if as_of is not None and as_of <= start:
        raise CrmError("dataset.as_of_too_early", found=as_of, month=month,
                       allowed=[f"{(start + timedelta(days=1)).isoformat()} … {end.isoformat()}"])
    return Period(month, start, end, as_of or end)


def newest_month(newest: date, closing_day: int | None = None) -> str:
    """Return the newest month whose last day is at most three days after the newest business date."""
    month = month_of(newest + timedelta(days=GRACE_DAYS), closing_day)
    last_day = _end(month, closing_day) - timedelta(days=1)
    return month if last_day <= newest + timedelta(days=GRACE_DAYS) else shift(month, -1)


def _end(month: str, closing_day: int | None) -> date:
    """First day after a month; a closing day past the month's length means its last day."""
    year, number = parse(month)
    length = monthrange(year, number)[1]
    return date(year, number, min(closing_day or length, length)) + timedelta(days=1)
