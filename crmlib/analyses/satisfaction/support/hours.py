"""Hours between two moments: as the clock runs, and as the desk was open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
HOUR = 3600.0


@dataclass(frozen=True)
class Desk:
    """When somebody answers.

    Attributes
    ----------
    opens, closes : int
        Hours of the local day; 24 is midnight.
    zone : str
    closed_weekdays : frozenset of int
        1 = Monday.
    closed_days : frozenset of date
        Closures and public holidays.
    """

    opens: int
    closes: int
    zone: str
    closed_weekdays: frozenset[int]
    closed_days: frozenset[date]

    def open_on(self, day: date) -> bool:
        """Whether anybody answers on a day."""
        return day.isoweekday() not in self.closed_weekdays and day not in self.closed_days

    def between(self, start: datetime, end: datetime) -> float:
        """Return the open hours from one moment to another, both UTC without a zone; 0 where the end comes first."""
        zone = ZoneInfo(self.zone)
        first, last = (moment.replace(tzinfo=UTC).astimezone(zone) for moment in (start, end))
        if last <= first:
            return 0.0
        days = (last.date() - first.date()).days
        return sum(self._on(first.date() + timedelta(days=n), first, last) for n in range(days + 1))

    def _on(self, day: date, first: datetime, last: datetime) -> float:
        if not self.open_on(day):
            return 0.0
        opens = datetime.combine(day, time(self.opens), first.tzinfo)
        closes = datetime.combine(day, time(0), first.tzinfo) + timedelta(hours=self.closes)
        return max((min(last, closes) - max(first, opens)).total_seconds(), 0.0) / HOUR


def clock(start: datetime, end: datetime) -> float:
    """Return the hours from one moment to another; 0 where the end comes first."""
    return max((end - start).total_seconds(), 0.0) / HOUR
