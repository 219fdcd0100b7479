"""What the satisfaction page says aloud: the figure, whether it moved beyond chance, and whom it speaks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import ALL, PEOPLE, PER_PERSON, Answers, Line, change, leading
from crmlib.analyses.satisfaction.scores.coverage import coverage_table, skew
from crmlib.analyses.satisfaction.scoring import groups
from crmlib.methods.intervals import answers_needed, nps_variance
from crmlib.privacy import suppress
from crmlib.result import rounded

if TYPE_CHECKING:
    import pandas as pd

Notes = tuple[tuple[str, dict[str, Any]], ...]
#: Half the width of an interval worth aiming at, in points of NPS.
AIM = 5


def lines_said(answers: Answers) -> tuple[Line | None, Line | None]:
    """Return the two lines the page speaks of: NPS of each person's last answer, and the two best labels."""
    nps, csat = leading(answers.settings, "nps", "nps"), leading(answers.settings, "top2", "csat")
    return (None if nps is None else Line(nps.key + PER_PERSON, nps, PEOPLE),
            None if csat is None else Line(csat.key, csat, ALL))


def notes(answers: Answers, who: pd.DataFrame) -> Notes:
    """Return the answer in one sentence first; then satisfaction, whom it speaks for, and how sharp it is."""
    nps, csat = lines_said(answers)
    said: list[tuple[str, dict[str, Any]]] = []
    for name, line in (("nps", nps), ("csat", csat)):
        found = told(answers, line)
        if found:
            said.append((f"{name}_{found['verdict']}", found))
    if not said:
        said.append(("headline_none", {"month": answers.data.month}))
    if who["respondents"].sum() > 0:
        worst = skew(who, told_rows(who, answers), answers.settings.confidence)
        told_by = who["attribute"].unique()
        fair = "no_skew" if len(told_by) > 1 else f"no_skew_{told_by[0]}"
        said.append(("not_everyone", worst) if worst else (fair, {"respondents": respondents(who)}))
    elif len(said) and said[0][0] != "headline_none":
        said.append(("whom_unknown", {}))
    return (*said, *precision(answers, nps))


def told_rows(who: pd.DataFrame, answers: Answers) -> list[bool]:
    """Return which rows may be spoken of: those that small-cell suppression leaves in the shareable table."""
    found = suppress(coverage_table(who), answers.data.settings.privacy.min_cell)
    return [not hidden for hidden in found["suppressed"]]


def respondents(who: pd.DataFrame) -> int:
    """Return how many known customers answered; each attribute holds all of them."""
    return int(who.groupby("attribute", sort=False)["respondents"].sum().max())


def told(answers: Answers, line: Line | None) -> dict[str, Any]:
    """Return a line's figure and change against last month; empty without an answer."""
    found = None if line is None else answers.estimate(line, answers.data.month)
    if line is None or found is None or found.value is None:
        return {}
    moved = change(answers, line, "previous")
    verdict = moved.get("verdict", "first") if moved.get("change") is not None else "first"
    # Rounded for reading only when it is written: what is rounded twice ends one step off.
    numbers = {"value": found.value, "low": found.low, "high": found.high, "change": moved.get("change"),
               "change_low": moved.get("low"), "change_high": moved.get("high")}
    return {"month": answers.data.month, "n": found.n, "verdict": verdict, "least": answers.settings.reference_below,
            **{key: rounded(number) for key, number in numbers.items()}}


def precision(answers: Answers, line: Line | None) -> Notes:
    """Return how wide the interval is, and how many answers would make it ±5 points; with few answers only."""
    if line is None:
        return ()
    counts = groups(answers.histogram(line, answers.data.month))
    found = answers.estimate(line, answers.data.month)
    if found.low is None or found.high is None:
        return ()
    half = rounded((found.high - found.low) / 2)
    # The variance of the adjusted counts, so that a handful of equal answers does not promise too much.
    adjusted = (counts[0] + 0.75, counts[1] + 1.5, counts[2] + 0.75)
    needed = answers_needed(AIM / 100, nps_variance(adjusted), answers.settings.confidence)
    if round(half, 1) <= AIM:
        return ()
    small = found.n < answers.settings.reference_below
    return (("reference_only" if small else "precision",
             {"half": half, "n": found.n, "needed": needed, "aim": AIM, "least": answers.settings.reference_below}),)


def figure_values(answers: Answers, frames: dict[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Return the numbers of every chart's title and alternative text; a chart without a message is left out."""
    nps, csat = lines_said(answers)
    made = {"nps_by_month": _trend(answers, nps, frames), "csat_by_month": _trend(answers, csat, frames),
            "nps_distribution": _distribution(frames), "nps_parts": _parts(frames),
            "segments": _segments(answers, frames), "coverage": _coverage(answers, frames)}
    return {name: values for name, values in made.items() if values}


def _trend(answers: Answers, line: Line | None, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    found = told(answers, line)
    name = "nps_by_month" if line is not None and line.metric.statistic == "nps" else "csat_by_month"
    return {**found, "shown": len(frames[name])} if found and name in frames else {}


def _distribution(frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    table = frames.get("nps_distribution")
    if table is None:
        return {}
    share = table.groupby("group", sort=False)["share"].sum()
    top = table.sort_values(["people", "score"], ascending=[False, True]).iloc[0]
    return {"promoters": float(share["promoter"]), "detractors": float(share["detractor"]),
            "passives": float(share["passive"]), "people": int(table["people"].sum()), "mode": int(top["score"])}


def _parts(frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    table = frames.get("nps_parts")
    if table is None or table["month"].nunique() < 2:
        return {}
    last = table[table["month"] == table["month"].iloc[-1]].set_index("group")
    return {"month": table["month"].iloc[-1], "promoters": float(last.loc["promoter", "share"]),
            "detractors": float(last.loc["detractor", "share"]), "people": int(last["people"].sum())}


def _segments(answers: Answers, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    table = frames.get("segments")
    if table is None or len(table) < 2:
        return {}
    beyond = table[table["verdict"] != "alike"]
    nps, csat = lines_said(answers)
    first = nps or csat
    return {} if first is None else {"beyond": len(beyond), "compared": len(table), "metric": first.key,
                                     **_furthest(beyond if len(beyond) else table)}


def _coverage(answers: Answers, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    table = frames.get("coverage")
    if table is None or not table["respondents"].sum():
        return {}
    shown = table[told_rows(table, answers)].sort_values(["rate", "attribute", "level"], ascending=[False, True, True])
    if shown.empty:
        return {}
    part = table[table["attribute"] == table["attribute"].iloc[0]]
    told, everyone = int(part["respondents"].sum()), int(part["customers"].sum())
    return {"level": shown["level"].iloc[0], "rate": float(shown["rate"].iloc[0]), "respondents": told,
            "customers": everyone, "overall": told / everyone}


def segments_said(answers: Answers, table: pd.DataFrame | None, told_apart: bool) -> Notes:
    """Return which kinds of customers stand out, or that none does, and how many were compared.

    ``told_apart`` says whether answers are tied to customers of several kinds at all.
    """
    if table is None and not told_apart:
        return (("segments.nobody", {}),)
    if table is None:
        return (("segments.too_few", {"least": answers.settings.reference_below}),)
    beyond = table[table["verdict"] != "alike"]
    counts: dict[str, Any] = {"compared": len(table), "beyond": len(beyond)}
    if beyond.empty:
        return (("segments.alike", counts),)
    worst = _furthest(beyond)
    unit = {"points": "points", "ratio": "share"}.get(_unit(answers), "mean")
    return ((f"segments.{worst['verdict']}_{unit}", counts | worst),)


def _unit(answers: Answers) -> str:
    nps, csat = lines_said(answers)
    first = nps or csat
    return {"nps": "points", "top2": "ratio"}.get(first.metric.statistic if first else "", "score")


def _furthest(table: pd.DataFrame) -> dict[str, Any]:
    """Return the row whose figure lies furthest from the others', the larger one first."""
    gap = (table["value"] - table["rest"]).abs()
    row = table.assign(gap=gap).sort_values(["gap", "n", "dimension", "level"], ascending=[False, False, True, True])
    said = {name: str(row[name].iloc[0]) for name in ("dimension", "level", "verdict")}
    return said | {name: float(row[name].iloc[0]) for name in ("value", "rest")}

