"""The ways of buying on the products page: moving up, and the terms of a purchase?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.products.goods import Goods
from crmlib.analyses.products.ways import terms
from crmlib.analyses.products.ways.ladders import ladders
from crmlib.part import CODE, COUNT, DAYS, INDEX, MONEY, ORDERS, PEOPLE, RATIO, TEXT, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import ProductsSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
COLUMNS: dict[str, dict[str, Column]] = {
    "ladders": {"from": TEXT, "to": TEXT, "category": CODE, "price": MONEY, "dearer_price": MONEY, "customers": PEOPLE,
                "moved": PEOPLE, "rate": RATIO, "low": RATIO, "high": RATIO, "median_days": DAYS},
    "conditions": {"condition": CODE, "level": CODE, "orders": ORDERS, "share": RATIO, "customers": PEOPLE,
                   "gross": MONEY, "average_order": MONEY, "pieces": INDEX},
    "free_shipping": {"step": COUNT, "from_amount": MONEY, "below_amount": MONEY, "orders": ORDERS, "usual": ORDERS,
                      "index": INDEX},
}
COLUMNS["top_ladders"] = COLUMNS["ladders"]
SMALL: dict[str, dict[str, Any]] = {
    "ladders": {"count": "moved", "within": ("from", "to")},
    "top_ladders": {"count": "moved", "within": ("from", "to")},
    "conditions": {"count": "customers", "within": ("condition",)}}
SHOWN = 12


def part(found: Goods, settings: ProductsSettings) -> Part:
    """Tell who moves up from which product, and what purchases look like under which terms.

    Returns
    -------
    Part
        tables
            ladders (see ``ladders``), top_ladders: the first of them; conditions, free_shipping (see ``terms``).
    """
    rows = found.ask("products_shipping")
    edge = terms.limit(found, rows)
    steps = ladders(found)
    frames = {"ladders": steps, "top_ladders": steps.head(SHOWN), "conditions": terms.conditions(found),
              "free_shipping": terms.around(rows, edge) if edge and len(rows) else terms.shaped([], terms.AROUND)}
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=figures(frames, edge, found),
                notes=notes(frames, edge, found))


def notes(frames: dict[str, pd.DataFrame], edge: int | None, found: Goods) -> Notes:
    """Return what the sections say, also of what cannot be told."""
    said: list[tuple[str, dict[str, Any]]] = []
    if frames["ladders"].empty:
        said.append(("ladders.none", {}))
    else:
        row = frames["ladders"].iloc[0].to_dict()
        said.append(("ladders.first", {key: row[key] for key in ("from", "to", "rate", "moved", "customers")}
                     | {"days": round(row["median_days"])}))
    if frames["free_shipping"].empty:
        said.append(("terms.no_limit", {}))
    else:
        below, above = terms.beside(frames["free_shipping"])
        if below is not None and above is not None:
            said.append(("terms.limit", {"limit": found.data.money(edge), "below": below, "above": above}))
    said.append(("terms.no_cause", {}) if len(frames["conditions"]) else ("terms.none", {}))
    return tuple(said)


def figures(frames: dict[str, pd.DataFrame], edge: int | None, found: Goods) -> dict[str, Figure]:
    """Return the charts that have a message."""
    table = frames["free_shipping"]
    if table.empty:
        return {}
    below, above = terms.beside(table)
    draw = partial(plot_shipping, edge=edge)
    return {"free_shipping": Figure(draw, "free_shipping", {
        "limit": found.data.money(edge), "below": below or 0.0, "above": above or 0.0}, (7.2, 3.6))}


def plot_shipping(frame: pd.DataFrame, ax: Axes, words: Text, *, edge: int | None) -> Axes:
    """Draw how many purchases came to each amount, the one from which shipping is free marked."""
    amounts = ["".join(words.parts(amount, "money")) for amount in frame["from_amount"]]
    return charts.columns(frame.assign(amount=amounts), ax, words, x="amount", value="orders", unit="orders",
                          accent=None if edge is None else "".join(words.parts(edge, "money")))
