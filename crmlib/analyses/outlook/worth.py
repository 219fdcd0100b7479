"""What coming purchases are worth: spend per purchase, customer lifetime value, and what past cohorts brought."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from crmlib.dataset import months
from crmlib.methods.btyd import gamma_gamma

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted
    from crmlib.dataset import Dataset
    from crmlib.settings import OutlookSettings

#: Spend and frequency may not be much more alike than this for the spend model to hold.
ALIKE = 0.3
YEAR, STEPS = 365, 12


@dataclass(frozen=True)
class Worth:
    """Spend per purchase day and value of the next twelve months, per customer in minor units.

    Attributes
    ----------
    alike : float or None
        Rank correlation of repeat purchases and mean spend; the spend model takes it to be none.
    """

    spend: gamma_gamma.Spend
    per_purchase: np.ndarray
    clv: np.ndarray
    alike: float | None


def worth(fit: Fitted, who: Known, settings: OutlookSettings) -> Worth:
    """Return what the customers' purchases of the next twelve months are worth, discounted."""
    import numpy as np

    x = who.frame["x"].to_numpy(dtype=float)
    mean = who.frame["repeat_money"].to_numpy(dtype=float) / np.maximum(x, 1)
    spend = gamma_gamma.fit(x, mean, None if settings.prior == "none" else gamma_gamma.PRIOR)
    per_purchase = gamma_gamma.expected(spend, x, mean)
    edges = np.linspace(0, YEAR, STEPS + 1)
    total, before = np.zeros(len(x)), np.zeros(len(x))
    for start, end in pairwise(edges):
        by_then = fit.expected(who, float(end))
        total += (by_then - before) / (1 + settings.discount_rate) ** ((start + end) / 2 / YEAR)
        before = by_then
    margin = 1.0 if settings.margin is None else settings.margin
    return Worth(spend, per_purchase, total * per_purchase * margin, _alike(x, mean))


def _alike(x: np.ndarray, mean: np.ndarray) -> float | None:
    """Spearman's correlation among those with repeat purchases."""
    import numpy as np
    from scipy.stats import rankdata

    kept = (x > 0) & (mean > 0)
    if kept.sum() < 30 or len(np.unique(x[kept])) < 2 or len(np.unique(mean[kept])) < 2:
        return None
    return float(np.corrcoef(rankdata(x[kept]), rankdata(mean[kept]))[0, 1])


def cohort_ltv(data: Dataset) -> pd.DataFrame:
    """Return what each month's new customers have brought since, per head.

    Returns
    -------
    pandas.DataFrame
        cohort (month; the first holds everyone who bought before the data begin), age_months, customers, sales (minor
        units, cumulative), per_customer (minor units), partial (the month is not over).
    """
    import pandas as pd

    found = data.query("outlook_cohort_ltv")
    rows = []
    for cohort, part in found.groupby("cohort", sort=True):
        money, size, total = dict(zip(part["ym"], part["sales"], strict=True)), int(part["customers"].iloc[0]), 0
        month, age = str(cohort), 0
        while month <= data.month:
            total += int(money.get(month, 0))
            rows.append((cohort, age, size, total, round(total / size), month == data.month and data.period.partial))
            month, age = months.shift(month, 1), age + 1
    return pd.DataFrame(rows, columns=list(COHORT)).astype({"cohort": "str"})


COHORT = ("cohort", "age_months", "customers", "sales", "per_customer", "partial")
