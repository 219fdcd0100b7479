"""What a crowd that chose itself is worth: the reviews beside the survey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.analyses.satisfaction.crowd.people import People
from crmlib.methods.intervals import wilson
from crmlib.methods.surveys.balance import meng

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Stars up to which a review is harsh.
HARSH = 2


@dataclass(frozen=True)
class Reviews:
    """The reviews of the same months.

    Attributes
    ----------
    n : int
    share, low, high : float
        Share of one or two stars, with its Wilson interval (of the reviews, not of the customers).
    effective : float or None
        Size of a random sample as far off as the reviews are, where the survey gives something to measure by.
    """

    n: int
    share: float
    low: float
    high: float
    effective: float | None


def reviewed(data: Dataset, people: People, estimated: pd.DataFrame, level: float) -> Reviews | None:
    """Return how harsh the reviews are, and what they are worth; None without reviews in these months.

    Reviews are never mixed with the survey: who writes one chose to, and weights by age or rank cannot mend that (Hu,
    Pavlou & Zhang 2009, Communications of the ACM 52:144-147).
    """
    if not data.has("reviews.rating"):
        return None
    found = data.query("satisfaction_reviews", first_month=people.first_month)
    n = int(found["reviews"].sum())
    if not n:
        return None
    k = int(found.loc[found["rating"] <= HARSH, "reviews"].sum())
    low, high = wilson(k, n, level) or (0.0, 1.0)
    part = estimated[(estimated["measure"] == "harsh") & estimated["method"].isin(["raked", "propensity"])]
    worth = None
    if len(part):
        share = min(max(float(part["value"].iloc[0]), 0.0), 1.0)
        known = meng(k / n, share, (share * (1 - share)) ** 0.5, min(n, people.everyone - 1), people.everyone)
        worth = None if known is None else known.effective
    return Reviews(n, k / n, low, high, worth)
