"""What to do next time: how many people it takes to tell, and who is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.methods.experiments.assignment import held_out
from crmlib.methods.experiments.power import detectable, people_needed

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.campaigns.ground import Ground

HELD, SENT = "holdout", "send"


@dataclass(frozen=True)
class Plan:
    """The next campaign.

    Attributes
    ----------
    eligible : int
        Buyers who may be contacted through at least one channel.
    base : float
        Share of them who bought in the window without being asked to.
    needed : int or None
        People, both arms together at halves, to find the rise of the settings.
    share : float
        Share held out.
    shows : float or None
        Smallest rise that this number and share would show.
    """

    eligible: int
    base: float
    needed: int | None
    share: float
    shows: float | None


def plan(people: pd.DataFrame, found: Ground) -> Plan:
    """Return how large the control arm of the next campaign has to be."""
    one = found.settings
    n = len(people)
    base = float(people["bought"].sum()) / n if n else 0.0
    needed = people_needed(base, one.detect, power=one.power)
    share = float(one.holdout_share) if one.holdout_share is not None else _smallest(base, n, found)
    shows = detectable(base, n, share, power=one.power) if 0 < share < 1 else None
    return Plan(n, base, needed, share, shows)


def _smallest(base: float, n: int, found: Ground) -> float:
    """Return the smallest share, in whole hundredths from 5 % on, that finds the rise of the settings; half at most."""
    one = found.settings
    for hundredth in range(5, 51):
        needed = people_needed(base, one.detect, hundredth / 100, power=one.power)
        if needed is not None and needed <= n:
            return hundredth / 100
    return 0.5


def listed(people: pd.DataFrame, share: float, found: Ground) -> pd.DataFrame:
    """Return who is sent to and who is held out next time; restricted.

    Returns
    -------
    pandas.DataFrame
        customer_id, customer_key, rfm_segment, arm (send, holdout). Drawn by hash within segments: the same ids in
        the same month give the same list, on any machine.
    """
    salt = f"{found.data.settings.shop.id}:{found.data.month}:campaigns"
    ids, segments = (people[c].astype("str").tolist() for c in ("customer_id", "rfm_segment"))
    out = held_out(ids, segments, share, salt)
    return people[["customer_id", "customer_key", "rfm_segment"]].assign(
        arm=[HELD if one else SENT for one in out]).reset_index(drop=True)


def by_segment(drawn: pd.DataFrame, found: Ground) -> pd.DataFrame:
    """Return how many are held out: rfm_segment (in the order of the map), customers, held_out, share."""
    counts = drawn.assign(out=(drawn["arm"] == HELD).astype("int64")).groupby("rfm_segment", sort=True)["out"].agg(
        customers="size", held_out="sum").reset_index()
    counts = counts.sort_values("rfm_segment", key=lambda codes: codes.map(found.places), ignore_index=True)
    return counts.assign(share=counts["held_out"] / counts["customers"]).astype({"rfm_segment": "str"})
