"""Contact pressure: does the tenth contact still work, and what would a cap have cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.methods.intervals import wilson
from crmlib.part import LEVEL

if TYPE_CHECKING:
    import pandas as pd

#: Contacts from this one on are told together.
LAST = 8
#: Days since the contact before, as bands.
GAPS = ((0, 6), (7, 13), (14, 29), (30, 59), (60, None))
CAPS = (1, 2, 3, 4)
NTH, GAP = "nth", "gap"
SUMS = ("contacts", "followed", "answered", "asked", "opted_out")


def fatigue(counts: pd.DataFrame) -> pd.DataFrame:
    """Return response and opt-out by place in the row of contacts, and by days since the one before.

    Returns
    -------
    pandas.DataFrame
        by (nth, gap), level, contacts (of campaigns that are over), answered, rate, low, high, opted_out,
        opt_out_rate, opt_out_low, opt_out_high (Wilson; of contacts through channels whose answers, or wishes to get no
        more, are recorded; missing where of none). A description, not a cause: those who get an eighth contact are
        those who did not leave before.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    nth = counts.assign(level=[f"{LAST}+" if n >= LAST else str(int(n)) for n in counts["nth"]])
    gap = counts[counts["gap"].notna()]
    gap = gap.assign(level=[_gap(int(days)) for days in gap["gap"]])
    for by, frame, levels in ((NTH, nth, [*map(str, range(1, LAST)), f"{LAST}+"]),
                              (GAP, gap, [_gap(low) for low, _ in GAPS])):
        sums = frame.groupby("level")[list(SUMS)].sum()
        rows += [(by, level, *_row(*(int(v) for v in sums.loc[level]))) for level in levels if level in sums.index]
    columns = ["by", "level", "contacts", "answered", "rate", "low", "high", "opted_out", "opt_out_rate",
               "opt_out_low", "opt_out_high"]
    numbers = dict.fromkeys(("rate", "low", "high", "opt_out_rate", "opt_out_low", "opt_out_high"), "float64")
    return pd.DataFrame(rows, columns=columns).astype(
        {"by": "str", "level": "str", "answered": "Int64", "opted_out": "Int64", **numbers})


def _gap(days: int) -> str:
    low, high = next((low, high) for low, high in GAPS if high is None or days <= high)
    return f"{low}+" if high is None else f"{low}-{high}"


def _row(contacts: int, followed: int, answered: int, asked: int, opted_out: int) -> tuple[Any, ...]:
    return contacts, *_share(answered, followed), *_share(opted_out, asked)


def _share(k: int, n: int) -> tuple[Any, ...]:
    """Return number, share and interval; nothing where nothing is recorded."""
    return (k, k / n, *(wilson(k, n, LEVEL) or (None, None))) if n else (None,) * 4


def caps(counts: pd.DataFrame) -> pd.DataFrame:
    """Return what a cap on contacts within the days of the settings would have left out.

    Returns
    -------
    pandas.DataFrame
        cap, contacts (made, of campaigns that are over), left_out, left_out_share, answers (of those left out),
        answers_share (of all answers), opt_outs (of those left out), opt_outs_share; answers and opt_outs missing where
        they are not recorded. What people would have done instead is not in it.
    """
    import pandas as pd

    whole = [int(counts[c].sum()) for c in ("contacts", "answered", "opted_out")]
    known = [whole[0], *(int(counts[c].sum()) for c in ("followed", "asked"))]
    rows: list[tuple[Any, ...]] = []
    for cap in CAPS if whole[0] else ():
        over = counts[counts["within_cap"] > cap]
        out = [int(over[c].sum()) if n else None for c, n in zip(("contacts", "answered", "opted_out"), known,
                                                                strict=True)]
        parts = [k / n if k is not None and n else None for k, n in zip(out, whole, strict=True)]
        rows.append((cap, whole[0], out[0], parts[0], out[1], parts[1], out[2], parts[2]))
        if not out[0]:
            break
    columns = ["cap", "contacts", "left_out", "left_out_share", "answers", "answers_share", "opt_outs",
               "opt_outs_share"]
    numbers = {**dict.fromkeys(("left_out_share", "answers_share", "opt_outs_share"), "float64"),
               **dict.fromkeys(("answers", "opt_outs"), "Int64")}
    return pd.DataFrame(rows, columns=columns).astype(numbers)
