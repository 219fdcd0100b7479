"""What the models know of a customer: repeat purchases, the last one's age, and how long they have been watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Purchase histories, one element a customer, or one a group of equal customers.

    Attributes
    ----------
    x : numpy.ndarray
        Repeat purchases: days with a purchase after the first.
    t_x : numpy.ndarray
        Time from the first purchase to the last; 0 where x is 0. Not to be mistaken for the recency of RFM.
    age : numpy.ndarray
        Time from the first purchase to the end of what was seen.
    weight : numpy.ndarray
        Number of customers with this history.
    """

    x: Vector
    t_x: Vector
    age: Vector
    weight: Vector

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def of(cls, x: ArrayLike, t_x: ArrayLike, age: ArrayLike, weight: ArrayLike | None = None) -> Histories:
        """Return histories of arrays of equal length.

        Raises
        ------
        ValueError
            When a history contradicts itself: t_x beyond age, negative, or above 0 without a repeat purchase.
        """
        arrays = [np.asarray(a, dtype=float) for a in (x, t_x, age)]
        arrays.append(np.ones(len(arrays[0])) if weight is None else np.asarray(weight, dtype=float))
        x, t_x, age, _ = arrays
        wrong = (x < 0) | (t_x < 0) | (t_x > age) | ((x == 0) & (t_x != 0)) | ~np.isfinite(x + t_x + age)
        if wrong.any():
            raise ValueError(f"histories that contradict themselves: {int(wrong.sum())}")
        return cls(*arrays)


def collapse(histories: Histories) -> Histories:
    """Return the distinct histories, in order, with the number of customers of each; exact, and much smaller."""
    return collapsed(histories)[0]


def collapsed(histories: Histories) -> tuple[Histories, NDArray[np.int64]]:
    """Return the distinct histories, and for each customer the place of theirs among them."""
    order = np.lexsort((histories.age, histories.t_x, histories.x))
    x, t_x, age, weight = (a[order] for a in (histories.x, histories.t_x, histories.age, histories.weight))
    first = np.ones(len(x), dtype=bool)
    first[1:] = (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(age) != 0)
    group = np.cumsum(first) - 1
    place = np.empty(len(x), dtype=np.int64)
    place[order] = group
    total = np.bincount(group, weights=weight, minlength=int(first.sum())).astype(float)
    return Histories(x[first], t_x[first], age[first], total), place
