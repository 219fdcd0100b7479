"""How many contracts will still run? The shifted beta-geometric model for customers who say when they leave.

Fader & Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1), 76-90. Every
customer ends the contract at each renewal with a probability of their own; these follow a beta distribution, so the
retention rate of a cohort rises although nobody becomes more loyal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma

from crmlib.methods.prior import PRIOR, weak_prior

Vector = NDArray[np.float64]
_BOUND = 10.0


@dataclass(frozen=True)
class Contracts:
    """Fitted parameters of the beta distribution of leaving at a renewal."""

    alpha: float
    beta: float
    log_likelihood: float
    converged: bool

    def survival(self, periods: ArrayLike) -> Vector:
        """Return the share still there after so many renewals."""
        t = np.asarray(periods, dtype=float)
        return np.exp(betaln(self.alpha, self.beta + t) - betaln(self.alpha, self.beta))

    def retention(self, periods: ArrayLike) -> Vector:
        """Return the share of those there before the t-th renewal who stay beyond it, t = 1, 2, …."""
        t = np.asarray(periods, dtype=float)
        return (self.beta + t - 1) / (self.alpha + self.beta + t - 1)


def fit(periods: ArrayLike, ended: ArrayLike, count: ArrayLike | None = None, prior: float | None = PRIOR) -> Contracts:
    """Return the fit to contracts that ended at, or still ran after, a number of renewals.

    Parameters
    ----------
    periods : array_like of int
        For an ended contract the renewal it ended at (1 = the first); for a running one the renewals it has passed.
    ended : array_like of bool
    count : array_like, optional
        Contracts of each kind.
    """
    t, ended = np.asarray(periods, dtype=float), np.asarray(ended, dtype=bool)
    weight = np.ones(len(t)) if count is None else np.asarray(count, dtype=float)

    def cost(theta: Vector) -> tuple[float, Vector]:
        value, gradient = _log_likelihood(np.exp(theta), t, ended, weight)
        penalty, pull = weak_prior(theta, prior)
        whole = max(float(weight.sum()), 1.0)
        return (penalty - value) / whole, (pull - gradient * np.exp(theta)) / whole

    found = minimize(cost, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 2,
                     options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500})
    alpha, beta = (float(v) for v in np.exp(found.x))
    flat = bool(np.abs(found.jac).max() < 1e-5 and np.abs(found.x).max() < _BOUND)
    return Contracts(alpha, beta, _log_likelihood(np.array([alpha, beta]), t, ended, weight)[0], flat)


def _log_likelihood(parameters: Vector, t: Vector, ended: NDArray[np.bool_], weight: Vector) -> tuple[float, Vector]:
    alpha, beta = parameters
    first = np.where(ended, alpha + 1, alpha)
    second = np.where(ended, beta + t - 1, beta + t)
    value = betaln(first, second) - betaln(alpha, beta)
    shared = digamma(alpha + beta) - digamma(first + second)
    in_alpha = digamma(first) - digamma(alpha) + shared
    in_beta = digamma(second) - digamma(beta) + shared
    return float(weight @ value), np.array([weight @ in_alpha, weight @ in_beta])
