"""Do those who were out of humour, or waited long, stay away afterwards? Later purchases by label and by reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.satisfaction.after import (
    CONTACT,
    FEWEST,
    FEWEST_IN_GROUP,
    TICKET,
    Gap,
    after,
    enough,
    followed,
    gap,
)
from crmlib.analyses.satisfaction.support.measures import BANDS
from crmlib.methods.intervals import wilson
from crmlib.part import Notes

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings

LABELS = {"low": "negative", "middle": "unknown", "high": "positive"}
#: A reply within so many hours is fast, a later one slow.
FAST = 24.0
BAND = {"band": "str", "n": "int64", "repeat_rate": "float64", "low": "float64", "high": "float64"}


def by_label(data: Dataset, settings: SatisfactionSettings) -> tuple[pd.DataFrame, Notes]:
    """Return what customers bought after a contact, by its label, and what may be said of it.

    Each customer counts once, by the latest contact with a label, else the latest without one.

    Returns
    -------
    pandas.DataFrame
        dimension (all, bought), level, label (negative, unknown, positive), n, repeat_rate, low, high, spent,
        spent_low, spent_high (see ``after.after``).
    """
    import pandas as pd

    found = followed(data, settings, CONTACT)
    found = found.assign(**{"class": pd.Series(np.select([found["value"] < 0, found["value"] > 0], ["low", "high"],
                                                         "middle"), index=found.index, dtype="str")})
    table = _told(after(found, settings.confidence))
    told = table.assign(**{"class": table["class"].map(LABELS).astype("str")}).rename(columns={"class": "label"})
    if set(found["class"]) <= {"middle"}:
        return told.iloc[:0], (("labels.none", {}),)
    return told, _said("labels", found, settings, {"days": settings.after_days})


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """Return all, and the groups in which both labels have enough customers to be compared."""
    sides = table[table["class"] != "middle"].groupby(["dimension", "level"])["n"].agg(["min", "size"])
    told = sides.index[(sides["min"] >= FEWEST_IN_GROUP) & (sides["size"] == len(LABELS) - 1)]
    keys = [pair in told or pair[0] == "all" for pair in zip(table["dimension"], table["level"], strict=True)]
    return table[keys].reset_index(drop=True)


def by_wait(data: Dataset, settings: SatisfactionSettings) -> tuple[pd.DataFrame, Notes]:
    """Return how many bought again after asking for help, by how long they waited for the first reply.

    Returns
    -------
    pandas.DataFrame
        band (see ``measures.BANDS``), n (customers, each by the latest request), repeat_rate, low, high (Wilson).
    """
    import pandas as pd

    found = followed(data, settings, TICKET)
    hours = found["value"] / 60
    found = found.assign(**{"class": pd.Series(np.where(hours > FAST, "low", "high"), index=found.index, dtype="str"),
                            "band": pd.cut(hours, [-1.0, *BANDS.values()], labels=list(BANDS)).astype("str")})
    rows: list[tuple[Any, ...]] = []
    for band in BANDS:
        part = found[found["band"] == band]
        if len(part):
            k = int(part["again"].sum())
            rows.append((band, len(part), k / len(part), *(wilson(k, len(part), settings.confidence) or (None, None))))
    return pd.DataFrame(rows, columns=list(BAND)).astype(BAND), _said(
        "support.slow", found, settings, {"days": settings.after_days, "hours": int(FAST)})


def _said(name: str, found: pd.DataFrame, settings: SatisfactionSettings, base: dict[str, Any]) -> Notes:
    counted = {one: int((found["class"] == one).sum()) for one in ("low", "high")}
    one: Gap | None = gap(found, settings.confidence) if enough(found) else None
    joint = "_" if "." in name else "."
    if one is None:
        why = "not_alike" if enough(found) else "too_few"
        return ((f"{name}{joint}{why}", base | counted | {"needed": FEWEST}),)
    verdict = "stays_away" if one.low > 0 else "comes_more" if one.high < 0 else "no_difference"
    turn = -1 if verdict == "comes_more" else 1
    low, high = sorted((100 * turn * one.low, 100 * turn * one.high))
    return ((f"{name}{joint}{verdict}", base | {"value": 100 * turn * one.value, "low": low, "high": high}),)
