"""How recency, number of purchases and money are spread over the buyers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.methods.histograms import median, quantile
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Bins at most, and what is left to the last one: the few beyond this part of the buyers.
BINS, BODY = 20, 0.98
#: Times counted one by one; more stand together.
TIMES = 10
STEPS = (1, 2, 5)


def width(values: pd.Series, counts: pd.Series, least: int) -> int:
    """Return a round width (1, 2 or 5 of a power of ten) of at most ``BINS`` bins up to the few largest values."""
    top = quantile(values, counts, BODY) or 0.0
    size, power = least, least
    while size * BINS < top:
        size = next((step * power for step in STEPS if step * power > size), 10 * power)
        power = size if size >= 10 * power else power
    return size


def bins(rows: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the buyers in bins of equal width; the first holds all below, the last all above.

    Parameters
    ----------
    rows : pandas.DataFrame
        value and customers, from ``rfm_values``.

    Returns
    -------
    pandas.DataFrame
        low (of the bin), customers, share.
    """
    import pandas as pd

    size = width(rows["value"], rows["customers"], least)
    top = int((quantile(rows["value"], rows["customers"], BODY) or 0) // size)
    place = (rows["value"] // size).clip(0, max(top, 0)).astype("int64")
    held = rows.groupby(place)["customers"].sum().reindex(range(int(place.max()) + 1), fill_value=0)
    low = pd.Series(held.index.to_numpy() * size, dtype="int64")
    return pd.DataFrame({"low": low, "customers": held.to_numpy(), "share": held.to_numpy() / held.sum()})


def times(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how many buyers bought once, twice, …: times (``10+`` for ten and more), customers, share."""
    import pandas as pd

    place = rows["value"].clip(upper=TIMES).astype("int64")
    held = rows.groupby(place)["customers"].sum().reindex(range(1, int(place.max()) + 1), fill_value=0)
    names = [str(n) if n < TIMES else f"{TIMES}+" for n in held.index]
    return pd.DataFrame({"times": pd.Series(names, dtype="str"), "customers": held.to_numpy(),
                         "share": held.to_numpy() / held.sum()})


def tables(values: pd.DataFrame, decimals: int) -> dict[str, Table]:
    """Return how each measure is spread; nothing where nobody bought."""
    if values.empty:
        return {}
    part = dict(list(values.groupby("measure")))
    return {"spread_recency": Table(bins(part["r"], 10), DAYS, count="customers"),
            "spread_frequency": Table(times(part["f"]), COUNTED, count="customers"),
            "spread_monetary": Table(bins(part["m"], 10 ** decimals), MONEY, count="customers")}


def figures(found: dict[str, Table], values: pd.DataFrame, decimals: int) -> dict[str, Figure]:
    """Return the charts, each title with the median."""
    if "spread_recency" not in found:
        return {}
    middle = {letter: median(rows["value"], rows["customers"]) for letter, rows in values.groupby("measure")}
    once = found["spread_frequency"].frame
    said: dict[str, Any] = {"days": round(middle["r"] or 0), "once": float(once["share"].iloc[0])}
    said["money"] = Decimal(round(middle["m"] or 0)).scaleb(-decimals)
    size = (7.2, 3.4)
    return {"spread_recency": Figure(plot_recency, "spread_recency", said, size=size),
            "spread_frequency": Figure(plot_times, "spread_frequency", said, size=size),
            "spread_monetary": Figure(plot_money, "spread_monetary", said, size=size)}


def plot_recency(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the buyers by days since their last purchase."""
    return charts.histogram(frame, ax, words, left="low", value="customers", unit="customers", of="days")


def plot_times(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the buyers by how often they bought."""
    return charts.columns(frame, ax, words, x="times", value="customers", unit="customers", accent="1")


def plot_money(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the buyers by what they brought."""
    return charts.histogram(frame, ax, words, left="low", value="customers", unit="customers", of="money")


COUNTED = {"times": Column("code"), "customers": Column("customers"), "share": Column("ratio")}
DAYS = {"low": Column("days"), "customers": Column("customers"), "share": Column("ratio")}
MONEY = {"low": Column("money"), "customers": Column("customers"), "share": Column("ratio")}
