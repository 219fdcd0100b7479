"""Choices counted: one answer or several, one cell or many, by everybody and by kind of customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlib.methods.association.crosstab import adjusted_residuals
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.settings.analyses.satisfaction.questions import Question

#: Levels of a crosstab and answers of a question beyond the declared ones, at most; the rest is said, never lumped.
MOST_LEVELS, MOST_OPTIONS = 12, 40
UNKNOWN = "unknown"
QUESTIONS = {"question": "str", "option": "str", "n": "int64", "base": "int64", "share": "float64", "low": "float64",
             "high": "float64"}
CROSSTAB = {"question": "str", "dimension": "str", "level": "str", "option": "str", "n": "int64", "base": "int64",
            "share": "float64", "low": "float64", "high": "float64", "residual": "float64"}

#: One group's choices: option → people.
Tally = Mapping[str, int]


def small_tables(settings: SatisfactionSettings) -> dict[str, pd.DataFrame]:
    """Return the questions, and what they are crossed with, as the small tables that the statements read."""
    import pandas as pd

    asked = [(one.key, one.asked, one.kind == "multiple") for one in settings.questions]
    keys = {one.key for one in settings.questions}
    crosses = sorted({(one.question, by, by in keys) for one in settings.crosstabs for by in one.by})
    return {"satisfaction_asked": pd.DataFrame(asked, columns=["key", "question", "multiple"]).astype(
                {"key": "str", "question": "str", "multiple": "bool"}),
            "satisfaction_crosses": pd.DataFrame(crosses, columns=["key", "dimension", "asked"]).astype(
                {"key": "str", "dimension": "str", "asked": "bool"})}


def split(question: Question, cell: str) -> tuple[str, ...]:
    """Return the choices a cell holds, each once."""
    parts = cell.split(question.separator) if question.separator else [cell]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def tallied(question: Question, rows: pd.DataFrame) -> tuple[Tally, int]:
    """Return how many people chose each option, and how many chose anything; columns choice (null: all), people."""
    counts: dict[str, int] = {}
    for cell, people in rows.loc[rows["choice"].notna(), ["choice", "people"]].itertuples(index=False):
        for option in split(question, cell):
            counts[option] = counts.get(option, 0) + int(people)
    return counts, int(rows.loc[rows["choice"].isna(), "people"].sum())


def ordered(question: Question, counts: Tally) -> list[str]:
    """Return the options in the order of the page: as declared, then by how often they were chosen."""
    others = sorted((option for option in counts if option not in question.options),
                    key=lambda option: (-counts[option], option))
    return [*question.options, *others[:MOST_OPTIONS]]


def gt(data: Dataset, settings: SatisfactionSettings) -> pd.DataFrame:
    """Return how each question was answered (GT表).

    Returns
    -------
    pandas.DataFrame
        question, option, n (people who chose it), base (people who chose anything), share (n ÷ base), low, high
        (Wilson). Each person's last answers of the month; shares of a question with several answers may exceed 1
        together.
    """
    import pandas as pd

    found, rows = data.query("satisfaction_tally", tables=small_tables(settings)), []
    for question in settings.questions:
        counts, base = tallied(question, found[found["key"] == question.key])
        for option in ordered(question, counts) if base else ():
            n = counts.get(option, 0)
            rows.append((question.key, option, n, base, n / base, *_ends(n, base, settings)))
    return pd.DataFrame(rows, columns=list(QUESTIONS)).astype(QUESTIONS)


def _ends(n: int, base: int, settings: SatisfactionSettings) -> tuple[float | None, float | None]:
    return wilson(n, base, settings.confidence) or (None, None)


def crosstab(data: Dataset, settings: SatisfactionSettings) -> pd.DataFrame:
    """Return the declared questions told apart (クロス集計).

    Returns
    -------
    pandas.DataFrame
        question, dimension (attribute or other question), level, option, n, base (known customers of the level who
        chose anything), share, low, high (Wilson), residual (standard deviations from what chance would bring,
        Haberman; null where too few are expected).
    """
    import pandas as pd

    known = {question.key: question for question in settings.questions}
    rows: list[tuple[Any, ...]] = []
    found = data.query("satisfaction_crossed", tables=small_tables(settings))
    for (key, dimension), part in found.groupby(["key", "dimension"], sort=True):
        rows += _one(known[str(key)], str(dimension), _by_level(known, str(dimension), part), settings)
    order = {(one.question, by): place for place, (one, by) in enumerate(
        (one, by) for one in settings.crosstabs for by in one.by)}
    rows.sort(key=lambda row: order[row[0], row[1]])
    return pd.DataFrame(rows, columns=list(CROSSTAB)).astype(CROSSTAB)


def _by_level(known: Mapping[str, Question], dimension: str, part: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each level; where the level is a cell of several choices, its people count under each of them."""
    other = known.get(dimension)
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(part["level"]):
        for level in split(other, cell) if other else (cell,):
            found.setdefault(level, []).append(place)
    return {level: part.iloc[places] for level, places in found.items()}


def _one(question: Question, dimension: str, levels: dict[str, pd.DataFrame],
         settings: SatisfactionSettings) -> list[tuple[Any, ...]]:
    told = {level: tallied(question, part) for level, part in levels.items()}
    shown = sorted(told, key=lambda level: (level == UNKNOWN, level if dimension == "age_band" else "",
                                            -told[level][1], level))[:MOST_LEVELS]
    whole: dict[str, int] = {}
    for counts, _ in told.values():
        for option, n in counts.items():
            whole[option] = whole.get(option, 0) + n
    rows = []
    for option in ordered(question, whole):
        chosen = [told[level][0].get(option, 0) for level in told]
        residual = dict(zip(told, adjusted_residuals([chosen, [told[level][1] - n for level, n in zip(
            told, chosen, strict=True)]])[0], strict=True))
        for level in shown:
            n, base = told[level][0].get(option, 0), told[level][1]
            rows.append((question.key, dimension, level, option, n, base, n / base, *_ends(n, base, settings),
                         float(residual[level])))
    return rows
