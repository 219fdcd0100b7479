"""The scores seen in other ways: money by recency and frequency, ranks A to E, and how the scores were given."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.methods.histograms import median
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import RfmSettings
    from crmlib.text import Text

CLASSES = 5
LETTERS = dict(zip(("recency", "frequency", "monetary"), "rfm", strict=True))


def grid(cells: pd.DataFrame, ranks: tuple[str, ...], money: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of recency by frequency with their shares, their money per customer and their rank.

    Parameters
    ----------
    ranks : tuple of str
        Five letters for each recency score, 5 first, from frequency 1 to 5.
    money : pandas.DataFrame
        Rows of ``rfm_grid_money``, of which the medians are made.
    """
    customers, sales = int(cells["customers"].sum()), int(cells["sales"].sum())
    each = [int(s) / int(n) for s, n in zip(cells["sales"], cells["customers"], strict=True)]
    letters = [ranks[5 - int(r)][int(f) - 1] for r, f in zip(cells["r_score"], cells["f_score"], strict=True)]
    spread = dict(list(money.groupby(["r_score", "f_score"])))
    middle = [median(spread[key]["value"], spread[key]["customers"])
              for key in zip(cells["r_score"], cells["f_score"], strict=True)]
    return cells.assign(share=[_ratio(int(n), customers) for n in cells["customers"]],
                        sales_share=[_ratio(int(s), sales) for s in cells["sales"]],
                        average=each, monetary_median=middle, rank=letters).astype(
        {"share": "float64", "sales_share": "float64", "average": "float64", "monetary_median": "float64",
         "rank": "str"})[list(GRID)]


def rank_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return customers and sales of each rank, A first: rank, customers, share, sales (minor units), sales_share."""
    table = cells.groupby("rank", as_index=False)[["customers", "share", "sales", "sales_share"]].sum(min_count=1)
    return table.sort_values("rank", ignore_index=True)[list(RANKS)]


def tables(cells: pd.DataFrame, money: pd.DataFrame, settings: RfmSettings) -> dict[str, Table]:
    """Return the tables of these views; nobody bought: only the empty grid."""
    table = grid(cells, settings.grid_ranks, money)
    found = {"grid": Table(table, GRID, count="customers", within=("r_score",), across=("f_score",))}
    if len(table):
        found["ranks"] = Table(rank_table(table), RANKS, count="customers")
    return found


def notes(data: Dataset, cuts: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what was counted how, how the scores were given, and why fewer than five classes are in use if so."""
    rfm = data.settings.rfm
    since = data.as_of - timedelta(days=rfm.window_days) if rfm.window_days else None
    counted = {"as_of": data.as_of, "last": data.as_of - timedelta(days=1), "frequency": rfm.frequency,
               "monetary": rfm.monetary, "scoring": rfm.scoring}
    said = ("scored_window", counted | {"days": rfm.window_days, "since": since}) if since else ("scored", counted)
    return (said, *few_classes(data, cuts, rfm.scoring))


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


def figures(found: dict[str, Table], fewest: int) -> dict[str, Figure]:
    """Return the charts of these views; no title tells of a cell with fewer customers than ``fewest``."""
    if "ranks" not in found:
        return {}
    every, ranks = found["grid"].frame, found["ranks"].frame
    cells = every[every["customers"] >= fewest] if (every["customers"] >= fewest).any() else every
    top = cells.sort_values(["monetary_median", "r_score", "f_score"], ascending=[False, False, False]).iloc[0]
    most = cells.sort_values(["sales", "r_score", "f_score"], ascending=[False, False, False]).iloc[0]
    first = ranks.iloc[0]
    values = {"r": int(top["r_score"]), "f": int(top["f_score"])}
    carried = most["sales_share"]
    held = {"r": int(most["r_score"]), "f": int(most["f_score"]),
            "share": None if carried != carried else float(carried), "customers": float(most["share"])}
    share = None if first["sales_share"] != first["sales_share"] else float(first["sales_share"])
    said = {"rank": first["rank"], "customers": int(first["customers"]), "sales": share}
    return {"grid_sales": Figure(plot_sales, "grid", held, size=(7.2, 5.0)),
            "grid_money": Figure(plot_money, "grid", values, size=(7.2, 5.0)),
            "ranks": Figure(plot_ranks, "ranks", said, size=(7.2, 3.2))}


def plot_sales(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of the sales of each cell of recency by frequency."""
    return charts.grid(frame, ax, words, value="sales_share", unit="ratio")


def plot_money(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what the middle customer of each cell of recency by frequency brought."""
    return charts.grid(frame, ax, words, value="monetary_median", unit="money")


def plot_ranks(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers of each rank, with its share of the sales beside it."""
    return charts.bars(frame, ax, words, label="rank", value="customers", unit="customers",
                       other=("sales_share", "ratio"), accent=("A",))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


GRID = {"r_score": Column("code"), "f_score": Column("code"), "customers": Column("customers"),
        "sales": Column("money"), "share": Column("ratio"), "sales_share": Column("ratio"), "average": Column("money"),
        "monetary_median": Column("money"), "rank": Column("code")}
RANKS = {"rank": Column("code"), "customers": Column("customers"), "share": Column("ratio"), "sales": Column("money"),
         "sales_share": Column("ratio")}
