"""The tables of the satisfaction page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import GROUPS, METHODS, PEOPLE, Answers, Estimate, Line, change, lines
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings.analyses.satisfaction import Metric

UNITS = {"nps": "points", "top2": "ratio", "mean": "score"}
INVALID = ("empty", "unknown_label", "out_of_scale")


def changes(answers: Answers) -> pd.DataFrame:
    """Return every line against last month and the same month last year.

    Returns
    -------
    pandas.DataFrame
        metric, against (previous, year_ago), n, n_before, change, low, high (points; a mean in its own steps), verdict
        (improved, worse, noise, unknown).
    """
    import pandas as pd

    found = [(line.key, against, change(answers, line, n)) for line in lines(answers.settings)
             for against, n in (("previous", 1), ("year_ago", 12))]
    rows = [{"metric": key, "against": against, **said} for key, against, said in found if said]
    return pd.DataFrame(rows, columns=list(CHANGES)).astype(CHANGES)


def scores(answers: Answers) -> pd.DataFrame:
    """Return metric, n, value, low, high, method, unit of this month; each value in the unit of its row."""
    import pandas as pd

    rows = [_row(line, answers.estimate(line, answers.data.month)) for line in lines(answers.settings)]
    frame = pd.DataFrame(rows, columns=["metric", "n", "value", "low", "high"]).astype(SCORES)
    kinds = [line.metric.statistic for line in lines(answers.settings)]
    return frame.assign(method=pd.Series([METHODS[kind] for kind in kinds], dtype="str"),
                        unit=pd.Series([UNITS[kind] for kind in kinds], dtype="str"))


def by_month(answers: Answers) -> pd.DataFrame:
    """Return month, metric, n, value, low, high of every month since the first answers, those without any too."""
    import pandas as pd

    rows = [(ym, *_row(line, answers.estimate(line, ym))) for ym in every_month(answers)
            for line in lines(answers.settings)]
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
    """Return how often people's last answers gave each score 0-10: score, group, people, share; empty without one."""
    import pandas as pd

    found = answers.histogram(Line(metric.key, metric, PEOPLE), answers.data.month)
    whole = sum(found.values())
    group = {score: name for name, part in GROUPS.items() for score in part}
    given = {score: found.get(float(score), 0) for score in group if whole}
    rows = [(score, group[score], n, n / whole) for score, n in given.items()]
    kinds = {"score": "int64", "group": "str", "people": "int64", "share": "float64"}
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
