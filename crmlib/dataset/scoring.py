"""Where the RFM scores are cut: by ranks, by shares of the buyers, or by values, which may follow from the data."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import RfmSettings

VERSION = 1
CLASSES = 5
MEASURES = ("r", "f", "m")
#: How ``customer_rfm`` scores for each ``rfm.scoring``.
WAYS = {"quantile": "ranks", "percentile": "shares", "fixed": "cuts", "r_package": "cuts"}
FIFTHS = (20, 40, 60, 80)
NONE = dict.fromkeys(MEASURES, (0, 0, 0, 0))
NAMES = ("scoring", *(f"share_{k}" for k in range(1, CLASSES)),
         *(f"{measure}_cut_{k}" for measure in MEASURES for k in range(1, CLASSES)))


def values(settings: RfmSettings, decimals: int, following: Callable[[], Mapping[str, Sequence[int]]]
           ) -> dict[str, Any]:
    """Return what ``customer_rfm`` asks for.

    Parameters
    ----------
    decimals : int
        Of the currency; cuts of money are in minor units.
    following : callable
        Returns the cuts that follow from the data (``of_r``); called only where they do.
    """
    shares = settings.percentiles if settings.scoring == "percentile" else FIFTHS
    cuts: Mapping[str, Sequence[int]] = NONE
    if settings.scoring == "fixed":
        cuts = typed(settings, decimals)
    elif settings.scoring == "r_package":
        cuts = following()
    return {"scoring": WAYS[settings.scoring]} | {f"share_{k}": share for k, share in enumerate(shares, 1)} | {
        f"{measure}_cut_{k}": cut for measure in MEASURES for k, cut in enumerate(cuts[measure], 1)}


def typed(settings: RfmSettings, decimals: int) -> dict[str, tuple[int, ...]]:
    """Return the cuts the shop typed: days at most, times and money (minor units) at least."""
    limits = settings.thresholds
    money = tuple(_up(Decimal(amount).scaleb(decimals)) for amount in limits.m or ())
    return {"r": tuple(limits.r or ()), "f": tuple(limits.f or ()), "m": money}


def of_r(histograms: pd.DataFrame, decimals: int) -> dict[str, tuple[int, ...]]:
    """Return the cuts of R's package ``rfm``: the fifths (quantiles of type 7) plus one, below which a value lies.

    ``histograms`` are rows of ``rfm_values``. Values are whole, so that "at least 297.4" is "at least 298"; the one is
    of the unit money is written in.
    """
    found = {}
    for measure in MEASURES:
        part = histograms[histograms["measure"] == measure]
        step = 10 ** decimals if measure == "m" else 1
        fifths = [exact_quantile(part["value"].tolist(), part["customers"].tolist(), k, CLASSES)
                  for k in range(1, CLASSES)]
        # Below the cut is at most the whole number before it: days are scored from below.
        found[measure] = tuple(0 if q is None else -((-q - step) // 1) - (measure == "r") for q in fifths)
    return {measure: tuple(int(cut) for cut in cuts) for measure, cuts in found.items()}


def exact_quantile(values: Sequence[int], counts: Sequence[int], part: int, parts: int) -> Fraction | None:
    """Return the part-th of ``parts`` quantiles (type 7) of whole values as a fraction, free of rounding."""
    rows = sorted(zip(values, counts, strict=True))
    places = list(accumulate(count for _, count in rows))
    if not places:
        return None
    below, rest = divmod(part * (places[-1] - 1), parts)
    low = rows[bisect_right(places, below)][0]
    high = rows[bisect_right(places, below + (rest > 0))][0]
    return Fraction(low) + Fraction((high - low) * rest, parts)


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))
