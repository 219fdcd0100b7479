"""Through which channels may each customer be contacted? Only those they have said yes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.analyses.actions.known import places
from crmlib.settings.analyses.actions.columns import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import ActionRule, ActionsSettings

#: The shop records no consent at all: whoever makes the contact has to know that it is wanted.
OWN_CHOICE = "own_choice"
NEVER = float("inf")


@dataclass(frozen=True)
class Allowed:
    """Which channels there are, and for each customer which of them are agreed to.

    Attributes
    ----------
    channels : tuple of str
        The columns of ``may``.
    may : numpy.ndarray
        One row per customer, one column per channel.
    """

    channels: tuple[str, ...]
    may: np.ndarray

    @property
    def recorded(self) -> bool:
        """Whether the shop records what its customers have agreed to."""
        return self.channels != (OWN_CHOICE,)

    def order(self, rule: ActionRule, settings: ActionsSettings) -> tuple[str, ...]:
        """Return the channels of a rule, best first."""
        return (rule.channels or settings.channels) if self.recorded else self.channels

    def reach(self, rule: ActionRule, settings: ActionsSettings) -> np.ndarray:
        """Tell of each customer whether one of a rule's channels is agreed to."""
        import numpy as np

        return np.logical_or.reduce(self.may[:, self.places(self.order(rule, settings))], axis=1)

    def places(self, channels: Sequence[str]) -> list[int]:
        """Return the columns of some channels."""
        return [self.channels.index(name) for name in channels]


def allowed(data: Dataset, known: pd.DataFrame) -> Allowed:
    """Return who may be contacted through which channel, as the consents say."""
    import numpy as np

    purpose = data.settings.privacy.contact_purpose
    agreed = data.query("actions_allowed", purpose=purpose) if data.has("customers") else known.iloc[:0]
    if agreed.empty and (not data.has("customers") or data.query("contact_refusals", purpose=purpose).empty):
        return Allowed((OWN_CHOICE,), np.ones((len(known), 1), dtype=bool))
    may = np.zeros((len(known), len(CHANNELS)), dtype=bool)
    place = places(known["customer_key"], agreed["customer_key"])
    may[place >= 0] = agreed[[f"may_{channel}" for channel in CHANNELS]].to_numpy(dtype=bool)[place[place >= 0]]
    return Allowed(CHANNELS, may)


def wishes(known: pd.DataFrame, chosen: np.ndarray, rules: Sequence[ActionRule], allow: Allowed,
           settings: ActionsSettings) -> np.ndarray:
    """Return in which order each customer's channels are tried: 0 first, the preferred one before all, inf never."""
    import numpy as np

    found = np.full(allow.may.shape, NEVER)
    for number, rule in enumerate(rules):
        rows = np.flatnonzero(chosen == number)
        for turn, column in enumerate(allow.places(allow.order(rule, settings))):
            found[rows, column] = np.where(allow.may[rows, column], turn, NEVER)
    if "preferred_channel" in known.columns and allow.recorded:
        for column, name in enumerate(allow.channels):
            likes = (known["preferred_channel"] == name).to_numpy(dtype=bool, na_value=False)
            found[likes & np.isfinite(found[:, column]), column] = -1
    return found
