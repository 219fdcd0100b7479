"""Customers by what they brought: deciles, ABC, and the ten classes of CPM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.dataset.carried import bases
from crmlib.methods.histograms import median, quantile
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

CPM = ("first", "toddling", "steady", "trendy", "best")
STATES = ("active", "lapsed")
CODES = tuple(f"{stage}_{state}" for state in STATES for stage in CPM)
#: Below these cumulative shares of the sales a customer is A or B.
ABC = (("A", 0.7), ("B", 0.9))


@dataclass(frozen=True)
class Bounds:
    """What decides the CPM class: days without a purchase, days of buying, money (minor units)."""

    lapsed_after: float
    early: int
    loyal: int
    amount: float


def values(data: Dataset, statement: str = "customers_value") -> pd.DataFrame:
    """Return one row per buyer with what they brought, by id; ``customers_deciles`` adds them up by tenth."""
    ever = bases.ever(data)
    found = ever.query(statement, tables={"base_year_ago": ever.previous(12).shared("customer_base")})
    return found.astype({"decile": "Int64"})  # also where nobody is without one: they are joined to others


def abc(buyers: pd.DataFrame) -> pd.Series:
    """Return A, B or C by cumulative net sales of the last twelve months; equal amounts share a class."""
    import numpy as np
    import pandas as pd

    kept = buyers[(buyers["recent_days"] > 0) & (buyers["recent_money"] > 0)]
    money = kept["recent_money"].to_numpy()
    levels, place = np.unique(-money, return_inverse=True)
    held = np.bincount(place, weights=money, minlength=len(levels)) if len(money) else np.zeros(0)
    before = (np.cumsum(held) - held)[place] / max(float(money.sum()), 1.0) if len(money) else np.zeros(0)
    picked = np.select([before < limit for _, limit in ABC], [name for name, _ in ABC], default="C")
    return pd.Series(picked, index=kept.index, dtype="str").reindex(buyers.index)


def bounds(buyers: pd.DataFrame, gaps: pd.DataFrame, settings: CustomersSettings, decimals: int) -> Bounds:
    """Return the limits of the CPM classes: the shop's own, else from its data.

    Without one, a customer has left after longer than 95 % of all waits between purchase days took, and much money is
    more than the median of those who bought twice or more.
    """
    cpm = settings.cpm
    lapsed = cpm.lapsed_after_days or quantile(gaps["gap_days"].to_numpy(), gaps["n"].to_numpy(), 0.95)
    several = buyers[buyers["purchase_days"] > 1]["monetary"]
    amount = float(cpm.amount) * 10 ** decimals if cpm.amount is not None else (
        float(several.median()) if len(several) else 0.0)
    return Bounds(float(lapsed) if lapsed is not None else float(settings.lost_after_days), cpm.early_days,
                  cpm.loyal_days, amount)


def cpm_classes(buyers: pd.DataFrame, limits: Bounds) -> pd.Series:
    """Return the CPM class of each buyer: five stages of growing with the shop, each active or lapsed.

    Complete and exclusive: first (one purchase day), toddling (bought for less than ``early`` days), steady (longer,
    less money), trendy (much money in less than ``loyal`` days), best (much money, for longer).
    """
    import numpy as np
    import pandas as pd

    span, rich = buyers["span_days"], buyers["monetary"] >= limits.amount
    stage = np.select([buyers["purchase_days"] == 1, span < limits.early, ~rich, span < limits.loyal],
                      CPM[:4], default=CPM[4])
    state = np.where(buyers["recency_days"] <= limits.lapsed_after, *STATES)
    joined = np.char.add(np.char.add(stage.astype(str), "_"), state.astype(str))
    return pd.Series(joined, index=buyers.index, dtype="str")


def overdue(buyers: pd.DataFrame) -> pd.Series:
    """Return days since the last purchase ÷ the own median wait; none with fewer than three purchase days."""
    own = buyers["gap_days"].astype("Float64") / 2
    return (buyers["recency_days"] / own.where(own > 0)).astype("Float64")


def decile_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return size, sales and recency of each tenth, from rows of ``customers_deciles``.

    Returns
    -------
    pandas.DataFrame
        decile, customers, sales (minor units, last twelve months), sales_share, cumulative_share, average (minor units
        per customer), recency_median (days), once_share (bought on one day only).
    """
    import pandas as pd

    total, rows, before = int(cells["sales"].sum()), [], 0
    for number, part in cells.groupby("decile", sort=True):
        people, sales = int(part["customers"].sum()), int(part["sales"].sum())
        before += sales
        rows.append((number, people, sales, sales / total, before / total, sales / people,
                     median(part["recency_days"], part["customers"]), int(part["once"].sum()) / people))
    return pd.DataFrame(rows, columns=list(DECILES))


def abc_table(buyers: pd.DataFrame, classes: pd.Series) -> pd.DataFrame:
    """Return size and sales of A, B and C.

    Returns
    -------
    pandas.DataFrame
        abc_class, customers, share, sales (minor units, last twelve months), sales_share, average (minor units).
    """
    import pandas as pd

    kept = buyers[classes.notna()]
    people, money = len(kept), int(kept["recent_money"].sum())
    rows = []
    for code, part in kept.groupby(classes[classes.notna()], sort=True):
        sales = int(part["recent_money"].sum())
        rows.append((code, len(part), len(part) / people, sales, sales / money, sales / len(part)))
    return pd.DataFrame(rows, columns=list(ABC_COLUMNS)).astype({"abc_class": "str"})


def cpm_table(buyers: pd.DataFrame, classes: pd.Series) -> pd.DataFrame:
    """Return size and sales of each CPM class, in the order of growing.

    Returns
    -------
    pandas.DataFrame
        cpm_class, customers, share, sales (minor units, all history), sales_share, average (minor units per customer).
    """
    import pandas as pd

    people, money = len(buyers), int(buyers["monetary"].sum())
    rows = []
    for code in CODES:
        part = buyers[classes == code]
        sales = int(part["monetary"].sum())
        rows.append((code, len(part), len(part) / people if people else None, sales, sales / money if money else None,
                     sales / len(part) if len(part) else None))
    frame = pd.DataFrame(rows, columns=list(CPM_COLUMNS))
    return frame.astype({"cpm_class": "str", "average": "float64"})


def tables(buyers: pd.DataFrame, cells: pd.DataFrame) -> dict[str, Table]:
    """Return the tables of buyers with their classes and of their tenths, without those nobody is in."""
    found = {}
    if len(cells):
        found["deciles"] = Table(decile_table(cells), DECILES, count="customers")
        found["abc"] = Table(abc_table(buyers, buyers["abc_class"]), ABC_COLUMNS, count="customers")
    if len(buyers):
        found["cpm"] = Table(cpm_table(buyers, buyers["cpm_class"]), CPM_COLUMNS, count="customers")
    return found


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the charts; each draws a table of the same result."""
    drawn = {}
    if "deciles" in found:
        top = found["deciles"].frame.iloc[0]
        values_of = {"share": float(top["sales_share"]), "customers": int(top["customers"])}
        drawn["deciles"] = Figure(plot_deciles, "deciles", values_of, size=(7.2, 4.0))
    if "cpm" in found:
        people = found["cpm"].frame.set_index("cpm_class")["customers"]
        best = {state: int(people[f"{CPM[-1]}_{state}"]) for state in STATES}
        drawn["cpm"] = Figure(plot_cpm, "cpm", best | {"customers": int(people.sum())}, size=(7.2, 4.4))
    return drawn


def plot_deciles(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each tenth's share of the sales."""
    return charts.columns(frame, ax, words, x="decile", value="sales_share", unit="ratio")


def plot_cpm(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers of each class, with its share of the sales beside it."""
    return charts.bars(frame, ax, words, label="cpm_class", value="customers", unit="customers",
                       other=("sales_share", "ratio"), accent=("best_lapsed", "trendy_lapsed"))


DECILES = {"decile": Column("code"), "customers": Column("customers"), "sales": Column("money"),
           "sales_share": Column("ratio"), "cumulative_share": Column("ratio"), "average": Column("money"),
           "recency_median": Column("days"), "once_share": Column("ratio")}
ABC_COLUMNS = {"abc_class": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
               "sales": Column("money"), "sales_share": Column("ratio"), "average": Column("money")}
CPM_COLUMNS = {"cpm_class": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
               "sales": Column("money"), "sales_share": Column("ratio"), "average": Column("money")}
