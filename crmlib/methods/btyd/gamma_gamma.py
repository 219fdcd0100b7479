"""Spend per purchase: few purchases say little, so each customer's mean is drawn towards everyone's.

Fader & Hardie (2013), "The gamma-gamma model of monetary value", www.brucehardie.com/notes/025. It takes spend and
frequency to be independent: print their correlation beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from crmlib.methods.prior import PRIOR, weak_prior

Vector = NDArray[np.float64]
_BOUND = 12.0


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


def fit(x: ArrayLike, mean: ArrayLike, prior: float | None = PRIOR) -> Spend:
    """Return the fit to customers with at least one repeat purchase and positive mean spend; others are left out.

    Parameters
    ----------
    x : array_like
        Repeat purchases.
    mean : array_like
        Mean spend of these purchases.
    """
    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    kept = (x > 0) & (mean > 0)
    order = np.lexsort((mean[kept], x[kept]))
    x, mean = x[kept][order], mean[kept][order]
    scale = float(np.exp(np.log(mean).mean())) if len(mean) else 1.0
    z = mean / scale

    def cost(theta: Vector) -> tuple[float, Vector]:
        value, gradient = log_likelihood(np.exp(theta), x, z)
        penalty, pull = weak_prior(theta, prior)
        count = max(len(x), 1)
        return (penalty - value) / count, (pull - gradient * np.exp(theta)) / count

    found = minimize(cost, np.log([2.0, 2.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 3,
                     options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500})
    p, q, v = (float(one) for one in np.exp(found.x))
    flat = bool(np.abs(found.jac).max() < 1e-5 and np.abs(found.x).max() < _BOUND)
    value = log_likelihood(np.array([p, q, v * scale]), x, mean)[0]
    return Spend(p, q, v * scale, value, len(x), flat)


def log_likelihood(parameters: Vector, x: Vector, z: Vector) -> tuple[float, Vector]:
    """Return the log-likelihood of mean spends z of x purchases, and its gradient in p, q and v."""
    p, q, v = parameters
    purchases, place = np.unique(x, return_inverse=True)
    px, whole = p * purchases, p * purchases + q
    logs = np.log(v + x * z)
    by_x = (gammaln(whole) - gammaln(px))[place]
    value = by_x - gammaln(q) + q * np.log(v) + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * logs
    rising, own = digamma(whole)[place], digamma(px)[place]
    in_p = x * (rising - own + np.log(z) + np.log(x) - logs)
    in_q = rising - digamma(q) + np.log(v) - logs
    in_v = q / v - (p * x + q) / (v + x * z)
    return float(value.sum()), np.array([in_p.sum(), in_q.sum(), in_v.sum()])


def expected(spend: Spend, x: ArrayLike, mean: ArrayLike) -> Vector:
    """Return the spend per purchase to expect of each customer; everyone's mean for those without a repeat."""
    x, mean = np.asarray(x, dtype=float), np.asarray(mean, dtype=float)
    # Where a heavy tail leaves the population without a mean, the smallest q that has one stands in.
    q = max(spend.q, 1.05)
    total = np.where(x > 0, x * np.where(mean > 0, mean, 0.0), 0.0)
    return (spend.v + total) * spend.p / (spend.p * np.where(total > 0, x, 0.0) + q - 1)
