"""How many people does a comparison of two shares take, and what could a given number tell?"""

from __future__ import annotations

from math import ceil
from statistics import NormalDist

LEVEL, POWER = 0.95, 0.8
_CLOSE = 1e-6


def people_needed(base: float, effect: float, held_out: float = 0.5, level: float = LEVEL,
                  power: float = POWER) -> int | None:
    """Return how many people, both arms together, it takes to find a rise of a share.

    Normal approximation with separate variances under no effect and under the effect: Fleiss, Levin & Paik (2003),
    Statistical Methods for Rates and Proportions, formula 4.14, without the continuity correction. None where the
    share with the effect is no share, or nothing changes.

    Parameters
    ----------
    base : float
        Share without the campaign.
    effect : float
        Rise that should be found.
    held_out : float
        Share of all people in the control arm.
    """
    raised = base + effect
    if not (0 <= base <= 1 and 0 <= raised <= 1) or effect == 0 or not 0 < held_out < 1:
        return None
    z, other = NormalDist().inv_cdf(0.5 + level / 2), NormalDist().inv_cdf(power)
    treated = 1 - held_out
    pooled = treated * raised + held_out * base
    none = (pooled * (1 - pooled) * (1 / treated + 1 / held_out)) ** 0.5
    some = (raised * (1 - raised) / treated + base * (1 - base) / held_out) ** 0.5
    return ceil(((z * none + other * some) / effect) ** 2 - 1e-9)


def detectable(base: float, people: int, held_out: float = 0.5, level: float = LEVEL,
               power: float = POWER) -> float | None:
    """Return the smallest rise of a share that so many people would show; None where no rise is large enough."""
    low, high = 0.0, 1.0 - base
    if people < 4 or high <= _CLOSE or (people_needed(base, high, held_out, level, power) or people + 1) > people:
        return None
    while high - low > _CLOSE:
        middle = (low + high) / 2
        needed = people_needed(base, middle, held_out, level, power)
        low, high = (low, middle) if needed is not None and needed <= people else (middle, high)
    return high
