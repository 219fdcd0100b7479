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
    """Of one rule: the share that is left alone, and how many months of lists it takes to tell (None: too many)."""

    share: float
    months: int | None


def plan(people: int, base: float, settings: Holdout) -> Plan:
    """Return the smallest share left alone with which one month tells; else the largest allowed, and the months.

    Parameters
    ----------
    people : int
        Customers on the list for a reason, contacted or not.
    base : float
        Share of them expected to buy by themselves.
    """
    if people < 1 or round(settings.most * people) < 1:
        return Plan(0.0, None)
    steps = [STEP * n for n in range(1, int(settings.most / STEP + 1e-9) + 1) if STEP * n < settings.most - 1e-9]
    for share in (*steps, settings.most):
        needed = _needed(base, share, settings)
        if needed is not None and needed <= people:
            return Plan(share, 1)
    needed = _needed(base, settings.most, settings)
    months = None if needed is None else ceil(needed / people)
    return Plan(settings.most, months if months is not None and months <= settings.months else None)


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
