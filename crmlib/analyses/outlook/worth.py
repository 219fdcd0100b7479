"""What coming purchases are worth: spend per purchase, customer lifetime value, and which segments hold it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from crmlib.methods import btyd
from crmlib.methods.btyd import gamma_gamma
from crmlib.methods.prior import PRIOR

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
    coming : numpy.ndarray
        Purchase days of the next twelve months, each discounted from its day to today.
    clv : numpy.ndarray
        Their value: times spend per purchase, times the margin where one is set.
    alike : float or None
        Rank correlation of repeat purchases and mean spend; the spend model takes it to be none.
    """

    spend: gamma_gamma.Spend
    per_purchase: np.ndarray
    coming: np.ndarray
    clv: np.ndarray
    alike: float | None


def worth(fit: Fitted, who: Known, settings: OutlookSettings) -> Worth:
    """Return what the customers' purchases of the next twelve months are worth, discounted."""
    x, mean = who.frame["x"].to_numpy(dtype=float), who.mean
    spend = gamma_gamma.fit(x, mean, None if settings.prior == "none" else PRIOR)
    per_purchase = gamma_gamma.expected(spend, x, mean)
    coming = discounted(fit.parameters, who.rows, settings.discount_rate)[who.place]
    return Worth(spend, per_purchase, coming, coming * per_purchase * margin(settings), _alike(x, mean))


def discounted(p: btyd.Parameters, rows: btyd.Histories, rate: float) -> np.ndarray:
    """Return the purchases of the next twelve months by history, each counted as money of its day is worth today."""
    import numpy as np

    total, before = np.zeros(len(rows)), np.zeros(len(rows))
    for start, end in pairwise(np.linspace(0, YEAR, STEPS + 1)):
        by_then = btyd.expected(p, rows, float(end))
        total += (by_then - before) / (1 + rate) ** ((start + end) / 2 / YEAR)
        before = by_then
    return total


def margin(settings: OutlookSettings) -> float:
    """Return what is left of sales: the gross margin where one is set, else all."""
    return 1.0 if settings.margin is None else settings.margin


def _alike(x: np.ndarray, mean: np.ndarray) -> float | None:
    """Spearman's correlation among those with repeat purchases."""
    import numpy as np
    from scipy.stats import rankdata

    kept = (x > 0) & (mean > 0)
    if kept.sum() < 30 or len(np.unique(x[kept])) < 2 or len(np.unique(mean[kept])) < 2:
        return None
    return float(np.corrcoef(rankdata(x[kept]), rankdata(mean[kept]))[0, 1])


def segments_of(data: Dataset, who: Known) -> pd.Series:
    """Return the RFM segment of each customer, in the order of ``who.frame``."""
    stored = data.shared("customer_segment")
    found = data.sql(f"SELECT customer_key, rfm_segment FROM {stored} ORDER BY customer_key")
    return who.frame[["customer_key"]].merge(found, on="customer_key", how="left")["rfm_segment"]
