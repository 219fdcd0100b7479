"""The lowest place of a smooth cost: by steps until it is near, then by Newton's method to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from crmlib.methods.btyd.histories import Vector

#: Cost and slope at a place.
Cost = Callable[[Vector], tuple[float, Vector]]
#: Logarithms of parameters stay inside, so that a bare fit on a ridge ends too.
BOUND = 12.0
#: Slope at which the search by steps ends, and at which a place counts as flat.
_NEAR, _FLAT = 1e-6, 1e-5
_STEP = 1e-5


def lowest(cost: Cost, starts: Sequence[Vector]) -> Vector:
    """Return the lowest place that a search from each start comes to; the first of those equally low."""
    found = min((minimize(cost, theta, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * len(theta),
                          options={"ftol": 1e-15, "gtol": _NEAR, "maxiter": 500}) for theta in starts),
                key=lambda one: round(float(one.fun), 12))
    return np.asarray(found.x, dtype=float)


def polished(cost: Cost, theta: Vector) -> tuple[Vector, bool]:
    """Return the place after Newton's method, as long as it makes the slope flatter, and whether it is flat there.

    Where the search began makes no difference any more, so a result is the same however it was come to.
    """
    slope = cost(theta)[1]
    rises = np.array([cost(theta + _STEP * side)[1] - cost(theta - _STEP * side)[1] for side in np.eye(len(theta))])
    curve = (rises + rises.T) / (4 * _STEP)
    for _ in range(4 if np.isfinite(curve).all() and np.linalg.eigvalsh(curve)[0] > 0 else 0):
        further = theta - np.linalg.solve(curve, slope)
        there = cost(further)[1] if np.abs(further).max() < BOUND else slope
        if not np.abs(there).max() < np.abs(slope).max() / 2:
            break
        theta, slope = further, there
    return theta, bool(np.abs(slope).max() < _FLAT and np.abs(theta).max() < BOUND)
