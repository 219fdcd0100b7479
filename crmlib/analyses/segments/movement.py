"""Who moved to another cluster since last month, and whether the model still fits the customers there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.segments.assigning import assigned
from crmlib.analyses.segments.naming import number, numbered
from crmlib.methods import clustering
from crmlib.privacy import suppress
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.segments.model import Model
    from crmlib.analyses.segments.store import Settled
    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings
    from crmlib.text import Text

#: Not a buyer last month; no buyer any more (a window of days, or ids that were joined).
NEW, GONE = "new", "gone"
LARGEST, LEAST = 8, 5


def before(data: Dataset, settings: SegmentsSettings, found: Settled) -> pd.DataFrame | None:
    """Return each buyer's cluster as it was told last month: by last month's model, of last month's features."""
    model, then = found.before or found.model, data.previous(1)
    if model is None or not then.covered:
        return None
    return assigned(then, settings, model)[["customer_key", "cluster"]]


def migration(now: pd.DataFrame, then: pd.DataFrame, found: Settled) -> pd.DataFrame:
    """Return how many customers, and how much of what they have brought, went from which cluster to which.

    Returns
    -------
    pandas.DataFrame
        from_cluster (``new``: had not bought by then), to_cluster (``gone``: no buyer any more), customers, share (of
        those who were in from_cluster), sales (their net money to date, minor units), moved (whether the two differ).
    """
    both = then.merge(now[["customer_key", "cluster", "money"]], on="customer_key", how="outer",
                      suffixes=("_then", "_now"))
    named = both.assign(from_cluster=both["cluster_then"].astype(object).fillna(NEW),
                        to_cluster=both["cluster_now"].astype(object).fillna(GONE), sales=both["money"].fillna(0))
    table = named.groupby(["from_cluster", "to_cluster"], as_index=False).agg(
        customers=("customer_key", "size"), sales=("sales", "sum"))
    known = [code for model in (found.before, found.model) if model for code in model.codes]
    place = {code: i for i, code in enumerate(dict.fromkeys((*known, NEW, GONE)))}
    keys = table.assign(a=table["from_cluster"].map(place), b=table["to_cluster"].map(place))
    table = keys.sort_values(["a", "b"], ignore_index=True)
    held = table.groupby("from_cluster")["customers"].transform("sum")
    moved = ["yes" if a != b else "no" for a, b in zip(table["from_cluster"], table["to_cluster"], strict=True)]
    kinds = dict.fromkeys(("from_cluster", "to_cluster", "moved"), "str") | {"customers": "int64", "sales": "int64"}
    return table.assign(share=table["customers"] / held, moved=moved).astype(kinds)[list(MOVES)]


def drift(now: pd.DataFrame, model: Model, settings: SegmentsSettings) -> pd.DataFrame:
    """Return how far each feature has moved from what it was when the model was made.

    Returns
    -------
    pandas.DataFrame
        feature, psi (population stability index), limit, unknown (values of codes that the model does not know).
    """
    import pandas as pd

    rows = []
    for part in model.scaled:
        shares = clustering.shares(now[part.name].astype("Float64").to_numpy(dtype=float, na_value=float("nan")),
                                   part.edges)
        rows.append((part.name, round(clustering.psi(part.shares, shares), 9), settings.drift.psi, 0))
    for codes in model.coded:
        known = now[codes.name].dropna()
        counts = [int((known == level).sum()) for level in codes.levels]
        here = max(sum(counts), 1)
        psi = round(clustering.psi(codes.shares, [n / here for n in counts]), 9)
        rows.append((codes.name, psi, settings.drift.psi, len(known) - sum(counts)))
    return pd.DataFrame(rows, columns=list(DRIFT)).astype({"feature": "str", "unknown": "int64"})


def verdict(now: pd.DataFrame, model: Model, moved: pd.DataFrame, settings: SegmentsSettings) -> dict[str, Any]:
    """Return whether a new fit is advised: the features that moved, how much farther customers are from the centres."""
    further = round(float(now["distance"].mean()) / model.distance - 1, 9) if len(now) else 0.0
    over = moved[moved["psi"] > settings.drift.psi].sort_values(["psi", "feature"], ascending=[False, True])
    return {"features": list(over["feature"]), "psi": float(moved["psi"].max()) if len(moved) else 0.0,
            "distance": further, "advised": bool(len(over)) or further > settings.drift.distance,
            "unknown": int(moved["unknown"].sum())}


def tables(now: pd.DataFrame, then: pd.DataFrame | None, found: Settled, settings: SegmentsSettings,
           min_cell: int) -> dict[str, Table]:
    """Return the tables of movement and drift; no move is told among the largest that the table of all hides."""
    tables: dict[str, Table] = {}
    if found.model is None:
        return tables
    if then is not None:
        moves = migration(now, then, found)
        # How many each cluster had, then and now, stands on the page: a single hidden move would follow from it.
        tables["migration"] = Table(moves, MOVES, count="customers", within=("from_cluster",), across=("to_cluster",))
        told = largest(moves[~suppress(tables["migration"], min_cell)["suppressed"]])
        if len(told):
            tables["movers"] = Table(told, MOVERS, count="customers", within=("from_cluster", "to_cluster"))
    tables["drift"] = Table(drift(now, found.model, settings), DRIFT)
    return tables


def largest(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves from cluster to cluster that took most money along: from_cluster, to_cluster, customers, sales.

    Eight at most, and none of fewer people than may be told of.
    """
    real = moves[(moves["moved"] == "yes") & (moves["from_cluster"] != NEW) & (moves["to_cluster"] != GONE)]
    told = real[real["customers"] >= LEAST].sort_values(["sales", "from_cluster", "to_cluster"],
                                                        ascending=[False, True, True])
    return told.head(LARGEST)[list(MOVERS)].reset_index(drop=True)


def moved_share(frame: pd.DataFrame) -> float | None:
    """Return the share of last month's buyers who are in another cluster now."""
    there = frame[~frame["from_cluster"].isin((NEW,)) & ~frame["to_cluster"].isin((GONE,))]
    whole = int(there["customers"].sum())
    return int(there.loc[there["moved"] == "yes", "customers"].sum()) / whole if whole else None


def figures(found: Mapping[str, Table]) -> dict[str, Figure]:
    """Return the chart of movement."""
    if "migration" not in found:
        return {}
    frame = found["migration"].frame
    share = moved_share(frame)
    going = frame[(frame["moved"] == "yes") & ~frame["from_cluster"].isin((NEW,)) & ~frame["to_cluster"].isin((GONE,))]
    values = {"share": share, "customers": int(going["customers"].sum())}
    size = (7.2, 1.6 + 0.5 * frame["from_cluster"].nunique())
    return {"migration": Figure(plot_migration, "migration", values, size=size)}


def plot_migration(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw last month's cluster against this month's; those who stayed stand in a frame."""
    from matplotlib.patches import Rectangle

    from crmlib import theme

    down = list(dict.fromkeys(frame["from_cluster"]))
    across = [*(c for c in down if c in set(frame["to_cluster"])),
              *(c for c in dict.fromkeys(frame["to_cluster"]) if c not in down)]
    heads = {code: numbered("from_cluster", code, words) for code in down}
    short = {code: number(code) or words.code("to_cluster", code) for code in across}
    named = frame.assign(head=frame["from_cluster"].map(heads), to=frame["to_cluster"].map(short))
    charts.heatmap(named, ax, words, row="head", column="to", value="share", unit="ratio", rows=list(heads.values()),
                   columns=list(short.values()))
    for i, code in enumerate(down):
        if code in across:
            ax.add_patch(Rectangle((across.index(code) + 0.03, i + 0.03), 0.94, 0.94, fill=False, linewidth=2.0,
                                   edgecolor=theme.INK))
    return ax


MOVES = {"from_cluster": Column("code"), "to_cluster": Column("code"), "customers": Column("customers"),
         "share": Column("ratio"), "sales": Column("money"), "moved": Column("code")}
MOVERS = {name: MOVES[name] for name in ("from_cluster", "to_cluster", "customers", "sales")}
DRIFT = {"feature": Column("code"), "psi": Column("score"), "limit": Column("score"), "unknown": Column("customers")}
