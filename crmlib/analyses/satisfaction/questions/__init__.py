"""Questions as they were asked: what was chosen how often (GT表), and by which kind of customer (クロス集計)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.questions.choices import UNKNOWN, crosstab, gt, small_tables
from crmlib.methods.multiple import benjamini_hochberg
from crmlib.part import CODE, PEOPLE, RATIO, FactKinds, Notes, Part
from crmlib.privacy import suppress
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
SCORE = Column("score")
COLUMNS = {
    "gt": {"question": CODE, "option": CODE, "n": PEOPLE, "base": PEOPLE, "share": RATIO, "low": RATIO,
                  "high": RATIO},
    "crosstab": {"question": CODE, "dimension": CODE, "level": CODE, "option": CODE, "n": PEOPLE, "base": PEOPLE,
                 "share": RATIO, "low": RATIO, "high": RATIO, "residual": SCORE},
}
#: Bars and cells of a chart, at most.
BARS, ACROSS = 15, 7
#: Figures of questions on the page, at most; every question is in the table.
FIGURES = 3


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Count the answers to the declared questions, of everybody and by kind of customer.

    Returns
    -------
    Part
        tables
            gt: question, option, n, base, share, low, high. crosstab: question, dimension, level, option, n,
            base, share, low, high, residual. gt_1 …, crosstab_1 …: what the charts draw of the first questions.

    Notes
    -----
    Each person's last answers of the month; the base of a question with several answers is people, not answers.
    """
    counts = gt(data, settings) if settings.questions else None
    if counts is None or counts.empty:
        return Part(notes=(*_undeclared(data, settings), ("questions.none", {})))
    crossed = crosstab(data, settings)
    whole = {"gt": Table(counts, COLUMNS["gt"], count="n", within=("question",))}
    if len(crossed):
        whole["crosstab"] = Table(crossed, COLUMNS["crosstab"], count="n", within=("question", "dimension", "option"),
                                  across=("question", "dimension", "level"))
    tables = whole | _drawn(whole, settings.reference_below, data.settings.privacy.min_cell)
    return Part(tables=tables, figures=_figures(tables),
                notes=(*_told(counts), *_beyond(crossed, settings), *_undeclared(data, settings)))


def _drawn(whole: dict[str, Table], least: int, k: int) -> dict[str, Table]:
    """Return the tables of the charts: the most chosen answers of the first questions, and one crosstab of each.

    A level of fewer than ``least`` people is left to the file. What the whole table hides stays hidden in its parts.
    """
    found: dict[str, Table] = {}
    counts = whole["gt"].frame
    for number, question in enumerate(list(dict.fromkeys(counts["question"]))[:FIGURES], 1):
        options = list(counts.loc[counts["question"] == question, "option"][:BARS])
        chosen = (counts["question"] == question) & counts["option"].isin(options)
        found[f"gt_{number}"] = _taken(whole["gt"], chosen, k)
        if "crosstab" in whole:
            frame = whole["crosstab"].frame
            own = frame[(frame["question"] == question) & (frame["level"] != UNKNOWN) & (frame["base"] >= least)]
            first = own[own["dimension"] == own["dimension"].iloc[0]] if len(own) else own
            levels = list(dict.fromkeys(first["level"]))[:ACROSS]
            shown = frame.index.isin(first.index[first["level"].isin(levels) & first["option"].isin(options)])
            found |= {f"crosstab_{number}": _taken(whole["crosstab"], shown, k)} if shown.any() else {}
    return found


def _taken(table: Table, shown: Any, k: int) -> Table:
    """Return some rows of a table, hidden where the whole table hides them."""
    hidden = suppress(table, k)["suppressed"][shown]
    return Table(table.frame[shown].reset_index(drop=True), table.columns, count=table.count,
                 within=tuple(table.columns)[:4] if "level" in table.columns else ("question", "option"),
                 hide=tuple(place for place, small in enumerate(hidden) if small))


def _figures(tables: dict[str, Table]) -> dict[str, Figure]:
    figures = {}
    for name, table in tables.items():
        kind, frame = name.partition("_")[0], table.frame
        question = frame["question"].iloc[0]
        if kind == "gt" and name != kind:
            most = frame.sort_values(["n", "option"], ascending=[False, True]).iloc[0]
            figures[name] = Figure(plot_gt, name, {
                "question": question, "option": most["option"], "share": float(most["share"]),
                "base": int(most["base"])}, (7.2, 4.4))
        elif kind == "crosstab" and name != kind and frame["level"].nunique() > 1:
            figures[name] = Figure(plot_cross, name, {
                "question": question, "dimension": frame["dimension"].iloc[0],
                "base": int(frame.drop_duplicates("level")["base"].sum())}, (7.2, 4.8))
    return figures


def plot_gt(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of people who chose each answer."""
    return charts.bars(frame, ax, words, label="option", value="share", unit="ratio", accent=frame["option"].iloc[
        int(frame["share"].fillna(0).to_numpy().argmax())], other=("n", "customers"))


def plot_cross(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each kind of customer who chose each answer, with what stands out beyond chance."""
    return charts.heatmap(frame, ax, words, row="option", column="level", value="share", unit="ratio",
                          mark=("residual", 2.0))


def _told(counts: pd.DataFrame) -> Notes:
    notes: list[tuple[str, dict[str, Any]]] = []
    for question, part in counts.groupby("question", sort=False):
        most = part.sort_values(["n", "option"], ascending=[False, True]).iloc[0]
        notes.append(("questions.most", {"question": question, "option": most["option"], "share": float(most["share"]),
                                         "low": float(most["low"]), "high": float(most["high"]),
                                         "base": int(most["base"])}))
    return tuple(notes[:FIGURES])


def _beyond(crossed: pd.DataFrame, settings: SatisfactionSettings) -> Notes:
    """Return the cell that stands out most among all that were compared, or that none does."""
    from statistics import NormalDist

    told = crossed[crossed["residual"].notna() & (crossed["level"] != UNKNOWN) & (
        crossed["base"] >= settings.reference_below)]
    if told.empty:
        return ()
    chances = [2 * (1 - NormalDist().cdf(abs(one))) for one in told["residual"]]
    real = told[benjamini_hochberg(chances, 1 - settings.confidence)]
    counts: dict[str, Any] = {"compared": len(told), "beyond": len(real)}
    if real.empty:
        return (("questions.alike", counts),)
    order = real.assign(size=real["residual"].abs()).sort_values(
        ["size", "question", "dimension", "option", "level"], ascending=[False, True, True, True, True])
    row = order.iloc[0]
    return ((f"questions.{'more' if row['residual'] > 0 else 'less'}", counts | {
        "question": row["question"], "dimension": row["dimension"], "level": row["level"], "option": row["option"],
        "share": float(row["share"])}),)


def _undeclared(data: Dataset, settings: SatisfactionSettings) -> Notes:
    """Return the questions with choices that nobody declared, neither as a question nor as a metric."""
    found = data.query("satisfaction_silent", tables=small_tables(settings))
    scored = {settings.question(metric) for metric in settings.metrics}
    names = [str(name) for name in found.loc[found["key"].isna(), "question"] if name not in scored]
    return (("questions.undeclared", {"names": ", ".join(names)}),) if names else ()
