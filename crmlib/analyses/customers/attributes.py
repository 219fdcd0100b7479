"""Who the known customers are: by the attributes the shop has recorded, and how far these can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.methods.association.crosstab import banded
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

UNKNOWN, REST = "unknown", "rest"
#: Ages outside are slips of the pen or stand-ins (1900) for a birthday nobody gave.
AGES = range(1, 111)
BARS = 8
NUMBERS = ["customers", "active", "sales"]


def attributes(found: pd.DataFrame, wanted: tuple[str, ...], bands: tuple[int, ...], year: int) -> pd.DataFrame:
    """Return the wanted attributes the shop has, level by level.

    Returns
    -------
    pandas.DataFrame
        attribute, level (code, ``unknown`` last), customers, active, sales (minor units), share (of all known
        customers), coverage (share of known customers of whom the attribute is known); attributes in the wanted
        order, bands (of age, income, size) by their first number, other levels by number of customers.
    """
    import pandas as pd

    parts = [one(found, name, bands, year) for name in wanted]
    have = [part for part in parts if (part["level"] != UNKNOWN).any()]
    columns = ["attribute", "level", *NUMBERS, "share", "coverage"]
    return pd.concat(have, ignore_index=True)[columns] if have else pd.DataFrame(columns=columns)


def one(found: pd.DataFrame, name: str, bands: tuple[int, ...], year: int) -> pd.DataFrame:
    """Return the levels of one attribute."""
    source = "birth_year" if name == "age_band" else name
    part = found[found["attribute"] == source]
    levels = [band(year, level, bands) if name == "age_band" else plain(level) for level in part["level"]]
    summed = part.assign(level=levels)[["level", *NUMBERS]].groupby("level", as_index=False, sort=True).sum()
    everyone = int(summed["customers"].sum())
    blank = int(summed.loc[summed["level"] == UNKNOWN, "customers"].sum())
    band_of = banded([level for level in summed["level"] if level != UNKNOWN])
    place = [(level == UNKNOWN, band_of(level) if name.endswith("_band") else (-n, level)) for level, n in
             zip(summed["level"], summed["customers"], strict=True)]
    order = sorted(range(len(summed)), key=lambda i: place[i])
    ordered = summed.iloc[order].reset_index(drop=True)
    return ordered.assign(attribute=name, share=[n / everyone for n in ordered["customers"]],
                          coverage=(everyone - blank) / everyone if everyone else None)


def plain(level: Any) -> str:
    """Return a level as a code; nothing, or blanks, is ``unknown``."""
    return UNKNOWN if level is None or level != level or not str(level).strip() else str(level)


def band(year: int, birth_year: Any, bands: tuple[int, ...]) -> str:
    """Return the age band (``20-29``, ``-19``, ``70-``) of the age reached in a year."""
    if plain(birth_year) == UNKNOWN or year - int(birth_year) not in AGES:
        return UNKNOWN
    age = year - int(birth_year)
    reached = [edge for edge in bands if edge <= age]
    if not reached:
        return f"-{bands[0] - 1}"
    later = bands[len(reached):]
    return f"{reached[-1]}-{later[0] - 1}" if later else f"{reached[-1]}-"


def coverage(levels: pd.DataFrame) -> pd.DataFrame:
    """Return, per attribute, those of whom it is known beside those of whom it is not.

    Returns
    -------
    pandas.DataFrame
        attribute, known (``yes`` or ``no``), customers, share, active_share (bought this month), sales_share (of the
        known customers' sales). Where the two differ, the attribute's table does not speak for all customers.
    """
    import pandas as pd

    known = ["no" if level == UNKNOWN else "yes" for level in levels["level"]]
    summed = levels.assign(known=known).groupby(["attribute", "known"], as_index=False, sort=False)[NUMBERS].sum()
    order = {name: i for i, name in enumerate(dict.fromkeys(levels["attribute"]))}
    summed = summed.assign(place=summed["attribute"].map(order), after=summed["known"] == "no").sort_values(
        ["place", "after"], ignore_index=True)
    everyone = summed.groupby("attribute")[["customers", "sales"]].transform("sum")
    shares = {"share": _over(summed["customers"], everyone["customers"]),
              "active_share": _over(summed["active"], summed["customers"]),
              "sales_share": _over(summed["sales"], everyone["sales"])}
    frame = pd.DataFrame({"attribute": summed["attribute"], "known": summed["known"],
                          "customers": summed["customers"].astype("int64"), **shares})
    return frame.astype({"attribute": "str", "known": "str"} | dict.fromkeys(shares, "float64"))


def _over(part: pd.Series[int], whole: pd.Series[int]) -> list[float | None]:
    return [int(a) / int(b) if b > 0 else None for a, b in zip(part, whole, strict=True)]


def tables(levels: pd.DataFrame) -> dict[str, Table]:
    """Return the table of all attributes, how well each is known, and what each chart draws."""
    sizes = {"customers": "int64", "sales": "int64", "share": "float64", "coverage": "float64"}
    whole = levels.drop(columns="active").astype({"attribute": "str", "level": "str"} | sizes)
    drawn = {f"by_{name}": Table(few(part), FEW_COLUMNS, count="customers")
             for name, part in levels.groupby("attribute", sort=False)}
    return {"attributes": Table(whole[list(COLUMNS)], COLUMNS, count="customers", within=("attribute",)),
            "coverage": Table(coverage(levels), COVERAGE_COLUMNS, count="customers", within=("attribute",)), **drawn}


def few(part: pd.DataFrame) -> pd.DataFrame:
    """Return the largest levels of one attribute, all others together, and the unknown; they add up to everyone."""
    import pandas as pd

    named = part[part["level"] != UNKNOWN]
    largest = named.sort_values(["customers", "level"], ascending=[False, True])["level"]
    keep = named["level"].isin(largest if len(named) <= BARS else largest.head(BARS - 1))
    groups = [(level, part[part["level"] == level]) for level in named.loc[keep, "level"]]
    groups += [(REST, named[~keep]), (UNKNOWN, part[part["level"] == UNKNOWN])]
    everyone, sales = int(part["customers"].sum()), int(part["sales"].sum())
    rows = [(level, int(g["customers"].sum()), int(g["customers"].sum()) / everyone,
             int(g["sales"].sum()) / sales if sales > 0 else None) for level, g in groups if len(g)]
    kinds = {"level": "str", "customers": "int64", "share": "float64", "sales_share": "float64"}
    return pd.DataFrame(rows, columns=list(FEW_COLUMNS)).astype(kinds)


def figures(levels: pd.DataFrame) -> dict[str, Figure]:
    """Return a chart per attribute."""
    return {name: Figure(plot_levels, f"by_{name}", said(part), size=(7.2, 1.4 + 0.42 * min(len(part), BARS + 1)))
            for name, part in levels.groupby("attribute", sort=False)}


def said(part: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of a chart's title: the largest level that is known."""
    named = part[part["level"] != UNKNOWN].sort_values(["customers", "level"], ascending=[False, True])
    top = named.iloc[0]
    return {"attribute": top["attribute"], "level": top["level"], "share": float(top["share"]),
            "coverage": float(top["coverage"]), "customers": int(part["customers"].sum())}


def plot_levels(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each level's share of the customers, with its share of their sales beside it."""
    return charts.bars(frame, ax, words, label="level", value="share", unit="ratio", other=("sales_share", "ratio"),
                       accent=tuple(level for level in frame["level"] if level not in (UNKNOWN, REST)))


COLUMNS = {"attribute": Column("code"), "level": Column("code"), "customers": Column("customers"),
           "share": Column("ratio", share_of="customers"), "sales": Column("money"), "coverage": Column("ratio")}
COVERAGE_COLUMNS = {"attribute": Column("code"), "known": Column("code"), "customers": Column("customers"),
                    "share": Column("ratio", share_of="customers"), "active_share": Column("ratio"),
                    "sales_share": Column("ratio")}
FEW_COLUMNS = {"level": Column("code"), "customers": Column("customers"),
               "share": Column("ratio", share_of="customers"), "sales_share": Column("ratio")}
