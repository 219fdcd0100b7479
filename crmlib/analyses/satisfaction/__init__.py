"""Satisfaction: would customers recommend the shop, has that changed beyond chance, and who says so?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction import coverage, crowd, drivers, money, support
from crmlib.analyses.satisfaction.answers import ALL, PEOPLE, Answers, Estimate, Line, leading, read
from crmlib.analyses.satisfaction.said import figure_values, lines_said, notes
from crmlib.analyses.satisfaction.tables import by_month, changes, distribution, invalid, of_metric, scores
from crmlib.methods.intervals import wilson
from crmlib.result import Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings
    from crmlib.text import Text

NEEDS = ("survey_answers",)
#: Fact → its unit and the sentence that says why there is none.
FACTS = {
    "nps_one_per_person": ("points", "no_nps"), "respondents": ("customers", "no_nps_question"),
    "csat": ("ratio", "no_csat"), "response_rate": ("ratio", "no_invitations"), "nps": ("points", "no_nps"),
    "nps_low": ("points", "no_nps"), "nps_high": ("points", "no_nps"), "responses": ("responses", "no_nps_question"),
}
SHOWN = 25
NO_ANSWERS = "satisfaction.metrics"


def analyse(data: Dataset, settings: SatisfactionSettings) -> Result:
    """Reckon every declared metric with its interval, judge its change, and look at who answered.

    Returns
    -------
    Result
        facts
            nps_one_per_person (each person's last answer of the month; an anonymous answer is a person), respondents
            (how many those are); nps, nps_low, nps_high, responses (every valid answer); csat (share of the two best
            labels, every valid answer); response_rate (answered ÷ invited in the month).
        tables
            scores: metric, n, value, low, high, method, unit. by_month: month, metric, n, value, low, high.
            changes: metric, against, n, n_before, change, low, high, verdict. nps_distribution: score, group, people,
            share. invalid: metric, state, answers. funnel: step, n, rate, low, high. coverage: attribute, level,
            customers, respondents, share, share_respondents, rate, low, high. nps_by_month and csat_by_month: the
            latest months of the two. NPS in points, shares 0-1, means in their own scale; empty tables are left out.

    Notes
    -----
    Empty answers, unknown labels and scores off the scale never count and are listed in ``invalid``. Free text is not
    read. Intervals: adjusted Wald for NPS, Wilson for shares, Student for means (``crmlib.methods.intervals``).
    """
    empty = tuple(Fact(key, None, unit) for key, (unit, _) in {**FACTS, **drivers.FACTS}.items())
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("satisfaction", missing, empty)
    answers = read(data, settings)
    if not answers.some:
        return Result.unavailable("satisfaction", (NO_ANSWERS,), empty)
    frames = tables(answers)
    parts = tuple(one.part(data, settings) for one in (crowd, drivers, money, support))
    return Result(
        "satisfaction",
        facts=(*facts(answers), *(fact for part in parts for fact in part.facts)),
        tables={**{name: coverage.coverage_table(frame) if name == "coverage"
                   else Table(frame, COLUMNS[name], **SMALL[name]) for name, frame in frames.items()},
                **{name: table for part in parts for name, table in part.tables.items()}},
        figures={**figures(answers, frames),
                 **{name: figure for part in parts for name, figure in part.figures.items()}},
        checks=checks(answers, frames),
        notes=(*notes(answers, frames.get("coverage", coverage.nobody())),
               *(note for part in parts for note in part.notes)),
    )


def tables(answers: Answers) -> dict[str, pd.DataFrame]:
    """Return the frames that have rows."""
    monthly = by_month(answers)
    nps, csat = lines_said(answers)
    frames = {
        "scores": scores(answers),
        "changes": changes(answers),
        "by_month": monthly,
        "invalid": invalid(answers),
        "funnel": coverage.funnel(coverage.invited(answers.data), answers.settings.confidence),
        "coverage": coverage.who(answers.data, answers.settings),
    }
    if nps is not None:
        frames |= {"nps_by_month": of_metric(monthly, nps.key, SHOWN),
                   "nps_distribution": distribution(answers, nps.metric)}
    if csat is not None:
        frames["csat_by_month"] = of_metric(monthly, csat.key, SHOWN)
    return {name: frame for name, frame in frames.items() if len(frame)}


def facts(answers: Answers) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    sides = [headline(answers, n) for n in (0, 1, 12)]
    return tuple(_fact(key, unit, why, sides, answers) for key, (unit, why) in FACTS.items())


def _fact(key: str, unit: str, why: str, sides: list[dict[str, Estimate]], answers: Answers) -> Fact:
    now, before, last_year = (side.get(key, Estimate()) for side in sides)
    single = key in ("nps_low", "nps_high", "responses", "respondents")
    note = why if now.value is None else "few_answers" if _few(key, now, answers) else None
    return Fact(key, now.value, unit, before.value, last_year.value, answers.data.settings.targets.get(
        f"satisfaction.{key}"), n=None if single or now.value is None else now.n, low=None if single else now.low,
        high=None if single else now.high, note=note)


def _few(key: str, now: Estimate, answers: Answers) -> bool:
    return key in ("nps", "nps_one_per_person", "csat") and now.n < answers.settings.reference_below


def headline(answers: Answers, back: int) -> dict[str, Estimate]:
    """Return the key numbers ``back`` months earlier; those the shop does not ask for are left out."""
    ym = answers.before(back) if back else answers.data.month
    if ym is None:
        return {}
    nps, csat = leading(answers.settings, "nps", "nps"), leading(answers.settings, "top2", "csat")
    found: dict[str, Estimate] = {}
    if nps is not None:
        every, last = (answers.estimate(Line(nps.key, nps, basis), ym) for basis in (ALL, PEOPLE))
        found = {"nps": every, "nps_low": Estimate(every.n, every.low), "nps_high": Estimate(every.n, every.high),
                 "responses": Estimate(every.n, every.n), "nps_one_per_person": last,
                 "respondents": Estimate(last.n, last.n)}
    if csat is not None:
        found["csat"] = answers.estimate(Line(csat.key, csat, ALL), ym)
    asked = coverage.invited(answers.data.previous(back) if back else answers.data)
    if asked:
        low, high = wilson(asked["answered"], asked["invited"], answers.settings.confidence) or (None, None)
        found["response_rate"] = Estimate(asked["invited"], asked["answered"] / asked["invited"], low, high)
    return found


def checks(answers: Answers, frames: dict[str, pd.DataFrame]) -> tuple[Check, ...]:
    """Return what must hold: every record of a declared question sorted once, every metric asked, few invalid."""
    records = answers.data.query("satisfaction_questions").set_index("question")["answers"].to_dict()
    wanted = sum(int(records.get(answers.settings.question(m), 0)) for m in answers.settings.metrics)
    by_state = frames["invalid"].groupby("state")["answers"].sum()
    sorted_out, valid = int(by_state.sum()), int(by_state["valid"])
    silent = sum(not (answers.counts["metric"] == m.key).any() for m in answers.settings.metrics)
    return (
        Check("every_answer_once", wanted == sorted_out, sorted_out, wanted, "stop"),
        Check("every_metric_asked", silent == 0, silent, 0, "info"),
        Check("most_answers_count", valid >= MOST_VALID * sorted_out, sorted_out - valid, None, "warn"),
    )


def figures(answers: Answers, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same result."""
    drawn = {"nps_by_month": (plot_nps_by_month, (7.2, 3.8)), "nps_distribution": (plot_nps_distribution, (7.2, 3.4)),
             "csat_by_month": (plot_csat_by_month, (7.2, 3.8)), "coverage": (plot_coverage, (7.2, 5.2))}
    values = figure_values(answers, frames)
    return {name: Figure(draw, name, values[name], size) for name, (draw, size) in drawn.items() if name in values}


def plot_nps_by_month(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw NPS of each person's last answer by month, in its interval."""
    return charts.line(frame, ax, words, y="value", unit="points", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_csat_by_month(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of the two best labels by month, in its interval."""
    return charts.line(frame, ax, words, y="value", unit="ratio", low="low", high="high",
                       current=frame["month"].iloc[-1])


def plot_nps_distribution(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how many people gave each score, promoters in colour."""
    promoters = tuple(frame.loc[frame["group"] == "promoter", "score"])
    return charts.columns(frame, ax, words, x="score", value="people", unit="customers", accent=promoters)


def plot_coverage(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each group of customers that answered, with its interval; groups of few people are left out."""
    shown = frame[frame["rate"].notna()].reset_index(drop=True)
    return charts.dots(shown, ax, words, label="level", value="rate", low="low", high="high", unit="ratio",
                       n="customers")


MOST_VALID = 0.95
CODE, MONTH, RATIO, MEASURED = (Column(unit) for unit in ("code", "month", "ratio", "measured"))
PEOPLE_UNIT, RESPONSES, SCORE, POINTS = (Column(unit) for unit in ("customers", "responses", "score", "points"))
COLUMNS: dict[str, dict[str, Column]] = {
    "scores": {"metric": CODE, "n": RESPONSES, "value": MEASURED, "low": MEASURED, "high": MEASURED, "method": CODE,
               "unit": Column("unit")},
    "changes": {"metric": CODE, "against": CODE, "n": RESPONSES, "n_before": RESPONSES, "change": POINTS, "low": POINTS,
                "high": POINTS, "verdict": CODE},
    "by_month": {"month": MONTH, "metric": CODE, "n": RESPONSES, "value": SCORE, "low": SCORE, "high": SCORE},
    "nps_by_month": {"month": MONTH, "n": PEOPLE_UNIT, "value": POINTS, "low": POINTS, "high": POINTS},
    "csat_by_month": {"month": MONTH, "n": RESPONSES, "value": RATIO, "low": RATIO, "high": RATIO},
    "nps_distribution": {"score": CODE, "group": CODE, "people": PEOPLE_UNIT, "share": RATIO},
    "invalid": {"metric": CODE, "state": CODE, "answers": RESPONSES},
    "funnel": {"step": CODE, "n": RESPONSES, "rate": RATIO, "low": RATIO, "high": RATIO},
}
#: The column of people behind a row, and inside what they add up to a published number.
SMALL: dict[str, dict[str, Any]] = {
    "scores": {"count": "n", "within": ("metric",)}, "changes": {"count": "n", "within": ("metric", "against")},
    "by_month": {"count": "n", "within": ("month", "metric")}, "nps_by_month": {"count": "n", "within": ("month",)},
    "csat_by_month": {"count": "n", "within": ("month",)}, "nps_distribution": {"count": "people"},
    "invalid": {}, "funnel": {"count": "n", "within": ("step",)},
}
