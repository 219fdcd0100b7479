"""What did customers buy after they told how content they were, like compared with like?"""

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

ANSWER, CONTACT, TICKET = "answer", "contact", "ticket"
#: Moments are taken from so many days before the ones that are still too fresh.
TAKEN_DAYS = 365
#: Customers of a class without whom nothing is claimed: of all, and within a group.
FEWEST, FEWEST_IN_GROUP = 30, 10
CLASSES = ("low", "middle", "high")
#: What is held equal: how often and how lately a customer had bought when it happened.
ALIKE = ("bought", "recency")
#: Groups that differ as much by chance less often than this are told apart.
CHANCE = 0.05
AFTER = {"dimension": "str", "level": "str", "class": "str", "n": "int64", "repeat_rate": "float64", "low": "float64",
         "high": "float64", "spent": "float64", "spent_low": "float64", "spent_high": "float64"}
GAPS = {"dimension": "str", "level": "str", "n_low": "int64", "n_high": "int64", "value": "float64", "low": "float64",
        "high": "float64", "error": "float64"}


@dataclass(frozen=True)
class Gap:
    """How much more often the low class stayed away than the high one, among customers who bought alike before.

    Attributes
    ----------
    value, low, high : float
        Difference of the shares that did not buy again.
    error : float
        Standard error of ``value``.
    """

    value: float
    low: float
    high: float
    error: float


def classed(value: pd.Series, metric: Metric) -> pd.Series:
    """Return low, middle or high: detractors, passives, promoters of 0-10; the worst two, best two steps of others.

    Where the shop says itself from where on an answer is good (``good_from``), that holds.
    """
    import pandas as pd

    low, high = metric.scale
    own = metric.good if metric.better == "high" else low + high - metric.good
    good = 9 if metric.statistic == "nps" else own if metric.statistic == "top2" else high - 1
    bad = 6 if metric.statistic == "nps" else min(low + 1, good - 1)
    turned = value if metric.better == "high" else low + high - value
    return pd.Series(np.select([turned <= bad, turned >= good], ["low", "high"], "middle"), index=value.index,
                     dtype="str")


def followed(data: Dataset, settings: SatisfactionSettings, kind: str, metric: str = "") -> pd.DataFrame:
    """Return the moments of a kind whose following days are over, one a customer, with what was bought after them.

    Returns
    -------
    pandas.DataFrame
        customer_key, value, happened_on, bought, recency, spent_before, days_after, spent_after (see the statement
        ``satisfaction_after``), again (whether anything was bought after).
    """
    last = data.as_of - timedelta(days=settings.after_days)
    found = data.query("satisfaction_after", tables=declared(settings), kind=kind, metric=metric,
                       last_day=last, first_day=last - timedelta(days=TAKEN_DAYS), horizon_days=settings.after_days)
    return found.assign(again=found["days_after"] > 0)


def enough(found: pd.DataFrame, least: int = FEWEST) -> bool:
    """Whether both the low and the high class have so many customers that something can be said."""
    return min((int((found["class"] == one).sum()) for one in ("low", "high")), default=0) >= least


def after(found: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return what customers of each class bought after the moment, in all and by how they had bought before.

    Returns
    -------
    pandas.DataFrame
        dimension (all, bought), level, class (low, middle, high), n, repeat_rate, low, high (Wilson), spent
        (mean net after the moment, minor units), spent_low, spent_high (Student).
    """
    import pandas as pd

    groups = [("all", "all", found), *(("bought", str(one), part) for one, part in found.groupby("bought", sort=True))]
    rows = []
    for dimension, name, part in groups:
        for one in CLASSES:
            here = part[part["class"] == one]
            n, k = len(here), int(here["again"].sum())
            if not n:
                continue
            spent = here["spent_after"].to_numpy(dtype=float)
            rows.append((dimension, name, one, n, k / n, *(wilson(k, n, level) or (None, None)),
                         float(spent.mean()), *(mean_interval(spent, np.ones(n), level) or (None, None))))
    return pd.DataFrame(rows, columns=list(AFTER)).astype(AFTER)


def gap(found: pd.DataFrame, level: float) -> Gap | None:
    """Return the standardised difference between the low and the high class; None where too few can be compared.

    Direct standardisation over the groups of like earlier purchases that hold both classes (Rothman, Greenland & Lash
    2008, Modern Epidemiology, chapter 15); groups without both are left out, and at least half of each class must be
    left.
    """
    value = variance = weight = 0.0
    kept = dict.fromkeys(("low", "high"), 0)
    for _, part in found.groupby(list(ALIKE), sort=True):
        sides = {one: part.loc[part["class"] == one, "again"] for one in kept}
        if not all(len(side) for side in sides.values()):
            continue
        away, home = (1 - float(side.mean()) for side in sides.values())
        value += len(part) * (away - home)
        variance += len(part) ** 2 * (_spread(away, len(sides["low"])) + _spread(home, len(sides["high"])))
        weight += len(part)
        kept = {one: kept[one] + len(side) for one, side in sides.items()}
    if not weight or any(kept[one] * 2 < int((found["class"] == one).sum()) for one in kept):
        return None
    error = variance**0.5 / weight
    half = z_value(level) * error
    return Gap(value / weight, max(value / weight - half, -1.0), min(value / weight + half, 1.0), error)


def _spread(share: float, n: int) -> float:
    """Variance of a share, with one of each added so that few equal outcomes do not claim certainty (Agresti-Caffo)."""
    smooth = (share * n + 1) / (n + 2)
    return float(smooth * (1 - smooth) / (n + 2))


def gaps(found: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the difference in all, and within each group by how often customers had bought where it can be told.

    Returns
    -------
    pandas.DataFrame
        dimension (all, bought), level, n_low, n_high, value, low, high (share that stayed away, low class less high
        one), error.
    """
    import pandas as pd

    rows = []
    groups = [("all", "all", found, FEWEST), *(("bought", str(one), part, FEWEST_IN_GROUP)
                                               for one, part in found.groupby("bought", sort=True))]
    for dimension, name, part, least in groups:
        one = gap(part, level) if enough(part, least) else None
        if one is not None:
            rows.append((dimension, name, *(int((part["class"] == side).sum()) for side in ("low", "high")),
                         one.value, one.low, one.high, one.error))
    return pd.DataFrame(rows, columns=list(GAPS)).astype(GAPS)


def uneven(table: pd.DataFrame) -> bool:
    """Whether the differences within the groups differ more than by chance: Cochran's Q (1954, Biometrics 10:101)."""
    from scipy.stats import chi2

    groups = table[table["dimension"] != "all"]
    if len(groups) < 2:
        return False
    weight = 1 / groups["error"].to_numpy() ** 2
    value = groups["value"].to_numpy()
    spread = float((weight * (value - np.average(value, weights=weight)) ** 2).sum())
    return float(chi2.sf(spread, len(groups) - 1)) < CHANCE
