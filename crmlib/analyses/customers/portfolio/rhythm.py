"""Rhythm and prospects: who is late by their own measure, and who has joined but never bought?"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.result import Column, Fact, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

#: Overdue: so many times the own usual wait has passed.
LATE = 2.0
CODES = ("in_time", "due", "overdue", "lost", "too_few")
#: Days since joining: up to so many, and beyond.
JOINED = (30, 90, 180, 365)
UNKNOWN = "unknown"


def classes(buyers: pd.DataFrame, lost_after_days: int) -> pd.Series:
    """Return where each buyer stands in their own rhythm.

    in_time (within the own median wait), due (within twice of it), overdue (longer, but not lost), lost (no purchase
    for ``lost_after_days``), too_few (fewer than three purchase days, so no rhythm is known).
    """
    import numpy as np
    import pandas as pd

    ratio = buyers["overdue_ratio"].astype("float64")
    conditions = [buyers["recency_days"] > lost_after_days, ratio.isna(), ratio <= 1, ratio <= LATE]
    picked = np.select(conditions, ["lost", "too_few", "in_time", "due"], default="overdue")
    return pd.Series(picked, index=buyers.index, dtype="str")


def rhythm_table(buyers: pd.DataFrame) -> pd.DataFrame:
    """Return the buyers by their rhythm.

    Returns
    -------
    pandas.DataFrame
        rhythm, customers, share, sales (minor units, last twelve months), sales_share.
    """
    import pandas as pd

    people, money = len(buyers), int(buyers["recent_money"].sum())
    rows = []
    for code in CODES:
        part = buyers[buyers["rhythm"] == code]
        sales = int(part["recent_money"].sum())
        if len(part):
            rows.append((code, len(part), len(part) / people, sales, sales / money if money > 0 else None))
    return pd.DataFrame(rows, columns=list(RHYTHM)).astype({"rhythm": "str", "sales_share": "float64"})


def prospect_table(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return how many of those who joined have never bought, by how long ago they joined.

    Parameters
    ----------
    rows : pandas.DataFrame
        From ``customers_prospects``.

    Returns
    -------
    pandas.DataFrame
        joined (``-30``, ``31-90``, …: days ago; ``unknown`` last), customers, prospects, share.
    """
    import pandas as pd

    edges = (-1, *JOINED)
    names = [f"-{JOINED[0]}", *(f"{a + 1}-{b}" for a, b in pairwise(JOINED)), f"{JOINED[-1] + 1}-"]
    ago = (pd.Timestamp(as_of) - pd.to_datetime(rows["registered_on"])).dt.days
    place = sum((ago > edge).astype("int64") for edge in edges) - 1
    joined = [UNKNOWN if missing else names[max(int(n), 0)] for n, missing in zip(place, ago.isna(), strict=True)]
    summed = rows.assign(joined=joined).groupby("joined")[["customers", "prospects"]].sum()
    kept = summed.reindex([name for name in (*names, UNKNOWN) if name in summed.index]).reset_index()
    return kept.assign(share=kept["prospects"] / kept["customers"]).astype({"joined": "str"})[list(PROSPECTS)]


def tables(buyers: pd.DataFrame, joined: pd.DataFrame) -> dict[str, Table]:
    """Return the tables: of rhythm where somebody bought, of prospects where there are some."""
    found = {"rhythm": Table(rhythm_table(buyers), RHYTHM, count="customers")} if len(buyers) else {}
    if int(joined["prospects"].sum()) and set(joined["joined"]) != {UNKNOWN}:
        found["prospects"] = Table(joined, PROSPECTS, count="prospects")
    return found


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of rhythm."""
    if "rhythm" not in found:
        return {}
    sizes = found["rhythm"].frame.set_index("rhythm")["customers"]
    return {"rhythm": Figure(plot_rhythm, "rhythm", {"overdue": int(sizes.get("overdue", 0))}, size=(7.2, 3.2))}


def facts(data: Dataset, joined: pd.DataFrame) -> tuple[Fact, ...]:
    """Return how many have joined and never bought, with a month and a year ago."""
    before, ago = (int(d.query("customers_prospects")["prospects"].sum()) if d.covered else None
                   for d in (data.previous(1), data.previous(12)))
    return (Fact("prospects", int(joined["prospects"].sum()), "customers", previous=before, year_ago=ago),)


def notes(buyers: pd.DataFrame, joined: pd.DataFrame, data: Dataset) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return who is overdue, and who has joined and never bought."""
    late = buyers[buyers["rhythm"] == "overdue"]
    said: list[tuple[str, dict[str, Any]]] = []
    if len(late):
        said.append(("overdue", {"customers": len(late), "of": int(buyers["overdue_ratio"].notna().sum()),
                                 "sales": data.money(int(late["recent_money"].sum()))}))
    waiting, everyone = int(joined["prospects"].sum()), int(joined["customers"].sum())
    if waiting:
        fresh = joined[joined["joined"].isin([f"-{JOINED[0]}", f"{JOINED[0] + 1}-{JOINED[1]}"])]
        new = int(fresh["prospects"].sum())
        said.append(("prospects" if new else "prospects_old", {"customers": waiting, "share": waiting / everyone} | (
            {"days": JOINED[1], "fresh": new} if new else {})))
    return tuple(said)


def plot_rhythm(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers by their rhythm, with their share of the sales beside them."""
    return charts.bars(frame, ax, words, label="rhythm", value="customers", unit="customers",
                       other=("sales_share", "ratio"), accent=("overdue",))


RHYTHM = {"rhythm": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
          "sales": Column("money"), "sales_share": Column("ratio")}
PROSPECTS = {"joined": Column("code"), "customers": Column("customers"), "prospects": Column("customers"),
             "share": Column("ratio")}
