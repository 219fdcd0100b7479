"""Whom to call: customers who lately said they are dissatisfied, and how the shop may reach them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib.result import Action

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Channels in the order that suits someone who is dissatisfied; what is said to them is in the text files.
SUITED = ("phone", "mail", "line", "sms", "post")
#: Nothing is known of how the shop reaches anybody.
OWN_CHOICE = "own_choice"
CALL, GROUP = "call", "dissatisfied"


def lately(standing: pd.DataFrame, data: Dataset, days: int) -> pd.Series:
    """Return who is to be called: dissatisfied, said so within ``days``, and bought within a year."""
    since = (data.as_of - timedelta(days=days)).isoformat()
    fresh = standing["answered_on"].astype(str).str[:10] >= since
    return (standing["class"] == "low") & fresh & (standing["spent"] > 0)


def actions(standing: pd.DataFrame, data: Dataset) -> tuple[Action, ...]:
    """Return whom to call with how many may be reached; the restricted list leaves out those who refused the channel.

    Parameters
    ----------
    standing : pandas.DataFrame
        customer_key, spent, satisfaction_call ('call' or '').
    """
    called = standing[standing["satisfaction_call"] == CALL]
    if called.empty:
        return ()
    channel, reached = _through(called["customer_key"], data)
    if not reached:
        return ()
    until = (data.previous(-1).as_of - timedelta(days=1)).isoformat()
    what = "hear_out" if channel == "phone" else "write"
    return (Action(GROUP, what, channel, GROUP, until, reached, {"spent": data.money(int(called["spent"].sum()))},
                   {"satisfaction_call": (CALL,)}),)


def _through(keys: pd.Series, data: Dataset) -> tuple[str, int]:
    """Return the best channel that reaches half of them, else the one that reaches most, and how many it reaches."""
    import pandas as pd

    people = data.people
    group = pd.DataFrame({"customer_key": keys, "rfm_segment": GROUP}).astype("str")
    found = people.query("contact_reach", tables={"segment_now": group}, purpose=data.settings.privacy.contact_purpose)
    refused = dict(zip(found["channel"], found["refused"], strict=True))
    used = set(people.query("contact_channels")["channel"])
    left = {channel: len(keys) - int(refused.get(channel, 0)) for channel in SUITED if channel in used}
    half = next((channel for channel, n in left.items() if 2 * n >= len(keys)), None)
    best = half or max(left, key=lambda channel: left[channel], default=OWN_CHOICE)
    return best, left.get(best, len(keys))
