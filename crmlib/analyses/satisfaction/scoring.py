"""One metric's answers as a figure with its interval: counted, or under the survey's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.methods import intervals
from crmlib.methods.surveys import weighted_scores

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings.analyses.satisfaction import Metric

DETRACTORS, PASSIVES, PROMOTERS = range(7), range(7, 9), range(9, 11)
GROUPS = {"detractor": DETRACTORS, "passive": PASSIVES, "promoter": PROMOTERS}
METHODS = {"nps": "adjusted_wald", "top2": "wilson", "mean": "student_t"}

#: One month's valid answers: value → how many.
Histogram = Mapping[float, int]


@dataclass(frozen=True)
class Estimate:
    """A metric of one month: points for NPS (-100 to 100), a share for the two best labels, a mean in the scale.

    ``effective`` is how many equally weighted answers are worth as much; the answers themselves without weights.
    """

    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    effective: float | None = None


def counted(values: pd.Series, counts: pd.Series) -> Histogram:
    """Return how often each value was given."""
    found: dict[float, int] = {}
    for value, n in zip(values, counts, strict=True):
        found[float(value)] = found.get(float(value), 0) + int(n)
    return found


def groups(histogram: Histogram) -> tuple[int, int, int]:
    """Return detractors (0-6), passives (7-8) and promoters (9-10)."""
    down, still, up = (sum(histogram.get(float(score), 0) for score in part) for part in GROUPS.values())
    return down, still, up


def is_good(metric: Metric, value: float) -> bool:
    """Tell whether an answer counts as good: the two best steps, or from the shop's own cut on."""
    return value >= metric.good if metric.better == "high" else value <= metric.good


def best_two(metric: Metric, histogram: Histogram) -> int:
    """Return how many gave an answer that counts as good."""
    return sum(n for value, n in histogram.items() if is_good(metric, value))


def estimate(metric: Metric, histogram: Histogram, level: float) -> Estimate:
    """Return a metric's value and interval; None without answers, no interval where none can be had."""
    n = sum(histogram.values())
    if not n:
        return Estimate()
    interval: intervals.Interval | None
    if metric.statistic == "nps":
        value, interval, scale = intervals.nps(groups(histogram)), intervals.nps_interval(groups(histogram), level), 100
    elif metric.statistic == "top2":
        k = best_two(metric, histogram)
        value, interval, scale = k / n, intervals.wilson(k, n, level), 1
    else:
        values, counts = _sorted(histogram)
        value, interval, scale = intervals.moments(values, counts)[1], intervals.mean_interval(values, counts, level), 1
    low, high = interval or (None, None)
    return Estimate(n, _times(value, scale), _times(low, scale), _times(high, scale), float(n))


def weighted(metric: Metric, found: pd.DataFrame, level: float) -> Estimate:
    """Return a metric's value and interval under the survey's weights; columns value, weight, answers."""
    if found.empty:
        return Estimate()
    weights, counts = found["weight"].to_numpy(), found["answers"].to_numpy()
    if metric.statistic == "nps":
        x = found["value"].map(lambda score: (score >= PROMOTERS[0]) - float(score <= DETRACTORS[-1])).to_numpy()
        interval, scale = weighted_scores.nps_interval(x, weights, counts, level), 100
    elif metric.statistic == "top2":
        x = found["value"].map(lambda score: float(is_good(metric, score))).to_numpy()
        interval, scale = weighted_scores.share_interval(x, weights, counts, level), 1
    else:
        x = found["value"].to_numpy()
        interval, scale = weighted_scores.mean_interval(x, weights, counts, level), 1
    low, high = interval or (None, None)
    return Estimate(int(counts.sum()), weighted_scores.mean(x, weights, counts) * scale, _times(low, scale),
                    _times(high, scale), weighted_scores.effective(weights, counts))


def difference(metric: Metric, now: Histogram, before: Histogram, level: float) -> intervals.Interval | None:
    """Return the interval of the change of a metric, in points for NPS and shares, else in the scale's own steps."""
    if not now or not before:
        return None
    if metric.statistic == "nps":
        found = intervals.nps_difference(groups(now), groups(before), level)
    elif metric.statistic == "top2":
        found = intervals.newcombe(best_two(metric, now), sum(now.values()), best_two(metric, before),
                                   sum(before.values()), level)
    else:
        return intervals.mean_difference(*_sorted(now), *_sorted(before), level)
    return None if found is None else (100 * found[0], 100 * found[1])


def _sorted(histogram: Histogram) -> tuple[list[float], list[int]]:
    values = sorted(histogram)
    return values, [histogram[value] for value in values]


def _times(value: float | None, scale: int) -> float | None:
    return None if value is None else value * scale


def apart(now: Estimate, before: Estimate) -> intervals.Interval | None:
    """Return the interval of the difference of two figures from their own intervals; None where one has none.

    Zou & Donner (2008), Statistics in Medicine 27:1693-1702.
    """
    sides = (now.value, now.low, now.high, before.value, before.low, before.high)
    if any(side is None for side in sides):
        return None
    a, a_low, a_high, b, b_low, b_high = (float(side or 0.0) for side in sides)
    step = a - b
    return (step - ((a - a_low) ** 2 + (b_high - b) ** 2) ** 0.5, step + ((a_high - a) ** 2 + (b - b_low) ** 2) ** 0.5)
