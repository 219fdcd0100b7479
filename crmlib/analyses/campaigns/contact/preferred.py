"""Which channel and which part of the day does each customer prefer, as far as that can be told?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from crmlib.methods.experiments.preference import clear, posterior

if TYPE_CHECKING:
    import pandas as pd

#: No channel is preferred beyond doubt; there is consent for none.
UNCLEAR, NO_CONSENT = "no_preference", "no_consent"
CHANNELS = ("mail", "line", "sms", "post", "phone")


def usual(tried: pd.DataFrame, people: pd.DataFrame, exclusive: bool) -> pd.DataFrame:
    """Return how each segment answers each code: rfm_segment, code, tries, answered, rate (drawn to that of all).

    ``exclusive``: an answer falls into one code of several, so that all of a segment's answers are the tries of each.
    A code through which nobody of the shop ever answered says nothing of anybody, and is left out.
    """
    joined = tried.merge(people[["customer_key", "rfm_segment"]], on="customer_key", how="inner")
    sums = joined.groupby(["rfm_segment", "code"], sort=True)[["tries", "answered"]].sum().reset_index()
    sums = sums[sums.groupby("code")["answered"].transform("sum") > 0].reset_index(drop=True)
    if exclusive:
        sums = sums.assign(tries=sums.groupby("rfm_segment")["answered"].transform("sum"))
    whole = sums.groupby("code")[["tries", "answered"]].sum()
    every = (whole["answered"] / whole["tries"]).reindex(sums["code"]).to_numpy()
    # A segment with few contacts through a channel takes over what all segments do.
    return sums.assign(rate=(sums["answered"] + 10 * every) / (sums["tries"] + 10))


def preferred(people: pd.DataFrame, tried: pd.DataFrame, allowed: pd.DataFrame | None, codes: Sequence[str],
              strength: float) -> pd.Series:
    """Return the preferred code of each person, in the order of ``people``.

    Parameters
    ----------
    people : pandas.DataFrame
        customer_key, rfm_segment; each once.
    tried : pandas.DataFrame
        customer_key, code, tries, answered.
    allowed : pandas.DataFrame or None
        customer_key, channel: consents. None: every code may be chosen (parts of the day need no consent).
    strength : float
        How many tries the segment's share counts for.

    Returns
    -------
    pandas.Series
        A code; ``no_preference`` where the 80 % intervals of the two best overlap or nothing was tried of them;
        ``no_consent``. A channel without consent is never named; one that is the only one allowed is named, since
        there is no choice.
    """
    import pandas as pd

    may = np.ones((len(people), len(codes)), dtype=bool) if allowed is None else _allowed(people, allowed, codes)
    tries, yes, known = _tried(people, tried, codes, allowed is None)
    mean, low, high = posterior(yes, tries, known, strength)
    able = may & ~np.isnan(known)
    best = clear(*(np.where(able, values, np.nan) for values in (mean, low, high)))
    named = np.array([*codes, UNCLEAR], dtype=object)[best]
    if allowed is not None:
        named = np.where(may.sum(axis=1) == 1, np.array(codes, dtype=object)[may.argmax(axis=1)], named)
    return pd.Series(np.where(may.any(axis=1), named, NO_CONSENT), index=people.index, dtype="str")


def _allowed(people: pd.DataFrame, allowed: pd.DataFrame, codes: Sequence[str]) -> np.ndarray:
    found = np.zeros((len(people), len(codes)), dtype=bool)
    row, column = _places(people, allowed["customer_key"], allowed["channel"], codes)
    inside = row.notna() & column.notna()
    found[row[inside].astype(int), column[inside].astype(int)] = True
    return found


def _places(people: pd.DataFrame, keys: pd.Series, named: pd.Series,
            codes: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    """Return the row of each key among the people, and the place of each code; missing where there is none."""
    import pandas as pd

    rows = pd.Series(range(len(people)), index=people["customer_key"].to_numpy(), dtype="float64")
    return keys.map(rows), named.map({code: i for i, code in enumerate(codes)})


def _tried(people: pd.DataFrame, tried: pd.DataFrame, codes: Sequence[str],
           exclusive: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return tries and answers of each person and code, and the usual share (NaN where a segment never tried)."""
    shape = (len(people), len(codes))
    tries, yes, known = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    usually = usual(tried, people, exclusive)
    segments = people["rfm_segment"].to_numpy(dtype=object)
    for row in usually.itertuples():
        if row.code in codes:
            known[segments == row.rfm_segment, codes.index(row.code)] = row.rate
    place, column = _places(people, tried["customer_key"], tried["code"], codes)
    inside = place.notna() & column.notna()
    at = place[inside].astype(int).to_numpy(), column[inside].astype(int).to_numpy()
    tries[at], yes[at] = tried.loc[inside, "tries"].to_numpy(), tried.loc[inside, "answered"].to_numpy()
    if exclusive:
        tries = np.broadcast_to(yes.sum(axis=1, keepdims=True), shape)
    return tries, yes, known


def told(people: pd.DataFrame, choice: pd.Series, name: str) -> pd.DataFrame:
    """Return how many of each segment prefer what: rfm_segment, ``name``, customers, share (of the segment)."""
    counts = people.assign(**{name: choice.to_numpy()}).groupby(["rfm_segment", name], sort=True).size()
    frame = counts.rename("customers").reset_index()
    whole = frame.groupby("rfm_segment")["customers"].transform("sum")
    frame = frame.assign(share=frame["customers"] / whole, size=whole)
    frame = frame.sort_values(["size", "rfm_segment", "customers", name], ascending=[False, True, False, True],
                              ignore_index=True)
    return frame[["rfm_segment", name, "customers", "share"]].astype({"rfm_segment": "str", name: "str"})
