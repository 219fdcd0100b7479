"""The log-likelihood of both models with its gradient, in logarithms throughout so that nothing overflows.

Both have the form G + ln(still · (α+T)^-(r+x) + left · (α+t_x)^-(r+x)): the customer was still there at the end, or
left with the last purchase. They differ in the two weights and in one gamma function.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, expit, gammaln

from crmlib.methods.btyd.histories import Histories, Vector, dot

BG, MBG = "bg", "mbg"


@dataclass(frozen=True)
class Parameters:
    """Of the gamma of purchase rates (r, alpha in units of time) and of the beta of leaving (a, b)."""

    model: str
    r: float
    alpha: float
    a: float
    b: float

    @property
    def vector(self) -> Vector:
        """The four numbers."""
        return np.array([self.r, self.alpha, self.a, self.b])


@dataclass(frozen=True)
class Ways:
    """The two ways a history can have come about, in the logarithms both are made of.

    Attributes
    ----------
    odds : numpy.ndarray
        Logarithm of the odds of having left with the last purchase.
    log_age, gap : numpy.ndarray
        ln(α+T), and how far it is above ln(α+t_x).
    """

    odds: Vector
    log_age: Vector
    gap: Vector

    @property
    def alive(self) -> Vector:
        """Probability of having been there at the end."""
        return expit(-self.odds)


def ways(p: Parameters, h: Histories) -> Ways:
    """Return both ways for each history."""
    (xs, x_at), (ts, t_at), (ages, age_at) = h.index.x, h.index.t_x, h.index.age
    with np.errstate(divide="ignore"):
        # By BG/NBD nobody leaves before the first repeat purchase: odds of 0, whose logarithm is -inf.
        weight = np.log(p.b + xs) if p.model == MBG else np.log(np.where(xs > 0, p.b + xs - 1, np.inf))
    log_age = np.log(p.alpha + ages)[age_at]
    gap = log_age - np.log(p.alpha + ts)[t_at]
    return Ways((np.log(p.a) - weight)[x_at] + (p.r + h.x) * gap, log_age, gap)


def log_likelihood(p: Parameters, h: Histories) -> tuple[float, Vector]:
    """Return the log-likelihood and its gradient in r, alpha, a and b."""
    way, mbg = ways(p, h), p.model == MBG
    xs, n = h.index.x[0], h.index.customers
    whole = p.a + p.b + xs + (1.0 if mbg else 0.0)
    by_x = gammaln(p.r + xs) + gammaln(p.b + xs) - gammaln(whole) + (np.log(p.b + xs) if mbg else 0.0)
    alike = p.r * np.log(p.alpha) - gammaln(p.r) + gammaln(p.a + p.b) - gammaln(p.b)
    either = np.maximum(way.odds, 0.0) + np.log1p(np.exp(-np.abs(way.odds)))
    value = float(n.sum() * alike) + dot(n, by_x) + dot(h.weight, either - (p.r + h.x) * way.log_age)
    return value, _gradient(p, h, way, whole)


def _gradient(p: Parameters, h: Histories, way: Ways, whole: Vector) -> Vector:
    (xs, x_at), (ts, t_at), (ages, age_at) = h.index.x, h.index.t_x, h.index.age
    n, left = h.index.customers, h.weight * expit(way.odds)
    total, left_by_x = n.sum(), np.bincount(x_at, weights=left, minlength=len(xs))
    at_end = (1 / (p.alpha + ages))[age_at]
    at_last = (1 / (p.alpha + ts))[t_at]
    in_r = (total * (np.log(p.alpha) - digamma(p.r)) + dot(n, digamma(p.r + xs)) - dot(h.weight, way.log_age)
            + dot(left, way.gap))
    in_alpha = total * p.r / p.alpha - dot(p.r + h.x, h.weight * at_end + left * (at_last - at_end))
    shared = total * digamma(p.a + p.b) - dot(n, digamma(whole))
    in_b = shared - total * digamma(p.b) + dot(n, digamma(p.b + xs))
    if p.model == MBG:
        in_b += float(((n - left_by_x) / (p.b + xs)).sum())
    else:
        in_b -= float(np.where(xs > 0, left_by_x / np.where(xs > 0, p.b + xs - 1, 1.0), 0.0).sum())
    return np.array([in_r, in_alpha, shared + left.sum() / p.a, in_b])
