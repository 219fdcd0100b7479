"""What a fitted model says of customers: still there, purchases to come, any purchase at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, gammaln, hyp2f1

from crmlib.methods.btyd.histories import Histories, Vector
from crmlib.methods.btyd.likelihood import MBG, Parameters, ways

#: The expectation has a removable gap at a = 1; this far beside it the error is of the order of the distance.
_GAP = 1e-7


def alive(p: Parameters, h: Histories) -> Vector:
    """Return the probability that each customer has not left.

    By BG/NBD it is exactly 1 for everyone with a single purchase, which misleads: quote MBG/NBD's.
    """
    return ways(p, h).alive


def expected(p: Parameters, h: Histories, horizon: float) -> Vector:
    """Return the purchases to expect of each customer within a time after what was seen."""
    a = _beside_one(p.a)
    x, age, place = h.index.pairs
    more = 1.0 if p.model == MBG else 0.0
    odds = a + p.b + x + more - 1
    z = horizon / (p.alpha + age + horizon)
    ratio = np.exp((p.r + x) * (np.log(p.alpha + age) - np.log(p.alpha + age + horizon)))
    if_alive = np.maximum(odds / (a - 1) * (1 - ratio * hyp2f1(p.r + x, p.b + x + more, odds, z)), 0.0)
    return if_alive[place] * alive(p, h)


def expected_new(p: Parameters, times: ArrayLike) -> Vector:
    """Return the repeat purchases to expect of a new customer within each time after the first purchase."""
    t, a = np.asarray(times, dtype=float), _beside_one(p.a)
    more = 1.0 if p.model == MBG else 0.0
    first = p.b if p.model == MBG else a + p.b - 1
    ratio = np.exp(p.r * (np.log(p.alpha) - np.log(p.alpha + t)))
    return first / (a - 1) * (1 - ratio * hyp2f1(p.r, p.b + more, a + p.b + more - 1, t / (p.alpha + t)))


def probability_new(p: Parameters, purchases: ArrayLike, times: ArrayLike) -> Vector:
    """Return the probability that a new customer makes so many repeat purchases within each time after the first.

    Fader, Hardie & Lee (2005), equation 8: still there after all of them, or gone with the last, which came in time.
    By MBG/NBD the first purchase can be the last one too.
    """
    x, t = np.asarray(purchases, dtype=float), np.asarray(times, dtype=float)
    steps = x + (1.0 if p.model == MBG else 0.0)
    # As many by chance alone: negative binomial; at least as many: its upper tail, an incomplete beta function.
    exactly = np.exp(gammaln(p.r + x) - gammaln(p.r) - gammaln(x + 1)
                     + p.r * (np.log(p.alpha) - np.log(p.alpha + t)) + x * _log(t / (p.alpha + t)))
    in_time = np.where(x > 0, betainc(np.maximum(x, 1), p.r, t / (p.alpha + t)), 1.0)
    stayed = np.exp(betaln(p.a, p.b + steps) - betaln(p.a, p.b))
    left = np.where(steps > 0, np.exp(betaln(p.a + 1, p.b + np.maximum(steps, 1) - 1) - betaln(p.a, p.b)), 0.0)
    return stayed * exactly + left * in_time


def _log(share: Vector) -> Vector:
    """Logarithm of a share; a large negative number for 0, which no purchases at all multiply by 0."""
    return np.log(np.maximum(share, 1e-300))


def at_least_one(p: Parameters, h: Histories, horizon: float) -> Vector:
    """Return the probability that each customer buys at least once within a time after what was seen.

    A customer who is still there leaves only after a purchase, so the first purchase depends on the rate alone: its
    posterior is gamma with shape r + x and rate alpha + age.
    """
    x, age, place = h.index.pairs
    none = np.exp((p.r + x) * (np.log(p.alpha + age) - np.log(p.alpha + age + horizon)))
    return (1 - none)[place] * alive(p, h)


def _beside_one(a: float) -> float:
    return a if abs(a - 1) > _GAP else 1 + _GAP
