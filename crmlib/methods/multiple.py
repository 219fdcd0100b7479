"""Many comparisons at once: which differences may be called real."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(chances: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Return which of several p values are called real, so that at most ``rate`` of those called so are chance.

    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57:289-300: with the p values in order, all
    up to the last one with p ≤ rank ÷ number × rate.
    """
    order = sorted(chances)
    passing = [p for rank, p in enumerate(order, 1) if p <= rank / len(order) * rate]
    return [p <= max(passing, default=-1.0) for p in chances]
