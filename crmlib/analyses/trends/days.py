"""What kind of day a day is: weekday, holiday, season, pay day, an event of the shop's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings.base import Words
    from crmlib.settings.days import Calendar

SUNDAY = 7
JAPAN = "JP"
ONE = timedelta(days=1)
#: Seasons of the Japanese year that no list of public holidays has whole: first and last (month, day). New Year as
#: public offices close; Bon in August, as nearly everywhere; Golden Week with the day that may follow it instead.
SEASONS = {"new_year": ((12, 29), (1, 3)), "golden_week": ((4, 29), (5, 5)), "obon": ((8, 13), (8, 16))}
BETWEEN = " / "
DESCRIBED = {"date": "object", "dow": "int64", "closed": "bool", "holiday": "bool", "kind": "int64", "season": "str",
             "payday": "bool", "gotobi": "bool", "event": "str"}


@dataclass(frozen=True)
class Happening:
    """One event of the shop's own.

    Attributes
    ----------
    key : str
        Its English name, else the Japanese one: the code in tables. A fair of each year has one key.
    start, end : datetime.date
        First and last day.
    kind : str
        As the settings name it: event, sale, closure, weather, …
    name : Words
    """

    key: str
    start: date
    end: date
    kind: str
    name: Words

    def on(self, day: date) -> bool:
        """Whether the day belongs to it."""
        return self.start <= day <= self.end


def events(calendar: Calendar) -> tuple[Happening, ...]:
    """Return the shop's events by first day, then by name."""
    found = [Happening(one.name.get("en"), one.start, one.end or one.start, one.kind, one.name)
             for one in calendar.events]
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.key)))


def overlapping(calendar: Calendar) -> tuple[tuple[str, str, int], ...]:
    """Return the pairs of different events that share days, with the number of those days."""
    listed = events(calendar)
    shared: dict[tuple[str, str], int] = {}
    for place, one in enumerate(listed):
        for other in listed[place + 1:]:
            days = (min(one.end, other.end) - max(one.start, other.start)).days + 1
            if days > 0 and one.key != other.key:
                pair = (one.key, other.key) if one.key < other.key else (other.key, one.key)
                shared[pair] = shared.get(pair, 0) + days
    return tuple((*pair, days) for pair, days in sorted(shared.items()))


def described(days: Iterable[date], calendar: Calendar) -> pd.DataFrame:
    """Return what kind each day is; days to come too.

    Returns
    -------
    pandas.DataFrame
        date (datetime.date), dow (1 = Monday), closed (declared, by day or weekday), holiday, kind (1-7, a public
        holiday is 7), season ("" or a key of ``SEASONS``), payday, gotobi (五十日), event (keys of the shop's events,
        " / " between several). Seasons, pay days and 五十日 are Japanese customs: none for a shop in another country.
    """
    import pandas as pd

    listed = list(days)
    rest = holidays(calendar.country, listed)
    shut, japan, own = calendar.closed_days, calendar.country == JAPAN, events(calendar)
    paid = paydays(listed, calendar.payday) if japan else frozenset()
    rows = [(day, day.isoweekday(), day in shut or day.isoweekday() in calendar.closed_weekdays, day in rest,
             SUNDAY if day in rest else day.isoweekday(), season(day) if japan else "", day in paid,
             japan and day.day % 5 == 0, BETWEEN.join(dict.fromkeys(one.key for one in own if one.on(day))))
            for day in listed]
    return pd.DataFrame(rows, columns=list(DESCRIBED)).astype(DESCRIBED)


def season(day: date) -> str:
    """Return the season of the Japanese year a day belongs to, or an empty text."""
    here = (day.month, day.day)
    for name, (first, last) in SEASONS.items():
        if first <= here <= last if first <= last else here >= first or here <= last:
            return name
    late = here == (5, 6) and day in _public(JAPAN, day.year)
    return "golden_week" if late else ""


def paydays(days: Sequence[date], number: int | None) -> frozenset[date]:
    """Return the days on which wages come: the ``number``-th, or the last working day before it."""
    if number is None or not days:
        return frozenset()
    months = {(day.year, day.month) for day in (*days, *(day + timedelta(days=9) for day in days))}
    return frozenset(_working(_nth(year, month, number)) for year, month in months)


def _nth(year: int, month: int, number: int) -> date:
    last = (date(year + month // 12, month % 12 + 1, 1) - ONE).day
    return date(year, month, min(number, last))


def _working(day: date) -> date:
    while day.isoweekday() > 5 or day in _public(JAPAN, day.year) or season(day) == "new_year":
        day -= ONE
    return day


def holidays(country: str | None, days: Iterable[date]) -> frozenset[date]:
    """Return the public holidays of the years of some days; none for a country whose calendar is not known."""
    if country is None or country not in holiday_countries():
        return frozenset()
    return frozenset().union(*(_public(country, year) for year in sorted({day.year for day in days})))


def holiday_countries() -> frozenset[str]:
    """Return the ISO codes of the countries whose public holidays are known."""
    from holidays import list_supported_countries

    return frozenset(list_supported_countries())


@cache
def _public(country: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year))
