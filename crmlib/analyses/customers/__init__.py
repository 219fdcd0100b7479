"""Customers: who buys here, who is new, who came back and who stayed away, and what do they bring?"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.customers import (
    accounts,
    attributes,
    change,
    loyalty,
    months,
    portfolio,
    profit,
    said,
)
from crmlib.analyses.customers.portfolio import rhythm, value
from crmlib.dataset.units import per_customer
from crmlib.result import Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

NEEDS = ("orders", "order_lines")
MONEY = "money"
#: Units of the facts; money becomes the shop's currency.
UNITS = {"total": "customers", "active": "customers", "new": "customers", "returned": "customers", "lost": "customers",
         "base": "customers", "repeat_rate": "ratio", "sales": MONEY, "orders": "orders", "average_order": MONEY,
         "identified_share": "ratio"}
#: What the RFM page says of every known customer, while this one knows the buyers.
OF_RFM = ["customer_id", "account_id"]
#: Units of those and of the numbers of the parts of the page.
EVERY = UNITS | portfolio.UNITS | profit.UNITS
#: Why a number may be missing though the data are there.
REASONS = {"repeat_rate": "no_buyers", "average_order": "no_orders", "identified_share": "no_sales"}


def analyse(data: Dataset, settings: CustomersSettings) -> Result:
    """Count the customers of the month and what they brought.

    Returns
    -------
    Result
        facts
            total (known customers), active, new, returned, lost, base (bought within lost_after_days), repeat_rate
            (bought twice or more, of all buyers), sales (net, guests included), orders (purchases), average_order,
            identified_share (of sales, by known customers).
        tables
            base: step, customers; the steps lead from the base of last month to this month's. months: month, active,
            new, returned, lost, base, partial. kpi: period, part (known, guest, all), customers, orders,
            orders_per_customer, average_order, sales (minor units). change: against, factor, sales; the steps lead
            from the sales then to the sales now. attributes: attribute, level, customers, share, sales, coverage.
            coverage: attribute, known, customers, share, active_share, sales_share. by_<attribute>: level, customers,
            share, sales_share. deciles: decile, customers, sales, sales_share, cumulative_share, average,
            recency_median, once_share (buyers of the last twelve months). abc: abc_class, customers, share, sales,
            sales_share, average. rhythm: rhythm, customers, share, sales, sales_share. prospects: joined, customers,
            prospects, share. profile, profile_told: attribute, level, best, share, base, base_share, index, residual.
            cpm: cpm_class, customers, share, sales,
            sales_share, average. f2: purchase, days, customers, rate, low, high. crosstab: attribute, level, measure,
            class, customers, row_share, column_share, residual, coverage; cross_<n>: one of them. profit:
            rfm_segment, customers, sales, gross_profit (minor units), margin, cost_coverage (where costs are known).
            points: month, granted, used, expired, balance, expiring; points_past and points_due, its parts.
            rank_moves: from_rank, to_rank, customers (since last month). rank_after: month, move, customers, bought,
            rate, low, high (three months after). rank_distance:
            next_rank, customers, near, lacking_median (minor units). accounts: size_band, industry, accounts,
            customers, buyers, sales, top_share (last twelve months); accounts_by_size, accounts_by_industry.
        measures
            customer_key, decile (1 = highest, null without net sales in the last twelve months), abc_class, cpm_class,
            overdue_ratio (days since the last purchase ÷ own median wait), rhythm (in_time, due, overdue, lost,
            too_few), gross_profit (minor units). With ``unit: account`` the people of an account all have its measures.

    Notes
    -----
    Everything is counted, nothing sampled, so no number here has an interval. Definitions: docs, and the foot of the
    page.
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("customers", missing, tuple(Fact(key, None, _unit(data, key)) for key in EVERY))
    people, data = data, data.units
    found = months.history(data)
    last_day = data.as_of - timedelta(days=1)
    levels = attributes.attributes(data.query("customers_attributes"), settings.attributes, settings.age_bands,
                                   last_day.year)
    moved = change.change(found)
    held = portfolio.portfolio(data, settings, last_day.year)
    earned = profit.customers(data) if profit.known(data) else None
    members = loyalty.tables(people, value.values(people) if data.accounts else held.buyers, settings)
    firms = accounts.rolled_up(people)
    tables = {
        **month_tables(found, data),
        **change.tables(moved),
        **attributes.tables(levels),
        **portfolio.tables(held),
        **profit.tables(data, earned),
        **members,
        **accounts.tables(firms),
    }
    words = (*said.notes(data, found, headline(data, found.of("this")), tables["coverage"].frame),
             *portfolio.notes(data, held), *profit.notes(data, earned), *loyalty.notes(people, members),
             *accounts.notes(people, firms))
    each = per_customer(data, measures(held.measures, earned)).drop(columns=OF_RFM, errors="ignore")
    return Result(
        "customers",
        facts=(*facts(data, found), *portfolio.facts(data, held), *profit.facts(data, earned)),
        tables=tables,
        figures={**figures(data, found), **change.figures(moved, data.decimals), **attributes.figures(levels),
                 **portfolio.figures(held, tables), **profit.figures(tables),
                 **loyalty.figures(people, members, settings)},
        checks=checks(found, levels),
        notes=words,
        measures=each,
        lead=said.opening(words),
    )


def month_tables(found: months.History, data: Dataset) -> dict[str, Table]:
    """Return how the base came about, the months, and what the sales are made of."""
    return {"base": Table(months.flow_steps(found.of("this")), STEP_COLUMNS),
            "months": Table(months.shown(found.months, data.oldest), MONTH_COLUMNS),
            "kpi": Table(months.kpi(found), KPI_COLUMNS)}


def facts(data: Dataset, found: months.History) -> tuple[Fact, ...]:
    """Return the key numbers with the same numbers one month and one year earlier, where the data reach back."""
    now, before, last_year = (headline(data, found.of(period)) for period in months.PERIODS)
    gap = None if before and last_year else "no_year_ago" if before else "no_previous"
    base = {"repeat_rate": int(found.of("this")["buyers_ever"]), "average_order": now["orders"]}
    return tuple(
        Fact(key, now[key], _unit(data, key), previous=before.get(key), year_ago=last_year.get(key),
             target=target(data, key), n=base.get(key), note=REASONS[key] if now[key] is None else gap)
        for key in UNITS)


def measures(classes: pd.DataFrame, earned: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row per customer; gross_profit (minor units) is missing where costs are not known."""
    import pandas as pd

    if earned is None:
        return classes.assign(gross_profit=pd.array([None] * len(classes), dtype="Int64"))
    return classes.merge(earned[["customer_key", "gross_profit"]], on="customer_key", how="outer", sort=True)


def headline(data: Dataset, row: dict[str, Any]) -> dict[str, Any]:
    """Return the key numbers of one month."""
    if not row:
        return {}
    orders, known = int(row["known_orders"] + row["guest_orders"]), int(row["known_sales"])
    sales = known + int(row["guest_sales"])
    counts = {key: int(row[column]) for key, column in (
        ("total", "total"), ("active", "active"), ("new", "first_time"), ("returned", "returned"), ("lost", "lost"),
        ("base", "base"))}
    return counts | {
        "repeat_rate": months.ratio(int(row["repeaters"]), int(row["buyers_ever"])),
        "sales": data.money(sales), "orders": orders,
        "average_order": sales / orders / 10 ** data.decimals if orders else None,
        # Returns can leave one part below nothing; then there is no share to speak of.
        "identified_share": months.ratio(known, sales) if 0 <= known <= sales else None,
    }


def target(data: Dataset, key: str) -> Decimal | int | float | None:
    """Return the target the parameters set for a number, in the kind of that number."""
    wanted = data.settings.targets.get(f"customers.{key}")
    if wanted is None or UNITS[key] == MONEY:
        return wanted
    return float(wanted) if UNITS[key] == "ratio" else int(wanted)


def checks(found: months.History, levels: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold: the base closes, two ways of finding first buyers agree, attributes count everyone."""
    now = found.of("this")
    closes = int(now["base_before"] + now["first_time"] + now["returned"] - now["lost"] - now["passing"])
    rows = found.months
    ever = [months.ratio(int(a), int(b)) for a, b in zip(rows["repeaters"], rows["buyers_ever"], strict=True)]
    counted = levels.groupby("attribute")["customers"].sum().tolist()
    return (
        Check("base_closes", closes == int(now["base"]), closes, int(now["base"]), "stop"),
        Check("new_agrees", found.first_buyers == int(now["first_time"]), found.first_buyers, int(now["first_time"]),
              "stop"),
        Check("repeaters_are_buyers", all(r is None or r <= 1 for r in ever), max([r or 0.0 for r in ever]), 1, "stop"),
        Check("attributes_count_everyone", all(n == now["total"] for n in counted),
              int(min(counted, default=now["total"])), int(now["total"]), "stop"),
    )


def figures(data: Dataset, found: months.History) -> dict[str, Figure]:
    """Return the charts of the flow; each draws a table of the same result."""
    now = found.of("this")
    step = int(now["base"] - now["base_before"])
    values = {"base": int(now["base"]), "step": step, "new": int(now["first_time"]), "returned": int(now["returned"]),
              "lost": int(now["lost"]), "active": int(now["active"]), "month": data.month,
              "came": int(now["first_time"] + now["returned"]), "days": data.settings.customers.lost_after_days}
    return {"base": Figure(plot_base, "base", values, size=(7.2, 3.4)),
            "active": Figure(plot_active, "months", values, size=(7.2, 3.8)),
            "months": Figure(plot_months, "months", values, size=(7.2, 3.8))}


def by_attribute(result: Result) -> tuple[Figure, ...]:
    """Return the charts of the attributes the shop has, in the order of the settings."""
    return tuple(figure for name, figure in result.figures.items() if figure.table == f"by_{name}")


def cross_tables(result: Result) -> tuple[Figure, ...]:
    """Return the charts of the cross tables, in the order of the settings."""
    return tuple(figure for name, figure in result.figures.items() if name.startswith("cross_"))


def plot_base(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw who came, came back and stayed away between the base of last month and this month's."""
    return charts.bridge(frame, ax, words, label="step", value="customers", unit="customers",
                         total=("base_before", "base"))


def plot_active(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the buyers of each month, this month's marked."""
    return charts.line(frame, ax, words, y="active", unit="customers", current=frame["month"].iloc[-1])


def plot_months(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw who came and came back in each month, and who was lost."""
    return charts.line(frame, ax, words, y=("new", "returned", "lost"), unit="customers")


def _unit(data: Dataset, key: str) -> str:
    return data.currency if EVERY[key] == MONEY else EVERY[key]


STEP_COLUMNS = {"step": Column("code"), "customers": Column("customers")}
MONTH_COLUMNS = {"month": Column("month"), "active": Column("customers"), "new": Column("customers"),
                 "returned": Column("customers"), "lost": Column("customers"), "base": Column("customers"),
                 "partial": Column("code")}
KPI_COLUMNS = {"period": Column("code"), "part": Column("code"), "customers": Column("customers"),
               "orders": Column("orders"), "orders_per_customer": Column("score"), "average_order": Column("money"),
               "sales": Column("money")}
