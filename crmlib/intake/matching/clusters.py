"""Which ids become one person? Groups of joined pairs, none of which holds two people.

Nearly all groups hold no contradiction and are found at once. The others are put together pair by pair, the most
precise rule first, and a pair that would bring two people together stays apart and is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Decisions of the shop come before every rule.
MANUAL = -1


@dataclass(frozen=True)
class Pairs:
    """Pairs of ids by number, each with the rank of what joins them; a < b.

    Attributes
    ----------
    a, b, rank : numpy.ndarray
        Numbers of the ids from 0 in order of the ids, and place of the rule (`MANUAL` for a decision).
    """

    a: np.ndarray
    b: np.ndarray
    rank: np.ndarray


def components(count: int, pairs: Pairs) -> np.ndarray:
    """Return for each id the smallest id it hangs together with, directly or through others."""
    import numpy as np

    if not len(pairs.a):
        return np.arange(count)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs.a), dtype=np.int8), (pairs.a, pairs.b)), shape=(count, count))
    found, label = connected_components(links, directed=False)
    smallest = np.full(found, count, dtype=np.int64)
    np.minimum.at(smallest, label, np.arange(count))
    return np.asarray(smallest[label])


def split(roots: np.ndarray, pairs: Pairs, against: Iterable[tuple[int, int]]) -> np.ndarray:
    """Return the groups again, those with a contradiction inside put together anew without it.

    Parameters
    ----------
    roots : numpy.ndarray
        From `components`.
    against : iterable of (int, int)
        Ids that cannot be one person.
    """
    enemies = _enemies(against)
    touched = {int(roots[one]) for one in enemies}
    if not touched:
        return roots
    import numpy as np

    inside = np.isin(roots[pairs.a], list(touched))
    chosen = sorted(zip(pairs.rank[inside].tolist(), pairs.a[inside].tolist(), pairs.b[inside].tolist(), strict=True))
    groups = _Groups(enemies)
    for rank, a, b in chosen:
        groups.join(a, b, forced=rank == MANUAL)
    changed = roots.copy()
    for one in np.flatnonzero(np.isin(roots, list(touched))).tolist():
        changed[one] = groups.root(one)
    return changed


def _enemies(against: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    enemies: dict[int, set[int]] = defaultdict(set)
    for a, b in against:
        enemies[a].add(b)
        enemies[b].add(a)
    return enemies


class _Groups:
    """Union-find whose groups remember whom they cannot hold."""

    def __init__(self, enemies: dict[int, set[int]]) -> None:
        self.enemies = enemies
        self.parent: dict[int, int] = {}
        self.members: dict[int, set[int]] = {}

    def root(self, one: int) -> int:
        """Return the smallest id of a group."""
        self.members.setdefault(self.parent.setdefault(one, one), {one})
        while self.parent[one] != one:
            self.parent[one] = self.parent[self.parent[one]]
            one = self.parent[one]
        return one

    def join(self, a: int, b: int, forced: bool) -> None:
        """Join two groups unless some member of one cannot be some member of the other; a decision joins them."""
        low, high = sorted((self.root(a), self.root(b)))
        if low == high:
            return
        few, many = sorted((self.members[low], self.members[high]), key=len)
        if not forced and any(self.enemies.get(one, frozenset()) & many for one in few):
            return
        self.parent[high] = low
        self.members[low] |= self.members.pop(high)
