"""How long do customers wait between purchase days? Counted, and with those who are still waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.methods.histograms import median
from crmlib.methods.survival import Curve, kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

#: Last day of each class of the histogram; the last class is open.
ENDS = (7, 14, 21, 30, 45, 60, 90, 120, 180, 365)
#: Step → the kinds of wait it holds: after the first purchase day, after the second, after later ones, all of them.
STEPS = {"all": (1, 2, 3), "f1_f2": (1,), "f2_f3": (2,), "later": (3,)}
INTERVALS = {"step": "str", "from_days": "int64", "to_days": "Int64", "gaps": "int64", "share": "float64",
             "returned": "float64", "low": "float64", "high": "float64"}
MEDIANS = {"step": "str", "waits": "int64", "gaps": "int64", "waiting": "int64", "median_gap": "float64",
           "median": "float64", "returned": "float64"}


def intervals(waits: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return how many gaps between purchase days were how long, and how many have come back by then.

    Returns
    -------
    pandas.DataFrame
        step (all, f1_f2, f2_f3, later), from_days, to_days (both included; none for the open class), gaps (those that
        ended in it), share (of the gaps that ended), returned (share who come again by ``to_days``, those still waiting
        counted for as long as they have: Kaplan-Meier), low, high. Classes beyond what anybody was followed have no
        ``returned``.
    """
    import pandas as pd

    rows = []
    for step in STEPS:
        part = _of(waits, step)
        gaps, curve = part[part["came"] == 1], curve_of(part, level)
        whole = int(gaps["waits"].sum())
        if not whole:
            continue
        for before, end in zip((0, *ENDS), (*ENDS, None), strict=True):
            inside = gaps[(gaps["days"] > before) & ((gaps["days"] <= end) if end else True)]
            seen = curve.at(end) if end else None
            came = (None, None, None) if seen is None else (1 - seen[0], 1 - seen[2], 1 - seen[1])
            count = int(inside["waits"].sum())
            rows.append((step, before + 1, end, count, count / whole, *came))
    return pd.DataFrame(rows, columns=list(INTERVALS)).astype(INTERVALS)


def medians(waits: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the usual gap of each step.

    Returns
    -------
    pandas.DataFrame
        step, waits (begun), gaps (ended by the next purchase day), waiting (not ended yet), median_gap (days, of the
        gaps that ended), median (days by which half of all have come again, Kaplan-Meier; none where fewer than half
        ever do), returned (share who have come again by the longest wait that was followed).
    """
    import pandas as pd

    rows = []
    for step in STEPS:
        part = _of(waits, step)
        if part.empty:
            continue
        gaps, curve = part[part["came"] == 1], curve_of(part, level)
        ended, begun = int(gaps["waits"].sum()), int(part["waits"].sum())
        rows.append((step, begun, ended, begun - ended, median(gaps["days"], gaps["waits"]), curve.median(),
                     1 - float(curve.survival[-1]) if len(curve.survival) else 0.0))
    return pd.DataFrame(rows, columns=list(MEDIANS)).astype(MEDIANS)


def curve_of(part: pd.DataFrame, level: float) -> Curve:
    """Return the Kaplan-Meier curve of some waits."""
    return kaplan_meier(part["days"].to_numpy(), part["came"].to_numpy(dtype=bool), part["waits"].to_numpy(), level)


def _of(waits: pd.DataFrame, step: str) -> pd.DataFrame:
    return waits[waits["purchase"].isin(STEPS[step])]
