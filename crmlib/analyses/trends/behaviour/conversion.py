"""How many get from one state to another, such as from trial to paid, when some have not had the time to?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.methods.survival import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import TrendsSettings

START, END = "trial", "paid"
TRIAL = "trial_to_paid"
DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 365)
#: Fewer people still followed, and nothing is said of a day.
FEW = 10
CONVERSION = {"conversion": "str", "days": "int64", "n": "int64", "followed": "int64", "converted": "int64",
              "rate": "float64", "low": "float64", "high": "float64", "plain": "float64"}


@dataclass(frozen=True)
class Change:
    """From one type of event to another; its key is the English name, else the Japanese one."""

    key: str
    start: str
    end: str


def changes(settings: TrendsSettings, types: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes that are declared or, where nothing is, from trial to paid where the data have both."""
    if settings.conversions is not None:
        return tuple(Change(one.name.get("en"), one.start, one.end) for one in settings.conversions)
    return (Change(TRIAL, START, END),) if START in types and END in types else ()


def conversion(data: Dataset, followed: Sequence[Change], level: float) -> pd.DataFrame:
    """Return how many have got there by so many days after they began.

    Returns
    -------
    pandas.DataFrame
        conversion (key), days, n (visitors who began), followed (of whom it is known at that day), converted (by that
        day), rate (share, Kaplan-Meier: those who have not had the days count as long as they have), low, high, plain
        (converted ÷ n, which is too low while some have not had the time). Days that too few have reached are left out.
    """
    import pandas as pd

    rows = []
    for one in followed:
        waits = data.query("trends_conversion", start_type=one.start, end_type=one.end)
        count, came = waits["persons"].to_numpy(), waits["came"].to_numpy(dtype=bool)
        if not count.sum():
            continue
        days = waits["days"].to_numpy()
        # Day 0 counts: who is there on the day of the beginning waited no day.
        curve, n = kaplan_meier(days, came, count, level), int(count.sum())
        for day in DAYS:
            known, there = int(count[(days >= day) | came].sum()), int(count[came & (days <= day)].sum())
            seen = curve.at(day)
            if seen is not None and known >= FEW:
                rows.append((one.key, day, n, known, there, 1 - seen[0], 1 - seen[2], 1 - seen[1], there / n))
    return pd.DataFrame(rows, columns=list(CONVERSION)).astype(CONVERSION)
