"""What did an event, a season or a holiday sell, beside plain days of the same weekdays around it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from crmlib.analyses.trends.days import events as own_events
from crmlib.dataset import months
from crmlib.methods.intervals import t_value

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.trends.months import History

#: Plain days of the same weekday are looked for so many weeks to either side, and so many are needed.
WEEKS, LEAST = 4, 3
RECENT = 13
EVENT, SEASON, HOLIDAY, PAYDAY = "event", "season", "holiday", "payday"
EVENTS = {"kind": "str", "event": "str", "start": "object", "end": "object", "days": "int64", "closed": "int64",
          "orders": "int64", "sales": "int64", "expected": "Int64", "change": "float64", "low": "float64",
          "high": "float64"}


@dataclass(frozen=True)
class Span:
    """One time that something happened: its kind, its name, its days."""

    kind: str
    event: str
    days: tuple[date, ...]


@dataclass(frozen=True)
class Plain:
    """What plain days sold: open, and neither an event nor a season, a public holiday or a pay day.

    Attributes
    ----------
    sales : mapping
        Day → sales of every open day (minor units).
    plain : frozenset of date
    """

    sales: Mapping[date, int]
    plain: frozenset[date]

    def around(self, day: date) -> tuple[int, ...]:
        """Return the sales of the plain days of the same weekday around a day, itself left out."""
        near = (day + timedelta(weeks=n) for n in range(-WEEKS, WEEKS + 1) if n)
        return tuple(self.sales[other] for other in near if other in self.plain)

    @cached_property
    def scatter(self) -> tuple[float, int] | None:
        """Relative standard deviation of a plain day around its expectation, and on how many days that rests."""
        misses = []
        for day in sorted(self.plain):
            near = self.around(day)
            if len(near) >= LEAST and sum(near) > 0:
                usual = sum(near) / len(near)
                # The expectation is itself an average of few days; that part of the miss is not the day's own.
                misses.append((self.sales[day] / usual - 1) ** 2 / (1 + 1 / len(near)))
        return ((sum(misses) / len(misses)) ** 0.5, len(misses)) if len(misses) > LEAST else None


def plain_days(daily: pd.DataFrame) -> Plain:
    """Return the shop's open days, and which of them are plain."""
    opened = daily[daily["open"]]
    usual = opened[(opened["event"] == "") & (opened["season"] == "") & ~opened["holiday"] & ~opened["payday"]]
    sales = {day: int(n) for day, n in zip(opened["date"], opened["sales"], strict=True)}
    return Plain(sales, frozenset(usual["date"]))


def spans(found: History) -> tuple[Span, ...]:
    """Return everything that happened: the shop's own events, the seasons, public holidays, pay days; oldest first."""
    known = set(found.daily["date"])
    spread = [Span(EVENT, one.key, tuple(_days(one.start, one.end, known)))
              for one in own_events(found.data.settings.calendar)]
    for name in dict.fromkeys(n for n in found.daily["season"] if n):
        spread += [Span(SEASON, name, run) for run in _runs(found.daily.loc[found.daily["season"] == name, "date"])]
    plain = found.daily[(found.daily["season"] == "") & (found.daily["event"] == "")]
    for kind in (HOLIDAY, PAYDAY):
        spread += [Span(kind, kind, (day,)) for day in plain.loc[plain[kind], "date"]]
    order = {kind: n for n, kind in enumerate((EVENT, SEASON, HOLIDAY, PAYDAY))}
    return tuple(sorted((one for one in spread if one.days), key=lambda s: (order[s.kind], s.days[0], s.event)))


def recent(found: History, happened: Sequence[Span]) -> tuple[Span, ...]:
    """Return what is told one by one: single holidays and pay days of the latest months only."""
    first = found.period(months.shift(found.data.month, 1 - RECENT)).start
    return tuple(span for span in happened if span.kind in (EVENT, SEASON) or span.days[0] >= first)


def _days(first: date, last: date, known: set[date]) -> Iterator[date]:
    return (day for n in range((last - first).days + 1) if (day := first + timedelta(days=n)) in known)


def _runs(days: Sequence[date]) -> list[tuple[date, ...]]:
    """Days that follow each other, together."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [tuple(run) for run in runs]


@dataclass(frozen=True)
class Beside:
    """What some days sold beside what plain days around them would have."""

    sales: int
    expected: float
    change: float
    low: float
    high: float


def beside(days: Sequence[date], usual: Plain, level: float) -> Beside | None:
    """Return what open days sold beside plain ones of the same weekdays; None where there are too few of these.

    The interval holds what so many plain days may bring more or less by chance, and that their expectation is itself
    an average of few days.
    """
    opened = [day for day in days if day in usual.sales]
    near = {day: usual.around(day) for day in opened}
    if not opened or usual.scatter is None or any(len(n) < LEAST for n in near.values()):
        return None
    expected = {day: sum(n) / len(n) for day, n in near.items()}
    whole, (scatter, seen) = sum(expected.values()), usual.scatter
    if whole <= 0:
        return None
    # Days of one weekday in one month lean on the same plain days: their errors add up, others' only in squares.
    shared: dict[tuple[int, int, int], float] = {}
    for day in opened:
        key = (day.isoweekday(), day.year, day.month)
        shared[key] = shared.get(key, 0.0) + expected[day] / len(near[day]) ** 0.5
    variance = sum(n**2 for n in expected.values()) + sum(n**2 for n in shared.values())
    sales = sum(usual.sales[day] for day in opened)
    # Days that sell more also scatter more.
    half = t_value(level, seen - 1) * scatter * variance**0.5 / whole * max(sales / whole, 1.0)
    return Beside(sales, whole, sales / whole - 1, sales / whole - 1 - half, sales / whole - 1 + half)


def demand(found: History, happened: Sequence[Span], level: float) -> pd.DataFrame:
    """Return each event, season, holiday and pay day with what it sold beside plain days.

    Returns
    -------
    pandas.DataFrame
        kind (event, season, holiday, payday), event, start, end (as far as the data reach), days (open ones), closed
        (days), orders, sales (minor units), expected (what plain days of the same weekdays, up to four weeks to either
        side, would have sold; missing where there are fewer than three), change (ratio - 1), low, high.
    """
    import pandas as pd

    usual = plain_days(found.daily)
    orders = {day: int(n) for day, n in zip(found.daily["date"], found.daily["orders"], strict=True)}
    rows = []
    for span in happened:
        opened = [day for day in span.days if day in usual.sales]
        seen = beside(span.days, usual, level)
        told = (None, None, None, None) if seen is None else (round(seen.expected), seen.change, seen.low, seen.high)
        rows.append((span.kind, span.event, span.days[0], span.days[-1], len(opened), len(span.days) - len(opened),
                     sum(orders[day] for day in opened), sum(usual.sales[day] for day in opened), *told))
    return pd.DataFrame(rows, columns=list(EVENTS)).astype(EVENTS)
