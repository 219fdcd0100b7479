"""F2 and F3: how many first buyers come a second time, and how long does it take them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.methods import survival
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

STEPS = {2: "f2", 3: "f3"}
DAYS = (30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360)
#: By how many days a step counts as taken, in the facts and in the title of the chart.
WINDOW = 90
#: Fewer than this still followed, and a share says nothing.
FEW = 10


def steps(waits: pd.DataFrame) -> pd.DataFrame:
    """Return by how many days how many had taken each step, those still waiting counted for as long as they did.

    Returns
    -------
    pandas.DataFrame
        purchase (f2, f3), days, customers (still followed at that day), rate (ratio, Kaplan-Meier), low, high.
    """
    import pandas as pd

    rows = []
    for number, code in STEPS.items():
        part = waits[waits["step"] == number]
        if part.empty:
            continue
        count = part["customers"].to_numpy(dtype=float)
        curve = survival.kaplan_meier(part["days"].to_numpy(), part["came"].to_numpy(dtype=bool), count)
        everyone = int(count.sum())
        for day in DAYS:
            # Those who came count as followed: their answer is known for good.
            followed = int(part.loc[(part["days"] >= day) | (part["came"] == 1), "customers"].sum())
            found = curve.at(day)
            if found is not None and followed >= min(FEW, everyone):
                rows.append((code, day, followed, 1 - found[0], 1 - found[2], 1 - found[1]))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"purchase": "str"})


def rate(frame: pd.DataFrame, step: str, days: int) -> float | None:
    """Return the rate of a step by a day; None where it is not known."""
    part = frame[(frame["purchase"] == step) & (frame["days"] == days)]
    return float(part["rate"].iloc[0]) if len(part) else None


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the table, unless nobody has bought."""
    return {"f2": Table(frame, COLUMNS, count="customers", within=("purchase", "days"))} if len(frame) else {}


def figures(frame: pd.DataFrame) -> dict[str, Figure]:
    """Return the curve of both steps; its title tells the first of them, by ninety days or as far as is known."""
    if frame.empty:
        return {}
    first = frame[(frame["purchase"] == frame["purchase"].iloc[0]) & (frame["days"] <= WINDOW)].iloc[-1]
    values = {"purchase": str(first["purchase"]), "days": int(first["days"]), "customers": int(first["customers"])}
    values |= {name: float(first[name]) for name in ("rate", "low", "high")}
    return {"f2": Figure(plot_steps, "f2", values, size=(7.2, 3.8))}


def plot_steps(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share that took each step by day."""
    # Where every rate is hidden the lines stay, without a point.
    wide = frame.pivot(index="days", columns="purchase", values="rate").reset_index()
    return charts.line(wide, ax, words, x="days", y=[c for c in STEPS.values() if c in wide.columns], unit="ratio")


COLUMNS = {"purchase": Column("code"), "days": Column("days"), "customers": Column("customers"),
           "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio")}
