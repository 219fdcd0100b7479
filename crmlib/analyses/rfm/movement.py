"""How customers move between segments: since last month, since last year, and who of each segment came back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.dataset import snapshots
from crmlib.dataset.segment_map import PROSPECT, tiers
from crmlib.methods.intervals import wilson
from crmlib.privacy import suppress
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

#: Tiers from the best to those of whom nothing is known yet; what is neither stands before the last two.
TIER_ORDER = ("best", "growing", "starting", "cooling", "slipping", "asleep", "prospect", "unknown")
BEST, SLIPPING = "best", "slipping"


def moves(data: Dataset, back: int, order: tuple[str, ...]) -> pd.DataFrame:
    """Return the moves from the segments of an earlier month to today's, in the order of the map.

    Returns
    -------
    pandas.DataFrame
        from_segment (``unknown`` for those not known then), to_segment, customers, sales (minor units).
    """
    found = data.query("rfm_migration", tables={"segment_before": data.previous(back).shared("customer_segment")})
    place = {code: i for i, code in enumerate((*order, "unknown"))}
    keys = found.assign(a=found["from_segment"].map(place), b=found["to_segment"].map(place))
    return keys.sort_values(["a", "b"], ignore_index=True).drop(columns=["a", "b"])


def retention(data: Dataset, order: tuple[str, ...]) -> pd.DataFrame:
    """Return who of each of last month's segments bought this month.

    Returns
    -------
    pandas.DataFrame
        segment (of last month), customers, bought, rate (ratio), low, high (95 %), stayed (in the same segment), lapsed
        (have now not bought for ``customers.lost_after_days``), lapse_rate (of those who had not lapsed before),
        returned (bought though they had lapsed before), return_rate (of those), sales (minor units).
    """
    found = data.query("rfm_retention", tables={"segment_before": data.previous(1).shared("customer_segment")})
    place = {code: i for i, code in enumerate(order)}
    table = found.assign(place=found["segment"].map(place)).sort_values("place", ignore_index=True)
    ranges = [wilson(int(k), int(n)) or (None, None) for k, n in zip(table["bought"], table["customers"], strict=True)]
    there = table["customers"] - table["away"]
    return table.assign(rate=table["bought"] / table["customers"], low=[r[0] for r in ranges],
                        high=[r[1] for r in ranges], lapse_rate=(table["lapsed"] / there.where(there > 0)),
                        return_rate=table["returned"] / table["away"].where(table["away"] > 0)).astype(
        {"lapse_rate": "float64", "return_rate": "float64"})[list(RETENTION)]


def changes(data: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each buyer's last change of segment, and the size of each segment at the month ends of a year.

    Returns
    -------
    tuple of pandas.DataFrame
        customer_key, previous_segment, segment_changed_on; month_end, segment, customers.
    """
    snapshots.register(data)
    return data.query("rfm_changes"), data.query("rfm_history")


def history_table(history: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return the size of each segment by month, in the order of the map.

    Returns
    -------
    pandas.DataFrame
        month, segment, customers, share (of the month's buyers).
    """
    place = {code: i for i, code in enumerate(order)}
    table = history.assign(month=history["month_end"].astype("datetime64[s]").dt.strftime("%Y-%m").astype("str"),
                           place=history["segment"].map(place))
    table = table.sort_values(["month", "place"], ignore_index=True)
    everyone = table.groupby("month")["customers"].transform("sum")
    return table.assign(share=table["customers"] / everyone)[list(HISTORY)]


def by_tier(moved: pd.DataFrame, tier: Mapping[str, str]) -> pd.DataFrame:
    """Return the moves between tiers, from_tier, to_tier, customers; a segment without a tier is its own."""
    named = moved.assign(from_tier=moved["from_segment"].replace(tier), to_tier=moved["to_segment"].replace(tier))
    summed = named.groupby(["from_tier", "to_tier"], as_index=False)["customers"].sum()
    places = {code: i for i, code in enumerate(in_order({*summed["from_tier"], *summed["to_tier"]}))}
    keys = summed.assign(a=summed["from_tier"].map(places), b=summed["to_tier"].map(places))
    return keys.sort_values(["a", "b"], ignore_index=True).drop(columns=["a", "b"])


def in_order(codes: Collection[str]) -> list[str]:
    """Return tiers from the best to those who have not bought; segments without a tier between."""
    return [*(t for t in TIER_ORDER[:-2] if t in codes), *sorted(set(codes) - set(TIER_ORDER)),
            *(t for t in TIER_ORDER[-2:] if t in codes)]


def tier_history(history: pd.DataFrame, tier: Mapping[str, str]) -> pd.DataFrame:
    """Return the share of the buyers who were best, and who were slipping away, at each month end.

    Returns
    -------
    pandas.DataFrame
        month, customers (buyers), best_share, slipping_share; empty where no segment says which it is.
    """
    held = history["segment"].map(tier)
    if not {BEST, SLIPPING} <= set(tier.values()):
        return history.iloc[:0].assign(best_share=0.0, slipping_share=0.0)[list(TIER_HISTORY)]
    sums = {name: history["customers"].where(held == code, 0) for name, code in (
        ("best_share", BEST), ("slipping_share", SLIPPING))}
    summed = history.assign(**sums).groupby("month", as_index=False)[["customers", *sums]].sum()
    return summed.assign(**{name: summed[name] / summed["customers"] for name in sums})[list(TIER_HISTORY)]


def tables(data: Dataset, order: tuple[str, ...], history: pd.DataFrame) -> dict[str, Table]:
    """Return the tables of movement; those of last year only where the data reach back."""
    tier = tiers(data.settings.rfm.segment_map)
    # How many each segment had, then and now, stands on the page: a single hidden move would follow from it.
    both: dict[str, Any] = {"within": ("from_segment",), "across": ("to_segment",)}
    found = {"migration": Table(moves(data, 1, order), MOVES, count="customers", **both)}
    if data.previous(12).covered:
        found["migration_yoy"] = Table(moves(data, 12, order), MOVES, count="customers", **both)
    for name, table in tuple(found.items()):
        key = name.replace("migration", "tiers")
        made = by_tier(table.frame, tier)
        found[key] = Table(made, TIER_COLUMNS, count="customers", within=("from_tier",), across=("to_tier",),
                           hide=_alone(table, made, tier, data.settings.privacy.min_cell))
    kept = retention(data, order)
    if len(kept):
        found["retention"] = Table(kept, RETENTION, count="customers")
    months = history_table(history, order)
    found["history"] = Table(months, HISTORY, count="customers", within=("month",))
    ends = tier_history(months, tier)
    if len(ends):
        few = set(months["month"][_few(found["history"], data.settings.privacy.min_cell, tier)])
        hide = tuple(place for place, month in enumerate(ends["month"]) if month in few)
        found["tier_history"] = Table(ends, TIER_HISTORY, count="customers", within=("month",), hide=hide)
    return found


def _alone(moved: Table, made: pd.DataFrame, tier: Mapping[str, str], k: int) -> tuple[int, ...]:
    """Return the places of moves between tiers in which a single move of segments is hidden: it would follow."""
    few = by_tier(moved.frame.assign(customers=suppress(moved, k)["suppressed"].astype("int64")), tier)["customers"]
    return tuple(place for place in range(len(made)) if few.iloc[place] == 1)


def _few(history: Table, k: int, tier: Mapping[str, str]) -> pd.Series:
    """Tell of each row whether it is hidden, and would follow from a share of what it is counted in."""
    return suppress(history, k)["suppressed"] & history.frame["segment"].map(tier).isin((BEST, SLIPPING))


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the charts of movement: since last month, since last year, and who came back."""
    drawn = {}
    frame = found["migration"].frame
    if len(frame):
        moved = frame[(frame["from_segment"] != frame["to_segment"]) & ~frame["from_segment"].isin(TIER_ORDER[-2:])]
        drawn["migration"] = Figure(plot_migration, "tiers", {"moved": int(moved["customers"].sum())}, size=(7.2, 5.4))
    same = stayed(found["tiers_yoy"].frame) if "tiers_yoy" in found else None
    if same is not None:
        drawn["flow"] = Figure(plot_flow, "tiers_yoy", same, size=(7.2, 5.0))
    if "tier_history" in found and len(found["tier_history"].frame) > 1:
        ends = found["tier_history"].frame
        drawn["tier_history"] = Figure(plot_history, "tier_history", {
            name: float(ends[name].iloc[-1]) for name in ("best_share", "slipping_share")}, size=(7.2, 3.8))
    return drawn | came_back(found)


def stayed(frame: pd.DataFrame) -> dict[str, Any] | None:
    """Return how many of those best a year ago still are, and as a share of them; None where nobody was.

    Of where the others went the title says nothing: a share of few people may be hidden, and would follow from it.
    """
    best = frame[frame["from_tier"] == BEST]
    everyone, same = int(best["customers"].sum()), int(best.loc[best["to_tier"] == BEST, "customers"].sum())
    return {"customers": same, "share": same / everyone} if everyone else None


def came_back(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of who came back, where a segment is large enough to be named."""
    if "retention" not in found:
        return {}
    frame = found["retention"].frame
    enough = frame[frame["customers"] >= 30].sort_values(["rate", "segment"], ascending=[False, True])
    if enough.empty:
        return {}
    best = enough.iloc[0]
    return {"retention": Figure(plot_retention, "retention", {"segment": best["segment"], "rate": float(best["rate"])},
                                size=(7.2, 0.9 + 0.34 * len(frame)))}


def plot_retention(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of each segment that bought this month, with its interval."""
    return charts.dots(frame, ax, words, label="segment", value="rate", low="low", high="high", unit="ratio")


def plot_migration(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw last month's tier against this month's."""
    order = in_order({*frame["from_tier"], *frame["to_tier"]})
    return charts.heatmap(frame, ax, words, row="from_tier", column="to_tier", value="customers", unit="customers",
                          rows=[t for t in order if t in set(frame["from_tier"])],
                          columns=[t for t in order if t in set(frame["to_tier"])])


def plot_history(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of the best, and of those slipping away, at each month end."""
    return charts.line(frame, ax, words, y=("best_share", "slipping_share"), unit="ratio")


def plot_flow(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw where those of each tier of a year ago are now; those who have never bought are left out."""
    bought = frame[~(frame["to_tier"] == PROSPECT)]
    order = in_order({*bought["from_tier"], *bought["to_tier"]})
    return charts.flow(bought, ax, words, before="from_tier", after="to_tier", value="customers", unit="customers",
                       order=order, accent=(BEST,))


MOVES = {"from_segment": Column("code"), "to_segment": Column("code"), "customers": Column("customers"),
         "sales": Column("money")}
RETENTION = {"segment": Column("code"), "customers": Column("customers"), "bought": Column("customers"),
             "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio"), "stayed": Column("customers"),
             "lapsed": Column("customers"), "lapse_rate": Column("ratio", share_of="lapsed"),
             "returned": Column("customers"), "return_rate": Column("ratio", share_of="returned"),
             "sales": Column("money")}
HISTORY = {"month": Column("month"), "segment": Column("code"), "customers": Column("customers"),
           "share": Column("ratio")}
TIER_COLUMNS = {"from_tier": Column("code"), "to_tier": Column("code"), "customers": Column("customers")}
TIER_HISTORY = {"month": Column("month"), "customers": Column("customers"), "best_share": Column("ratio"),
                "slipping_share": Column("ratio")}
