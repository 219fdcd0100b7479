"""Chance without a state: every draw is a hash of the seed, the name of the draw and the row's own numbers.

A draw does not depend on what was drawn before it, so months and customers can be made in any order and
in pieces, and the bytes are the same on every machine and with every numpy. The mixing step is
SplitMix64's finaliser (Steele, Lea and Flood, OOPSLA 2014).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
#: Quantiles 0, 5, …, 100 % of a gamma distribution with mean 1 and shape 4: how unlike customers of one kind are.
GAMMA = (0.12, 0.342, 0.436, 0.509, 0.574, 0.634, 0.692, 0.749, 0.805, 0.861, 0.918, 0.978, 1.044, 1.113, 1.191,
         1.277, 1.379, 1.504, 1.670, 1.938, 2.900)


@dataclass(frozen=True)
class Draw:
    """Named, repeatable draws.

    Parameters
    ----------
    seed : int
        The same seed gives the same shop.
    """

    seed: int

    def bits(self, name: str, *ids: Any) -> np.ndarray:
        """Return 64 hashed bits for each combination of ``ids`` (integers, broadcast against each other)."""
        digest = hashlib.blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest()
        state = np.array([int.from_bytes(digest, "little")], dtype=np.uint64)
        for one in ids:
            number = np.atleast_1d(np.asarray(one, dtype=np.int64)).view(np.uint64)
            state = _mix(state + (number + np.uint64(1)) * GOLDEN)
        return state

    def uniform(self, name: str, *ids: Any) -> np.ndarray:
        """Return numbers in [0, 1) with 53 bits."""
        return (self.bits(name, *ids) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, name: str, limit: Any, *ids: Any) -> np.ndarray:
        """Return integers from 0 to ``limit`` − 1."""
        return np.floor(self.uniform(name, *ids) * limit).astype(np.int64)

    def bell(self, name: str, *ids: Any) -> np.ndarray:
        """Return roughly normal numbers, mean 0, variance 1, within ±3.5: four uniforms added, so exact everywhere."""
        four = [self.uniform(f"{name}/{part}", *ids) for part in range(4)]
        return (four[0] + four[1] + four[2] + four[3] - 2.0) * 1.7320508075688772

    def pick(self, name: str, weights: Any, *ids: Any) -> np.ndarray:
        """Return indexes drawn with the given weights."""
        steps = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(steps, self.uniform(name, *ids) * steps[-1], side="right")
        return np.minimum(found, len(steps) - 1).astype(np.int64)

    def gamma(self, name: str, *ids: Any) -> np.ndarray:
        """Return positive multipliers with mean 1 (``GAMMA``, straight lines between the quantiles)."""
        return np.interp(self.uniform(name, *ids), np.linspace(0.0, 1.0, len(GAMMA)), GAMMA)


def _mix(state: np.ndarray) -> np.ndarray:
    for shift, factor in ((30, FIRST), (27, SECOND)):
        state ^= state >> np.uint64(shift)
        state *= factor
    state ^= state >> np.uint64(31)
    return state
