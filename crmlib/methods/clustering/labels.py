"""Which new cluster is which old one?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def matched(overlap: ArrayLike) -> list[tuple[int, int]]:
    """Return the pairs (old, new) that keep most customers under their label; those without a common one stay out.

    The Hungarian method on the table of overlaps: Kuhn (1955), Naval Research Logistics Quarterly 2:83-97.

    Parameters
    ----------
    overlap : array
        Customers by old cluster (rows) and new cluster (columns).
    """
    from scipy.optimize import linear_sum_assignment

    table = np.asarray(overlap, dtype=float)
    rows, columns = linear_sum_assignment(-table)
    return [(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if table[a, b] > 0]
