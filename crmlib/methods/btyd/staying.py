"""Do the records tell that anybody leaves? The models of leaving, held against one in which nobody ever does.

Without leaving, each customer buys at a rate of their own for ever and rates differ as a gamma: the negative binomial
of Ehrenberg (1959), Applied Statistics 8:26-41. BG/NBD and MBG/NBD come to it where the chance of leaving goes to 0.
Two more parameters must pay for themselves, by the criterion of Schwarz (1978), Annals of Statistics 6:461-464; the
quantiles of a plain likelihood ratio do not hold here, as the chance of leaving lies at the end of its range (Self &
Liang 1987, Journal of the American Statistical Association 82:605-610).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from crmlib.methods.btyd.fitting import Fit
from crmlib.methods.btyd.histories import Histories, Vector, dot
from crmlib.methods.btyd.search import lowest, polished
from crmlib.methods.prior import PRIOR, weak_prior

#: Parameters of leaving: a and b.
MORE = 2


@dataclass(frozen=True)
class Leaving:
    """How much better the records fit a model in which customers leave.

    Attributes
    ----------
    gain : float
        Twice the log-likelihood above that of a model without leaving.
    needed : float
        What two more parameters cost: 2 · ln(customers).
    """

    gain: float
    needed: float

    @property
    def told(self) -> bool:
        """Whether the records tell that customers leave."""
        return self.gain > self.needed


def leaving(found: Fit, histories: Histories, prior: float | None = PRIOR) -> Leaving:
    """Return whether a fitted model of leaving explains the histories better than one in which nobody leaves."""
    count = max(float(histories.weight.sum()), 1.0)
    return Leaving(2 * (found.log_likelihood - staying(histories, prior)[2]), MORE * float(np.log(count)))


def staying(histories: Histories, prior: float | None = PRIOR) -> tuple[float, float, float]:
    """Return r, alpha and the log-likelihood (without the prior) of the fit in which nobody leaves."""
    x, age, place = histories.index.pairs
    weight = np.bincount(place, histories.weight, len(x)).astype(float)
    count = max(float(weight.sum()), 1.0)
    scale = np.array([1.0, dot(weight, age) / count or 1.0])

    def cost(theta: Vector) -> tuple[float, Vector]:
        at = np.exp(theta) * scale
        value, gradient = log_likelihood_staying(at, x, age, weight)
        penalty, pull = weak_prior(theta, prior)
        return (penalty - value) / count, (pull - gradient * at) / count

    theta, _ = polished(cost, lowest(cost, [np.zeros(2)]))
    r, alpha = (float(one) for one in np.exp(theta) * scale)
    return r, alpha, log_likelihood_staying(np.array([r, alpha]), x, age, weight)[0]


def log_likelihood_staying(parameters: Vector, x: Vector, age: Vector, weight: Vector) -> tuple[float, Vector]:
    """Return the log-likelihood of the times of x purchases within an age, nobody leaving, and its gradient."""
    r, alpha = parameters
    logs, n = np.log(alpha + age), float(weight.sum())
    value = (dot(weight, gammaln(r + x)) + n * (r * np.log(alpha) - gammaln(r)) - dot(weight, (r + x) * logs))
    in_r = dot(weight, digamma(r + x)) + n * (np.log(alpha) - digamma(r)) - dot(weight, logs)
    return float(value), np.array([in_r, n * r / alpha - dot(weight, (r + x) / (alpha + age))])
