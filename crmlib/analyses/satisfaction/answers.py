"""From counted answers to figures: each metric's value with its interval, month by month, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.methods import intervals

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

DETRACTORS, PASSIVES, PROMOTERS = range(7), range(7, 9), range(9, 11)
GROUPS = {"detractor": DETRACTORS, "passive": PASSIVES, "promoter": PROMOTERS}
PER_PERSON = "_one_per_person"
METHODS = {"nps": "adjusted_wald", "top2": "wilson", "mean": "student_t"}
ALL, PEOPLE = "answers", "people"

#: One month's valid answers: value → how many.
Histogram = Mapping[float, int]


@dataclass(frozen=True)
class Estimate:
    """A metric of one month: points for NPS (-100 to 100), a share for the two best labels, a mean in the scale."""

    n: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """What is estimated under one name: a metric, from all answers or from each person's last."""

    key: str
    metric: Metric
    basis: str


@dataclass(frozen=True)
class Answers:
    """The answers of every month up to this report's.

    Attributes
    ----------
    data : Dataset
    settings : SatisfactionSettings
    counts : pandas.DataFrame
        metric, ym, state, value, answers, people.
    """

    data: Dataset
    settings: SatisfactionSettings
    counts: pd.DataFrame

    @property
    def first(self) -> str | None:
        """The first month with an answer, valid or not."""
        return None if self.counts.empty else str(self.counts["ym"].min())

    @property
    def some(self) -> bool:
        """Whether there is any valid answer."""
        return bool((self.counts["state"] == "valid").any())

    def histogram(self, line: Line, ym: str) -> Histogram:
        """Return how often each value was given in a month."""
        part = self.counts[(self.counts["metric"] == line.metric.key) & (self.counts["ym"] == ym)
                           & (self.counts["state"] == "valid") & (self.counts[line.basis] > 0)]
        return {float(v): int(n) for v, n in zip(part["value"], part[line.basis], strict=True)}

    def estimate(self, line: Line, ym: str) -> Estimate:
        """Return a line's figure of a month."""
        return estimate(line.metric, self.histogram(line, ym), self.settings.confidence)

    def before(self, n: int) -> str | None:
        """Return the month ``n`` months earlier, None before the first answers."""
        ym = months.shift(self.data.month, -n)
        return ym if self.first is not None and ym >= self.first else None


def read(data: Dataset, settings: SatisfactionSettings) -> Answers:
    """Return the counted answers of the declared metrics."""
    return Answers(data, settings, data.query("satisfaction_counts", tables=declared(settings)))


def declared(settings: SatisfactionSettings) -> dict[str, pd.DataFrame]:
    """Return the metrics and the scores of their labels as the small tables that the statements read."""
    import pandas as pd

    metrics = [(m.key, settings.question(m), *map(float, m.scale), m.statistic != "mean") for m in settings.metrics]
    labels = [(m.key, label.strip(), float(score)) for m in settings.metrics for label, score in m.labels.items()]
    kinds = {"metric": "str", "question": "str", "lowest": "float64", "highest": "float64", "whole": "bool"}
    return {
        "satisfaction_metrics": pd.DataFrame(metrics, columns=list(kinds)).astype(kinds),
        "satisfaction_labels": pd.DataFrame(labels, columns=["metric", "label", "points"]).astype(
            {"metric": "str", "label": "str", "points": "float64"}).drop_duplicates(["metric", "label"]),
    }


def lines(settings: SatisfactionSettings) -> tuple[Line, ...]:
    """Return what is estimated, in the order of the page: NPS of each person's last answer before NPS of all."""
    found = []
    for metric in settings.metrics:
        if metric.statistic == "nps":
            found.append(Line(metric.key + PER_PERSON, metric, PEOPLE))
        found.append(Line(metric.key, metric, ALL))
    return tuple(found)


def leading(settings: SatisfactionSettings, statistic: str, key: str) -> Metric | None:
    """Return the metric a fact speaks of: the one of that name, else the first with that statistic."""
    fitting = [m for m in settings.metrics if m.statistic == statistic]
    return next((m for m in fitting if m.key == key), next(iter(fitting), None))


def groups(histogram: Histogram) -> tuple[int, int, int]:
    """Return detractors (0-6), passives (7-8) and promoters (9-10)."""
    down, still, up = (sum(histogram.get(float(score), 0) for score in part) for part in GROUPS.values())
    return down, still, up


def best_two(metric: Metric, histogram: Histogram) -> int:
    """Return how many chose one of the two best steps of the scale."""
    low, high = metric.scale
    return sum(n for value, n in histogram.items()
               if (value >= high - 1 if metric.better == "high" else value <= low + 1))


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
    return Estimate(n, _times(value, scale), _times(low, scale), _times(high, scale))


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


def change(answers: Answers, line: Line, n: int) -> dict[str, Any]:
    """Return what may be said of a line against ``n`` months earlier; empty before the first answers."""
    ym = answers.before(n)
    if ym is None:
        return {}
    now, then = answers.histogram(line, answers.data.month), answers.histogram(line, ym)
    level, least = answers.settings.confidence, answers.settings.reference_below
    a, b = (estimate(line.metric, side, level) for side in (now, then))
    interval = difference(line.metric, now, then, level)
    step = None if a.value is None or b.value is None else a.value - b.value
    # A share lies in 0 to 1; its change is told in percentage points, as that of NPS is.
    points = 100 if line.metric.statistic == "top2" else 1
    # For NPS more is always better; a share of the two best labels has the direction in it already.
    better = line.metric.better if line.metric.statistic == "mean" else "high"
    return {"n": a.n, "n_before": b.n, "change": _times(step, points), "low": interval and interval[0],
            "high": interval and interval[1], "verdict": intervals.verdict(interval, a.n, b.n, least, better)}
