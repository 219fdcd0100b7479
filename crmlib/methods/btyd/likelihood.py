"""The log-likelihood of both models with its gradient, in logarithms throughout so that nothing overflows.

Both have the form G + ln(still · (α+T)^-(r+x) + left · (α+t_x)^-(r+x)): the customer was still there at the end, or
left with the last purchase. They differ in the two weights and in one gamma function.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from crmlib.methods.btyd.histories import Histories, Vector

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
    """The two ways a history can have come about: logarithms of both terms, and the share of the first."""

    still: Vector
    left: Vector

    @property
    def total(self) -> Vector:
        """Logarithm of the sum."""
        return np.logaddexp(self.still, self.left)

    @property
    def alive(self) -> Vector:
        """Probability of having been there at the end."""
        return np.exp(self.still - self.total)


def ways(p: Parameters, h: Histories) -> Ways:
    """Return both ways for each history."""
    power = p.r + h.x
    still = -power * np.log(p.alpha + h.age)
    left = np.log(p.a) - power * np.log(p.alpha + h.t_x)
    if p.model == MBG:
        return Ways(still + np.log(p.b + h.x), left)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(h.x > 0, left - np.log(p.b + h.x - 1), -np.inf)
    return Ways(still, left)


def log_likelihood(p: Parameters, h: Histories) -> tuple[float, Vector]:
    """Return the log-likelihood and its gradient in r, alpha, a and b."""
    way, extra = ways(p, h), 1.0 if p.model == MBG else 0.0
    whole = p.a + p.b + h.x + extra
    common = (gammaln(p.r + h.x) - gammaln(p.r) + p.r * np.log(p.alpha) + gammaln(p.a + p.b) + gammaln(p.b + h.x)
              - gammaln(p.b) - gammaln(whole))
    return float(h.weight @ (common + way.total)), _gradient(p, h, way, whole)


def _gradient(p: Parameters, h: Histories, way: Ways, whole: Vector) -> Vector:
    alive = way.alive
    left = 1.0 - alive
    power = p.r + h.x
    shared = digamma(p.a + p.b) - digamma(whole)
    in_r = (digamma(power) - digamma(p.r) + np.log(p.alpha)
            - alive * np.log(p.alpha + h.age) - left * np.log(p.alpha + h.t_x))
    in_alpha = p.r / p.alpha - power * (alive / (p.alpha + h.age) + left / (p.alpha + h.t_x))
    in_a = shared + left / p.a
    in_b = shared + digamma(p.b + h.x) - digamma(p.b)
    if p.model == MBG:
        in_b = in_b + alive / (p.b + h.x)
    else:
        in_b = in_b - np.where(h.x > 0, left / np.where(h.x > 0, p.b + h.x - 1, 1.0), 0.0)
    return np.array([float(h.weight @ part) for part in (in_r, in_alpha, in_a, in_b)])
