"""How many more to ask in each group, so that its figure is known well enough."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from crmlib.analyses.satisfaction.scoring import Histogram, best_two, groups
from crmlib.methods.intervals import answers_needed, moments, nps_variance, z_value

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings.analyses.satisfaction import Metric

SIZES = {"segment": "str", "customers": "int64", "answered": "int64", "half_width": "float64", "needed": "int64",
         "missing": "int64", "answer_rate": "float64", "askable": "int64", "invite": "int64",
         "half_width_after": "float64"}
#: Of fewer invited customers the rate of all is taken.
FEWEST_ASKED = 30


def variance(metric: Metric, told: Histogram) -> float:
    """Return the variance of one answer in points: of NPS and shares -100 to 100, of means in percent of the scale."""
    if metric.statistic == "nps":
        return 10000 * nps_variance(groups(told))
    if metric.statistic == "top2":
        share = best_two(metric, told) / sum(told.values())
        return 10000 * share * (1 - share)
    low, high = metric.scale
    values = sorted(told)
    n, mean, _ = moments(values, [told[value] for value in values])
    return 10000 * sum(told[value] * (value - mean) ** 2 for value in values) / n / (high - low) ** 2


def sized(strata: pd.DataFrame, spread: float, half_width: float, level: float) -> pd.DataFrame:
    """Return how many of each group are to be asked.

    Parameters
    ----------
    strata : pandas.DataFrame
        rfm_segment, customers, told, asked, came, askable (statement ``satisfaction_strata``).
    spread : float
        Variance of one answer, in points.
    half_width : float
        Wanted half width of each group's interval, in points.

    Returns
    -------
    pandas.DataFrame
        segment, customers, answered, half_width (now; null below two answers), needed (with the correction for finite
        groups: Cochran 1977, Sampling Techniques, section 4.5), missing, answer_rate (share of invitations answered),
        askable, invite, half_width_after (expected).
    """
    import pandas as pd

    asked, everyone = int(strata["asked"].sum()), int(strata["customers"].sum())
    whole = _rate(int(strata["came"].sum()), asked) if asked else _rate(int(strata["told"].sum()), everyone)
    rows = []
    for row in strata.itertuples():
        infinite = answers_needed(half_width, spread, level)
        needed = min(ceil(infinite / (1 + (infinite - 1) / row.customers)), row.customers) if infinite else 0
        missing = max(needed - row.told, 0)
        rate = _rate(row.came, row.asked) if row.asked >= FEWEST_ASKED else whole
        invite = min(ceil(missing / rate), row.askable)
        rows.append((row.rfm_segment, row.customers, row.told, _half(row.told, row.customers, spread, level), needed,
                     missing, rate, row.askable, invite,
                     _half(row.told + invite * rate, row.customers, spread, level)))
    frame = pd.DataFrame(rows, columns=list(SIZES)).astype(SIZES)
    return frame.sort_values(["missing", "customers", "segment"], ascending=[False, False, True], ignore_index=True)


def _rate(came: int, asked: int) -> float:
    """Share that answers, with one of each added so that a group of whom nobody answered is not asked without end."""
    return (came + 1) / (asked + 2)


def _half(n: float, everyone: int, spread: float, level: float) -> float | None:
    if n < 2:
        return None
    left = max(1 - n / everyone, 0.0)
    return float(z_value(level) * (spread * left / n) ** 0.5)
