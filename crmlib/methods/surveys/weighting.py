"""Weights that make those who answered look like all customers, with the reason where they should not be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmlib.methods.intervals import kish

Vector = NDArray[np.float64]
Codes = NDArray[np.int64]
TOLERANCE, MOST_ROUNDS = 1e-10, 200
#: A single answer that speaks for more than so many average ones is told.
HEAVY = 5.0
#: Beyond these, weighting is refused: a single answer would speak for too many, or most answers would be lost.
LARGEST, LEAST_EFFECTIVE = 10.0, 0.3


@dataclass(frozen=True)
class Weights:
    """Weights of the answers.

    Attributes
    ----------
    weight : numpy.ndarray
        One an answer; they add up to the size of the population.
    rounds : int
        Rounds of raking; 0 for other methods.
    """

    weight: Vector
    rounds: int = 0

    @property
    def effective(self) -> float:
        """Kish's effective number of answers."""
        return kish(self.weight)

    @property
    def design_effect(self) -> float:
        """Return n · Σw² ÷ (Σw)²: how many times more answers an unweighted survey would have saved."""
        return len(self.weight) / self.effective if self.effective else float("nan")

    @property
    def largest(self) -> float:
        """The largest weight in units of the mean one."""
        return float(self.weight.max() / self.weight.mean())


@dataclass(frozen=True)
class Refused:
    """Why no weights are given.

    Attributes
    ----------
    reason : str
        ``empty_group`` (customers of a kind of whom nobody answered), ``too_large``, ``too_few_effective`` or
        ``no_convergence``.
    margin, level : int or None
        Position of the attribute and of the level, where it is about one.
    value : float or None
        The number that was too large or too small.
    """

    reason: str
    margin: int | None = None
    level: int | None = None
    value: float | None = None


def post_stratified(cells: ArrayLike, population: ArrayLike) -> Weights | Refused:
    """Return population ÷ answers of each answer's cell; Holt & Smith (1979), JRSS A 142:33-46.

    Parameters
    ----------
    cells : array_like of int
        Cell of each answer, from 0.
    population : array_like
        Customers in each cell.
    """
    cells, target = np.asarray(cells, dtype=np.int64), np.asarray(population, dtype=float)
    answered = np.bincount(cells, minlength=len(target)).astype(float)
    empty = np.flatnonzero((answered == 0) & (target > 0))
    if len(empty):
        return Refused("empty_group", 0, int(empty[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(answered > 0, target / answered, 0.0)
    return sound(Weights(each[cells]))


def raked(codes: Sequence[ArrayLike], margins: Sequence[ArrayLike],
          start: ArrayLike | None = None) -> Weights | Refused:
    """Return weights whose sums meet every margin; Deming & Stephan (1940), Annals of Mathematical Statistics 11.

    Parameters
    ----------
    codes : sequence of array_like of int
        For each margin the level of each answer, from 0.
    margins : sequence of array_like
        For each margin the customers of each level; every margin adds up to the same number.
    start : array_like, optional
        Weights to begin from, for a survey that was drawn with unequal chances.

    Notes
    -----
    Answers of equal levels move together, so the rounds work on cells; a million answers cost as much as a hundred.
    """
    levels = [np.asarray(code, dtype=np.int64) for code in codes]
    targets = [np.asarray(margin, dtype=float) for margin in margins]
    base = np.ones(len(levels[0])) if start is None else np.asarray(start, dtype=float)
    for place, (code, target) in enumerate(zip(levels, targets, strict=True)):
        held = np.bincount(code, weights=base, minlength=len(target))
        empty = np.flatnonzero((held == 0) & (target > 0))
        if len(empty):
            return Refused("empty_group", place, int(empty[0]))
    shape = tuple(len(target) for target in targets)
    cells, place_of = np.unique(np.ravel_multi_index(levels, shape), return_inverse=True)
    first = np.bincount(place_of, weights=base).astype(float)
    found, rounds = _rounds(first, np.unravel_index(cells, shape), targets)
    if rounds > MOST_ROUNDS:
        return Refused("no_convergence", value=float(rounds - 1))
    return sound(Weights(base * (found / first)[place_of], rounds))


def _rounds(first: Vector, codes: Sequence[Codes], targets: Sequence[Vector]) -> tuple[Vector, int]:
    weight = first.copy()
    for done in range(1, MOST_ROUNDS + 1):
        furthest = 0.0
        for code, target in zip(codes, targets, strict=True):
            held = np.bincount(code, weights=weight, minlength=len(target))
            factor = np.divide(target, held, out=np.zeros(len(target)), where=held > 0)
            furthest = max(furthest, float(np.abs(factor[held > 0] - 1).max(initial=0.0)))
            weight = weight * factor[code]
        if furthest < TOLERANCE:
            return weight, done
    return weight, MOST_ROUNDS + 1


def by_propensity(design: ArrayLike, answered: ArrayLike,
                  counts: ArrayLike | None = None) -> tuple[Weights | Refused, Vector]:
    """Return weights 1 ÷ chance to answer, and the chance of every row of customers.

    Little (1986), International Statistical Review 54:139-157.

    Parameters
    ----------
    design : array_like
        One row a customer (or a kind of customer), one column a feature on a comparable scale.
    answered : array_like of bool
        Which rows answered; the weights are theirs, in order, one a customer.
    counts : array_like of int, optional
        Customers a row stands for.
    """
    from sklearn.linear_model import LogisticRegression

    design, came = np.asarray(design, dtype=float), np.asarray(answered, dtype=bool)
    size = np.ones(len(came)) if counts is None else np.asarray(counts, dtype=float)
    if came.all() or not came.any():
        return Refused("empty_group"), came.astype(float)
    fit = LogisticRegression(C=1e4, max_iter=500, tol=1e-8).fit(design, came, sample_weight=size)
    chance = np.asarray(fit.predict_proba(design)[:, 1], dtype=float)
    weight = np.repeat(1 / chance[came], size[came].astype(int))
    return sound(Weights(weight * (size.sum() / weight.sum()))), chance


def sound(found: Weights) -> Weights | Refused:
    """Return the weights, or why they are not to be used."""
    if found.largest > LARGEST:
        return Refused("too_large", value=found.largest)
    share = found.effective / len(found.weight)
    return Refused("too_few_effective", value=share) if share < LEAST_EFFECTIVE else found


@dataclass(frozen=True)
class Estimate:
    """A weighted mean with its standard error and what the weights cost.

    Attributes
    ----------
    value, error : float
    effective, design_effect : float
        Kish (1965), Survey Sampling, section 11.7.
    """

    value: float
    error: float
    effective: float
    design_effect: float


def weighted_mean(values: ArrayLike, weights: ArrayLike, calibrated: Sequence[ArrayLike] = ()) -> Estimate:
    """Return the weighted mean with its linearised standard error.

    Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, sections 5.7 and 6.6: √(n ÷ (n - 1) · Σ(w·e)²) ÷
    Σw, where e is what the weighted mean leaves, or what the attributes leave on which the weights were calibrated.

    Parameters
    ----------
    calibrated : sequence of array_like of int
        Levels of each answer in the margins the weights meet (post-stratification: the cell).
    """
    x, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    n, whole = len(x), float(w.sum())
    mean = float((w * x).sum() / whole)
    rest = _residuals(x, w, calibrated) if calibrated else x - mean
    error = float(np.sqrt(n / (n - 1) * ((w * rest) ** 2).sum()) / whole) if n > 1 else float("nan")
    effective = kish(w)
    return Estimate(mean, error, effective, n / effective)


def _residuals(x: Vector, w: Vector, calibrated: Sequence[ArrayLike]) -> Vector:
    """Return what a weighted regression on the levels leaves, solved on the cells that occur."""
    levels = [np.asarray(code, dtype=np.int64) for code in calibrated]
    shape = tuple(int(code.max()) + 1 for code in levels)
    cells, place = np.unique(np.ravel_multi_index(levels, shape), return_inverse=True)
    held, sums = np.bincount(place, weights=w), np.bincount(place, weights=w * x)
    columns = [np.ones(len(cells))]
    for code, size in zip(np.unravel_index(cells, shape), shape, strict=True):
        columns += [(code == level).astype(float) for level in range(1, size)]
    design, root = np.column_stack(columns), np.sqrt(held)
    mean = np.divide(sums, held, out=np.zeros(len(held)), where=held > 0)
    slopes = np.linalg.lstsq(design * root[:, None], mean * root, rcond=None)[0]
    return x - (design @ slopes)[place]
