"""Who was asked, who answered, who wrote a word; and whether harsh scores come with more words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.satisfaction.crowd.people import ATTRIBUTES, People
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

RESPONSE = {"dimension": "str", "level": "str", "asked": "int64", "answered": "int64", "commented": "int64",
            "rate": "float64", "low": "float64", "high": "float64"}
BY_SCORE = {"score": "float64", "n": "int64", "commented": "int64", "rate": "float64", "low": "float64",
            "high": "float64"}


def responses(people: People, level: float) -> pd.DataFrame:
    """Return who answered, by kind of customer.

    Returns
    -------
    pandas.DataFrame
        dimension, level, asked (buyers with an invitation; all buyers where the shop keeps no invitations), answered,
        commented, rate (answered ÷ asked), low, high (Wilson). Answers of buyers without an invitation count only
        where no invitations are kept.
    """
    import pandas as pd

    cells = people.cells.assign(answered=people.came)
    if cells["asked"].sum():
        cells = cells[cells["asked"] == 1]
    rows = []
    for name in (name for name in ATTRIBUTES if name in people.attributes):
        for code in people.levels(name):
            here = cells[cells[name].astype(str) == code]
            asked, told = int(here["customers"].sum()), int(here.loc[here["answered"], "customers"].sum())
            wrote = int(here.loc[here["answered"] & (here["commented"] == 1), "customers"].sum())
            if asked:
                low, high = wilson(told, asked, level) or (None, None)
                rows.append((name, code, asked, told, wrote, told / asked, low, high))
    return pd.DataFrame(rows, columns=list(RESPONSE)).astype(RESPONSE)


def by_score(people: People, level: float) -> pd.DataFrame:
    """Return how many of those who gave each score also wrote: score, n, commented, rate, low, high (Wilson)."""
    import pandas as pd

    told = people.cells[people.came]
    rows = []
    for score, part in told.groupby("value", sort=True):
        n, wrote = int(part["customers"].sum()), int(part.loc[part["commented"] == 1, "customers"].sum())
        low, high = wilson(wrote, n, level) or (None, None)
        rows.append((float(score), n, wrote, wrote / n, low, high))
    whole = all(row[0].is_integer() for row in rows)
    return pd.DataFrame(rows, columns=list(BY_SCORE)).astype(BY_SCORE | ({"score": "int64"} if whole else {}))
