"""The months of the customers page: who bought, came, came back and left, and what they brought, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: This month and the twelve before it, so that the same month of last year is among them.
SHOWN = 13
PARTS = ("known", "guest", "all")
PERIODS = {"this": 0, "previous": 1, "year_ago": 12}


@dataclass(frozen=True)
class History:
    """What the statements found.

    Attributes
    ----------
    months : pandas.DataFrame
        One row per shown month, oldest first: ym, active, first_time, returned, lost, passing, base_before, base,
        buyers_ever, repeaters, sales and purchases of known customers and guests (known_sales, guest_sales: minor
        units; known_orders, guest_orders), partial.
    totals : dict of str to int
        Known customers at the end of each period of ``PERIODS`` that the data cover.
    first_buyers : int
        First-time buyers of this month, counted customer by customer.
    """

    months: pd.DataFrame
    totals: dict[str, int]
    first_buyers: int

    def of(self, period: str) -> dict[str, Any]:
        """Return the row of a period, empty where the data do not cover it."""
        if period not in self.totals:
            return {}
        row = self.months.iloc[-1 - PERIODS[period]]
        return {str(key): value for key, value in row.items()} | {"total": self.totals[period]}


def history(data: Dataset) -> History:
    """Return the shown months, each by the definitions of the page and from today's data."""
    seen = [data.previous(n) if n else data for n in reversed(range(SHOWN))]
    flow = data.query("customers_flow", tables={"months_seen": calendar(seen)})
    sales = data.query("customers_sales").set_index("ym")
    months = flow.join(sales, on="ym").fillna(0).astype(dict.fromkeys(sales, "int64"))
    months["partial"] = [d.period.partial or not d.covered for d in seen]
    counted = {name: seen[-1 - n] for name, n in PERIODS.items() if n == 0 or seen[-1 - n].covered}
    totals = {name: d.query("customers_total").iloc[0] for name, d in counted.items()}
    return History(months, {name: int(row["customers"]) for name, row in totals.items()},
                   int(totals["this"]["first_buyers"]))


def calendar(seen: list[Dataset]) -> pd.DataFrame:
    """Return the days of each month, and from which last purchase on a customer is not lost."""
    import pandas as pd

    alive = timedelta(days=seen[-1].settings.customers.lost_after_days)
    return pd.DataFrame({
        "ym": pd.Series([d.month for d in seen], dtype="str"),
        "start_on": [d.start for d in seen],
        "as_of_on": [d.as_of for d in seen],
        "alive_from": [d.start - alive for d in seen],
        "alive_to": [d.as_of - alive for d in seen],
    })


def shown(months: pd.DataFrame, oldest: Any) -> pd.DataFrame:
    """Return the months since the data begin, with the columns of the page."""
    begun = months[months["ym"] >= f"{oldest:%Y-%m}"] if oldest is not None else months
    names = {"ym": "month", "first_time": "new"}
    return begun.rename(columns=names)[["month", "active", "new", "returned", "lost", "base", "partial"]].reset_index(
        drop=True)


def flow_steps(now: dict[str, Any]) -> pd.DataFrame:
    """Return how the base came about: what it was, who came, came back and left; the rows add up to the last."""
    import pandas as pd

    steps = [("base_before", now["base_before"]), ("new", now["first_time"]), ("returned", now["returned"]),
             ("lost", -now["lost"]), ("passing", -now["passing"]), ("base", now["base"])]
    rows = [(step, int(n)) for step, n in steps if step != "passing" or n]
    return pd.DataFrame(rows, columns=["step", "customers"]).astype({"step": "str"})


def kpi(found: History) -> pd.DataFrame:
    """Return sales as customers × purchases each × money each, for known customers, guests and both, by period."""
    import pandas as pd

    rows = [row for period in PERIODS for row in _parts(period, found.of(period))]
    rows.sort(key=lambda row: PARTS.index(row[1]))
    frame = pd.DataFrame(rows, columns=["period", "part", "customers", "orders", "orders_per_customer",
                                        "average_order", "sales"])
    kinds = {"period": "str", "part": "str", "customers": "Int64", "orders": "int64", "orders_per_customer": "float64",
             "average_order": "float64", "sales": "int64"}
    return frame.astype(kinds)


def _parts(period: str, row: dict[str, Any]) -> list[tuple[Any, ...]]:
    if not row:
        return []
    people, known, guests = int(row["active"]), int(row["known_orders"]), int(row["guest_orders"])
    sales, guest_sales = int(row["known_sales"]), int(row["guest_sales"])
    return [
        (period, "known", people, known, ratio(known, people), ratio(sales, known), sales),
        (period, "guest", None, guests, None, ratio(guest_sales, guests), guest_sales),
        (period, "all", None, known + guests, None, ratio(sales + guest_sales, known + guests), sales + guest_sales),
    ]


def ratio(part: int, whole: int) -> float | None:
    """Return a share, or what each of the whole holds on average; None of nothing."""
    return part / whole if whole else None


def average(money: int, count: int) -> int | None:
    """Return money per purchase as a sentence tells it, in whole minor units, half up; None without purchases."""
    return int((Decimal(money) / count).quantize(Decimal(1), ROUND_HALF_UP)) if count else None
