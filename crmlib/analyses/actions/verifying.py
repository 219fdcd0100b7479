"""Did last months' lists work? Planned, done, not done; the contacted against those left alone by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.dataset.lists import left
from crmlib.methods.intervals import z_value

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

ALL = "all"
#: What was done can only be set against what was planned where it was done to more than this share.
LEAST_DONE = 0.05
COLUMNS = ("action", "months", "planned", "done", "not_done", "held_out", "held_done", "bought_rate", "held_rate",
           "effect", "low", "high", "effect_done", "done_low", "done_high", "gain", "gain_low", "gain_high")


def outcomes(data: Dataset) -> pd.DataFrame:
    """Return what became of everybody on the earlier lists whose month is over.

    Returns
    -------
    pandas.DataFrame
        list_month, customer_key, action, held_out, done, bought, net (minor units in the month after the list).
    """
    import pandas as pd

    planned = left()
    if planned is not None:
        planned = planned[planned["to_on"] <= pd.Timestamp(data.as_of).date()]
    if planned is None or planned.empty:
        empty = ("list_month", "customer_key", "action", "held_out", "done", "bought", "net")
        return pd.DataFrame({name: pd.Series(dtype="object") for name in empty})
    return data.query("actions_outcomes", tables={"actions_planned": planned})


def lists(found: pd.DataFrame) -> pd.DataFrame:
    """Return of each earlier list how many were to be contacted, were, were not, and were left alone."""
    import pandas as pd

    rows = []
    for month, part in found.groupby("list_month", sort=True):
        meant = part[~part["held_out"].astype(bool)]
        done = int(meant["done"].sum())
        rows.append((str(month), len(meant), done, len(meant) - done, len(part) - len(meant)))
    return pd.DataFrame(rows, columns=["month", "planned", "done", "not_done", "held_out"]).astype({"month": "str"})


def table(found: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return planned, done and not done, and the effect as assigned and as done, of each rule and of all together.

    Returns
    -------
    pandas.DataFrame
        ``COLUMNS``; ``effect``: share who bought among all planned (bought_rate) less that among those left alone
        (held_rate), both with the months and rules weighted alike; ``effect_done``:
        the same for those really contacted; ``gain``: net of the planned beyond what they would have brought (minor
        units); intervals 95 %. Empty where nobody was left alone.
    """
    import pandas as pd

    groups = [(ALL, found), *[(a, found[found["action"] == a]) for a in order]]
    rows = [(action, *_row(part)) for action, part in groups if len(part)]
    kinds = dict.fromkeys(COLUMNS[1:7], "int64") | dict.fromkeys(COLUMNS[7:15], "float64")
    money = dict.fromkeys(COLUMNS[15:], "Int64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"action": "str"} | kinds | money)


def _row(part: pd.DataFrame) -> tuple[Any, ...]:
    held = part["held_out"].astype(bool)
    meant, alone = part[~held], part[held]
    done, alike = int(meant["done"].sum()), int(alone["done"].sum())
    bought, money = compared(part, "bought", plus=True), compared(part, "net", plus=False)
    effect, error = bought.effect, bought.error
    taken = done / len(meant) - (alike / len(alone) if len(alone) else 0.0) if len(meant) else 0.0
    scaled = (effect / taken, error / taken) if effect is not None and taken > LEAST_DONE else (None, None)
    whole = (None, None) if money.effect is None else (money.effect * len(meant), money.error * len(meant))
    return (part["list_month"].nunique(), len(meant), done, len(meant) - done, len(alone), alike,
            *((_mean(meant), None) if effect is None else (bought.planned, bought.alone)), *_range(effect, error),
            *_range(*scaled), *(None if v is None else round(v) for v in _range(*whole)))


def _mean(part: pd.DataFrame) -> float | None:
    return float(part["bought"].astype(float).mean()) if len(part) else None


def _range(effect: float | None, error: float | None) -> tuple[float | None, float | None, float | None]:
    if effect is None or error is None:
        return None, None, None
    return effect, effect - z_value() * error, effect + z_value() * error


@dataclass(frozen=True)
class Compared:
    """Means of the planned and of those left alone, their difference, and its standard error; None without a side."""

    planned: float | None = None
    alone: float | None = None
    effect: float | None = None
    error: float = 0.0


def compared(part: pd.DataFrame, column: str, *, plus: bool) -> Compared:
    """Return the means of the planned and of those left alone, and their difference.

    The lists of each month and rule are compared by themselves and laid together by how many people each comparison
    rests on, as Mantel and Haenszel do: Greenland & Robins (1985), Biometrics 41:55-68; both means are weighted so, and
    differ by the effect. For shares the variance is taken with one case more on each side (Agresti & Caffo 2000, The
    American Statistician 54:280-288), so that nobody buying is no certainty.
    """
    import numpy as np

    values = part.assign(value=part[column].astype(float), held=part["held_out"].astype(bool))
    weights, means, errors = [], [], []
    for _, rows in values.groupby(["list_month", "action"], sort=True):
        sides = [rows.loc[rows["held"] == side, "value"].to_numpy() for side in (False, True)]
        if min(map(len, sides)) >= (1 if plus else 2):
            weights.append(len(sides[0]) * len(sides[1]) / len(rows))
            means.append([side.mean() for side in sides])
            errors.append(sum(_variance(side, plus) for side in sides))
    weight = np.array(weights) / sum(weights) if weights else np.array([])
    error = float((weight**2 * np.array(errors)).sum() ** 0.5)
    if error <= 0:
        return Compared()
    planned, alone = (weight @ np.array(means)).tolist()
    return Compared(planned, alone, planned - alone, error)


def _variance(side: Any, plus: bool) -> float:
    """Variance of a mean."""
    if not plus:
        return float(side.var(ddof=1) / len(side))
    share = (side.sum() + 1) / (len(side) + 2)
    return float(share * (1 - share) / (len(side) + 2))


def window(data: Dataset) -> int:
    """Return how many days the list of this month is for: those of the next month."""
    return int((data.previous(-1).period.end - data.as_of) / timedelta(days=1))
