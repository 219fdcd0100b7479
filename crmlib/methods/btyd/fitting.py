"""Fit by the largest posterior: a weak prior keeps shops without any churn from running away to infinity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.methods.btyd.histories import Histories, Vector, collapse, dot
from crmlib.methods.btyd.likelihood import BG, MBG, Parameters, log_likelihood
from crmlib.methods.btyd.search import BOUND, Cost, lowest, polished
from crmlib.methods.prior import PRIOR, weak_prior

__all__ = ["BG", "MBG", "Fit", "fit"]

_STARTS = (np.log([0.5, 1.0, 1.0, 2.0]), np.log([2.0, 1.0, 0.3, 3.0]))
#: Of more distinct histories than this only a part is used to find where to begin.
_MANY = 20_000


@dataclass(frozen=True)
class Fit:
    """Fitted parameters.

    Attributes
    ----------
    log_likelihood : float
        Without the prior, over all customers.
    converged : bool
        The gradient is flat there; where it is not, the numbers are a bound of the search and should not be shown.
    """

    parameters: Parameters
    log_likelihood: float
    customers: float
    converged: bool


def fit(histories: Histories, model: str = MBG, prior: float | None = PRIOR, start: Parameters | None = None) -> Fit:
    """Return the fit of a model; the same for any order of customers.

    Parameters
    ----------
    histories : Histories
        Time in any unit; alpha comes in the same one.
    model : {"bg", "mbg"}
    prior : float or None
        Standard deviation of the normal prior on log parameters, centred at 1 (alpha: at the mean age); None for bare
        maximum likelihood.
    start : Parameters, optional
        Where to begin the search, when a close fit is known; two fixed places otherwise.
    """
    rows = collapse(histories)
    # Time in mean ages: the search sees parameters of similar size whatever the unit.
    scale = np.array([1.0, float(dot(rows.weight, rows.age) / rows.weight.sum()) or 1.0, 1.0, 1.0])
    cost = _cost(rows, model, prior, scale)
    begin = (np.log(start.vector / scale).clip(-BOUND, BOUND),) if start else _STARTS
    if len(rows) > _MANY and len(begin) > 1:
        few = _cost(rows.part(slice(None, None, -(-len(rows) // _MANY))), model, prior, scale)
        begin = (lowest(few, begin),)
    theta, flat = polished(cost, lowest(cost, begin))
    p = Parameters(model, *(float(v) for v in np.exp(theta) * scale))
    return Fit(p, log_likelihood(p, rows)[0], float(rows.weight.sum()), flat)


def _cost(rows: Histories, model: str, prior: float | None, scale: Vector) -> Cost:
    """Return minus the log posterior per customer of logarithms of scaled parameters, and its slope."""
    count = float(rows.weight.sum())

    def cost(theta: Vector) -> tuple[float, Vector]:
        p = Parameters(model, *np.exp(theta) * scale)
        value, gradient = log_likelihood(p, rows)
        penalty, pull = weak_prior(theta, prior)
        return (penalty - value) / count, (pull - gradient * p.vector) / count

    return cost
