"""RFM: how recently, how often and for how much does each customer buy, and who is slipping away?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.rfm import movement, views
from crmlib.dataset.segment_map import PROSPECT, segments
from crmlib.methods.histograms import medians
from crmlib.result import Action, Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import RfmSettings
    from crmlib.text import Text

NEEDS = ("orders", "order_lines")
BEST = ("champions", "loyal")
SLIPPING = ("cannot_lose", "at_risk")
MEASURES = ("recency", "frequency", "monetary")
#: Segments that a reader takes together when looking at moves: few enough to see at a glance.
TIERS = {"champions": "best", "loyal": "best", "growing": "growing", "new": "starting", "second_due": "starting",
         "needs_attention": "cooling", "slipping_new": "cooling", "cannot_lose": "slipping", "at_risk": "slipping",
         "dormant": "asleep", "lost_once": "asleep"}
TIER_ORDER = ("best", "growing", "starting", "cooling", "slipping", "asleep", "prospect", "unknown")


def analyse(data: Dataset, settings: RfmSettings) -> Result:
    """Score every customer and say where the shop's customers stand and move.

    Returns
    -------
    Result
        facts
            customers (buyers scored), best_customers, best_sales_share (ratio of sales), slipping_customers,
            one_time_share (ratio of buyers).
        tables
            segments: segment, customers, share, sales, sales_share, recency_median (days), frequency_median
            (purchases or days), monetary_median (minor units). grid: r_score, f_score, customers, sales, share,
            sales_share, average (minor units per customer), rank (A to E). ranks: rank, customers, share, sales,
            sales_share. suggestions: segment, customers, action, channel. cutpoints: measure, score, low, high (money
            in major units), customers, unit. migration: from_segment, to_segment, customers, sales (since last month);
            migration_yoy: the same since last year. retention: segment (of last month), customers, bought, rate, low,
            high, stayed, sales. history: month, segment,
            customers, share. tiers: from_tier, to_tier, customers (moves, neighbouring segments
            taken together).
        measures
            customer_key, customer_id, first_order_on, last_order_on, recency_days, frequency, purchase_days,
            monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment, previous_segment (the last
            other one of the last twelve month ends), segment_changed_on.

    Notes
    -----
    Scores are a function of the values alone: equal values stay together, and by default those who bought once are a
    class of their own (integer tie formula, stated in ``crmlib/sql/customer_rfm.sql``).
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("rfm", missing, (Fact("customers", None, "customers"),))
    order = segments(settings.segment_map)
    table = segment_table(data.query("rfm_segments"), data.query("rfm_histograms"), order)
    changed, history = movement.changes(data)
    moved = movement.tables(data, order, history)
    tables = {
        "segments": Table(table, SEGMENT_COLUMNS, count="customers"),
        **views.tables(data.query("rfm_grid"), table, settings),
        "cutpoints": Table(cutpoints(data.query("rfm_cutpoints"), data.currency, data.decimals), CUT_COLUMNS,
                           count="customers", within=("measure",)),
        **moved,
        "tiers": Table(tiers(moved["migration"].frame), TIER_COLUMNS, count="customers"),
    }
    return Result(
        "rfm",
        facts=facts(data),
        tables=tables,
        figures={**figures(table, tables["grid"].frame), **views.figures(tables), **movement.figures(moved)},
        checks=checks(table, tables["grid"].frame, tables["cutpoints"].frame),
        actions=actions(table, data),
        notes=(*notes(table), *(views.notes(data, data.query("rfm_cutpoints")) if len(table) else ())),
        measures=data.query("rfm_measures").merge(changed, on="customer_key", how="left"),
    )


def facts(data: Dataset) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    now, before, last_year = (headline(d) if d.covered else {} for d in (data, data.previous(1), data.previous(12)))
    units = {"customers": "customers", "best_customers": "customers", "best_sales_share": "ratio",
             "slipping_customers": "customers", "one_time_share": "ratio"}
    now = now or headline(data)
    return tuple(Fact(key, now[key], unit, previous=before.get(key), year_ago=last_year.get(key),
                      n=now["customers"] if unit == "ratio" else None,
                      note="no_buyers" if now[key] is None else None) for key, unit in units.items())


def headline(data: Dataset) -> dict[str, Any]:
    """Return the key numbers of one month."""
    found = data.query("rfm_segments").set_index("rfm_segment").drop(index=PROSPECT, errors="ignore")
    cuts = data.query("rfm_cutpoints")
    once = cuts.loc[(cuts["measure"] == "frequency") & (cuts["score"] == 1), "customers"].sum()
    buyers, sales = int(found["customers"].sum()), int(found["sales"].sum())
    best, slipping = (found[found.index.isin(codes)] for codes in (BEST, SLIPPING))
    return {"customers": buyers, "best_customers": int(best["customers"].sum()),
            "best_sales_share": _ratio(int(best["sales"].sum()), sales),
            "slipping_customers": int(slipping["customers"].sum()), "one_time_share": _ratio(int(once), buyers)}


def segment_table(sizes: pd.DataFrame, histograms: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return the segments that have buyers, in the order of the map, with shares and medians."""
    bought = sizes[sizes["rfm_segment"] != PROSPECT].rename(columns={"rfm_segment": "segment"})
    table = bought.assign(place=bought["segment"].map(order.index)).sort_values("place", ignore_index=True)
    customers, sales = int(table["customers"].sum()), int(table["sales"].sum())
    table["share"] = [_ratio(int(n), customers) for n in table["customers"]]
    table["sales_share"] = [_ratio(int(s), sales) for s in table["sales"]]
    for measure in MEASURES:
        middle = medians(histograms[histograms["measure"] == measure], "rfm_segment")
        table[f"{measure}_median"] = [middle[segment] for segment in table["segment"]]
    return table[list(SEGMENT_COLUMNS)]


def tiers(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves between tiers; a segment of the shop's own map is its own tier."""
    named = moves.assign(from_tier=moves["from_segment"].replace(TIERS), to_tier=moves["to_segment"].replace(TIERS))
    summed = named.groupby(["from_tier", "to_tier"], as_index=False)["customers"].sum()
    places = {code: i for i, code in enumerate(TIER_ORDER)}
    keys = summed.assign(a=summed["from_tier"].map(places), b=summed["to_tier"].map(places))
    return keys.sort_values(["a", "b", "from_tier", "to_tier"], ignore_index=True).drop(columns=["a", "b"])


def cutpoints(cuts: pd.DataFrame, currency: str, decimals: int) -> pd.DataFrame:
    """Return the cut points in the order R, F, M, best score first; money in major units, each row with its unit."""
    money = cuts["measure"] == "monetary"
    scale = money.map({True: 10.0 ** decimals, False: 1.0})
    keys = cuts.assign(low=cuts["low"] / scale, high=cuts["high"] / scale, place=cuts["measure"].map(MEASURES.index),
                       unit=cuts["measure"].map({"recency": "days", "frequency": "count", "monetary": currency}))
    return keys.sort_values(["place", "score"], ascending=[True, False], ignore_index=True)[list(CUT_COLUMNS)]


def checks(table: pd.DataFrame, grid: pd.DataFrame, cuts: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold: every buyer counted once, and all five classes in use."""
    buyers = int(table["customers"].sum())
    used = cuts.groupby("measure")["score"].nunique()
    return (
        Check("everyone_once", buyers == int(grid["customers"].sum()), int(grid["customers"].sum()), buyers, "stop"),
        *(Check(f"classes_{m}", int(used.get(m, 0)) == 5, int(used.get(m, 0)), 5, "info") for m in MEASURES),
    )


def actions(table: pd.DataFrame, data: Dataset) -> tuple[Action, ...]:
    """Return whom to contact first: good customers slipping away, and first-time buyers due for a second visit."""
    sizes = dict(zip(table["segment"], table["customers"].astype(int), strict=True))
    sales = dict(zip(table["segment"], table["sales"].astype(int), strict=True))
    plan = (("cannot_lose", "personal_call", "phone"), ("at_risk", "come_back_offer", "mail"),
            ("second_due", "second_visit", "mail"))
    until = (data.previous(-1).as_of - timedelta(days=1)).isoformat()
    return tuple(Action(who, what, channel, who, until, sizes[who], {"sales": data.money(sales[who])},
                        {"rfm_segment": (who,)})
                 for who, what, channel in plan if sizes.get(who))


def notes(table: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the answer in one sentence, and what the reader should know of it."""
    top, slip = (table[table["segment"].isin(codes)] for codes in (BEST, SLIPPING))
    values = {"share": float(top["share"].sum()), "sales_share": float(top["sales_share"].sum()),
              "best": int(top["customers"].sum()), "slipping": int(slip["customers"].sum()),
              "slipping_share": float(slip["sales_share"].sum())}
    return (("headline", values),) if len(table) else (("no_buyers", {}),)


def figures(table: pd.DataFrame, grid: pd.DataFrame) -> dict[str, Figure]:
    """Return the charts; each draws a table of the same result. Nobody bought: nothing to draw."""
    if not len(table):
        return {}
    top = table.sort_values(["sales_share", "segment"], ascending=[False, True]).iloc[0]
    values = {"segment": top["segment"], "share": top["share"], "sales": top["sales_share"]}
    once = int(grid.loc[grid["f_score"] == 1, "customers"].sum())
    return {
        "segments": Figure(plot_segments, "segments", values, size=(7.2, 4.6)),
        "grid": Figure(plot_grid, "grid", {"once": once, "customers": int(grid["customers"].sum())}, size=(7.2, 5.0)),
        "migration": Figure(plot_migration, "tiers", {}, size=(7.2, 5.4)),
    }


def plot_segments(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each segment's share of sales, with its share of customers beside it."""
    return charts.bars(frame, ax, words, label="segment", value="sales_share", unit="ratio",
                       accent=(*BEST, *SLIPPING), other=("share", "ratio"))


def plot_grid(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers of each cell of recency by frequency."""
    return charts.grid(frame, ax, words, value="customers", unit="customers")


def plot_migration(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw last month's tier against this month's."""
    present = {*frame["from_tier"], *frame["to_tier"]}
    order = [*(t for t in TIER_ORDER if t in present), *sorted(present - set(TIER_ORDER))]
    return charts.heatmap(frame, ax, words, row="from_tier", column="to_tier", value="customers", unit="customers",
                          rows=order, columns=[t for t in order if t in set(frame["to_tier"])])


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


SEGMENT_COLUMNS = {
    "segment": Column("code"), "customers": Column("customers"), "share": Column("ratio"), "sales": Column("money"),
    "sales_share": Column("ratio"), "recency_median": Column("days"), "frequency_median": Column("score"),
    "monetary_median": Column("money"),
}
CUT_COLUMNS = {"measure": Column("code"), "score": Column("code"), "low": Column("measured"),
               "high": Column("measured"), "customers": Column("customers"), "unit": Column("unit")}
TIER_COLUMNS = {"from_tier": Column("code"), "to_tier": Column("code"), "customers": Column("customers")}
