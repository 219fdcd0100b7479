"""Totals to come, with intervals that hold chance, the uncertain parameters and the model's last miss."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from crmlib.analyses.outlook.rhythm import factor

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted
    from crmlib.analyses.outlook.proof import Proof
    from crmlib.analyses.outlook.worth import Worth
    from crmlib.settings import OutlookSettings

DAYS = (30, 90, 365)
YEAR = 365
LEVEL = 0.95
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True)
class Range:
    """A total and its 95 % interval."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Totals:
    """What is to be expected of all known customers together.

    Attributes
    ----------
    orders : dict of int to Range
        Purchase days within so many days.
    alive : Range
        Customers who have not left.
    worth : Range
        Value of the next twelve months (minor units).
    segments : pandas.DataFrame
        rfm_segment, customers, customers_alive, expected_orders (in ``horizon_days``), clv, low, high (minor units),
        clv_share.
    """

    orders: dict[int, Range]
    alive: Range
    worth: Range
    segments: pd.DataFrame


def horizons(settings: OutlookSettings) -> tuple[int, ...]:
    """Return the days ahead that are told: a month, a quarter, a year, and the shop's own horizon."""
    return tuple(sorted({*DAYS, settings.horizon_days}))


def grouped(segment: pd.Series) -> tuple[list[str], np.ndarray]:
    """Return the names of the segments and the number of each customer's."""
    import numpy as np

    names, number = np.unique(segment.fillna("unknown").to_numpy(dtype=str), return_inverse=True)
    return names.tolist(), number


def orders(fit: Fitted, who: Known, proof: Proof, spread: dict[str, Any], index: dict[int, float],
           settings: OutlookSettings) -> dict[int, Range]:
    """Return the purchase days of the next 30, 90 and 365 days.

    Notes
    -----
    The variance of a total is the sum of three: that of the parameters, from refitting to resampled customers; that of
    chance, from how far single customers were from their forecast in the hold-back; and the square of the relative
    miss of the hold-back's total, since a model that was wrong once may be again. The season's factor is taken in only
    where it brought the hold-back's total closer.
    """
    miss, found = 1.0 if proof.error is None else proof.error, {}
    for days in horizons(settings):
        season = factor(index, who.until, days) if proof.lifted != 1 else 1.0
        total = float(fit.expected(who, days).sum()) * season
        noise = proof.noise * len(who.frame) / max(proof.customers, 1) * days / settings.horizon_days
        found[days] = _range(total, spread[str(days)] + noise + (miss * total) ** 2)
    return found


def totals(fits: dict[str, Fitted], chosen: str, who: Known, value: Worth, proof: Proof, spread: dict[str, Any],
           segment: pd.Series, index: dict[int, float], settings: OutlookSettings) -> Totals:
    """Return all totals; whether somebody has left is never seen, so that of ``alive`` holds no miss."""
    there = fits["mbg"].alive(who)
    alive = _range(float(there.sum()), spread["alive"] + float((there * (1 - there)).sum()))
    alive = Range(alive.expected, alive.low, min(alive.high, float(len(there))))
    clv = float(value.clv.sum())
    coming = orders(fits[chosen], who, proof, spread, index, settings)
    return Totals(coming, alive,
                  _range(clv, spread["worth"] + _money_noise(proof, who, settings) + (_missed(proof) * clv) ** 2),
                  _segments(fits[chosen], who, value, proof, spread, segment, there,
                            coming[settings.horizon_days].expected, settings))


def _segments(fit: Fitted, who: Known, value: Worth, proof: Proof, spread: dict[str, Any], segment: pd.Series,
              there: np.ndarray, coming: float, settings: OutlookSettings) -> pd.DataFrame:
    """Value by segment, most first; chance is shared out as the value is, and the season's lift as purchases are."""
    import numpy as np
    import pandas as pd

    names, number = grouped(segment)
    bought = fit.expected(who, settings.horizon_days)
    season = coming / max(float(bought.sum()), 1e-9)
    sums = [np.bincount(number, values, len(names)) for values in (there, bought * season, value.clv)]
    share = sums[2] / max(float(sums[2].sum()), 1e-9)
    noise = _money_noise(proof, who, settings) * share
    ranges = [_range(total, variance + (_missed(proof) * total) ** 2) for total, variance in
              zip(sums[2].tolist(), (np.array(spread["groups"]) + noise).tolist(), strict=True)]
    frame = pd.DataFrame({"rfm_segment": names, "customers": np.bincount(number, minlength=len(names)),
                          "customers_alive": sums[0], "expected_orders": sums[1], "clv": sums[2],
                          "low": [r.low for r in ranges], "high": [r.high for r in ranges], "clv_share": share})
    whole = frame[["customers_alive", "expected_orders", "clv", "low", "high"]].round().astype("int64")
    return frame.assign(**{name: whole[name] for name in whole}).astype({"rfm_segment": "str"}).sort_values(
        ["clv", "rfm_segment"], ascending=[False, True], ignore_index=True)


def _money_noise(proof: Proof, who: Known, settings: OutlookSettings) -> float:
    """Variance of a year's value by chance, from the money of the hold-back."""
    share = 1.0 if settings.margin is None else settings.margin
    return proof.money_noise * len(who.frame) / max(proof.customers, 1) * YEAR / settings.horizon_days * share ** 2


def _missed(proof: Proof) -> float:
    return 1.0 if proof.money_error is None else proof.money_error


def _range(total: float, variance: float) -> Range:
    spread = _Z * variance ** 0.5
    return Range(total, max(total - spread, 0.0), total + spread)
