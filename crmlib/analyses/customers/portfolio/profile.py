"""Profile: who are the customers that carry the sales, beside all who buy?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.customers.portfolio.crosstab import levels_of
from crmlib.methods.association.crosstab import adjusted_residuals
from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import CustomersSettings

#: The class that is held against the base; differences from this residual on are told, so many at most.
CLASS, TOLD, ROWS = "A", 2.0, 12


def profile(people: pd.DataFrame, settings: CustomersSettings, year: int) -> pd.DataFrame:
    """Return each level of each attribute among class A of ABC, beside all buyers of the last twelve months.

    Returns
    -------
    pandas.DataFrame
        attribute, level, best (customers of class A), share (of those of class A whose level is known), everyone
        (buyers), base_share, index (100 = as in the base), residual (adjusted; null where too few are expected).
    """
    import numpy as np
    import pandas as pd

    base = people[people["abc_class"].notna()]
    rows: list[tuple[Any, ...]] = []
    for attribute in settings.attributes:
        level = levels_of(base, attribute, settings.age_bands, year)
        known = base[level.notna()]
        best = known["abc_class"] == CLASS
        if not 0 < int(best.sum()) < len(known):
            continue
        table = pd.crosstab(level[level.notna()].astype("str"), best.map({True: "best", False: "rest"}))
        residual = adjusted_residuals(table.to_numpy())[:, 0] if len(table) > 1 else np.full(len(table), np.nan)
        for (name, row), far in zip(table.iterrows(), residual, strict=True):
            everyone = int(row["best"] + row["rest"])
            share, usual = row["best"] / int(best.sum()), everyone / len(known)
            rows.append((attribute, name, int(row["best"]), share, everyone, usual, 100 * share / usual, far))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"attribute": "str", "level": "str"})


def differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the levels that differ by more than chance, by attribute, the most typical of class A first."""
    told = frame[frame["residual"].abs() > TOLD]
    if len(told) > ROWS:
        far = told["residual"].abs().sort_values(ascending=False, kind="stable").index[:ROWS]
        told = told[told.index.isin(far)]
    place = told["attribute"].map({name: n for n, name in enumerate(dict.fromkeys(frame["attribute"]))})
    return told.assign(place=place).sort_values(["place", "index", "level"], ascending=[True, False, True],
                                                ignore_index=True)[list(COLUMNS)]


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return all levels, and those worth reading."""
    if frame.empty:
        return {}
    found = {"profile": Table(frame, COLUMNS, count="best", within=("attribute",))}
    told = differences(frame)
    return found | ({"profile_told": Table(told, COLUMNS, count="best", within=("attribute",))} if len(told) else {})


def notes(found: dict[str, Table]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return that nothing sets the best customers apart, where enough are known to tell."""
    told = "profile" in found and bool(found["profile"].frame["residual"].notna().any())
    return (("profile_alike", {}),) if told and "profile_told" not in found else ()


COLUMNS = {"attribute": Column("code"), "level": Column("code"), "best": Column("customers"), "share": Column("ratio"),
           "everyone": Column("customers"), **{name: Column(unit, share_of="everyone") for name, unit in (
               ("base_share", "ratio"), ("index", "index"), ("residual", "score"))}}
