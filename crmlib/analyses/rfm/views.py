"""The scores seen in other ways: money by recency and frequency, ranks A to E, what to do for each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import RfmSettings
    from crmlib.text import Text

#: Through which channel each segment of the standard map is best addressed; what is said is in the text files.
CHANNELS = {"champions": "phone", "loyal": "mail", "growing": "mail", "new": "mail", "second_due": "mail",
            "needs_attention": "mail", "slipping_new": "mail", "cannot_lose": "phone", "at_risk": "mail",
            "dormant": "post", "lost_once": "mail"}
CLASSES = 5
LETTERS = dict(zip(("recency", "frequency", "monetary"), "rfm", strict=True))


def grid(cells: pd.DataFrame, ranks: tuple[str, ...]) -> pd.DataFrame:
    """Return the cells of recency by frequency with their shares, their money per customer and their rank.

    Parameters
    ----------
    ranks : tuple of str
        Five letters for each recency score, 5 first, from frequency 1 to 5.
    """
    customers, sales = int(cells["customers"].sum()), int(cells["sales"].sum())
    each = [round(int(s) / int(n)) for s, n in zip(cells["sales"], cells["customers"], strict=True)]
    letters = [ranks[5 - int(r)][int(f) - 1] for r, f in zip(cells["r_score"], cells["f_score"], strict=True)]
    return cells.assign(share=[_ratio(int(n), customers) for n in cells["customers"]],
                        sales_share=[_ratio(int(s), sales) for s in cells["sales"]],
                        average=each, rank=letters).astype(
        {"share": "float64", "sales_share": "float64", "average": "int64", "rank": "str"})[list(GRID)]


def rank_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return customers and sales of each rank, A first: rank, customers, share, sales (minor units), sales_share."""
    table = cells.groupby("rank", as_index=False)[["customers", "share", "sales", "sales_share"]].sum(min_count=1)
    return table.sort_values("rank", ignore_index=True)[list(RANKS)]


def suggestions(segments: pd.DataFrame, settings: RfmSettings) -> pd.DataFrame:
    """Return what to do for the customers of each segment that has some: segment, customers, action, channel.

    The shop's own words for an action are under the segment's code, as are those of the standard map; a segment of the
    shop's own without any is left out.
    """
    own = {rule.segment: rule for rule in reversed(settings.segment_map or ())}
    told = [code for code in segments["segment"] if code in CHANNELS or (code in own and own[code].action)]
    found = segments[segments["segment"].isin(told)][["segment", "customers"]].reset_index(drop=True)
    channel = [(code in own and own[code].channel) or CHANNELS.get(code, "mail") for code in found["segment"]]
    return found.assign(action=found["segment"], channel=channel).astype({"action": "str", "channel": "str"})


def tables(cells: pd.DataFrame, segments: pd.DataFrame, settings: RfmSettings) -> dict[str, Table]:
    """Return the tables of these views; nobody bought: only the empty grid."""
    table = grid(cells, settings.grid_ranks)
    found = {"grid": Table(table, GRID, count="customers")}
    if len(table):
        found["ranks"] = Table(rank_table(table), RANKS, count="customers")
    advice = suggestions(segments, settings)
    if len(advice):
        found["suggestions"] = Table(advice, SUGGESTIONS, count="customers")
    return found


def notes(data: Dataset, cuts: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return how the scores were given, and why fewer than five classes are in use where they are."""
    scoring = data.settings.rfm.scoring
    return (("scored", {"scoring": scoring}), *few_classes(data, cuts, scoring))


def few_classes(data: Dataset, cuts: pd.DataFrame, scoring: str) -> list[tuple[str, dict[str, Any]]]:
    """Return one sentence for each measure with fewer than five classes, naming the cause."""
    buyers = int(cuts.loc[cuts["measure"] == "recency", "customers"].sum())
    used = cuts.groupby("measure")["score"].nunique()
    short = [(measure, int(used[measure])) for measure in LETTERS if measure in used.index and used[measure] < CLASSES]
    if short and buyers < CLASSES:
        return [("few_classes_buyers", {"customers": buyers})]
    if not short:
        return []
    values = data.query("rfm_values")
    causes = {"fixed": "limits", "r_package": "r"}
    return [(f"few_classes_{causes.get(scoring, 'ties')}",
             {"measure": measure, "used": n, "share": tied(values, measure, scoring)}) for measure, n in short]


def tied(values: pd.DataFrame, measure: str, scoring: str) -> float:
    """Return the share of buyers who have the commonest value; of frequency by ranks, of those who bought again."""
    part = values[values["measure"] == LETTERS[measure]]
    if measure == "frequency" and scoring == "quantile":
        part = part[part["value"] > 1]
    return float(part["customers"].max() / part["customers"].sum()) if len(part) else 1.0


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the charts of these views."""
    if "ranks" not in found:
        return {}
    cells, ranks = found["grid"].frame, found["ranks"].frame
    top = cells.sort_values(["average", "r_score", "f_score"], ascending=[False, False, False]).iloc[0]
    first = ranks.iloc[0]
    values = {"r": int(top["r_score"]), "f": int(top["f_score"])}
    share = None if first["sales_share"] != first["sales_share"] else float(first["sales_share"])
    said = {"rank": first["rank"], "customers": int(first["customers"]), "sales": share}
    return {"grid_money": Figure(plot_money, "grid", values, size=(7.2, 5.0)),
            "ranks": Figure(plot_ranks, "ranks", said, size=(7.2, 3.2))}


def plot_money(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the money per customer in each cell of recency by frequency."""
    return charts.grid(frame, ax, words, value="average", unit="money")


def plot_ranks(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers of each rank, with its share of the sales beside it."""
    return charts.bars(frame, ax, words, label="rank", value="customers", unit="customers",
                       other=("sales_share", "ratio"), accent=("A",))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


GRID = {"r_score": Column("code"), "f_score": Column("code"), "customers": Column("customers"),
        "sales": Column("money"), "share": Column("ratio"), "sales_share": Column("ratio"), "average": Column("money"),
        "rank": Column("code")}
RANKS = {"rank": Column("code"), "customers": Column("customers"), "share": Column("ratio"), "sales": Column("money"),
         "sales_share": Column("ratio")}
SUGGESTIONS = {"segment": Column("code"), "customers": Column("customers"), "action": Column("code"),
               "channel": Column("code")}
