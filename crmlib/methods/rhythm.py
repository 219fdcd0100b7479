"""When will somebody buy next, who buys by a rhythm of their own? Log-normal gaps, shrunk to those of their kind.

A customer's gaps between purchases are taken as log-normal: with a mean of their own, and around it a spread. Few gaps
say little of either, so both are drawn towards the group's, the more so the fewer there are (empirical Bayes: Efron &
Morris 1973, Journal of the American Statistical Association 68:117-130; the variance between customers by moments as in
DerSimonian & Laird 1986, Controlled Clinical Trials 7:177-188). The next gap is longer than what has passed already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Vector = NDArray[np.float64]
Days = NDArray[np.datetime64]
#: As many gaps as the group's spread is worth beside a customer's own.
SPREAD_WORTH = 4.0
#: Thousandths in which the engine adds up logarithms.
UNIT = 1000.0
LEAST_SPREAD = 0.05
#: Who has waited longer than this share of such gaps last has no rhythm left that could tell the next one.
BROKEN = 0.95


@dataclass(frozen=True)
class Group:
    """What customers of one kind have in common, on the scale of ln(days).

    Attributes
    ----------
    mean : float
        Mean of the customers' means.
    between, within : float
        Variance of customers around it, and of a customer's gaps around their own mean.
    """

    mean: float
    between: float
    within: float


def group(gaps: Vector, log_sum: Vector, log_squares: Vector) -> Group:
    """Return what customers have in common, from each one's number of gaps, sum of ln(gap) and sum of its squares."""
    mean, scatter = log_sum / gaps, log_squares - log_sum**2 / gaps
    freedom = float((gaps - 1).sum())
    within = max(float(scatter.sum()) / freedom if freedom else 0.0, LEAST_SPREAD**2)
    # Weights follow the number of gaps: with one variance within, that is what each mean is known by.
    whole = float(gaps.sum())
    middle = float((gaps * mean).sum()) / whole
    heterogeneity = float((gaps * (mean - middle) ** 2).sum())
    room = whole - float((gaps**2).sum()) / whole
    between = (heterogeneity - (len(gaps) - 1) * within) / room if room > 0 else 0.0
    return Group(_centre(mean, gaps, within, max(between, 0.0)), max(between, 0.0), within)


def _centre(mean: Vector, gaps: Vector, within: float, between: float) -> float:
    weight = 1 / (within / gaps + between)
    return float((weight * mean).sum() / weight.sum())


def shrunk(known: Group, gaps: Vector, log_sum: Vector, log_squares: Vector) -> tuple[Vector, Vector]:
    """Return mean and standard deviation of ln(next gap) of each customer, before it is known how long they wait."""
    own = known.within / gaps
    weight = known.between / (known.between + own)
    mean = weight * log_sum / gaps + (1 - weight) * known.mean
    scatter = np.maximum(log_squares - log_sum**2 / gaps, 0.0)
    variance = (SPREAD_WORTH * known.within + scatter) / (SPREAD_WORTH + gaps - 1)
    return mean, np.sqrt(variance + weight * own)


def waited_share(mean: Vector, deviation: Vector, waited: Vector) -> Vector:
    """Return the share of such gaps that would be over by now, ``waited`` days after the last purchase."""
    from scipy.special import ndtr

    return np.asarray(ndtr((np.log(np.maximum(waited, 0.5)) - mean) / deviation), dtype=float)


def window(mean: Vector, deviation: Vector, waited: Vector, share: float) -> tuple[Vector, Vector]:
    """Return from and to how many days after the last purchase the next one lies, with the probability ``share``.

    The middle of the distribution of the gap, given that it is longer than ``waited`` days; whole days.
    """
    from scipy.special import ndtri

    over = waited_share(mean, deviation, waited)
    ends = (over + (0.5 + side * share / 2) * (1 - over) for side in (-1, 1))
    early, late = (np.exp(mean + deviation * ndtri(end)) for end in ends)
    return np.maximum(np.floor(early), np.ceil(waited)), np.ceil(late)


@dataclass(frozen=True)
class Due:
    """When each customer of one kind is expected again.

    Attributes
    ----------
    mean, deviation : numpy.ndarray
        Of ln(next gap in days).
    spread : numpy.ndarray
        Of the logarithms of the customer's own gaps.
    broken : numpy.ndarray
        Whether they have waited too long for their rhythm to tell the next purchase.
    first, last : numpy.ndarray
        Days between which the next purchase lies, both included; not a time where broken.
    """

    mean: Vector
    deviation: Vector
    spread: Vector
    broken: NDArray[np.bool_]
    first: Days
    last: Days


def due(rows: pd.DataFrame, share: float) -> Due:
    """Return when customers who know each other's rhythm are due.

    Parameters
    ----------
    rows : pandas.DataFrame
        gaps, log_sum, log_squares (of ln(gap), in thousandths and their squares), last_on (day of the last purchase),
        recency_days (from it to the morning seen from).
    share : float
        Probability that the next purchase lies in the window, if the customer keeps the rhythm.
    """
    gaps, sums, squares, waited = (rows[name].to_numpy(dtype=float) / unit for name, unit in (
        ("gaps", 1.0), ("log_sum", UNIT), ("log_squares", UNIT**2), ("recency_days", 1.0)))
    mean, deviation = shrunk(group(gaps, sums, squares), gaps, sums, squares)
    # Nobody has bought on the morning seen from: the gap is longer than up to the day before it.
    passed = waited - 0.5
    broken = waited_share(mean, deviation, passed) > BROKEN
    last, never = rows["last_on"].to_numpy().astype("datetime64[D]"), np.datetime64("NaT", "D")
    first, late = (np.where(broken, never, last + np.where(broken, 0, end).astype("int64")).astype("datetime64[us]")
                   for end in window(mean, deviation, passed, share))
    spread = np.sqrt(np.maximum(squares / gaps - (sums / gaps) ** 2, 0.0))
    return Due(mean, deviation, spread, broken, first, late)
