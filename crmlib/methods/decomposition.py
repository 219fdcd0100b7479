"""How much of a change in a product is owed to each of its factors."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log1p


def log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean of two positive numbers; of equal ones, themselves."""
    low, high = sorted((a, b))
    step = (high - low) / low
    return low if step == 0 else low * step / log1p(step)


def parts_of_change(before: Sequence[float], now: Sequence[float]) -> list[float] | None:
    """Return what each factor adds to the difference of two products; the parts add up to it, with no rest.

    Logarithmic mean Divisia index, additive form: Ang (2005), Energy Policy 33, 867-871, equation 4. Unlike changing
    one factor after the other, it does not depend on an order.

    Parameters
    ----------
    before, now : sequence of float
        The factors, in the same order.

    Returns
    -------
    list of float or None
        One part per factor; None when a factor is not positive, where no logarithm exists.
    """
    if any(value <= 0 for value in (*before, *now)):
        return None
    products = [1.0, 1.0]
    for old, new in zip(before, now, strict=True):
        products = [products[0] * old, products[1] * new]
    weight = log_mean(products[1], products[0])
    return [weight * log(new / old) for old, new in zip(before, now, strict=True)]
