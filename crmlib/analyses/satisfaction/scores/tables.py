"""The tables of the satisfaction page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import AGAINST, ALL, PEOPLE, WEIGHED, Answers, Line, change
from crmlib.analyses.satisfaction.scoring import GROUPS, METHODS, Estimate, groups
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings.analyses.satisfaction import Metric

UNITS = {"nps": "points", "top2": "ratio", "mean": "score"}
INVALID = ("empty", "unknown_label", "out_of_scale")


def changes(answers: Answers) -> pd.DataFrame:
    """Return every line against last month, the three months before this one together, and the month a year ago.

    Returns
    -------
    pandas.DataFrame
        metric, against (previous, three_months, year_ago), n, n_before, change, low, high (points; a mean in its own
        steps), verdict (improved, worse, noise, unknown).
    """
    import pandas as pd

    found = [(line.key, against, change(answers, line, against)) for line in answers.lines for against in AGAINST]
    rows = [{"metric": key, "against": against, **said} for key, against, said in found if said]
    return pd.DataFrame(rows, columns=list(CHANGES)).astype(CHANGES)


def moved(table: pd.DataFrame, leading: list[str]) -> pd.DataFrame:
    """Return the changes worth reading: those of the lines the page leads with, and any beyond chance."""
    keep = table["metric"].isin(leading) | table["verdict"].isin(["improved", "worse"])
    return table[keep].reset_index(drop=True)


def scores(answers: Answers) -> pd.DataFrame:
    """Return metric, n, value, low, high, method, unit, n_eff of this month; each value in the unit of its row."""
    import pandas as pd

    found = [(line, answers.estimate(line, answers.data.month)) for line in answers.lines]
    frame = pd.DataFrame([_row(*one) for one in found], columns=["metric", "n", "value", "low", "high"]).astype(SCORES)
    return frame.assign(
        method=pd.Series([_method(line) for line, _ in found], dtype="str"),
        unit=pd.Series([UNITS[line.metric.statistic] for line, _ in found], dtype="str"),
        n_eff=pd.Series([one.effective for _, one in found], dtype="float64"))


def _method(line: Line) -> str:
    return METHODS[line.metric.statistic] + ("_weighted" if line.basis == WEIGHED else "")


def by_month(answers: Answers) -> pd.DataFrame:
    """Return month, metric, n, value, low, high of every month since the first answers, those without any too."""
    import pandas as pd

    rows = [(ym, *_row(line, answers.estimate(line, ym))) for ym in every_month(answers)
            for line in answers.lines]
    return pd.DataFrame(rows, columns=["month", *SCORES]).astype({"month": "str", **SCORES})


def _row(line: Line, found: Estimate) -> tuple[Any, ...]:
    return line.key, found.n, found.value, found.low, found.high


def every_month(answers: Answers) -> list[str]:
    """Return the months from the first answers to this one."""
    first, last = answers.first or answers.data.month, answers.data.month
    found = [first]
    while found[-1] < last:
        found.append(months.shift(found[-1], 1))
    return found


def of_metric(table: pd.DataFrame, key: str, since: int) -> pd.DataFrame:
    """Return the latest months of one line."""
    part = table[table["metric"] == key].tail(since).reset_index(drop=True)
    return part[["month", "n", "value", "low", "high"]]


def distribution(answers: Answers, metric: Metric) -> pd.DataFrame:
    """Return how often each score 0-10 was given, by people's last answers and by all of them; empty without one.

    Returns
    -------
    pandas.DataFrame
        score, group, people, share (of the people), answers.
    """
    import pandas as pd

    one, every = (answers.histogram(Line(metric.key, metric, basis), answers.data.month) for basis in (PEOPLE, ALL))
    whole = sum(one.values())
    group = {score: name for name, part in GROUPS.items() for score in part}
    rows = [(score, name, n := one.get(float(score), 0), n / whole, every.get(float(score), 0))
            for score, name in group.items() if whole]
    kinds = {"score": "int64", "group": "str", "people": "int64", "share": "float64", "answers": "int64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def parts_by_month(answers: Answers, metric: Metric, shown: int) -> pd.DataFrame:
    """Return who would recommend the shop and who would not, in the latest months with answers.

    Returns
    -------
    pandas.DataFrame
        month, group, people, share; each person's last answer of the month.
    """
    import pandas as pd

    rows = []
    for ym in every_month(answers)[-shown:]:
        counts = groups(answers.histogram(Line(metric.key, metric, PEOPLE), ym))
        if sum(counts):
            rows += [(ym, name, n, n / sum(counts)) for name, n in zip(GROUPS, counts, strict=True)]
    kinds = {"month": "str", "group": "str", "people": "int64", "share": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def invalid(answers: Answers) -> pd.DataFrame:
    """Return metric, state, answers: this month's valid answers and those that do not count, by reason."""
    import pandas as pd

    month = answers.counts[answers.counts["ym"] == answers.data.month]
    counted = month.groupby(["metric", "state"])["answers"].sum().to_dict()
    rows = [(m.key, state, int(counted.get((m.key, state), 0))) for m in answers.settings.metrics
            for state in ("valid", *INVALID)]
    kinds = {"metric": "str", "state": "str", "answers": "int64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


SCORES = {"metric": "str", "n": "int64", "value": "float64", "low": "float64", "high": "float64"}
CHANGES = {"metric": "str", "against": "str", "n": "int64", "n_before": "int64", "change": "float64", "low": "float64",
           "high": "float64", "verdict": "str"}
