"""When is each customer likely to buy next, by their own rhythm, and did such windows hold a year ago?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.methods import rhythm

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

SOON_DAYS = 30
MONTHS_BACK = 12
STATES = ("soon", "later", "broken", "too_few")
OUTCOMES = ("before", "inside", "after", "not_yet")
STATE = {"next_purchase": "str", "customers": "int64", "share": "float64"}
PROOF = {"outcome": "str", "customers": "int64", "share": "float64"}


def windows(data: Dataset, share: float) -> pd.DataFrame:
    """Return the days between which each customer is likely to buy next.

    Parameters
    ----------
    share : float
        Probability that the next purchase lies in the window, if the customer keeps the rhythm.

    Returns
    -------
    pandas.DataFrame
        customer_key, next_purchase_from, next_purchase_to (days, both included); missing where the rhythm is broken
        (``broken``). Customers with fewer than three purchase days have no row.
    """
    import numpy as np
    import pandas as pd

    found = data.query("trends_rhythms")
    parts = [_windows(part, share) for _, part in found.groupby("rfm_segment", sort=True)]
    empty = pd.DataFrame({"customer_key": pd.Series(dtype="str"), "broken": np.array([], dtype=bool),
                          **dict.fromkeys(("next_purchase_from", "next_purchase_to"),
                                          pd.Series(dtype="datetime64[us]"))})
    return pd.concat(parts).sort_values("customer_key", ignore_index=True) if parts else empty


def _windows(rows: pd.DataFrame, share: float) -> pd.DataFrame:
    """The windows of one segment: its customers know each other's rhythm."""
    import pandas as pd

    due = rhythm.due(rows, share)
    return pd.DataFrame({"customer_key": rows["customer_key"].to_numpy(), "broken": due.broken,
                         "next_purchase_from": due.first, "next_purchase_to": due.last})


def measures(found: pd.DataFrame) -> pd.DataFrame:
    """Return what reaches restricted/customers.parquet."""
    return found[["customer_key", "next_purchase_from", "next_purchase_to"]]


def states(found: pd.DataFrame, buyers: int, data: Dataset) -> pd.DataFrame:
    """Return of how many buyers it can be told when they are due.

    Returns
    -------
    pandas.DataFrame
        next_purchase (soon: the window begins within 30 days; later; broken: waited longer than 95 % of such gaps last;
        too_few: fewer than three purchase days), customers, share (of all who ever bought).
    """
    import pandas as pd

    told = found[~found["broken"]]
    soon = int((told["next_purchase_from"] < pd.Timestamp(data.as_of) + pd.Timedelta(days=SOON_DAYS)).sum())
    counts = (soon, len(told) - soon, int(found["broken"].sum()), buyers - len(found))
    rows = [(state, n, n / buyers) for state, n in zip(STATES, counts, strict=True)] if buyers else []
    return pd.DataFrame(rows, columns=list(STATE)).astype(STATE)


def proof(data: Dataset, share: float) -> pd.DataFrame:
    """Return what became of the windows of twelve months ago; empty where the data do not reach back.

    Returns
    -------
    pandas.DataFrame
        outcome (before, inside, after the window, or not_yet: no purchase since and the window is over), customers,
        share. Windows that are not over yet are left out, unless the purchase came.
    """
    import pandas as pd

    then = data.previous(MONTHS_BACK)
    if not then.covered:
        return pd.DataFrame(columns=list(PROOF)).astype(PROOF)
    told = windows(then, share)
    told = told[~told["broken"]]
    came = data.query("trends_next", until=then.as_of)
    found = told.merge(came, on="customer_key", how="left")
    counted = _outcomes(found, pd.Timestamp(data.as_of))
    whole = sum(counted.values())
    rows = [(outcome, counted[outcome], counted[outcome] / whole) for outcome in OUTCOMES] if whole else []
    return pd.DataFrame(rows, columns=list(PROOF)).astype(PROOF)


def _outcomes(found: pd.DataFrame, now: Any) -> dict[str, int]:
    came, start, end = (found[c] for c in ("next_on", "next_purchase_from", "next_purchase_to"))
    known = came.notna() & ((end < now) | (came <= end))
    return {"before": int((known & (came < start)).sum()), "inside": int((known & came.between(start, end)).sum()),
            "after": int((known & (came > end)).sum()), "not_yet": int((came.isna() & (end < now)).sum())}
