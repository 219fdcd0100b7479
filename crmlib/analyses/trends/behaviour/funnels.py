"""How far do visitors get, step by step and in time; and how far would it seem if order did not matter?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.methods.intervals import wilson
from crmlib.settings.analyses.trends import MOST_STEPS

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import TrendsSettings

#: The usual way through a shop, of which a shop that declares nothing gets what it has.
LADDER = ("visit", "view", "cart", "checkout", "order")
USUAL, WINDOW_DAYS = "usual", 7
FUNNEL = {"funnel": "str", "per": "str", "place": "int64", "step": "str", "n": "int64", "ordered": "int64",
          "rate": "float64", "low": "float64", "high": "float64", "step_rate": "float64", "any_order": "int64",
          "any_rate": "float64"}


@dataclass(frozen=True)
class Path:
    """A funnel to follow.

    Attributes
    ----------
    key : str
        Its English name, else the Japanese one; ``usual`` for the one nobody declared.
    steps : tuple of str
        Types of events in their order.
    window_days : int
    per : str
        ``user`` or ``session``.
    """

    key: str
    steps: tuple[str, ...]
    window_days: int
    per: str


def paths(settings: TrendsSettings, types: Sequence[str]) -> tuple[Path, ...]:
    """Return the funnels that are declared or, where nothing is, the usual way as far as the data have its steps."""
    if settings.funnels is not None:
        return tuple(Path(one.name.get("en"), one.steps, one.window_days, one.per) for one in settings.funnels)
    steps = tuple(name for name in LADDER if name in types)
    return (Path(USUAL, steps, WINDOW_DAYS, "user"),) if len(steps) > 1 else ()


def funnel(data: Dataset, settings: TrendsSettings, followed: Sequence[Path], level: float) -> pd.DataFrame:
    """Return how many visitors reach each step.

    Returns
    -------
    pandas.DataFrame
        funnel (key), per (user, session), place (1, 2, …), step (type of event), n (visitors or sessions with a first
        step whose window is over), ordered (of these, how many reached the step after all earlier ones, in this order
        and within the window; the best of each one's beginnings), rate (ordered ÷ n), low, high (Wilson), step_rate
        (ordered ÷ that of the step before), any_order (how many of n did all steps so far in whatever order, at any
        time in these months), any_rate (any_order ÷ n).
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for path in followed:
        counts = data.query("trends_funnel", **_asked(path, data, settings)).iloc[0].to_dict()
        n = int(counts["ordered_1"])
        for place, step in enumerate(path.steps if n else (), start=1):
            ordered, loose = int(counts[f"ordered_{place}"]), int(counts[f"any_{place}"])
            before = int(counts[f"ordered_{max(place - 1, 1)}"])
            low, high = wilson(ordered, n, level) or (None, None)
            rows.append((path.key, path.per, place, step, n, ordered, ordered / n, low, high,
                         ordered / before if before else None, loose, loose / n))
    return pd.DataFrame(rows, columns=list(FUNNEL)).astype(FUNNEL)


def _asked(path: Path, data: Dataset, settings: TrendsSettings) -> dict[str, Any]:
    """The statement's values: first steps of the latest months, as far as their window is over."""
    steps = (*path.steps, *[None] * (MOST_STEPS - len(path.steps)))
    since = data.at(months.shift(data.month, 1 - settings.funnel_months)).start
    wait = path.window_days if path.per == "user" else 0
    return {"from_day": since, "ripe": data.as_of - timedelta(days=wait), "window_days": path.window_days,
            "per": path.per, "session_minutes": settings.session_minutes,
            **{f"step_{n}": step for n, step in enumerate(steps, start=1)},
            **{f"need_{n}": steps[:n].count(step) if step else 0 for n, step in enumerate(steps, start=1)}}
