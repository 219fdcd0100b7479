"""RFM: how recently, how often and for how much does each customer buy, and who is slipping away?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.rfm import contact, movement, spread, views
from crmlib.dataset.segment_map import PROSPECT, TIERS, segments, tiers
from crmlib.dataset.units import per_customer
from crmlib.methods.histograms import medians
from crmlib.result import Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import RfmSettings
    from crmlib.text import Text

NEEDS = ("orders", "order_lines")
BEST, SLIPPING = "best", "slipping"
MEASURES = ("recency", "frequency", "monetary")
#: Segments of whose maps this workbook has words for what to do.
KNOWN = frozenset(TIERS)


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
            sales_share, average, monetary_median (minor units per customer), rank (A to E). ranks: rank, customers,
            share, sales, sales_share. suggestions: segment, customers, action, channel, reachable (people). cutpoints:
            measure, score, low, high (money in major units), customers, unit. migration: from_segment, to_segment,
            customers, sales (since last month); migration_yoy: the same since last year; tiers, tiers_yoy: from_tier,
            to_tier, customers (the same, neighbouring segments together). retention: segment (of last month),
            customers, bought, rate, low, high, stayed, lapsed, lapse_rate, returned, return_rate, sales. history:
            month, segment, customers, share; tier_history: month, customers, best_share, slipping_share.
            spread_recency, spread_monetary: low, customers, share;
            spread_frequency: times, customers, share.
        measures
            customer_key, customer_id, first_order_on, last_order_on, recency_days, frequency, purchase_days,
            monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment, previous_segment (the last
            other one of the last twelve month ends), segment_changed_on. With ``unit: account`` the people of an
            account all have its measures, and account_id beside them.

    Notes
    -----
    Scores are a function of the values alone: equal values stay together, and by default those who bought once are a
    class of their own (integer tie formula, stated in ``crmlib/sql/customer_rfm.sql``).
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("rfm", missing, (Fact("customers", None, "customers"),))
    data, order = data.units, segments(settings.segment_map)
    values, cuts = data.query("rfm_values"), data.query("rfm_cutpoints")
    table = segment_table(data.query("rfm_segments"), data.query("rfm_histograms"), order)
    changed, history = movement.changes(data)
    measures = per_customer(data, data.query("rfm_measures").merge(changed, on="customer_key", how="left"))
    seen = contact.reach(data, measures)
    advice = contact.suggestions(table, settings, KNOWN, seen)
    moved = movement.tables(data, order, history)
    tables = {
        "segments": Table(table, SEGMENT_COLUMNS, count="customers"),
        **views.tables(data.query("rfm_grid"), data.query("rfm_grid_money"), settings),
        **contact.tables(advice),
        "cutpoints": Table(cutpoints(cuts, data.currency, data.decimals), CUT_COLUMNS, count="customers",
                           within=("measure",)),
        **moved,
        **spread.tables(values, data.decimals),
    }
    return Result(
        "rfm",
        facts=facts(data),
        tables=tables,
        figures={**figures(table, tables["grid"].frame, tiers(settings.segment_map)),
                 **views.figures(tables, data.settings.privacy.min_cell), **movement.figures(moved),
                 **spread.figures(tables, values, data.decimals)},
        checks=checks(table, tables["grid"].frame, tables["cutpoints"].frame),
        notes=(*notes(data, table), *contact.notes(seen, advice),
               *(views.notes(data, cuts) if len(table) else ())),
        measures=measures,
        lead=("headline", "headline_tiers", "headline_own", "headline_none", "no_buyers", "accounts"),
    )


def facts(data: Dataset) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier."""
    now, before, last_year = (headline(d) if d.covered else {} for d in (data, data.previous(1), data.previous(12)))
    units = {"customers": "customers", "best_customers": "customers", "best_sales_share": "ratio",
             "slipping_customers": "customers", "one_time_share": "ratio"}
    now = now or headline(data)
    return tuple(Fact(key, now[key], unit, previous=before.get(key), year_ago=last_year.get(key),
                      n=now["customers"] if unit == "ratio" else None,
                      note=None if now[key] is not None else "no_tiers" if now["customers"] else "no_buyers")
                 for key, unit in units.items())


def headline(data: Dataset) -> dict[str, Any]:
    """Return the key numbers of one month."""
    found = data.query("rfm_segments").set_index("rfm_segment").drop(index=PROSPECT, errors="ignore")
    cuts = data.query("rfm_cutpoints")
    once = cuts.loc[(cuts["measure"] == "frequency") & (cuts["score"] == 1), "customers"].sum()
    buyers, sales = int(found["customers"].sum()), int(found["sales"].sum())
    tier = tiers(data.settings.rfm.segment_map)
    best, slipping = (found[found.index.isin([code for code, held in tier.items() if held == wanted])]
                      if wanted in tier.values() else None for wanted in (BEST, SLIPPING))
    return {"customers": buyers, "best_customers": None if best is None else int(best["customers"].sum()),
            "best_sales_share": None if best is None else _ratio(int(best["sales"].sum()), sales),
            "slipping_customers": None if slipping is None else int(slipping["customers"].sum()),
            "one_time_share": _ratio(int(once), buyers)}


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


def notes(data: Dataset, table: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the answer in one sentence, and whom a customer stands for where accounts count as one."""
    if not len(table):
        return (("no_buyers", {}),)
    tier = tiers(data.settings.rfm.segment_map)
    top, slip = (table[table["segment"].map(tier) == wanted] for wanted in (BEST, SLIPPING))
    values = {"share": float(top["share"].sum()), "sales_share": float(top["sales_share"].sum()),
              "best": int(top["customers"].sum()), "slipping": int(slip["customers"].sum()),
              "slipping_share": float(slip["sales_share"].sum())}
    first = table.sort_values(["sales", "segment"], ascending=[False, True]).iloc[0]
    carried = first["sales_share"]
    own = {"segment": first["segment"], "customers": int(first["customers"]), "share": float(first["share"]),
           "sales_share": None if carried != carried else float(carried)}
    told = {BEST, SLIPPING} <= set(tier.values())
    answer = "headline_tiers" if data.settings.rfm.own_segments else "headline"
    if told and not values["best"] and not values["slipping"]:
        answer, values = "headline_none", {"customers": int(table["customers"].sum())}
    return ((answer, values) if told else ("headline_own", own), *((("accounts", {}),) if data.accounts else ()))


def figures(table: pd.DataFrame, grid: pd.DataFrame, tier: Mapping[str, str]) -> dict[str, Figure]:
    """Return the charts; each draws a table of the same result. Nobody bought: nothing to draw."""
    if not len(table):
        return {}
    top = table.sort_values(["sales_share", "segment"], ascending=[False, True]).iloc[0]
    values = {"segment": top["segment"], "share": top["share"], "sales": top["sales_share"]}
    once = int(grid.loc[grid["f_score"] == 1, "customers"].sum())
    marked = tuple(code for code in table["segment"] if tier.get(code) in (BEST, SLIPPING))
    return {
        "segments": Figure(partial(draw_segments, marked=marked), "segments", values, size=(7.2, 4.6)),
        "grid": Figure(plot_grid, "grid", {"once": once, "customers": int(grid["customers"].sum())}, size=(7.2, 5.0)),
    }


def draw_segments(frame: pd.DataFrame, ax: Axes, words: Text, *, marked: tuple[str, ...]) -> Axes:
    """Draw each segment's share of sales, with its share of customers beside it."""
    return charts.bars(frame, ax, words, label="segment", value="sales_share", unit="ratio",
                       accent=marked or None, other=("share", "ratio"))


def plot_grid(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the customers of each cell of recency by frequency."""
    return charts.grid(frame, ax, words, value="customers", unit="customers")


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


SEGMENT_COLUMNS = {
    "segment": Column("code"), "customers": Column("customers"), "share": Column("ratio"), "sales": Column("money"),
    "sales_share": Column("ratio"), "recency_median": Column("days"), "frequency_median": Column("score"),
    "monetary_median": Column("money"),
}
CUT_COLUMNS = {"measure": Column("code"), "score": Column("code"), "low": Column("measured"),
               "high": Column("measured"), "customers": Column("customers"), "unit": Column("unit")}
