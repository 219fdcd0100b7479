"""What is satisfaction worth? What customers bought after their answer, and what hangs on the dissatisfied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.answers import declared, leading
from crmlib.analyses.satisfaction.money.after import Gap, after, classed, followed, gap
from crmlib.dataset import months
from crmlib.part import CODE, MONEY, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
#: Followed answers of a class without which nothing is claimed.
FEWEST = 30
RISK = {"segment": "str", "customers": "int64", "spent": "int64", "at_risk": "Int64", "low": "Int64", "high": "Int64"}
COLUMNS = {
    "after": {"dimension": CODE, "level": CODE, "class": CODE, "n": PEOPLE, "repeat_rate": RATIO, "low": RATIO,
              "high": RATIO, "spent": MONEY, "spent_low": MONEY, "spent_high": MONEY},
    "risk": {"segment": CODE, "customers": PEOPLE, "spent": MONEY, "at_risk": MONEY, "low": MONEY, "high": MONEY},
}
SMALL: dict[str, dict[str, Any]] = {"after": {"count": "n", "within": ("dimension", "level")},
                                    "risk": {"count": "customers"}}


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say whether satisfied customers come back more often, and what hangs on those who are not.

    Returns
    -------
    Part
        tables
            after: dimension (all, bought), level, class (low, middle, high), n, repeat_rate, low, high, spent,
            spent_low, spent_high. risk: segment, customers (dissatisfied), spent (their net of the last 365 days),
            at_risk, low, high: the part of it that would be lost if they stay away as much more often than the
            satisfied as was seen. Money in minor units.
        measures
            customer_key, satisfaction_class (low, middle, high), satisfaction_on (date of the answer): restricted.
    """
    metric = leading(settings, "nps", "nps") or leading(settings, "top2", "csat") or settings.metrics[0]
    if data.missing(("customers", "orders", "order_lines")):
        return Part(notes=(("money.no_purchases", {}),))
    standing = data.query("satisfaction_standing", tables=declared(settings), metric=metric.key,
                          first_month=months.shift(data.month, 1 - settings.crowd_months))
    if standing.empty:
        return Part(notes=(("money.no_answers", {}),))
    standing = standing.assign(**{"class": classed(standing["value"], metric)})
    before = followed(data, settings, metric)
    counted = before["class"].value_counts()
    enough = min(int(counted.get("low", 0)), int(counted.get("high", 0))) >= FEWEST
    differs = gap(before, settings.confidence) if enough else None
    frames = {"after": _whole(after(before, settings.confidence)), "risk": risk(standing, differs)}
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=_figures(frames["after"], settings),
                notes=_told(data, settings, differs, frames, counted), measures=_measures(standing))


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    money = dict.fromkeys(("spent", "spent_low", "spent_high"), "Int64")
    return table.assign(**{name: table[name].round() for name in money}).astype(money)


def risk(standing: pd.DataFrame, differs: Gap | None) -> pd.DataFrame:
    """Return what hangs on the dissatisfied: segment ("all" first), customers, spent, at_risk, low, high."""
    import pandas as pd

    low = standing[standing["class"] == "low"]
    rows: list[tuple[Any, ...]] = []
    for name, part in [("all", low), *low.groupby("rfm_segment", sort=True)] if len(low) else []:
        spent = int(part["spent"].clip(lower=0).sum())
        edges = (None, None, None) if differs is None else tuple(
            round(spent * max(edge, 0.0)) for edge in (differs.value, differs.low, differs.high))
        rows.append((str(name), len(part), spent, *edges))
    frame = pd.DataFrame(rows, columns=list(RISK)).astype(RISK)
    return frame.sort_values(["segment", "spent"], ascending=[True, False], ignore_index=True, kind="stable",
                             key=lambda column: column != "all" if column.name == "segment" else column)


def _measures(standing: pd.DataFrame) -> pd.DataFrame:
    return standing[["customer_key"]].assign(satisfaction_class=standing["class"],
                                             satisfaction_on=standing["answered_on"])


def _told(data: Dataset, settings: SatisfactionSettings, differs: Gap | None, frames: dict[str, pd.DataFrame],
          counted: pd.Series) -> Notes:
    base = {"days": settings.after_days}
    if differs is None:
        return (("money.too_few", base | {"low": int(counted.get("low", 0)), "high": int(counted.get("high", 0)),
                                          "needed": FEWEST}),)
    all_of = frames["after"][frames["after"]["dimension"] == "all"].set_index("class")
    values = base | {"low_rate": float(all_of.loc["low", "repeat_rate"]),
                     "high_rate": float(all_of.loc["high", "repeat_rate"]), "value": 100 * differs.value,
                     "low": 100 * differs.low, "high": 100 * differs.high}
    if differs.low <= 0:
        return (("money.no_difference", values),)
    notes: list[tuple[str, dict[str, Any]]] = [("money.stays_away", values)]
    if len(frames["risk"]):
        row, money = frames["risk"].iloc[0], data.money
        notes.append(("money.at_risk", {"customers": int(row["customers"]), "spent": money(int(row["spent"])),
                                        "value": money(int(row["at_risk"])), "low": money(int(row["low"])),
                                        "high": money(int(row["high"]))}))
    return (*notes, ("money.no_cause", {}))


def _figures(table: pd.DataFrame, settings: SatisfactionSettings) -> dict[str, Figure]:
    shown = table[table["dimension"] == "all"].set_index("class")
    if not {"low", "high"} <= set(shown.index):
        return {}
    return {"after": Figure(plot_after, "after", {
        "low": float(shown.loc["low", "repeat_rate"]), "high": float(shown.loc["high", "repeat_rate"]),
        "days": settings.after_days, "n": int(shown["n"].sum())}, (7.2, 2.8))}


def plot_after(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how many of each class bought again after their answer."""
    shown = frame[frame["dimension"] == "all"].iloc[::-1].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="class", value="repeat_rate", low="low", high="high", unit="ratio",
                       n="n", accent="low")
