"""What hangs on the dissatisfied: their purchases, and the part that may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.methods.intervals import z_value

if TYPE_CHECKING:
    import pandas as pd

RISK = {"dimension": "str", "segment": "str", "customers": "int64", "spent": "int64", "at_risk": "Int64",
        "low": "Int64", "high": "Int64"}


def risk(standing: pd.DataFrame, differences: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return what hangs on the dissatisfied, by segment.

    Each customer's purchases are weighed with the difference among customers who buy about as often, since those who
    spend most are seldom those who stay away most; where it cannot be told for them, with the difference in all.

    Parameters
    ----------
    standing : pandas.DataFrame
        class, bought, rfm_segment, spent (minor units) of each customer with an answer.
    differences : pandas.DataFrame
        From ``after.gaps``; empty where nothing can be told.

    Returns
    -------
    pandas.DataFrame
        dimension (all, segment), segment (by money), customers, spent, at_risk, low, high (minor units; null where it
        cannot be told).
    """
    import pandas as pd

    low = standing[standing["class"] == "low"]
    parts = [("all", "all", low), *(("segment", str(name), part) for name, part in low.groupby(
        "rfm_segment", sort=True))] if len(low) else []
    rows = [(dimension, name, len(part), int(part["spent"].clip(lower=0).sum()), *_lost(part, differences, level))
            for dimension, name, part in parts]
    frame = pd.DataFrame(rows, columns=list(RISK)).astype(RISK)
    return frame.sort_values(["dimension", "spent", "segment"], ascending=[True, False, True], kind="stable",
                             ignore_index=True)


def _lost(part: pd.DataFrame, differences: pd.DataFrame, level: float) -> tuple[Any, ...]:
    told = differences.set_index("level")[["value", "error"]]
    if "all" not in told.index:
        return None, None, None
    group = part["bought"].where(part["bought"].isin(told.index), "all")
    money = part["spent"].clip(lower=0).groupby(group, sort=True).sum().astype(float)
    value = float((money * told.loc[money.index, "value"]).sum())
    half = z_value(level) * float(((money * told.loc[money.index, "error"]) ** 2).sum()) ** 0.5
    whole = float(money.sum())
    return tuple(round(min(max(edge, 0.0), whole)) for edge in (value, value - half, value + half))
