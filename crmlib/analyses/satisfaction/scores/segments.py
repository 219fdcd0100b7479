"""Which customers, and which surveys, stand out in their answers beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import ALL, PEOPLE, Answers, Line, declared
from crmlib.analyses.satisfaction.scores.tables import UNITS
from crmlib.analyses.satisfaction.scoring import Histogram, counted, difference, estimate
from crmlib.methods.multiple import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = ("rfm_segment", "rank", "gender", "age_band", "prefecture", "channel")
UNKNOWN = "unknown"
#: Levels of a dimension shown beside each other, at most; all are in ``by_segment``.
MOST_LEVELS = 6
BY_SEGMENT = {"dimension": "str", "level": "str", "metric": "str", "n": "int64", "value": "float64", "low": "float64",
              "high": "float64"}
BY_SURVEY = {"survey": "str", "metric": "str", "n": "int64", "value": "float64", "low": "float64", "high": "float64",
             "unit": "str"}
SEGMENTS = {"dimension": "str", "level": "str", "n": "int64", "value": "float64", "low": "float64", "high": "float64",
            "rest": "float64", "verdict": "str"}


def counts(answers: Answers) -> pd.DataFrame:
    """Return the month's answers told apart: dimension, level, metric, value, answers, people; informative ones."""
    data = answers.data
    if not data.has("customers"):
        return data.query("satisfaction_surveys", tables=declared(answers.settings)).iloc[:0].assign(
            dimension="", level="")
    found = data.query("satisfaction_segments", tables=declared(answers.settings))
    telling = [name for name in DIMENSIONS
               if found.loc[(found["dimension"] == name) & (found["level"] != UNKNOWN), "level"].nunique() > 1]
    return found[found["dimension"].isin(telling)].reset_index(drop=True)


def by_segment(answers: Answers, found: pd.DataFrame) -> pd.DataFrame:
    """Return dimension, level, metric, n, value, low, high of the month; the levels of a metric add up to all."""
    import pandas as pd

    rows = [(dimension, level, line.key, *_figure(answers, line, parts[line.metric.key]))
            for dimension in DIMENSIONS for level, here in _levels(found, dimension)
            for parts in [dict(list(here.groupby("metric")))]
            for line in _lines(answers) if line.metric.key in parts]
    return pd.DataFrame([row for row in rows if row[3]], columns=list(BY_SEGMENT)).astype(BY_SEGMENT)


def by_survey(answers: Answers) -> pd.DataFrame:
    """Return survey, metric, n, value, low, high, unit of the month's surveys; empty where there is only one."""
    import pandas as pd

    found = answers.data.query("satisfaction_surveys", tables=declared(answers.settings))
    several = found["survey_id"].nunique() > 1
    rows = [(survey, line.key, *_figure(answers, line, part), UNITS[line.metric.statistic])
            for survey, here in (found.groupby("survey_id", sort=True) if several else ())
            for line in _lines(answers) if len(part := here[here["metric"] == line.metric.key])]
    return pd.DataFrame([row for row in rows if row[2]], columns=list(BY_SURVEY)).astype(BY_SURVEY)


def _lines(answers: Answers) -> list[Line]:
    own = [metric.key for metric in answers.settings.metrics]
    return [line for line in answers.lines if line.basis in (ALL, PEOPLE) and line.metric.key in own]


def _figure(answers: Answers, line: Line, part: pd.DataFrame) -> tuple[Any, ...]:
    found = estimate(line.metric, _histogram(part, line.basis), answers.settings.confidence)
    return found.n, found.value, found.low, found.high


def _histogram(part: pd.DataFrame, basis: str) -> Histogram:
    given = part[part[basis] > 0]
    return counted(given["value"], given[basis])


def _levels(found: pd.DataFrame, dimension: str) -> list[tuple[str, pd.DataFrame]]:
    """The levels of a dimension: ages in their order, others by how many answered; the unknown last."""
    here = found[found["dimension"] == dimension]
    size = here.groupby("level")["answers"].sum().to_dict()
    order = sorted(size, key=lambda level: (level == UNKNOWN, level if dimension == "age_band" else "",
                                            -size[level], level))
    return [(level, here[here["level"] == level]) for level in order]


def standing_out(answers: Answers, found: pd.DataFrame, line: Line) -> pd.DataFrame:
    """Return each level's figure beside that of all others of its dimension, and whether they differ beyond chance.

    Every level with enough answers is compared; the comparisons are judged together, so that in the long run at most
    5 % (1 less the confidence) of the differences called real are chance (see ``benjamini_hochberg``).

    Returns
    -------
    pandas.DataFrame
        dimension, level, n, value, low, high, rest (figure of the others), verdict (higher, lower, alike); the largest
        levels of each dimension with enough answers.
    """
    import pandas as pd

    rows, chances = [], []
    own = found[found["metric"] == line.metric.key]
    for dimension, level, part, others in _compared(own):
        chance = _chance(answers, line, *(one := (_histogram(part, line.basis), _histogram(others, line.basis))))
        if chance is not None and level != UNKNOWN:
            chances.append(chance)
            rows.append([dimension, level, *_figure(answers, line, part),
                         estimate(line.metric, one[1], answers.settings.confidence).value])
    for row, real in zip(rows, benjamini_hochberg(chances, 1 - answers.settings.confidence), strict=True):
        row.append(("higher" if row[3] > row[6] else "lower") if real else "alike")
    return _largest(pd.DataFrame(rows, columns=list(SEGMENTS)).astype(SEGMENTS))


def _compared(own: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    for dimension in DIMENSIONS:
        whole = own[own["dimension"] == dimension]
        for level, part in _levels(own, dimension):
            yield dimension, level, part, whole[whole["level"] != level]


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows worth showing: the largest levels of each dimension, and those beyond chance before others."""
    place = table.assign(alike=table["verdict"] == "alike").sort_values(["alike", "n"], ascending=[True, False],
                                                                        kind="stable").groupby("dimension").cumcount()
    return table[place.sort_index() < MOST_LEVELS].reset_index(drop=True)


def _chance(answers: Answers, line: Line, here: Histogram, others: Histogram) -> float | None:
    """Return how likely a difference so large is by chance alone, read off the interval; None with few answers."""
    least = answers.settings.reference_below
    if min(sum(here.values()), sum(others.values())) < least:
        return None
    found = difference(line.metric, here, others, 0.95)
    if found is None:
        return None
    middle, half = (found[0] + found[1]) / 2, (found[1] - found[0]) / 2
    return 2 * (1 - NormalDist().cdf(abs(middle) / half * NormalDist().inv_cdf(0.975))) if half else None
