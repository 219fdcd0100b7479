"""One comparison of two groups, and the rows that tell it; the same whatever the design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.methods.experiments.comparing import LEVEL, holm, means, shares
from crmlib.methods.intervals import moments

if TYPE_CHECKING:
    import pandas as pd

RANDOMISED, COMPARABLE, SERIES, NONE = "randomised", "comparable", "everyone", "none"
RAISED, LOWERED, CHANCE, UNKNOWN = "raised", "lowered", "chance", "unknown"
BOUGHT, SALES = "bought", "sales"


@dataclass(frozen=True)
class Group:
    """The results of one group: how many people had each value.

    Attributes
    ----------
    values, counts : numpy.ndarray
    """

    values: np.ndarray
    counts: np.ndarray

    @property
    def n(self) -> int:
        """People."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        """Mean value; None without people."""
        return moments(self.values, self.counts)[1] if self.n else None

    @property
    def yes_or_no(self) -> bool:
        """Whether the values are 0 and 1 alone."""
        return bool(np.isin(self.values, (0, 1)).all())


@dataclass(frozen=True)
class Effect:
    """One row of ``campaigns.effects``; money in major units."""

    campaign: str
    arm: str
    control: str
    outcome: str
    design: str
    n_arm: int
    n_control: int
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    placebo: float | None = None
    unit: str = "ratio"
    p_holm: float | None = None
    mean_arm: float | None = None
    mean_control: float | None = None
    placebo_low: float | None = None
    placebo_high: float | None = None
    verdict: str = UNKNOWN
    reason: str = ""


def group(frame: pd.DataFrame, value: str, scale: float = 1.0) -> Group:
    """Return the people of some rows by a column's values, which are multiplied by ``scale``."""
    return Group(frame[value].to_numpy(dtype=float) * scale, frame["customers"].to_numpy(dtype=float))


def differ(one: Group, other: Group, unit: str) -> tuple[float | None, ...]:
    """Return effect, low, high, p: Newcombe and a score test for shares of yes and no, Welch for everything else."""
    if not one.n or not other.n:
        return (None,) * 4
    n, mean, variance = moments(one.values, one.counts)
    m, mean_other, other_variance = moments(other.values, other.counts)
    if unit == "ratio" and one.yes_or_no and other.yes_or_no:
        found = shares(mean * n, n, mean_other * m, m)
    else:
        found = means(mean, variance, n, mean_other, other_variance, m)
    told = tuple(float(v) for v in (found.effect, found.low, found.high, found.p))
    return told if told[3] == told[3] else (told[0], None, None, None)


def compared(row: Effect, one: Group, other: Group, before: tuple[Group, Group] | None = None) -> Effect:
    """Return a row filled with the comparison and, where given, the same comparison before the campaign (placebo)."""
    effect, low, high, p = differ(one, other, row.unit)
    placebo: tuple[float | None, ...] = (None,) * 4 if before is None else differ(*before, row.unit)
    return replace(row, n_arm=one.n, n_control=other.n, effect=effect, low=low, high=high, p=p, placebo=placebo[0],
                   placebo_low=placebo[1], placebo_high=placebo[2], mean_arm=one.mean, mean_control=other.mean)


def withheld(row: Effect, *reasons: str) -> Effect:
    """Return a row without an effect, and why."""
    return replace(row, design=NONE, effect=None, low=None, high=None, p=None, mean_arm=None, mean_control=None,
                   verdict=UNKNOWN, reason="+".join(dict.fromkeys(reasons)))


def judged(rows: Sequence[Effect], level: float = LEVEL) -> list[Effect]:
    """Return rows with p values for being several (Holm, over one campaign and outcome), and a verdict.

    A finding needs both: an interval clear of 0, and an adjusted p value below 5 %.
    """
    families: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        families.setdefault((row.campaign, row.outcome), []).append(i)
    found = list(rows)
    for places in families.values():
        adjusted = holm([float("nan") if rows[i].p is None else float(rows[i].p or 0.0) for i in places])
        for i, p in zip(places, adjusted, strict=True):
            known = None if p != p else float(p)
            found[i] = replace(rows[i], p_holm=known, verdict=_verdict(rows[i], known, 1 - level))
    return found


def _verdict(row: Effect, p: float | None, limit: float) -> str:
    if row.effect is None or row.low is None or row.high is None or p is None:
        return UNKNOWN
    if row.low <= 0 <= row.high or p >= limit:
        return CHANCE
    return RAISED if row.effect > 0 else LOWERED


def pairs(arms: Iterable[str], control: str | None) -> list[tuple[str, str]]:
    """Return whom to compare with whom: every arm with the control, then the arms with each other."""
    named = sorted(arms)
    first = [] if control is None else [(arm, control) for arm in named]
    return first + [(later, one) for i, one in enumerate(named) for later in named[i + 1:]]


def frame_of(rows: Sequence[Effect]) -> pd.DataFrame:
    """Return the table ``effects``."""
    import pandas as pd

    columns = list(Effect.__dataclass_fields__)
    numbers = dict.fromkeys(("effect", "low", "high", "p", "placebo", "p_holm", "mean_arm", "mean_control",
                             "placebo_low", "placebo_high"), "float64")
    texts = dict.fromkeys(("campaign", "arm", "control", "outcome", "design", "unit", "verdict", "reason"), "str")
    data: list[Mapping[str, Any]] = [{c: getattr(row, c) for c in columns} for row in rows]
    return pd.DataFrame(data, columns=columns).astype({"n_arm": "int64", "n_control": "int64", **numbers, **texts})
