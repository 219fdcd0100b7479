"""Cross tables: does an attribute go together with how customers buy?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.analyses.customers.attributes import UNKNOWN, band
from crmlib.methods.association.crosstab import adjusted_residuals, banded, independence
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

#: Attributes of more levels than this are shown with the largest ones; the rest together.
LEVELS = 12
OTHER = "other_levels"
#: An adjusted residual beyond this is hard to put down to chance.
FAR = 2.0
#: Levels that stand beside each other at most.
ACROSS = 7


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
    ranks = tuple(one.rank for one in settings.rank_thresholds)
    for wanted in settings.crosstabs:
        level, group = (levels_of(people, name, settings.age_bands, year) for name in (wanted.attribute,
                                                                                      wanted.measure))
        known = level.notna() & group.notna()
        if known.any():
            parts.append(_long(level[known].astype("str"), group[known].astype("str"), wanted.attribute,
                               wanted.measure, float(known.mean()), orders.get(wanted.measure, ()),
                               ranks if wanted.attribute == "rank" else ()))
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else empty


def levels_of(people: pd.DataFrame, attribute: str, bands: tuple[int, ...], year: int) -> pd.Series:
    """Return the level of each buyer in an attribute or a measure, missing where it is not known."""
    if attribute != "age_band":
        return people[attribute]
    named = {born: band(year, born, bands) for born in people["birth_year"].dropna().unique()}
    found = people["birth_year"].map(named)
    return found.where(found != UNKNOWN)


def _long(level: pd.Series, group: pd.Series, attribute: str, measure: str, coverage: float,
          order: tuple[str, ...], levels: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    sizes = level.value_counts()
    kept = sorted(sizes.index, key=lambda name: (-int(sizes[name]), name))[:LEVELS]
    table = pd.crosstab(level.where(level.isin(kept), OTHER), group)
    place = banded(kept)
    # A rank without a threshold is where everybody begins.
    kept = sorted(kept, key=lambda name: (levels.index(name) if name in levels else -1, place(name)))
    table = table.loc[[*kept, *([OTHER] if OTHER in table.index else [])]]
    known = {code: n for n, code in enumerate(order)}
    table = table[sorted(table.columns, key=lambda code: (known.get(code, len(known)), len(code), code))]
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    residual = pd.DataFrame(adjusted_residuals(table.to_numpy()), index=table.index, columns=table.columns)
    cells = [(attribute, name, measure, code, int(table.loc[name, code]), table.loc[name, code] / rows[name],
              table.loc[name, code] / columns[code], residual.loc[name, code], coverage)
             for name in table.index for code in table.columns]
    return pd.DataFrame(cells, columns=list(COLUMNS)).astype(
        {"attribute": "str", "level": "str", "measure": "str", "class": "str"})


def strength(part: pd.DataFrame) -> float | None:
    """Return Cramér's V of one cross table; None where there is nothing to compare."""
    found = independence(part.pivot_table(index="level", columns="class", values="customers", aggfunc="sum",
                                          fill_value=0).to_numpy())
    return None if found is None else found[3]


def each(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the cross tables one by one, ``cross_1``, ``cross_2`` …, in the order of the settings."""
    pairs = list(dict.fromkeys(zip(frame["attribute"], frame["measure"], strict=True)))
    return {f"cross_{n}": frame[(frame["attribute"] == attribute) & (frame["measure"] == measure)]
            for n, (attribute, measure) in enumerate(pairs, 1)}


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the long table, and each cross table as its figure draws it."""
    if frame.empty:
        return {}
    found = {"crosstab": Table(frame, COLUMNS, count="customers", within=("attribute", "level", "measure"),
                               across=("attribute", "measure", "class"))}
    for name, part in each(frame).items():
        place = {code: n for n, code in enumerate(dict.fromkeys(part["class"]))}
        shown = part.assign(place=part["class"].map(place)).sort_values("place", kind="stable", ignore_index=True)
        shown = shown[list(CELLS)]
        found[name] = Table(shown, CELLS, count="customers", within=("level",), across=("class",))
    return found


def figures(frame: pd.DataFrame) -> dict[str, Figure]:
    """Return a heatmap per cross table: how each level's customers are spread over the classes."""
    drawn = {}
    for name, part in each(frame).items() if len(frame) else ():
        strong = strength(part)
        differs = bool((part["residual"].abs() > FAR).any())
        names = [part["measure"].iloc[0], part["attribute"].iloc[0]]
        # Many levels stand under each other, where there is room for their names.
        turned = part["level"].nunique() > max(part["class"].nunique(), ACROSS)
        values = {"attribute": names[1], "measure": names[0], "v": strong, "found": "differs" if differs else "alike",
                  "rows": names[turned], "columns": names[not turned], "adds": "across" if turned else "down",
                  "n": int(part["customers"].sum()), "coverage": float(part["coverage"].iloc[0])}
        rows = part["level" if turned else "class"].nunique()
        drawn[name] = Figure(plot_levels if turned else plot_cross, name, values, size=(7.2, 1.6 + 0.42 * rows))
    return drawn


def plot_levels(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw many levels under each other, their customers over the classes as shares of the level."""
    return charts.heatmap(frame, ax, words, row="level", column="class", value="row_share", unit="ratio",
                          mark=("residual", FAR))


def plot_cross(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the classes of each level's customers as shares of the level; what is beyond chance carries a mark."""
    return charts.heatmap(frame, ax, words, row="class", column="level", value="row_share", unit="ratio",
                          mark=("residual", FAR))


COLUMNS = {"attribute": Column("code"), "level": Column("code"), "measure": Column("code"), "class": Column("code"),
           "customers": Column("customers"), "row_share": Column("ratio"), "column_share": Column("ratio"),
           "residual": Column("score"), "coverage": Column("ratio")}
CELLS = {"class": Column("code"), "level": Column("code"), "customers": Column("customers"),
         "row_share": Column("ratio"), "residual": Column("score")}
