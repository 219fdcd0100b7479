"""Do clusters go together with who the customers are? Cross tables with adjusted residuals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from crmlib import charts
from crmlib.methods.association.crosstab import adjusted_residuals, banded, independence
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

#: Levels of an attribute in a table, and in the chart of one.
LEVELS = 7
OTHER = "other_levels"
#: Beyond so many standard deviations a cell stands out.
FAR = 2.0


def crosstab(people: pd.DataFrame, column: str, order: Sequence[str], attributes: Sequence[str],
             ranks: Sequence[str] = ()) -> pd.DataFrame:
    """Return clusters (or computed segments) crossed with each attribute, in long form.

    Parameters
    ----------
    people : pandas.DataFrame
        One row per buyer with ``column`` and the attributes.
    order : sequence of str
        The segments in their order.
    ranks : sequence of str, optional
        The levels of ``rank`` in their order; one without a threshold is where everybody begins.

    Returns
    -------
    pandas.DataFrame
        segment, attribute, level, customers, share (of the segment's customers whose level is known), level_share (of
        the level's customers), residual (adjusted, in standard deviations; null where fewer than five are expected),
        coverage (share of all buyers whose level is known).
    """
    import pandas as pd

    parts = []
    for name in attributes:
        known = people[name].notna()
        if known.any() and people.loc[known, name].nunique() > 1:
            parts.append(_long(people.loc[known, column], people.loc[known, name].astype("str"), name, order,
                               float(known.mean()), ranks if name == "rank" else ()))
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else empty


def _long(group: pd.Series, level: pd.Series, name: str, order: Sequence[str], coverage: float,
          levels: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    sizes = level.value_counts()
    kept = sorted(sizes.index, key=lambda code: (-int(sizes[code]), code))[:LEVELS]
    table = pd.crosstab(group, level.where(level.isin(kept), OTHER))
    place, band = {code: n for n, code in enumerate(levels)}, banded(kept)
    kept = sorted(kept, key=lambda code: (place.get(code, -1), band(code)))
    across = [*kept, *([OTHER] if OTHER in table.columns else [])]
    table = table.reindex(index=[code for code in order if code in table.index], columns=across)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    residual = pd.DataFrame(adjusted_residuals(table.to_numpy()), index=table.index, columns=table.columns)
    cells = [(code, name, one, int(table.loc[code, one]), table.loc[code, one] / rows[code],
              table.loc[code, one] / columns[one], residual.loc[code, one], coverage)
             for code in table.index for one in across]
    return pd.DataFrame(cells, columns=list(COLUMNS)).astype(dict.fromkeys(("segment", "attribute", "level"), "str"))


def with_ages(people: pd.DataFrame, settings: CustomersSettings) -> pd.DataFrame:
    """Return the customers with their age band (``20-29``, ``-19``, ``70-``), missing where the age is not known."""
    edges = settings.age_bands
    names = [f"-{edges[0] - 1}", *(f"{a}-{b - 1}" for a, b in pairwise(edges)), f"{edges[-1]}-"]
    bands = {age: names[sum(edge <= age for edge in edges)] for age in people["age"].dropna().unique()}
    return people.assign(age_band=people["age"].map(bands))


def tables(frame: pd.DataFrame) -> dict[str, Table]:
    """Return the long table and one per attribute, which its figure draws."""
    if frame.empty:
        return {}
    found = {"crosstab": Table(frame, COLUMNS, count="customers", within=("attribute", "segment"),
                               across=("attribute", "level"))}
    for name in dict.fromkeys(frame["attribute"]):
        part = frame[frame["attribute"] == name]
        shown = part[["segment", "level", "customers", "share", "residual"]].reset_index(drop=True)
        found[f"cross_{name}"] = Table(shown, CELLS, count="customers", within=("segment",), across=("level",))
    return found


def figures(frame: pd.DataFrame) -> dict[str, Figure]:
    """Return a heat map per attribute, titled by the cell that stands out most."""
    drawn = {}
    for name in dict.fromkeys(frame["attribute"]):
        part = frame[frame["attribute"] == name]
        counts = part.pivot_table(index="segment", columns="level", values="customers", aggfunc="sum", fill_value=0)
        found = independence(counts.to_numpy())
        far = int((part["residual"].abs() > FAR).sum())
        values = {"attribute": name, "n": int(part["customers"].sum()), "coverage": float(part["coverage"].iloc[0]),
                  "v": found[3] if found else None, "far": far, "found": "differs" if far else "alike"}
        drawn[f"cross_{name}"] = Figure(plot_cross, f"cross_{name}", values,
                                        size=(7.2, 1.6 + 0.42 * part["segment"].nunique()))
    return drawn


def plot_cross(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each segment's customers over the levels, as shares of the segment."""
    return charts.heatmap(frame, ax, words, row="segment", column="level", value="share", unit="ratio")


COLUMNS = {"segment": Column("code"), "attribute": Column("code"), "level": Column("code"),
           "customers": Column("customers"), "share": Column("ratio"), "level_share": Column("ratio"),
           "residual": Column("score"), "coverage": Column("ratio")}
CELLS = {"segment": Column("code"), "level": Column("code"), "customers": Column("customers"),
         "share": Column("ratio"), "residual": Column("score")}
