"""From counted answers to figures: each metric's value with its interval, month by month, and what changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.scoring import Estimate, Histogram, apart, counted, difference, estimate, weighted
from crmlib.dataset import months
from crmlib.methods import intervals

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

#: Reviews' stars stand beside the metrics under this name, unless the shop declares a metric of its own by it.
STARS = "stars"
PER_PERSON, WEIGHTED = "_one_per_person", "_weighted"
ALL, PEOPLE, WEIGHED = "answers", "people", "weighed"


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
    weighed : pandas.DataFrame or None
        metric, ym, value, weight, answers; None where no answer has a weight.
    """

    data: Dataset
    settings: SatisfactionSettings
    counts: pd.DataFrame
    weighed: pd.DataFrame | None = None

    @property
    def first(self) -> str | None:
        """The first month with an answer to a question, valid or not."""
        return None if self.questions.empty else str(self.questions["ym"].min())

    @property
    def some(self) -> bool:
        """Whether there is any valid answer to a question."""
        return bool((self.questions["state"] == "valid").any())

    @property
    def questions(self) -> pd.DataFrame:
        """The counts without those of reviews."""
        return self.counts[self.counts["metric"].isin([metric.key for metric in self.settings.metrics])]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What is estimated, in the order of the page: each person's last answer, every answer, weighted answers."""
        found = []
        for metric in self.settings.metrics:
            found += [Line(metric.key + PER_PERSON, metric, PEOPLE), Line(metric.key, metric, ALL)]
            if self.weighed is not None and (self.weighed["metric"] == metric.key).any():
                found.append(Line(metric.key + WEIGHTED, metric, WEIGHED))
        if (self.counts["metric"] == STARS).any() and STARS not in [metric.key for metric in self.settings.metrics]:
            found.append(Line(STARS, star_metric(), ALL))
        return tuple(found)

    def histogram(self, line: Line, *yms: str) -> Histogram:
        """Return how often each value was given in some months."""
        found: Counter[float] = Counter()
        for ym in yms:
            found.update(self._given.get((line.metric.key, ym, line.basis), {}))
        return dict(found)

    @cached_property
    def _given(self) -> dict[tuple[str, str, str], Histogram]:
        """How often each value was given, by metric, month and basis."""
        found: dict[tuple[str, str, str], Histogram] = {}
        valid = self.counts[self.counts["state"] == "valid"]
        for basis in (ALL, PEOPLE):
            for (metric, ym), part in valid[valid[basis] > 0].groupby(["metric", "ym"]):
                found[str(metric), str(ym), basis] = counted(part["value"], part[basis])
        return found

    def estimate(self, line: Line, ym: str) -> Estimate:
        """Return a line's figure of a month."""
        if line.basis == WEIGHED:
            return weighted(line.metric, self._weights(line.metric, ym), self.settings.confidence)
        return estimate(line.metric, self.histogram(line, ym), self.settings.confidence)

    def _weights(self, metric: Metric, ym: str) -> pd.DataFrame:
        found = self.counts.iloc[:0].assign(weight=0.0) if self.weighed is None else self.weighed
        return found[(found["metric"] == metric.key) & (found["ym"] == ym)]

    def before(self, n: int) -> str | None:
        """Return the month ``n`` months earlier, None before the first answers."""
        ym = months.shift(self.data.month, -n)
        return ym if self.first is not None and ym >= self.first else None


def read(data: Dataset, settings: SatisfactionSettings) -> Answers:
    """Return the counted answers of the declared metrics, and the stars of reviews beside them."""
    import pandas as pd

    counts = data.query("satisfaction_counts", tables=declared(settings))
    if data.has("reviews.rating") and STARS not in [metric.key for metric in settings.metrics]:
        counts = pd.concat([counts, stars(data)], ignore_index=True)
    weighed = data.query("satisfaction_weighed", tables=declared(settings)) if data.has(
        "survey_answers.weight") else None
    return Answers(data, settings, counts, weighed if weighed is not None and len(weighed) else None)


def star_metric() -> Metric:
    """Return the stars of reviews as a metric: a mean of 1 to 5."""
    from crmlib.settings.analyses.satisfaction import Metric as Declared

    return Declared(key=STARS, scale=(1, 5), statistic="mean")


def stars(data: Dataset) -> pd.DataFrame:
    """Return the reviews' stars as counts of answers; a review without stars, or off the scale, does not count."""
    found = data.query("satisfaction_stars")
    low, high = star_metric().scale
    inside = found["rating"].between(low, high)
    state = inside.map({True: "valid", False: "out_of_scale"}).where(found["rating"].notna(), "empty")
    return found.assign(metric=STARS, state=state.astype("str"), value=found["rating"].where(inside),
                        answers=found["reviews"], people=found["reviews"].where(inside, 0))[
                            ["metric", "ym", "state", "value", "answers", "people"]]


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


def leading(settings: SatisfactionSettings, statistic: str, key: str) -> Metric | None:
    """Return the metric a fact speaks of: the one of that name, else the first with that statistic."""
    fitting = [m for m in settings.metrics if m.statistic == statistic]
    return next((m for m in fitting if m.key == key), next(iter(fitting), None))


#: What a month is held against: how many months back it begins, and how many months there are.
AGAINST = {"previous": (1, 1), "three_months": (3, 3), "year_ago": (12, 1)}


def change(answers: Answers, line: Line, against: str) -> dict[str, Any]:
    """Return what may be said of a line against earlier months; empty before the first answers.

    Parameters
    ----------
    against : str
        ``previous`` (last month), ``three_months`` (the three before this one, together), ``year_ago``.
    """
    back, many = AGAINST[against]
    first = answers.before(back)
    if first is None or (many > 1 and line.basis == WEIGHED):
        return {}
    then = [months.shift(first, n) for n in range(many)]
    level, least = answers.settings.confidence, answers.settings.reference_below
    a, b, interval = _both(answers, line, then, level)
    step = None if a.value is None or b.value is None else a.value - b.value
    # A share lies in 0 to 1; its change is told in percentage points, as that of NPS is.
    points = 100 if line.metric.statistic == "top2" else 1
    # For NPS more is always better; a share of the two best labels has the direction in it already.
    better = line.metric.better if line.metric.statistic == "mean" else "high"
    return {"n": a.n, "n_before": b.n, "change": None if step is None else step * points,
            "low": interval and interval[0], "high": interval and interval[1],
            "verdict": intervals.verdict(interval, a.n, b.n, least, better)}


def _both(answers: Answers, line: Line, then: list[str], level: float) -> tuple[
        Estimate, Estimate, intervals.Interval | None]:
    if line.basis == WEIGHED:
        a, b = answers.estimate(line, answers.data.month), answers.estimate(line, then[0])
        found, scale = apart(a, b), 100 if line.metric.statistic == "top2" else 1
        return a, b, None if found is None else (found[0] * scale, found[1] * scale)
    now, before = answers.histogram(line, answers.data.month), answers.histogram(line, *then)
    return (estimate(line.metric, now, level), estimate(line.metric, before, level),
            difference(line.metric, now, before, level))
