"""The assortment of the products page: what sells, at which price, what is new, and what comes back?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.products.assortment import prices, ranking, uptake
from crmlib.analyses.products.goods import YEAR, Goods, ratio
from crmlib.dataset import months
from crmlib.part import (
    CODE,
    COUNT,
    DATE,
    DAYS,
    DIFFERENCE,
    MONEY,
    ORDERS,
    PEOPLE,
    RATIO,
    TEXT,
    FactKinds,
    Notes,
    Part,
    facts,
    tables,
)
from crmlib.result import Check, Column, Figure

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import ProductsSettings

FACTS: FactKinds = {"products_sold": ("count", "no_ids"), "a_share": ("ratio", "no_ids"),
                    "top_ten_share": ("ratio", "no_ids"), "returned_share": ("ratio", "no_ids"),
                    "discounted_share": ("ratio", "no_ids"), "new_share": ("ratio", "no_new")}
_RATE, _SHARE = {"low": RATIO, "high": RATIO}, {"gross": MONEY, "share": RATIO}
COLUMNS = {
    "ranking": {"rank": COUNT, "product_id": CODE, "name": TEXT, "category": CODE, "abc": CODE, **_SHARE,
                "orders": ORDERS, "quantity": COUNT, "previous_rank": COUNT, "move": COUNT, "previous_gross": MONEY,
                "change": RATIO, "year_ago_rank": COUNT, "year_ago_gross": MONEY},
    "top_products": {"rank": COUNT, "name": TEXT, "category": CODE, "abc": CODE, **_SHARE, "quantity": COUNT,
                     "previous_rank": COUNT, "year_ago_rank": COUNT},
    "movers": {"name": TEXT, "previous_rank": COUNT, "rank": COUNT, "move": COUNT, "gross": MONEY,
               "previous_gross": MONEY, "difference": MONEY},
    "abc": {"abc": CODE, "products": COUNT, "products_share": RATIO, **_SHARE},
    "price_bands": {"band": COUNT, "from_price": MONEY, "below_price": MONEY, "orders": ORDERS, "customers": PEOPLE,
                    "quantity": COUNT, **_SHARE, "share_before": RATIO, "difference": DIFFERENCE},
    "discounted": {"product_id": CODE, "name": TEXT, "gross": MONEY, "discounted": MONEY, "discount_share": RATIO},
    "discount_customers": {"discount_band": CODE, "customers": PEOPLE, "share": RATIO, "gross": MONEY,
                           "gross_share": RATIO, "discount_share": RATIO},
    "new": {"product_id": CODE, "name": TEXT, "first_on": DATE, "days": DAYS, "customers": PEOPLE, "early": PEOPLE,
            "again": PEOPLE, **dict.fromkeys(("repeat_rate", *_RATE), Column("ratio", share_of="again")),
            "gross": MONEY},
    "returned": {"product_id": CODE, "name": TEXT, "orders": ORDERS, "returns": COUNT, "return_rate": RATIO, **_RATE,
                 "returned": MONEY, "clear": CODE},
}
SMALL: dict[str, dict[str, Any]] = {
    "price_bands": {"count": "customers", "within": ("band",)}, "discount_customers": {"count": "customers"},
    "new": {"count": "customers", "within": ("product_id",)}}


def part(found: Goods, settings: ProductsSettings) -> Part:
    """Rank the products, cut them into classes and price bands, and follow new and returned ones.

    Returns
    -------
    Part
        facts
            products_sold (in the month), a_share (of the products), top_ten_share (of the month's gross), new_share,
            returned_share (money come back ÷ gross of the window), discounted_share (of the window's gross).
        tables
            ranking, movers (see ``ranking``), top_products: the first of it; abc; price_bands, discounted,
            discount_customers (see ``prices``); new, returned (see ``uptake``).
        measures
            customer_key, discount_share.
    """
    if found.window.empty:
        return Part(facts=facts("products", FACTS, [{}, {}, {}], found.data), notes=(("assortment.no_ids", {}),))
    named = ranking.classes(found.window, settings.abc)
    ranked, buyers = ranking.ranking(found, named), prices.customers(found)
    frames = {"ranking": ranked, "top_products": ranking.top(ranked), "movers": ranking.movers(ranked),
              "abc": ranking.abc(found.window, named), "price_bands": prices.bands(found),
              "discounted": prices.discounted(found), "discount_customers": prices.people(buyers),
              "new": uptake.new(found), "returned": uptake.returned(found)}
    sides = [_sold(found, months.shift(found.data.month, -back)) for back in (0, 1, YEAR)]
    sides[0] |= _known(found, frames)
    return Part(facts=facts("products", FACTS, sides, found.data), tables=tables(frames, COLUMNS, SMALL),
                figures=figures(found, frames), checks=checks(found, frames["abc"]),
                notes=notes(found, frames, sides[0]),
                measures=buyers[["customer_key", "discount_share"]] if len(buyers) else None)


def checks(found: Goods, classes: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold: the classes hold all sales."""
    held, whole = (int(table["gross"].sum()) for table in (classes, found.window))
    return (Check("classes_add_up", held == whole, held, whole, "stop"),)


def _sold(found: Goods, month: str) -> dict[str, Any]:
    """How many products a month sold, and what its ten best brought; of other months, where they are known whole."""
    rows = found.sold[(found.sold["ym"] == month) & found.sold["product_id"].notna()]
    if rows.empty or not (month == found.data.month or found.data.at(month).covered):
        return {}
    best = rows["gross"].sort_values(ascending=False).head(10).sum()
    return {"products_sold": len(rows), "top_ten_share": ratio(best, rows["gross"].sum())}


def _known(found: Goods, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    whole, first = int(found.window["gross"].sum()), frames["abc"].iloc[0]
    spent = found.ask("products_discount_products")
    known = {"a_share": float(first["products_share"]),
             "returned_share": ratio(frames["returned"]["returned"].sum(), whole),
             "discounted_share": ratio(spent["discounted"].sum(), spent["gross"].sum())}
    if len(frames["new"]):
        month = found.sold[found.sold["ym"] == found.data.month]
        fresh = month[month["product_id"].isin(set(frames["new"]["product_id"]))]
        known["new_share"] = ratio(fresh["gross"].sum(), month["gross"].sum())
    return known


def notes(found: Goods, frames: dict[str, pd.DataFrame], known: dict[str, Any]) -> Notes:
    """Return what the page and its sections say of the assortment."""
    data, said = found.data, []
    if len(frames["ranking"]):
        first, ab = frames["ranking"].iloc[0], frames["abc"].iloc[0]
        said.append(("answer", {"name": first["name"], "gross": data.money(first["gross"]), "share": first["share"],
                                "products": int(ab["products"]), "a_products": float(ab["products_share"]),
                                "a_gross": float(ab["share"])}))
    if len(frames["movers"]):
        one = frames["movers"].iloc[0]
        moved = "up" if one["difference"] >= 0 else "down"
        said.append((f"assortment.moved_{moved}",
                     {"name": one["name"], "difference": data.money(abs(one["difference"]))}))
    if frames["price_bands"]["share_before"].notna().any():
        shift = frames["price_bands"].assign(size=lambda t: t["difference"].abs()).sort_values(
            ["size", "band"], ascending=[False, True]).iloc[0]
        said.append(("prices.shift", {"from_price": data.money(shift["from_price"]),
                                      **{k: float(shift[k]) for k in ("share", "share_before")}}))
    heavy = frames["discount_customers"].set_index("discount_band")["customers"].get("to_100", 0)
    if known.get("discounted_share"):
        least = data.settings.privacy.min_cell
        few, people = int(heavy) < least, {"limit": least} if int(heavy) < least else {"customers": int(heavy)}
        said.append(("prices.discounts_few" if few else "prices.discounts",
                     {"share": known["discounted_share"]} | people))
    if frames["new"].empty:
        said.append(("uptake.no_new", {"days": found.settings.new_days}))
    clear = frames["returned"][frames["returned"]["clear"] == "above"]
    if len(clear):
        first = {"name": clear["name"].iloc[0], **{k: int(clear[k].iloc[0]) for k in ("orders", "returns")}}
        said.append(("uptake.returns", {**first, "products": len(clear)}))
    else:
        said.append(("uptake.returns_alike", {}))
    return tuple(said)


def figures(found: Goods, frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message."""
    drawn = {}
    if len(frames["top_products"]):
        row = frames["top_products"].iloc[0]
        best = partial(charts.bars, label="name", value="gross", unit="money", accent=row["name"],
                       other=("share", "ratio"))
        drawn["top_products"] = Figure(best, "top_products", {
            "name": row["name"], "gross": found.data.money(row["gross"]), "share": float(row["share"])}, (7.2, 5.0))
    if len(frames["movers"]):
        row = frames["movers"].iloc[0]
        drawn["movers"] = Figure(partial(charts.bridge, label="name", value="difference", unit="money"), "movers", {
            "name": row["name"], "difference": found.data.money(abs(row["difference"])),
            "moved": "up" if row["difference"] >= 0 else "down"}, (7.2, 5.0))
    return drawn
