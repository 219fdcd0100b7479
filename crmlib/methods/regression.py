"""A linear regression over days whose chance carries over to the next day, with what can and cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ROUNDS = 3
#: Chance that carried over nearly whole would leave the level of the series unknown.
MOST_CARRIED = 0.9
TELLABLE = 1e-8


@dataclass(frozen=True)
class Regression:
    """A fit: what each column adds to the value.

    Attributes
    ----------
    estimates : ndarray
        One per column, of least length where columns cannot be told apart.
    covariance : ndarray
    reach : ndarray
        Projection on what the rows can tell: a sum of columns can be told where it stays what it was.
    freedom : int
        Rows less what was fitted.
    carried : float
        How much of one day's chance is found again in the next (0 to ``MOST_CARRIED``).
    """

    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    reach: NDArray[np.float64]
    freedom: int
    carried: float

    def told(self, weights: ArrayLike, level: float) -> tuple[float, float, float] | None:
        """Return a weighted sum of estimates with its Student interval; None where the rows cannot tell it."""
        from scipy.special import stdtrit

        weight = np.asarray(weights, dtype=float)
        if self.freedom < 1 or np.abs(self.reach @ weight - weight).max() > TELLABLE:
            return None
        middle = float(weight @ self.estimates)
        half = float(stdtrit(self.freedom, 0.5 + level / 2)) * float(weight @ self.covariance @ weight) ** 0.5
        return middle, middle - half, middle + half


def carried_over(values: ArrayLike, columns: ArrayLike, at: Sequence[int]) -> Regression:
    """Fit values to columns where what chance left over on one day is partly found again on the next.

    Least squares of the values and columns freed of that carry-over, Prais & Winsten (1954), Cowles Commission
    Discussion Paper 383; over a gap of g days the carry-over is its g-th power. It is estimated from the remainders of
    neighbouring days, three rounds, and never taken as negative, which would only narrow the intervals.

    Parameters
    ----------
    values : array
        One per day.
    columns : array
        Days by columns.
    at : sequence of int
        Number of each day, ascending.
    """
    y, x = np.asarray(values, dtype=float), np.asarray(columns, dtype=float)
    gaps = np.diff(np.asarray(at, dtype=float))
    carried = 0.0
    for _ in range(ROUNDS):
        left = y - x @ (np.linalg.pinv(_freed(x, gaps, carried)) @ _freed(y, gaps, carried))
        carried = _carried(left, gaps == 1)
    freed_y, freed_x = _freed(y, gaps, carried), _freed(x, gaps, carried)
    inverse = np.linalg.pinv(freed_x)
    estimates = inverse @ freed_y
    rest = freed_y - freed_x @ estimates
    freedom = len(y) - int(np.linalg.matrix_rank(freed_x))
    variance = float(rest @ rest) / freedom if freedom > 0 else 0.0
    return Regression(estimates, variance * inverse @ inverse.T, inverse @ freed_x, freedom, carried)


def _carried(left: NDArray[np.float64], near: NDArray[np.bool_]) -> float:
    """Return the correlation of what is left over on neighbouring days, within 0 and ``MOST_CARRIED``."""
    square, pairs = float(left @ left) / len(left), int(near.sum())
    if not square or not pairs:
        return 0.0
    return float(np.clip((left[1:] * left[:-1])[near].sum() / pairs / square, 0, MOST_CARRIED))


def _freed(table: NDArray[np.float64], gaps: NDArray[np.float64], carried: float) -> NDArray[np.float64]:
    """Take the carry-over out of every row but the first, and bring all rows to one spread."""
    power = carried**gaps
    scale = np.sqrt((1 - carried**2) / (1 - power**2))
    wide = (slice(None), *[None] * (table.ndim - 1))
    first, later = table[:1] * (1 - carried**2) ** 0.5, (table[1:] - power[wide] * table[:-1]) * scale[wide]
    return np.concatenate([first, later])
