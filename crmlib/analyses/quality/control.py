"""The shop's own figures (``control_totals``) held against what was computed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib.analyses.quality.books import minor
from crmlib.dataset.dropped import dropped
from crmlib.dataset.marts import basis
from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

ALL_STORES = "all"


def control(data: Dataset) -> pd.DataFrame:
    """Return the given totals of this month and earlier ones beside the same numbers from the data.

    Returns
    -------
    pandas.DataFrame
        month, store_id (``all`` for the whole shop), given_sales, sales, difference (minor units; what the shop gave
        is taken from what was computed), given_orders, orders, agrees (yes or no; within ``control_tolerance``).
    """
    import pandas as pd

    totals = [one for one in data.settings.control_totals if one.month <= data.month]
    found = computed(data, {one.month for one in totals if one.store_id is not None}) if totals else {}
    tolerance = Decimal(str(data.settings.quality.control_tolerance))
    rows = [compared(one, found.get((one.month, one.store_id or ALL_STORES), (0, 0)), data.decimals, tolerance)
            for one in sorted(totals, key=lambda one: (one.month, one.store_id or ""))]
    kinds = dict.fromkeys(("given_sales", "sales", "difference", "given_orders", "orders"), "Int64")
    return pd.DataFrame(rows, columns=list(CONTROL_COLUMNS)).astype(
        {"month": "str", "store_id": "str", "agrees": "str"} | kinds)


def difference(found: pd.DataFrame, month: str) -> int | None:
    """Return by how much the sales of a month differ from the shop's own, its stores together where it gave no whole.

    None where the shop gave no sales for the month.
    """
    given = found[(found["month"] == month) & found["given_sales"].notna()]
    whole = given[given["store_id"] == ALL_STORES]
    return int((whole if len(whole) else given)["difference"].sum()) if len(given) else None


def computed(data: Dataset, by_store: set[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return sales (minor units) and purchases by month and store."""
    sales = data.query("customers_sales")
    found = {(str(row.ym), ALL_STORES): (int(row.known_sales) + int(row.guest_sales),
                                         int(row.known_orders) + int(row.guest_orders)) for row in sales.itertuples()}
    for month in sorted(by_store):
        stores = data.query("store_sales", tables={"dropped_orders": dropped(data)}, ym=month,
                            **basis(data.settings))
        found |= {(month, str(row.store_id)): (int(row.sales), int(row.orders)) for row in stores.itertuples()}
    return found



def compared(given: Any, found: tuple[int, int], decimals: int, tolerance: Decimal) -> tuple[Any, ...]:
    """Return one row of the comparison; what the shop did not give is not judged."""
    sales = None if given.sales is None else minor(given.sales, decimals)
    step = None if sales is None else found[0] - sales
    near = [abs(here - there) <= tolerance * abs(there) for here, there in ((found[0], sales), (found[1], given.orders))
            if there is not None]
    return (given.month, given.store_id or ALL_STORES, sales, found[0], step, given.orders, found[1],
            "yes" if all(near) else "no")


def notes(data: Dataset, found: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return whether the shop's own totals agree, or how far they are apart."""
    if found.empty:
        return []
    wrong = found[found["agrees"] == "no"]
    if wrong.empty:
        return [("control_agrees", {"months": len(found)})]
    apart = max((abs(int(step)) for step in wrong["difference"].dropna()), default=0)
    return [("control_differs", {"wrong": len(wrong), "given": len(found), "apart": data.money(apart)})]


CONTROL_COLUMNS = {"month": Column("month"), "store_id": Column("code"), "given_sales": Column("money"),
                   "sales": Column("money"), "difference": Column("money"), "given_orders": Column("orders"),
                   "orders": Column("orders"), "agrees": Column("code")}
