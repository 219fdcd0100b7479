"""Would customers recommend the shop, are they satisfied, has that changed beyond chance, and whose answer is it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import ALL, PEOPLE, Answers, Line, leading
from crmlib.analyses.satisfaction.scores import coverage, drawing, segments
from crmlib.analyses.satisfaction.scores.said import figure_values, lines_said, notes, segments_said
from crmlib.analyses.satisfaction.scores.tables import (
    by_month,
    changes,
    distribution,
    invalid,
    moved,
    of_metric,
    parts_by_month,
    scores,
)
from crmlib.analyses.satisfaction.scoring import Estimate
from crmlib.methods.intervals import wilson
from crmlib.part import CODE, COUNT, MONTH, RATIO, FactKinds, Part
from crmlib.result import Check, Column, Fact, Figure, Table

if TYPE_CHECKING:
    import pandas as pd

FACTS: FactKinds = {
    "nps_one_per_person": ("points", "no_nps"), "respondents": ("customers", "no_nps_question"),
    "csat": ("ratio", "no_csat"), "response_rate": ("ratio", "no_invitations"), "nps": ("points", "no_nps"),
    "nps_low": ("points", "no_nps"), "nps_high": ("points", "no_nps"), "responses": ("responses", "no_nps_question"),
    "csat_mean": ("score", "no_csat"),
}
#: Months in the charts of one metric, and in that of who would recommend the shop.
SHOWN, BARS = 25, 13
MOST_VALID = 0.95
RESPONSES, CUSTOMERS, SCORE, POINTS, MEASURED, UNIT = (
    Column(unit) for unit in ("responses", "customers", "score", "points", "measured", "unit"))
COLUMNS: dict[str, dict[str, Column]] = {
    "scores": {"metric": CODE, "n": RESPONSES, "value": MEASURED, "low": MEASURED, "high": MEASURED, "method": CODE,
               "unit": UNIT, "n_eff": COUNT},
    "changes": {"metric": CODE, "against": CODE, "n": RESPONSES, "n_before": RESPONSES, "change": POINTS, "low": POINTS,
                "high": POINTS, "verdict": CODE},
    "by_month": {"month": MONTH, "metric": CODE, "n": RESPONSES, "value": SCORE, "low": SCORE, "high": SCORE},
    "by_segment": {"dimension": CODE, "level": CODE, "metric": CODE, "n": RESPONSES, "value": SCORE, "low": SCORE,
                   "high": SCORE},
    "by_survey": {"survey": CODE, "metric": CODE, "n": RESPONSES, "value": MEASURED, "low": MEASURED,
                  "high": MEASURED, "unit": UNIT},
    "nps_by_month": {"month": MONTH, "n": CUSTOMERS, "value": POINTS, "low": POINTS, "high": POINTS},
    "csat_by_month": {"month": MONTH, "n": RESPONSES, "value": RATIO, "low": RATIO, "high": RATIO},
    "nps_distribution": {"score": CODE, "group": CODE, "people": CUSTOMERS, "share": RATIO, "answers": RESPONSES},
    "nps_parts": {"month": MONTH, "group": CODE, "people": CUSTOMERS, "share": RATIO},
    "invalid": {"metric": CODE, "state": CODE, "answers": RESPONSES},
    "funnel": {"step": CODE, "n": RESPONSES, "rate": RATIO, "low": RATIO, "high": RATIO},
}
COLUMNS["moved"] = COLUMNS["changes"]
#: The column of people behind a row, and inside what they add up to a published number.
SMALL: dict[str, dict[str, Any]] = {
    "scores": {"count": "n", "within": ("metric",)}, "changes": {"count": "n", "within": ("metric", "against")},
    "moved": {"count": "n", "within": ("metric", "against")}, "by_month": {"count": "n", "within": ("month", "metric")},
    "nps_by_month": {"count": "n", "within": ("month",)},
    "by_segment": {"count": "n", "within": ("dimension", "metric")}, "by_survey": {"count": "n", "within": ("metric",)},
    "csat_by_month": {"count": "n", "within": ("month",)}, "nps_distribution": {"count": "people"},
    "nps_parts": {"count": "people", "within": ("month",)}, "segments": {"count": "n", "within": ("dimension",)},
    "invalid": {}, "funnel": {"count": "n", "within": ("step",)},
}


def part(answers: Answers) -> Part:
    """Reckon every declared metric with its interval, judge its change, and look at who answered.

    Returns
    -------
    Part
        facts
            nps_one_per_person (each person's last answer of the month; an anonymous answer is a person), respondents
            (how many those are); nps, nps_low, nps_high, responses (every valid answer); csat (share of the two best
            labels, every valid answer), csat_mean (the same answers' mean); response_rate (answered ÷ invited in the
            month).
        tables
            scores: metric, n, value, low, high, method, unit, n_eff. by_month: month, metric, n, value, low, high.
            by_segment: dimension, level, metric, n, value, low, high. by_survey: survey, metric, n, value, low, high,
            unit. segments: dimension, level, n, value, low, high, rest, verdict (of the metric the page leads with).
            changes: metric, against, n, n_before, change, low, high, verdict; moved: those of the metrics the page
            leads with, and all beyond chance. nps_distribution: score, group, people,
            share, answers. nps_parts: month, group, people, share. invalid: metric, state, answers. funnel: step, n,
            rate, low, high. coverage: attribute, level, customers, respondents, share, share_respondents, rate, low,
            high. nps_by_month and csat_by_month: the latest months of the two. NPS in points, shares 0-1, means in
            their own scale; empty tables are left out.

    Notes
    -----
    A metric's key stands for every valid answer, with ``_one_per_person`` for each person's last of the month, with
    ``_weighted`` for the answers under the survey's weights; ``stars`` are the reviews', never mixed with a survey.
    Empty answers, unknown labels and scores off the scale never count and are listed in ``invalid``. Intervals:
    adjusted Wald for NPS, Wilson for shares, Student for means (``crmlib.methods.intervals``); linearised with weights.
    """
    frames = tables(answers)
    return Part(
        facts=facts(answers),
        tables={name: coverage.coverage_table(frame) if name == "coverage"
                else Table(frame, _columns(name, answers), **SMALL[name]) for name, frame in frames.items()},
        figures=figures(answers, frames),
        checks=checks(answers, frames),
        notes=(*notes(answers, frames.get("coverage", coverage.nobody())),
               *segments_said(answers, frames.get("segments"), "by_segment" in frames)),
    )


def _columns(name: str, answers: Answers) -> dict[str, Column]:
    if name != "segments":
        return COLUMNS[name]
    line = leading_line(answers)
    kind = {"nps": POINTS, "top2": RATIO}.get(line.metric.statistic if line else "", SCORE)
    return {"dimension": CODE, "level": CODE, "n": RESPONSES, "value": kind, "low": kind, "high": kind, "rest": kind,
            "verdict": CODE}


def leading_line(answers: Answers) -> Line | None:
    """Return the line the page leads with: NPS of each person's last answer, else the share of the satisfied."""
    nps, csat = lines_said(answers)
    return nps or csat


def tables(answers: Answers) -> dict[str, pd.DataFrame]:
    """Return the frames that have rows."""
    monthly = by_month(answers)
    nps, csat = lines_said(answers)
    told_apart = segments.counts(answers)
    frames = {
        "scores": scores(answers),
        "changes": (changed := changes(answers)),
        "moved": moved(changed, [line.key for line in (nps, csat) if line is not None]),
        "by_month": monthly,
        "by_segment": segments.by_segment(answers, told_apart),
        "by_survey": segments.by_survey(answers),
        "invalid": invalid(answers),
        "funnel": coverage.funnel(coverage.invited(answers.data), answers.settings.confidence),
        "coverage": coverage.who(answers.data, answers.settings),
    }
    first = nps or csat
    if first is not None:
        frames["segments"] = segments.standing_out(answers, told_apart, first)
    if nps is not None:
        frames |= {"nps_by_month": of_metric(monthly, nps.key, SHOWN),
                   "nps_parts": parts_by_month(answers, nps.metric, BARS),
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
    return key in ("nps", "nps_one_per_person", "csat", "csat_mean") and now.n < answers.settings.reference_below


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
        found |= {"csat": answers.estimate(Line(csat.key, csat, ALL), ym), "csat_mean": answers.estimate(
            Line(csat.key, csat.model_copy(update={"statistic": "mean"}), ALL), ym)}
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
    # A cell left empty, or a question that was not put to everybody, is no answer that fails to count.
    given = sorted_out - int(by_state["empty"])
    silent = sum(not (answers.counts["metric"] == m.key).any() for m in answers.settings.metrics)
    return (
        Check("every_answer_once", wanted == sorted_out, sorted_out, wanted, "stop"),
        Check("every_metric_asked", silent == 0, silent, 0, "info"),
        Check("most_answers_count", valid >= MOST_VALID * given, given - valid, None, "warn"),
    )


def figures(answers: Answers, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message; each draws a table of the same result."""
    line = leading_line(answers)
    segment = drawing.plot_segments_nps if line and line.metric.statistic == "nps" else drawing.plot_segments_csat
    drawn = {"nps_by_month": (drawing.plot_nps_by_month, (7.2, 3.8)),
             "nps_distribution": (drawing.plot_nps_distribution, (7.2, 3.4)),
             "nps_parts": (drawing.plot_nps_parts, (7.2, 4.6)),
             "csat_by_month": (drawing.plot_csat_by_month, (7.2, 3.8)), "segments": (segment, (7.2, 6.0)),
             "coverage": (drawing.plot_coverage, (7.2, 5.2))}
    values = figure_values(answers, frames)
    return {name: Figure(draw, name, values[name], size) for name, (draw, size) in drawn.items() if name in values}
