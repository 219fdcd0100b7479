"""A weak prior on the logarithms of parameters, so that odd data have an answer that is finite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Standard deviation of each logarithm: a factor of seven either way is nothing unusual.
PRIOR = 2.0


def weak_prior(theta: NDArray[np.float64], deviation: float | None) -> tuple[float, NDArray[np.float64]]:
    """Return the penalty of log parameters under a normal prior around 0, and its gradient; nothing without one."""
    if deviation is None:
        return 0.0, np.zeros_like(theta)
    return float(theta @ theta) / (2 * deviation ** 2), theta / deviation ** 2
