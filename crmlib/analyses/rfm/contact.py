"""Whom to contact, with what, and through which of the channels the shop really has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import RfmSettings

#: The channels that suit what is said to a segment, best first; what is said is in the text files.
SUITED = {"champions": ("phone", "post", "line", "mail"), "cannot_lose": ("phone", "post", "mail", "line"),
          "dormant": ("post", "mail", "line", "sms"), "lost": ("post", "mail", "line", "sms")}
USUAL = ("mail", "line", "sms", "post", "phone")
#: Nothing is known of how the shop reaches anybody.
OWN_CHOICE = "own_choice"


@dataclass(frozen=True)
class Reach:
    """Who can be reached.

    Attributes
    ----------
    channels : tuple of str
        Those the shop has used, or asked its customers about.
    people : mapping of str to int
        People of each segment.
    refused : mapping of (str, str) to int
        Of these, those who said no to a channel.
    """

    channels: tuple[str, ...]
    people: Mapping[str, int]
    refused: Mapping[tuple[str, str], int]

    def through(self, segment: str, channel: str) -> int:
        """Return how many people of a segment may be contacted through a channel."""
        return self.people.get(segment, 0) - self.refused.get((segment, channel), 0)

    def best(self, segment: str) -> str:
        """Return the channel that suits best of those that reach half of them, else the one that reaches most."""
        suited = [c for c in dict.fromkeys((*SUITED.get(segment, USUAL), *USUAL)) if c in self.channels]
        half = next((c for c in suited if 2 * self.through(segment, c) >= self.people.get(segment, 0)), None)
        most = max(suited, key=lambda c: (self.through(segment, c), -suited.index(c)), default=OWN_CHOICE)
        return half or (most if self.through(segment, most) > 0 else OWN_CHOICE)


def reach(data: Dataset, measures: pd.DataFrame) -> Reach:
    """Return who can be reached, from the consents, the messages and the contacts on record.

    Parameters
    ----------
    measures : pandas.DataFrame
        customer_key and rfm_segment of each known person.
    """
    people = data.people
    now = measures[["customer_key", "rfm_segment"]]
    refused = people.query("contact_reach", tables={"segment_now": now}, purpose=data.settings.privacy.contact_purpose)
    channels = people.query("contact_channels")["channel"].tolist()
    sizes = now.groupby("rfm_segment").size()
    return Reach(tuple(channels), {str(code): int(n) for code, n in sizes.items()},
                 {(row.rfm_segment, row.channel): int(row.refused) for row in refused.itertuples()})


def suggestions(segments: pd.DataFrame, settings: RfmSettings, known: frozenset[str], seen: Reach) -> pd.DataFrame:
    """Return what to do for the customers of each segment that has some.

    The shop's own words for an action are under the segment's code, as are those of the standard maps; a segment of the
    shop's own without any is left out.

    Parameters
    ----------
    known : frozenset of str
        Segments of this workbook, for which there are words.

    Returns
    -------
    pandas.DataFrame
        segment, customers, action, channel, reachable (people who have not said no to the channel).
    """
    own = {rule.segment: rule for rule in reversed(settings.own_segments)}
    told = [code for code in segments["segment"] if code in known or (code in own and own[code].action)]
    found = segments[segments["segment"].isin(told)][["segment", "customers"]].reset_index(drop=True)
    channel = [(code in own and own[code].channel) or seen.best(code) for code in found["segment"]]
    able = [seen.through(code, by) for code, by in zip(found["segment"], channel, strict=True)]
    return found.assign(action=found["segment"], channel=channel, reachable=able).astype(
        {"action": "str", "channel": "str", "reachable": "int64"})


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the table, where there is something to suggest."""
    return {"suggestions": Table(frame, SUGGESTIONS, count="customers")} if len(frame) else {}


def notes(seen: Reach, advice: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return that nothing is known of channels, where it is so."""
    return (("no_channels", {}),) if len(advice) and not seen.channels else ()


SUGGESTIONS = {"segment": Column("code"), "customers": Column("customers"), "action": Column("code"),
               "channel": Column("code"), "reachable": Column("customers")}
