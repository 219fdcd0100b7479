"""Did it help? A figure before and after something was mended, against its usual ups and downs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.answers import declared
from crmlib.analyses.satisfaction.mended.windows import FEWEST_OTHERS, Change, Months, compared
from crmlib.analyses.satisfaction.scoring import counted
from crmlib.analyses.satisfaction.support.tickets import morning
from crmlib.part import CODE, COUNT, DATE, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Improvement, Metric, SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
POINTS = Column("points")
COLUMNS = {"mended": {
    "mended": CODE, "metric": CODE, "start": DATE, "n_before": Column("responses"), "n": Column("responses"),
    "before": Column("measured"), "value": Column("measured"), "unit": Column("unit"), "change": POINTS, "low": POINTS,
    "high": POINTS, "usual_low": POINTS, "usual_high": POINTS, "others": COUNT, "finding": CODE}}
KINDS = {"mended": "str", "metric": "str", "start": "str", "n_before": "int64", "n": "int64", "before": "float64",
         "value": "float64", "unit": "str", "change": "float64", "low": "float64", "high": "float64",
         "usual_low": "float64", "usual_high": "float64", "others": "int64", "finding": "str"}
SMALL: dict[str, dict[str, Any]] = {"mended": {"count": "n", "within": ("mended", "metric")}}
UNITS = {"nps": "points", "top2": "ratio", "mean": "score"}
REPLY = "reply_within_day"


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say of each declared improvement whether its figure moved more than by chance, and more than it usually does.

    Returns
    -------
    Part
        tables
            mended: mended (name of the improvement), metric, start, n_before, n (answers of the months before and
            after), before, value (the figure), unit, change, low, high (points for NPS and shares, else the scale's
            steps), usual_low, usual_high (range of the changes between other months), others (how many those are),
            finding (see ``windows.Change``).
    """
    if not settings.improvements:
        return Part(notes=(("mended.none", {}),))
    found = [(one, metric, _compared(data, settings, one, metric))
             for one in settings.improvements for metric in [_metric(settings, one)]]
    frame = _table(found)
    shown = frame[frame["low"].notna() & (frame["finding"] != "too_early") & (frame["finding"] != "too_few")]
    notes: Notes = tuple((f"mended.{change.verdict}", _values(one, change, settings)) for one, _, change in found)
    told = shown.sort_values("finding", key=lambda column: ~column.isin(["improved", "worse"]), kind="stable")
    figures = {"mended": Figure(plot_mended, "mended", {
        "mended": told["mended"].iloc[0], "change": float(told["change"].iloc[0]),
        "months": settings.improvement_months}, (7.2, 2.2 + 0.4 * len(shown)))} if len(shown) else {}
    return Part(tables=tables({"mended": frame}, COLUMNS, SMALL), figures=figures, notes=(*notes, *_no_cause(frame)))


def _no_cause(frame: pd.DataFrame) -> Notes:
    moved = frame["finding"].isin(["improved", "worse", "unplaced", "returned"])
    return (("mended.no_cause", {}),) if moved.any() else ()


def _metric(settings: SatisfactionSettings, one: Improvement) -> Metric:
    from crmlib.settings.analyses.satisfaction import Metric as Declared

    declared_ones = {metric.key: metric for metric in settings.metrics}
    return declared_ones.get(one.metric) or Declared(key=REPLY, scale=(0, 1), statistic="top2", good_from=1)


def _compared(data: Dataset, settings: SatisfactionSettings, one: Improvement, metric: Metric) -> Change:
    by_month = _replies(data) if metric.key == REPLY else _answers(data, settings, metric)
    return compared(metric, by_month, one.start, settings.improvement_months, data.month, settings.reference_below,
                    settings.confidence, data.settings.calendar.closing_day)


def _answers(data: Dataset, settings: SatisfactionSettings, metric: Metric) -> Months:
    """Return the valid answers of each month up to this one."""
    counts = data.query("satisfaction_counts", tables=declared(settings))
    own = counts[(counts["metric"] == metric.key) & (counts["state"] == "valid") & (counts["ym"] <= data.month)]
    return {str(ym): counted(part["value"], part["answers"]) for ym, part in own.groupby("ym", sort=True)}


def _replies(data: Dataset) -> Months:
    """Return of each month the requests with (1) and without (0) a reply within a day."""
    if not data.has("tickets"):
        return {}
    until = morning(data.as_of, data.settings.time.business_tz) - timedelta(days=1)
    found = data.query("satisfaction_replies", until=until)
    return {str(row.ym): {0.0: int(row.tickets - row.within_day), 1.0: int(row.within_day)}
            for row in found.itertuples() if row.ym <= data.month}


def _table(found: list[tuple[Improvement, Metric, Change]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for one, metric, change in found:
        low, high = change.usual or (None, None)
        rows.append((one.name.get("en"), metric.key, one.start.isoformat(), change.n_before, change.n, change.before,
                     change.value, UNITS[metric.statistic], change.step, change.low, change.high, low, high,
                     change.others, change.verdict))
    return pd.DataFrame(rows, columns=list(KINDS)).astype(KINDS).sort_values(
        ["start", "mended", "metric"], ascending=[False, True, True], kind="stable", ignore_index=True)


def _values(one: Improvement, change: Change, settings: SatisfactionSettings) -> dict[str, Any]:
    low, high = change.usual or (None, None)
    return {"mended": one.name.get("en"), "start": one.start.isoformat(), "metric": one.metric,
            "months": settings.improvement_months, "n_before": change.n_before, "n": change.n, "change": change.step,
            "low": change.low, "high": change.high, "usual_low": low, "usual_high": high, "others": change.others,
            "needed": settings.reference_below, "needed_others": FEWEST_OTHERS}


def plot_mended(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the change after each improvement with its interval; those that cannot be told are left out."""
    shown = frame[frame["low"].notna() & ~frame["finding"].isin(["too_early", "too_few"])].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="mended", value="change", low="low", high="high", unit="points", n="n")
