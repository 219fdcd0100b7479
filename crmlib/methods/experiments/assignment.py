"""Who is held out? Chosen by chance that can be repeated: the same people from the same ids, whatever their order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def drawn(ids: Sequence[str], salt: str) -> NDArray[np.uint64]:
    """Return a number per id that looks random and is always the same: the first 8 bytes of SHA-256 of salt and id."""
    start = hashlib.sha256(f"{salt}\0".encode())
    found = np.empty(len(ids), dtype=np.uint64)
    for place, one in enumerate(ids):
        whole = start.copy()
        whole.update(str(one).encode())
        found[place] = int.from_bytes(whole.digest()[:8], "big")
    return found


def held_out(ids: Sequence[str], strata: Sequence[str], share: float, salt: str) -> NDArray[np.bool_]:
    """Tell who is held out: of every stratum the same share, to the person, and of all people together too.

    Parameters
    ----------
    ids : sequence of str
        Ids of the source, each once.
    strata : sequence of str
        Group of each person, for instance the segment.
    share : float
        Of all people, 0 to 1.
    salt : str
        Names the draw: shop, campaign, month. Another name, another draw.
    """
    luck, groups = drawn(ids, salt), np.asarray(strata, dtype=object)
    order = sorted(range(len(ids)), key=lambda i: (str(groups[i]), int(luck[i]), str(ids[i])))
    # Walking through the strata one after the other carries the rest of a person over the border.
    steps = np.floor(np.arange(len(ids) + 1) * share + 0.5)
    chosen = np.zeros(len(ids), dtype=bool)
    chosen[order] = np.diff(steps) > 0
    if share <= 0 or not len(ids):
        return np.zeros(len(ids), dtype=bool)
    return _by_luck(chosen, groups, luck, order)


def _by_luck(quota: NDArray[np.bool_], groups: NDArray[np.object_], luck: NDArray[np.uint64],
             order: Sequence[int]) -> NDArray[np.bool_]:
    """Give each stratum's places to its people with the lowest numbers."""
    found = np.zeros(len(quota), dtype=bool)
    places: dict[str, int] = {}
    for i in order:
        places[str(groups[i])] = places.get(str(groups[i]), 0) + int(quota[i])
    for i in order:
        name = str(groups[i])
        if places[name] > 0:
            found[i], places[name] = True, places[name] - 1
    return found
