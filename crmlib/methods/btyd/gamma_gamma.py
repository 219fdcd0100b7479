"""Spend per purchase: few purchases say little, so each customer's mean is drawn towards everyone's.

Fader & Hardie (2013), "The gamma-gamma model of monetary value", www.brucehardie.com/notes/025. It takes spend and
frequency to be independent: print their correlation beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from crmlib.methods.btyd.histories import Vector, dot
from crmlib.methods.btyd.search import lowest, polished
from crmlib.methods.prior import PRIOR, weak_prior


@dataclass(frozen=True)
class Spend:
    """Fitted parameters; v in units of money."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    converged: bool

    @property
    def mean(self) -> float | None:
        """Mean spend per purchase over all customers; None where it has none (q ≤ 1)."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else None


def fit(x: ArrayLike, mean: ArrayLike, prior: float | None = PRIOR, weight: ArrayLike | None = None,
        start: Spend | None = None) -> Spend:
    """Return the fit to customers with at least one repeat purchase and positive mean spend; others are left out.

    Parameters
    ----------
    x : array_like
        Repeat purchases.
    mean : array_like
        Mean spend of these purchases.
    weight : array_like, optional
        Customers of each.
    start : Spend, optional
        Where to begin the search, when a close fit is known.
    """
    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    weights = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=float)
    kept = (x > 0) & (mean > 0) & (weights > 0)
    order = np.lexsort((weights[kept], mean[kept], x[kept]))
    x, mean, weights = x[kept][order], mean[kept][order], weights[kept][order]
    count = max(float(weights.sum()), 1.0)
    scales = np.array([1.0, 1.0, np.exp(dot(weights, np.log(mean)) / count)])
    sums = _sums(x, mean, weights)

    def cost(theta: Vector) -> tuple[float, Vector]:
        at = np.exp(theta) * scales
        value, gradient = _log_likelihood(at, sums)
        penalty, pull = weak_prior(theta, prior)
        return (penalty - value) / count, (pull - gradient * at) / count

    begin = np.log([2.0, 2.0, 1.0] if start is None else np.array([start.p, start.q, start.v]) / scales)
    theta, flat = polished(cost, lowest(cost, [begin]))
    p, q, v = (float(one) for one in np.exp(theta) * scales)
    return Spend(p, q, v, _log_likelihood(np.array([p, q, v]), sums)[0], round(count), flat)


@dataclass(frozen=True)
class Sums:
    """What the likelihood needs of the spends: each one's purchases and total, and sums that no parameter changes."""

    x: Vector
    total: Vector
    weight: Vector
    purchases: Vector
    customers: Vector
    log_z: float
    x_log_total: float


def _sums(x: Vector, z: Vector, weight: Vector) -> Sums:
    purchases, place = np.unique(x, return_inverse=True)
    customers = np.bincount(place, weight, len(purchases)).astype(float)
    return Sums(x, x * z, weight, purchases, customers, dot(weight, np.log(z)), dot(weight * x, np.log(x * z)))


def log_likelihood(parameters: Vector, x: Vector, z: Vector) -> tuple[float, Vector]:
    """Return the log-likelihood of mean spends z of x purchases, and its gradient in p, q and v."""
    return _log_likelihood(parameters, _sums(x, z, np.ones(len(x))))


def _log_likelihood(parameters: Vector, s: Sums) -> tuple[float, Vector]:
    p, q, v = parameters
    n, whole, log_v = s.customers.sum(), p * s.purchases + q, np.log(v)
    logs = s.weight * np.log(v + s.total)
    all_logs, weighted = logs.sum(), dot(s.x, logs)
    value = (dot(s.customers, gammaln(whole) - gammaln(p * s.purchases)) + n * (q * log_v - gammaln(q))
             + p * s.x_log_total - s.log_z - p * weighted - q * all_logs)
    rising = digamma(whole)
    in_p = dot(s.customers * s.purchases, rising - digamma(p * s.purchases)) + s.x_log_total - weighted
    in_q = dot(s.customers, rising) + n * (log_v - digamma(q)) - all_logs
    in_v = n * q / v - dot(s.weight, (p * s.x + q) / (v + s.total))
    return float(value), np.array([in_p, in_q, in_v])


def expected(spend: Spend, x: ArrayLike, mean: ArrayLike) -> Vector:
    """Return the spend per purchase to expect of each customer; everyone's mean for those without a repeat."""
    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    # Where a heavy tail leaves the population without a mean, the smallest q that has one stands in.
    q = max(spend.q, 1.05)
    total = np.where(x > 0, x * np.where(mean > 0, mean, 0.0), 0.0)
    return (spend.v + total) * spend.p / (spend.p * np.where(total > 0, x, 0.0) + q - 1)
