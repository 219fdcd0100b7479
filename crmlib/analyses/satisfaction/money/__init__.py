"""What is satisfaction worth? What customers bought after their answer, and what hangs on the dissatisfied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.after import ANSWER, FEWEST, after, classed, followed, gaps, uneven
from crmlib.analyses.satisfaction.answers import declared, leading
from crmlib.analyses.satisfaction.money import call
from crmlib.analyses.satisfaction.money.risk import risk
from crmlib.dataset import months
from crmlib.part import CODE, DIFFERENCE, MONEY, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
COLUMNS = {
    "after": {"dimension": CODE, "level": CODE, "class": CODE, "n": PEOPLE, "repeat_rate": RATIO, "low": RATIO,
              "high": RATIO, "spent": MONEY, "spent_low": MONEY, "spent_high": MONEY},
    "stayed_away": {"dimension": CODE, "level": CODE, "n_low": PEOPLE, "n_high": PEOPLE, "value": DIFFERENCE,
                    "low": DIFFERENCE, "high": DIFFERENCE},
    "risk": {"dimension": CODE, "segment": CODE, "customers": PEOPLE, "spent": MONEY, "at_risk": MONEY, "low": MONEY,
             "high": MONEY},
}
SMALL: dict[str, dict[str, Any]] = {"after": {"count": "n", "within": ("dimension", "level")},
                                    "stayed_away": {"count": "n_low", "within": ("dimension",)},
                                    "risk": {"count": "customers", "within": ("dimension",)}}


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say whether satisfied customers come back more often, and what hangs on those who are not.

    Returns
    -------
    Part
        tables
            after: dimension (all, bought), level, class (low, middle, high), n, repeat_rate, low, high, spent,
            spent_low, spent_high. stayed_away: dimension (all, bought), level, n_low, n_high, value (how much more
            often the dissatisfied stayed away than the satisfied, like compared with like), low, high. risk: dimension
            (all, segment), segment, customers (dissatisfied), spent (their net of the last 365 days), at_risk, low,
            high: the part of it that would be lost if they stay away so much more often. Money in minor units.
        measures
            customer_key, satisfaction_class (low, middle, high), satisfaction_on (date of the answer),
            satisfaction_call ('call' or empty; a rule of the actions asks for it): restricted.
    """
    metric = leading(settings, "nps", "nps") or leading(settings, "top2", "csat") or settings.metrics[0]
    if data.missing(("customers", "orders", "order_lines")):
        return Part(notes=(("money.no_purchases", {}),))
    standing = data.query("satisfaction_standing", tables=declared(settings), metric=metric.key,
                          first_month=months.shift(data.month, 1 - settings.crowd_months))
    if standing.empty:
        return Part(notes=(("money.no_answers", {}),))
    standing = standing.assign(**{"class": classed(standing["value"], metric)})
    to_call = call.lately(standing, data, settings.call_days)
    standing = standing.assign(satisfaction_call=to_call.map({True: call.CALL, False: ""}).astype("str"))
    found = followed(data, settings, ANSWER, metric.key)
    found = found.assign(**{"class": classed(found["value"], metric)})
    away = gaps(found, settings.confidence)
    frames = {"after": _whole(after(found, settings.confidence)), "stayed_away": away.drop(columns="error"),
              "risk": risk(standing, away, settings.confidence)}
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=_figures(frames["after"], settings),
                notes=(*_told(data, settings, away, frames, found), *_called(standing, data, settings)),
                measures=_measures(standing))


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    money = dict.fromkeys(("spent", "spent_low", "spent_high"), "Int64")
    return table.assign(**{name: table[name].round() for name in money}).astype(money)


def _measures(standing: pd.DataFrame) -> pd.DataFrame:
    return standing[["customer_key"]].assign(satisfaction_class=standing["class"],
                                             satisfaction_on=standing["answered_on"],
                                             satisfaction_call=standing["satisfaction_call"])


def _told(data: Dataset, settings: SatisfactionSettings, away: pd.DataFrame, frames: dict[str, pd.DataFrame],
          found: pd.DataFrame) -> Notes:
    base = {"days": settings.after_days}
    counted = found["class"].value_counts()
    if away[away["dimension"] == "all"].empty:
        few = min(int(counted.get(one, 0)) for one in ("low", "high")) < FEWEST
        return ((f"money.{'too_few' if few else 'not_alike'}", base | {
            "low": int(counted.get("low", 0)), "high": int(counted.get("high", 0)), "needed": FEWEST}),)
    differs = away.iloc[0]
    values = base | {name: 100 * float(differs[name]) for name in ("value", "low", "high")}
    if differs["high"] < 0:
        return (("money.comes_more", values | {"value": -values["value"], "low": -values["high"],
                                               "high": -values["low"]}), ("money.no_cause", {}))
    if differs["low"] <= 0:
        return (("money.no_difference", values),)
    return (("money.stays_away", values), *_uneven(away), *_at_risk(data, frames["risk"]),
            ("money.no_cause", {}))


def _uneven(away: pd.DataFrame) -> Notes:
    """Return whether the difference is the same for those who bought seldom and often."""
    groups = away[away["dimension"] != "all"]
    if len(groups) < 2:
        return ()
    if not uneven(away):
        return (("money.even", {}),)
    most, least = (groups.loc[place] for place in (groups["value"].idxmax(), groups["value"].idxmin()))
    return (("money.uneven", {"most": most["level"], "most_value": 100 * float(most["value"]),
                              "least": least["level"], "least_value": 100 * float(least["value"])}),)


def _at_risk(data: Dataset, table: pd.DataFrame) -> Notes:
    if table.empty or int(table["customers"].iloc[0]) < data.settings.privacy.min_cell:
        return ()
    row = table.iloc[0]
    return (("money.at_risk", {"customers": int(row["customers"])} | {
        name: data.money(int(row[column])) for name, column in (
            ("spent", "spent"), ("value", "at_risk"), ("low", "low"), ("high", "high"))}),)


def _called(standing: pd.DataFrame, data: Dataset, settings: SatisfactionSettings) -> Notes:
    n = int((standing["satisfaction_call"] == call.CALL).sum())
    if n < data.settings.privacy.min_cell:
        return (("money.call_few", {"days": settings.call_days}),) if n else ()
    return (("money.call", {"customers": n, "days": settings.call_days}),)


def _figures(table: pd.DataFrame, settings: SatisfactionSettings) -> dict[str, Figure]:
    shown = table[table["dimension"] == "all"].set_index("class")
    if not {"low", "high"} <= set(shown.index) or int(shown.loc[["low", "high"], "n"].min()) < FEWEST:
        return {}
    return {"after": Figure(plot_after, "after", {
        "low": float(shown.loc["low", "repeat_rate"]), "high": float(shown.loc["high", "repeat_rate"]),
        "days": settings.after_days, "n": int(shown["n"].sum())}, (7.2, 2.8))}


def plot_after(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how many of each class bought again after their answer."""
    shown = frame[frame["dimension"] == "all"].iloc[::-1].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="class", value="repeat_rate", low="low", high="high", unit="ratio",
                       n="n", accent="low")
