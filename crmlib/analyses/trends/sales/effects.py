"""What weekdays, holidays, seasons and the shop's own events go with: a regression over open days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.days import SEASONS, SUNDAY, Happening, events
from crmlib.analyses.trends.months import History
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

#: Fewer open days cannot hold a weekday pattern, months and holidays apart.
LEAST_DAYS = 60
EFFECTS = {"kind": "str", "happening": "str", "days": "int64", "effect": "float64", "low": "float64", "high": "float64"}
#: Kind and name → whether each day is of it, in the order of the table.
Marks = dict[tuple[str, str], list[bool]]


def effects(found: History, window: int, level: float) -> pd.DataFrame:
    """Return how much more or less the open days of each kind bring than other days of their month.

    Least squares of log daily sales on weekday, public holiday (Monday to Saturday), Japanese season, pay day, 五十日,
    each of the shop's events, and the level of each month; chance that carries over to the next day is allowed for
    (``methods.regression``). It describes what went together; it proves no cause. Days without positive sales are left
    out, as they have no logarithm.

    Parameters
    ----------
    window : int
        Months it looks back over.

    Returns
    -------
    pandas.DataFrame
        kind (weekday, holiday, season, payday, gotobi, event), happening (1-7 for weekdays, the season or event's key,
        else the kind), days (open ones behind it), effect (ratio - 1; of a weekday: against the average weekday), low,
        high (Student). What cannot be told apart from the rest is null. Empty with fewer than ``LEAST_DAYS`` days.
    """
    import pandas as pd

    days = _days(found, window)
    told = _fitted(days, _marks(days, events(found.data.settings.calendar)), level) if len(days) >= LEAST_DAYS else []
    return pd.DataFrame(told, columns=list(EFFECTS)).astype(EFFECTS)


def _days(found: History, window: int) -> pd.DataFrame:
    first = months.shift(found.data.month, 1 - window)
    daily = found.daily
    return daily[daily["open"] & (daily["sales"] > 0) & (daily["ym"] >= first)].reset_index(drop=True)


def _marks(days: pd.DataFrame, own: Sequence[Happening]) -> Marks:
    """Return what some of the days are and some are not."""
    named: Marks = {("weekday", str(n)): (days["dow"] == n).tolist() for n in range(1, 8)}
    plain = days["holiday"] & (days["dow"] < SUNDAY) & (days["season"] == "")
    named["holiday", "holiday"] = plain.tolist()
    named |= {("season", name): (days["season"] == name).tolist() for name in SEASONS}
    named |= {(name, name): days[name].tolist() for name in ("payday", "gotobi")}
    for key in sorted({one.key for one in own}):
        same = [one for one in own if one.key == key]
        named["event", key] = [any(one.on(day) for one in same) for day in days["date"]]
    return {key: marked for key, marked in named.items() if 0 < sum(marked) < len(days)}


def _fitted(days: pd.DataFrame, marks: Marks, level: float) -> list[tuple[Any, ...]]:
    import numpy as np

    from crmlib.methods.regression import carried_over

    levels = [(days["ym"] == ym).tolist() for ym in sorted(set(days["ym"]))]
    columns = np.asarray([*marks.values(), *levels], dtype=float).T
    at = [day.toordinal() for day in days["date"]]
    fit = carried_over(np.log(days["sales"].astype("float64")), columns, at)
    rows = []
    for place, (kind, name) in enumerate(marks):
        found = fit.told(_weights(list(marks), place, columns.shape[1]), level)
        ends = [None] * 3 if found is None else [float(np.expm1(end)) for end in found]
        rows.append((kind, name, sum(marks[kind, name]), *ends))
    return rows


def _weights(marks: Sequence[tuple[str, str]], place: int, wide: int) -> list[float]:
    """Return which sum of columns says what a row of the table claims: a weekday stands against the mean weekday."""
    weights = [0.0] * wide
    weights[place] = 1.0
    if marks[place][0] == "weekday":
        same = [i for i, (kind, _) in enumerate(marks) if kind == "weekday"]
        for i in same:
            weights[i] -= 1 / len(same)
    return weights
