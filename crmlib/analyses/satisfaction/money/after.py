"""Do satisfied customers come back? What was bought after an answer, like compared with like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.answers import declared
from crmlib.methods.intervals import mean_interval, wilson, z_value

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

#: Answers are taken from so many days before the ones that are still too fresh.
TAKEN_DAYS = 365
CLASSES = ("low", "middle", "high")
AFTER = {"dimension": "str", "level": "str", "class": "str", "n": "int64", "repeat_rate": "float64", "low": "float64",
         "high": "float64", "spent": "float64", "spent_low": "float64", "spent_high": "float64"}


@dataclass(frozen=True)
class Gap:
    """How much more often the dissatisfied stayed away than the satisfied, among customers who bought as often before.

    Attributes
    ----------
    value, low, high : float
        Difference of the shares that did not buy again, standardised to everybody's earlier purchases.
    """

    value: float
    low: float
    high: float


def classed(value: pd.Series, metric: Metric) -> pd.Series:
    """Return low, middle or high: detractors, passives, promoters of 0-10; the worst two, best two steps of others."""
    import pandas as pd

    low, high = metric.scale
    bad, good = (6, 9) if metric.statistic == "nps" else (low + 1, high - 1)
    turned = value if metric.better == "high" else low + high - value
    return pd.Series(np.select([turned <= bad, turned >= good], ["low", "high"], "middle"), index=value.index,
                     dtype="str")


def followed(data: Dataset, settings: SatisfactionSettings, metric: Metric) -> pd.DataFrame:
    """Return the answers whose following days are over, one a customer, with what was bought after them."""
    last = data.as_of - timedelta(days=settings.after_days)
    found = data.query("satisfaction_after", tables=declared(settings), metric=metric.key, last_day=last,
                       first_day=last - timedelta(days=TAKEN_DAYS), horizon_days=settings.after_days)
    return found.assign(**{"class": classed(found["value"], metric), "again": found["days_after"] > 0})


def after(found: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return what customers of each class bought after their answer, in all and by how often they had bought.

    Returns
    -------
    pandas.DataFrame
        dimension (all, bought), level, class (low, middle, high), n, repeat_rate, low, high (Wilson), spent (mean net
        after the answer, minor units), spent_low, spent_high (Student).
    """
    import pandas as pd

    rows = []
    for dimension, parts in (("all", [("all", found)]), ("bought", list(found.groupby("bought", sort=True)))):
        for name, part in parts:
            for one in CLASSES:
                here = part[part["class"] == one]
                n, k = len(here), int(here["again"].sum())
                if not n:
                    continue
                spent = here["spent_after"].to_numpy(dtype=float)
                rows.append((dimension, str(name), one, n, k / n, *(wilson(k, n, level) or (None, None)),
                             float(spent.mean()), *(mean_interval(spent, np.ones(n), level) or (None, None))))
    return pd.DataFrame(rows, columns=list(AFTER)).astype(AFTER)


def gap(found: pd.DataFrame, level: float) -> Gap | None:
    """Return the standardised difference between the low and the high class; None where a group has only one of them.

    Direct standardisation over the groups of earlier purchases that hold both classes (Rothman, Greenland & Lash
    2008, Modern Epidemiology, chapter 15); groups without both are left out, and more than half of the low class
    must be left.
    """
    value = variance = weight = kept = 0.0
    lows = int((found["class"] == "low").sum())
    for _, part in found.groupby("bought", sort=True):
        low, high = (part[part["class"] == one]["again"] for one in ("low", "high"))
        if not len(low) or not len(high):
            continue
        share, other = 1 - low.mean(), 1 - high.mean()
        value += len(part) * (share - other)
        variance += len(part) ** 2 * (_spread(share, len(low)) + _spread(other, len(high)))
        weight, kept = weight + len(part), kept + len(low)
    if not weight or kept < lows / 2:
        return None
    half = z_value(level) * variance**0.5 / weight
    return Gap(value / weight, value / weight - half, value / weight + half)


def _spread(share: float, n: int) -> float:
    """Variance of a share, with one of each added so that few equal outcomes do not claim certainty (Agresti-Caffo)."""
    smooth = (share * n + 1) / (n + 2)
    return float(smooth * (1 - smooth) / (n + 2))
