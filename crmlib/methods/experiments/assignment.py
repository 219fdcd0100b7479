"""Who is held out? Chosen by chance that can be repeated: the same people from the same ids, whatever their order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def drawn(ids: Sequence[str], salt: str) -> NDArray[np.uint64]:
    """Return a number per id that looks random and is always the same: the first 8 bytes of SHA-256 of salt and id."""
    digests = b"".join([hashlib.sha256(f"{salt}\0{one}".encode()).digest() for one in ids])
    return np.frombuffer(digests, dtype=">u8")[::4].astype(np.uint64)


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
    if not len(ids) or share <= 0:
        return np.zeros(len(ids), dtype=bool)
    names, group = np.unique(np.asarray(strata, dtype="str"), return_inverse=True)
    order = np.lexsort((np.asarray(ids, dtype="str"), drawn(ids, salt), group))
    # Walking through the strata one after the other carries the rest of a person over the border.
    quota = np.diff(np.floor(np.arange(len(ids) + 1) * share + 0.5))
    size, places = (np.bincount(group[order], weights=w, minlength=len(names)) for w in (None, quota))
    within = np.arange(len(ids)) - (np.cumsum(size) - size)[group[order]]
    found = np.zeros(len(ids), dtype=bool)
    found[order] = within < places[group[order]]
    return found
