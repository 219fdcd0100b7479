"""What the models know of a customer: repeat purchases, the last one's age, and how long they have been watched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Index:
    """The distinct values among histories, and for each history the place of its own.

    Purchases are whole and times are days, so there are few: what costs time is computed once a value, not once a
    customer.

    Attributes
    ----------
    x, t_x, age : (numpy.ndarray, numpy.ndarray)
        Distinct values, ascending, and places.
    pairs : (numpy.ndarray, numpy.ndarray, numpy.ndarray)
        x and age of the distinct pairs of both, and places.
    customers : numpy.ndarray
        Weight of each distinct x.
    """

    x: tuple[Vector, Places]
    t_x: tuple[Vector, Places]
    age: tuple[Vector, Places]
    pairs: tuple[Vector, Vector, Places]
    customers: Vector


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

    @cached_property
    def index(self) -> Index:
        """Distinct values of each column."""
        x, t_x, age = (np.unique(column, return_inverse=True) for column in (self.x, self.t_x, self.age))
        both, place = np.unique(x[1] * max(len(age[0]), 1) + age[1], return_inverse=True)
        pairs = (x[0][both // max(len(age[0]), 1)], age[0][both % max(len(age[0]), 1)], place)
        return Index(x, t_x, age, pairs, np.bincount(x[1], self.weight, len(x[0])).astype(float))

    @property
    def ordered(self) -> bool:
        """Whether each history stands once, in order."""
        dx, dt, dage = np.diff(self.x), np.diff(self.t_x), np.diff(self.age)
        return bool(np.all((dx > 0) | ((dx == 0) & ((dt > 0) | ((dt == 0) & (dage > 0))))))

    def part(self, kept: NDArray[np.bool_] | slice, weight: Vector | None = None) -> Histories:
        """Return some of the histories, with other weights where given."""
        weights = self.weight if weight is None else weight
        return Histories(self.x[kept], self.t_x[kept], self.age[kept], weights[kept])


def dot(weights: Vector, values: Vector) -> float:
    """Return the weighted sum, added up in one order on any number of threads, which a BLAS would not do."""
    return float(np.einsum("i,i->", weights, values))


def collapse(histories: Histories) -> Histories:
    """Return the distinct histories, in order, with the number of customers of each; exact, and much smaller."""
    return histories if histories.ordered else collapsed(histories)[0]


def collapsed(histories: Histories) -> tuple[Histories, Places]:
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
