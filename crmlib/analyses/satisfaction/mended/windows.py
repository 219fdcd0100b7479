"""A figure before and after a day, and how much it moves between months in which nothing was mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crmlib.analyses.satisfaction.scoring import Histogram, difference, estimate
from crmlib.dataset import months
from crmlib.methods.intervals import Interval, usual_range
from crmlib.settings.analyses.satisfaction import Metric

#: Months of one figure: month → how often each value was given.
Months = Mapping[str, Histogram]
#: Changes between other months without which the usual movement cannot be told.
FEWEST_OTHERS = 12


@dataclass(frozen=True)
class Change:
    """A figure before and after, and what may be said of the change.

    Attributes
    ----------
    n_before, n : int
        Answers in the months before and after.
    before, value : float or None
        The figure of both.
    step, low, high : float or None
        Change with its interval, in points for NPS and shares, else in the scale's own steps.
    usual : tuple of float or None
        Lowest and highest change between as many months of other times.
    others : int
        How many such changes there were.
    verdict : str
        too_early, too_few, chance (the answers could differ so much by chance), usual (as much as in other months),
        unplaced (beyond chance, but too little history to know what is usual), returned (the months before were out of
        the ordinary, and the figure is back where it had been), improved, worse.
    """

    n_before: int
    n: int
    before: float | None
    value: float | None
    step: float | None
    low: float | None
    high: float | None
    usual: Interval | None
    others: int
    verdict: str


def sides(first: str, length: int, apart: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the months before ``first`` and those from ``apart`` months after it on."""
    return (tuple(months.shift(first, -n) for n in range(length, 0, -1)),
            tuple(months.shift(first, apart + n) for n in range(length)))


def pooled(by_month: Months, wanted: Sequence[str]) -> Histogram:
    """Return the values of several months together."""
    whole: dict[float, int] = {}
    for ym in wanted:
        for value, n in by_month.get(ym, {}).items():
            whole[value] = whole.get(value, 0) + n
    return whole


def step(metric: Metric, now: Histogram, before: Histogram, level: float) -> float | None:
    """Return the change, in points for NPS and shares, else in the scale's own steps."""
    values = [estimate(metric, side, level).value for side in (now, before)]
    if values[0] is None or values[1] is None:
        return None
    return (values[0] - values[1]) * (100 if metric.statistic == "top2" else 1)


def compared(metric: Metric, by_month: Months, start: date, length: int, newest: str, least: int, level: float,
             closing_day: int | None = None) -> Change:
    """Compare the months before and after a day; the month it falls into counts only where it begins on that day.

    Parameters
    ----------
    by_month : mapping
        The valid answers of each month.
    start : date
        Day something was mended.
    length : int
        Months on each side.
    newest : str
        The report's month.
    least : int
        Answers without which nothing is said.

    Notes
    -----
    The change is held against those between other months of the same lengths, none of which reaches across the day: if
    nothing had changed, it would lie outside their range in about 2 of n + 1 cases (Hahn & Meeker 1991, Statistical
    Intervals, section 5.4; placebo dates as in Abadie, Diamond & Hainmueller 2010, JASA 105:493-505).
    """
    first = months.month_of(start, closing_day)
    apart = 0 if months.period(first, closing_day).start == start else 1
    earlier, later = sides(first, length, apart)
    before, now = pooled(by_month, earlier), pooled(by_month, later)
    n_before, n = sum(before.values()), sum(now.values())
    was, now_is = (estimate(metric, side, level).value for side in (before, now))
    told = step(metric, now, before, level)
    low, high = difference(metric, now, before, level) or (None, None)
    others = _others(metric, by_month, (first, months.shift(first, apart)), length, apart, newest, least, level)
    usual = usual_range(others, FEWEST_OTHERS, len(others))
    verdict = "too_early" if later[-1] > newest else "too_few" if min(n_before, n) < least else _verdict(
        metric, told, low, high, usual)
    if verdict in ("improved", "worse") and _back(metric, by_month, earlier[0], length, (was, now), least, level):
        verdict = "returned"
    return Change(n_before, n, was, now_is, told, low, high, usual, len(others), verdict)


def _others(metric: Metric, by_month: Months, mended: tuple[str, str], length: int, apart: int, newest: str, least: int,
            level: float) -> list[float]:
    """Return the changes between months none of which reaches across the day, oldest first."""
    if not by_month:
        return []
    found, first = [], months.shift(min(by_month), length)
    while sides(first, length, apart)[1][-1] <= newest:
        earlier, later = sides(first, length, apart)
        before, now = pooled(by_month, earlier), pooled(by_month, later)
        if (later[-1] < mended[0] or earlier[0] >= mended[1]) and min(
                sum(before.values()), sum(now.values())) >= least:
            change = step(metric, now, before, level)
            found += [] if change is None else [change]
        first = months.shift(first, 1)
    return found


def _back(metric: Metric, by_month: Months, before: str, length: int, sides_seen: tuple[float | None, Histogram],
          least: int, level: float) -> bool:
    """Whether the figure had been out of its older range and is back in it, but for chance: that may come by itself."""
    first = min(by_month)
    older = []
    while months.shift(first, length) <= before:
        side = pooled(by_month, [months.shift(first, n) for n in range(length)])
        value = estimate(metric, side, level).value
        older += [value] if value is not None and sum(side.values()) >= least else []
        first = months.shift(first, 1)
    was, now = sides_seen[0], estimate(metric, sides_seen[1], level)
    usual = usual_range(older, FEWEST_OTHERS, len(older))
    if usual is None or was is None or now.low is None or now.high is None:
        return False
    return not usual[0] <= was <= usual[1] and now.low <= usual[1] and now.high >= usual[0]


def _verdict(metric: Metric, told: float | None, low: float | None, high: float | None,
             usual: Interval | None) -> str:
    if told is None or low is None or high is None:
        return "too_few"
    if low <= 0 <= high:
        return "chance"
    if usual is None:
        return "unplaced"
    if usual[0] <= told <= usual[1]:
        return "usual"
    # A share of good answers has the direction in it already.
    better = metric.better if metric.statistic == "mean" else "high"
    return "improved" if (told > 0) == (better == "high") else "worse"
