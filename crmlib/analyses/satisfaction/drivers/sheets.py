"""The answers of one sheet beside each other: the overall score and the items that may stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.answers import declared, leading
from crmlib.dataset import months
from crmlib.methods.surveys.drivers import Matrix
from crmlib.methods.surveys.weighting import Codes, Vector

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

#: An item fewer sheets answer than this part of those that give the overall score is left out.
MOSTLY_ANSWERED = 0.5
#: Digits of a pattern: what a whole number of 64 bits holds.
MOST_PLACES = 2**62


@dataclass(frozen=True)
class Sheets:
    """Combinations of answers in which the overall score and every item kept are given.

    Attributes
    ----------
    overall : Metric
    items : tuple of Metric
    left_out : tuple of str
        Keys of items too few answered.
    scores : numpy.ndarray
        One row a combination: the overall score, then the items; turned so that more is better.
    counts : numpy.ndarray
        Sheets of each combination.
    given : int
        Sheets with the overall score.
    """

    overall: Metric
    items: tuple[Metric, ...]
    left_out: tuple[str, ...]
    scores: Matrix
    counts: Codes
    given: int

    @property
    def n(self) -> int:
        """How many sheets are complete."""
        return int(self.counts.sum())

    @property
    def satisfied(self) -> Vector:
        """Share of the two best steps of each item."""
        good = np.array([_good(item) for item in self.items])
        return np.asarray(self.counts @ (self.scores[:, 1:] >= good) / self.n, dtype=float)


def _good(item: Metric) -> int:
    """The first answer that counts as good, turned so that more is better."""
    low, high = item.scale
    good = item.good if item.statistic == "top2" else high - 1 if item.better == "high" else low + 1
    return good if item.better == "high" else -good


def overall_of(settings: SatisfactionSettings) -> Metric | None:
    """Return the score to be explained: the shop's choice, else overall satisfaction, else recommendation."""
    if settings.overall is not None:
        return next((metric for metric in settings.metrics if metric.key == settings.overall), None)
    return leading(settings, "top2", "csat") or leading(settings, "nps", "nps")


def sheets(data: Dataset, settings: SatisfactionSettings) -> Sheets | None:
    """Return the sheets of the latest months; None without an overall score, or without at least two items."""
    import pandas as pd

    overall = overall_of(settings)
    if overall is None:
        return None
    others = tuple(m for m in settings.metrics if m.key != overall.key and m.statistic != "nps")
    places, weight = [], 1
    for metric in (overall, *others):
        places.append((metric.key, weight, metric.scale[0]))
        weight *= metric.scale[1] - metric.scale[0] + 2
    if len(others) < 2 or weight > MOST_PLACES:
        return None
    table = pd.DataFrame(places, columns=["metric", "place", "lowest"]).astype(
        {"metric": "str", "place": "int64", "lowest": "int64"})
    found = data.query("satisfaction_patterns", tables=declared(settings) | {"satisfaction_places": table},
                       first_month=months.shift(data.month, 1 - settings.crowd_months))
    return _complete(overall, others, found["pattern"].to_numpy(dtype=np.int64),
                     found["answers"].to_numpy(dtype=np.int64))


def _complete(overall: Metric, others: tuple[Metric, ...], pattern: Codes, counts: Codes) -> Sheets | None:
    digits, rest = [], pattern
    for metric in (overall, *others):
        base = metric.scale[1] - metric.scale[0] + 2
        digits.append(rest % base)
        rest = rest // base
    given = digits[0] > 0
    whole = int(counts[given].sum())
    answered = [int(counts[given & (digit > 0)].sum()) for digit in digits[1:]]
    kept = [place for place, n in enumerate(answered) if whole and n >= MOSTLY_ANSWERED * whole]
    if len(kept) < 2:
        return None
    full = given & np.all([digits[1 + place] > 0 for place in kept], axis=0)
    chosen = (overall, *(others[place] for place in kept))
    columns = [_turned(metric, digits[0 if n == 0 else 1 + kept[n - 1]][full]) for n, metric in enumerate(chosen)]
    return Sheets(overall, chosen[1:], tuple(m.key for n, m in enumerate(others) if n not in kept),
                  np.column_stack(columns), counts[full], whole)


def _turned(metric: Metric, digit: Codes) -> Vector:
    value = digit + metric.scale[0] - 1
    return (value if metric.better == "high" else -value).astype(float)
