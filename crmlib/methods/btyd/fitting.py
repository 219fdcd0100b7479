"""Fit by the largest posterior: a weak prior keeps shops without any churn from running away to infinity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from crmlib.methods.btyd.histories import Histories, Vector, collapse
from crmlib.methods.btyd.likelihood import BG, MBG, Parameters, log_likelihood
from crmlib.methods.prior import PRIOR, weak_prior

__all__ = ["BG", "MBG", "Fit", "fit"]

#: Logarithms of parameters stay inside, so that a bare fit on a ridge ends too.
_BOUND = 12.0
_STARTS = (np.log([0.5, 1.0, 1.0, 2.0]), np.log([2.0, 1.0, 0.3, 3.0]))


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
    scale = float(rows.weight @ rows.age / rows.weight.sum()) or 1.0
    scaled = Histories(rows.x, rows.t_x / scale, rows.age / scale, rows.weight)
    count = float(rows.weight.sum())

    def cost(theta: Vector) -> tuple[float, Vector]:
        p = Parameters(model, *np.exp(theta))
        value, gradient = log_likelihood(p, scaled)
        penalty, pull = weak_prior(theta, prior)
        return (penalty - value) / count, (pull - gradient * p.vector) / count

    begin = _STARTS if start is None else (np.log(start.vector / [1.0, scale, 1.0, 1.0]).clip(-_BOUND, _BOUND),)
    found = min((minimize(cost, theta, jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4,
                          options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}) for theta in begin),
                key=lambda one: round(float(one.fun), 12))
    r, alpha, a, b = (float(v) for v in np.exp(found.x))
    p = Parameters(model, r, alpha * scale, a, b)
    flat = bool(np.abs(found.jac).max() < 1e-5 and np.abs(found.x).max() < _BOUND)
    return Fit(p, log_likelihood(p, rows)[0], count, flat)
