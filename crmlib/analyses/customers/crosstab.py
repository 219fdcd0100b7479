"""Cross tables: does an attribute go together with how customers buy?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.analyses.customers.attributes import UNKNOWN, band
from crmlib.methods.crosstab import adjusted_residuals, independence
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

#: Attributes of more levels than this are shown with the largest ones; the rest together.
LEVELS = 12
OTHER = "other_levels"


def crosstab(people: pd.DataFrame, settings: CustomersSettings, year: int,
             orders: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return every cross table of the settings in long form.

    Parameters
    ----------
    people : pandas.DataFrame
        One row per buyer with attributes and measures.
    orders : mapping
        Classes of a measure in their order, where it is not that of their codes.

    Returns
    -------
    pandas.DataFrame
        attribute, level, measure, class, customers, row_share (of the level), column_share (of the class), residual
        (adjusted; null where too few are expected), coverage (share of all buyers whose level is known).
    """
    import pandas as pd

    parts = []
    for wanted in settings.crosstabs:
        level = _levels(people, wanted.attribute, settings.age_bands, year)
        known = level.notna() & people[wanted.measure].notna()
        if known.any():
            parts.append(_long(level[known].astype("str"), people.loc[known, wanted.measure].astype("str"),
                               wanted.attribute, wanted.measure, float(known.mean()), orders.get(wanted.measure, ())))
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else empty


def _levels(people: pd.DataFrame, attribute: str, bands: tuple[int, ...], year: int) -> pd.Series:
    """Return the level of each buyer, missing where it is not known."""
    if attribute != "age_band":
        return people[attribute]
    named = {born: band(year, born, bands) for born in people["birth_year"].dropna().unique()}
    found = people["birth_year"].map(named)
    return found.where(found != UNKNOWN)


def _long(level: pd.Series, group: pd.Series, attribute: str, measure: str, coverage: float,
          order: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    sizes = level.value_counts()
    kept = sorted(sizes.index, key=lambda name: (-int(sizes[name]), name))[:LEVELS]
    table = pd.crosstab(level.where(level.isin(kept), OTHER), group)
    table = table.loc[[*(k for k in sorted(kept)), *([OTHER] if OTHER in table.index else [])]]
    place = {code: n for n, code in enumerate(order)}
    table = table[sorted(table.columns, key=lambda code: (place.get(code, len(place)), len(code), code))]
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    residual = pd.DataFrame(adjusted_residuals(table.to_numpy()), index=table.index, columns=table.columns)
    cells = [(attribute, name, measure, code, int(table.loc[name, code]), table.loc[name, code] / rows[name],
              table.loc[name, code] / columns[code], residual.loc[name, code], coverage)
             for name in table.index for code in table.columns]
    return pd.DataFrame(cells, columns=list(COLUMNS)).astype(
        {"attribute": "str", "level": "str", "measure": "str", "class": "str"})


def strength(frame: pd.DataFrame, attribute: str) -> tuple[float, float] | None:
    """Return p-value and Cramér's V of the cross table of an attribute; None where there is nothing to compare."""
    part = frame[frame["attribute"] == attribute]
    found = independence(part.pivot_table(index="level", columns="class", values="customers", aggfunc="sum",
                                          fill_value=0).to_numpy()) if len(part) else None
    return None if found is None else (found[2], found[3])


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the long table and one per attribute, which its figure draws."""
    if frame.empty:
        return {}
    found = {"crosstab": Table(frame, COLUMNS, count="customers", within=("attribute", "level"))}
    for attribute in dict.fromkeys(frame["attribute"]):
        part = frame[frame["attribute"] == attribute]
        shown = part[["level", "class", "customers", "row_share", "residual"]].reset_index(drop=True)
        found[f"cross_{attribute}"] = Table(shown, CELLS, count="customers", within=("level",))
    return found


def figures(frame: pd.DataFrame) -> dict[str, Figure]:
    """Return a heatmap per attribute: the share of each level's customers in each class."""
    drawn = {}
    for attribute in dict.fromkeys(frame["attribute"]):
        part, found = frame[frame["attribute"] == attribute], strength(frame, attribute)
        values = {"attribute": attribute, "measure": part["measure"].iloc[0], "n": int(part["customers"].sum()),
                  "coverage": float(part["coverage"].iloc[0]), "v": found[1] if found else None}
        drawn[f"cross_{attribute}"] = Figure(plot_cross, f"cross_{attribute}", values,
                                             size=(7.2, 1.6 + 0.42 * part["level"].nunique()))
    return drawn


def plot_cross(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each level's customers over the classes, as shares of the level."""
    return charts.heatmap(frame, ax, words, row="level", column="class", value="row_share", unit="ratio")


COLUMNS = {"attribute": Column("code"), "level": Column("code"), "measure": Column("code"), "class": Column("code"),
           "customers": Column("customers"), "row_share": Column("ratio"), "column_share": Column("ratio"),
           "residual": Column("score"), "coverage": Column("ratio")}
CELLS = {"level": Column("code"), "class": Column("code"), "customers": Column("customers"),
         "row_share": Column("ratio"), "residual": Column("score")}
