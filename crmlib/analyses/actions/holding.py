"""How many are left alone so that the next month can tell, who they are, and how many months it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from crmlib.methods.experiments.assignment import drawn
from crmlib.methods.experiments.power import people_needed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.settings.analyses.actions import Holdout

STEP = 0.05


@dataclass(frozen=True)
class Plan:
    """Of one rule: the share that is left alone, and the share of its customers expected to buy by themselves."""

    share: float
    base: float


def plan(people: int, base: float, settings: Holdout) -> Plan:
    """Return the smallest share left alone with which one month tells; else the largest allowed.

    Parameters
    ----------
    people : int
        Customers there is room to contact for a reason.
    base : float
        Share of them expected to buy by themselves.
    """
    if people < 1 or round(settings.most * people) < 1:
        return Plan(0.0, base)
    steps = [STEP * n for n in range(1, int(settings.most / STEP + 1e-9) + 1) if STEP * n < settings.most - 1e-9]
    enough = (share for share in steps if (_needed(base, share, settings) or people + 1) <= people)
    return Plan(next(enough, settings.most), base)


def months(people: int, planned: Plan, settings: Holdout) -> int | None:
    """Return how many lists of so many people it takes to tell; None where nobody is left alone, or too many."""
    needed = _needed(planned.base, planned.share, settings) if people and planned.share else None
    found = None if needed is None else ceil(needed / people)
    return found if found is not None and found <= settings.months else None


def _needed(base: float, share: float, settings: Holdout) -> int | None:
    """People it takes; a share near 1 can only fall, so that the same difference is looked for below it."""
    effect = settings.detect if base + settings.detect <= 1 else -settings.detect
    return people_needed(base, effect, share, power=settings.power)


def left_alone(listed: pd.DataFrame, shares: dict[str, float], salt: str) -> np.ndarray:
    """Tell who is left alone: of every rule and channel the share to the person, by the hash of the source's id.

    Parameters
    ----------
    listed : pandas.DataFrame
        customer_id, action, channel.
    salt : str
        Shop and month: another month, another draw.
    """
    import numpy as np

    held = np.zeros(len(listed), dtype=bool)
    ids = listed["customer_id"].to_numpy(dtype=object)
    for (action, _), rows in sorted(listed.groupby(["action", "channel"], observed=True).indices.items()):
        places = int(shares.get(str(action), 0.0) * len(rows) + 0.5)
        if places:
            luck = drawn(ids[rows], f"{salt} {action}")
            held[rows[np.argsort(luck, kind="stable")[:places]]] = True
    return held
