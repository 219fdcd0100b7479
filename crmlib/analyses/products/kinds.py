"""Which category, taste and brand do customers buy, and does that tell what they like (CTB分析)?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.products.goods import Goods, ratio, shaped
from crmlib.part import CODE, COUNT, INDEX, MONEY, PEOPLE, RATIO, FactKinds, Notes, Part, facts, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import ProductsSettings

FACTS: FactKinds = {"favourite_known": ("ratio", "no_kinds")}
DIMENSIONS = ("category", "taste", "brand")
#: Purchases a customer's favourite has to stand out in; below it, a favourite is a guess.
CLEAR = 0.5
CTB = {"dimension": "str", "level": "str", "customers": "int64", "again": "int64", "repeat_rate": "float64",
       "quantity": "int64", "gross": "int64", "share": "float64", "favourite": "Int64", "loyal_share": "float64",
       "index": "float64", "share_before": "float64"}
GRID = {"category": "str", "taste": "str", "brand": "str", "customers": "int64", "quantity": "int64", "gross": "int64",
        "share": "float64", "index": "float64"}
GRID_ROWS = 300
COLUMNS: dict[str, dict[str, Column]] = {
    "ctb": {"dimension": CODE, "level": CODE, "customers": PEOPLE, "again": PEOPLE, "repeat_rate": RATIO,
            "quantity": COUNT, "gross": MONEY, "share": RATIO, "favourite": PEOPLE,
            "loyal_share": Column("ratio", share_of="favourite"), "index": Column("index", share_of="favourite"),
            "share_before": RATIO},
    "ctb_grid": {"category": CODE, "taste": CODE, "brand": CODE, "customers": PEOPLE, "quantity": COUNT,
                 "gross": MONEY, "share": RATIO, "index": INDEX},
}
COLUMNS |= {f"ctb_{name}": COLUMNS["ctb"] for name in DIMENSIONS}
SMALL: dict[str, dict[str, Any]] = {name: {"count": "customers", "within": ("dimension", "level")}
                                    for name in ("ctb", *(f"ctb_{one}" for one in DIMENSIONS))}
SMALL["ctb_grid"] = {"count": "customers", "within": ("category", "taste", "brand")}
SHOWN = 12


def part(found: Goods, settings: ProductsSettings) -> Part:
    """Tell what is bought by category, taste and brand, and each customer's favourites.

    Returns
    -------
    Part
        facts
            favourite_known (buyers of the window who spend at least half of their money on one category).
        tables
            ctb: dimension, level (empty: the product list does not say), customers, again (bought it on two days),
            repeat_rate, quantity, gross, share, favourite (customers who spent most on it), loyal_share (of the money
            of these, on it), index (loyal_share ÷ share), share_before (of the window before). ctb_category, ctb_taste,
            ctb_brand: the largest levels of each. ctb_grid: category, taste, brand, customers, quantity, gross, share,
            index (share ÷ the product of the three shares).
        measures
            customer_key, favourite_category, favourite_category_share, the same of taste and brand.
    """
    known = [name for name in DIMENSIONS if found.listed[name].notna().any()]
    if not known or found.window.empty:
        return Part(facts=facts("products", FACTS, [{}, {}, {}], found.data), notes=(("kinds.none", {}),))
    whole, liked = ctb(found, known), people(found, known)
    frames = {"ctb": whole, "ctb_grid": grid(found)} | {f"ctb_{name}": _largest(whole, name) for name in known}
    column = "favourite_category_share"
    clear = ratio((liked[column] >= CLEAR).sum(), len(liked)) if column in liked else None
    return Part(
        facts=facts("products", FACTS, [{"favourite_known": clear}, {}, {}], found.data),
        tables=tables(frames, COLUMNS, SMALL), figures=figures(frames), notes=notes(frames, known),
        measures=liked if len(liked) else None)


def ctb(found: Goods, known: list[str]) -> pd.DataFrame:
    """Return what each level of category, taste and brand brings; the largest first within its dimension."""
    rows = found.ask("products_ctb")
    rows = rows[rows["dimension"].isin(known)]
    before = found.at(found.settings.window_months).ask("products_ctb")
    earlier = before.assign(share=before["gross"] / before.groupby("dimension")["gross"].transform("sum"))
    rows = rows.merge(earlier[["dimension", "level", "share"]].rename(columns={"share": "share_before"}),
                      on=["dimension", "level"], how="left")
    share = rows["gross"] / rows.groupby("dimension")["gross"].transform("sum")
    # What a handful of people like best would tell of each of them.
    shown = (rows["favourite"] == 0) | (rows["favourite"] >= found.data.settings.privacy.min_cell)
    rows = rows.assign(favourite=rows["favourite"].astype("Int64").where(shown))
    loyal = rows["own"] / rows["whole"].where(shown & (rows["whole"] > 0))
    rows = rows.assign(share=share, loyal_share=loyal, index=loyal / share,
                       repeat_rate=rows["again"] / rows["customers"].where(rows["customers"] > 0),
                       order=rows["dimension"].map({name: n for n, name in enumerate(DIMENSIONS)}))
    return shaped(rows.sort_values(["order", "gross", "level"], ascending=[True, False, True]), CTB)


def people(found: Goods, known: list[str]) -> pd.DataFrame:
    """Return each buyer's favourites: customer_key, favourite_<dimension>, favourite_<dimension>_share."""
    import pandas as pd

    rows = found.ask("products_ctb_people")
    rows = rows.assign(share=(rows["gross"] / rows["spent"]).round(6))
    made = pd.DataFrame({"customer_key": pd.Series(sorted(set(rows["customer_key"])), dtype="str")})
    for name in known:
        own = rows[rows["dimension"] == name].set_index("customer_key")
        made[f"favourite_{name}"] = made["customer_key"].map(own["level"])
        made[f"favourite_{name}_share"] = made["customer_key"].map(own["share"])
    return made


def grid(found: Goods) -> pd.DataFrame:
    """Return the combinations of category, taste and brand that sell, the largest first."""
    rows = found.ask("products_ctb_grid")
    money = int(rows["gross"].sum())
    chance = 1.0
    for name in DIMENSIONS:
        chance = chance * rows.groupby(name)["gross"].transform("sum") / money
    rows = rows.assign(share=rows["gross"] / money, index=rows["gross"] / money / chance)
    rows = rows.sort_values(["gross", *DIMENSIONS], ascending=[False, True, True, True])
    return shaped(rows.head(GRID_ROWS), GRID)


def _largest(whole: pd.DataFrame, dimension: str) -> pd.DataFrame:
    return whole[whole["dimension"] == dimension].head(SHOWN).reset_index(drop=True)


def notes(frames: dict[str, pd.DataFrame], known: list[str]) -> Notes:
    """Return what the section says: what is missing, and which level holds its customers best."""
    said: list[tuple[str, dict[str, Any]]] = [("kinds.missing", {"dimension": name}) for name in DIMENSIONS
                                              if name not in known]
    told = frames["ctb"][(frames["ctb"]["level"] != "") & (frames["ctb"]["customers"] >= 30)]
    for name in known[:1]:
        own = told[told["dimension"] == name]
        if len(own):
            row = own.sort_values(["repeat_rate", "level"], ascending=[False, True]).iloc[0]
            said.append(("kinds.held", {"level": row["level"], "repeat_rate": float(row["repeat_rate"]),
                                        "customers": int(row["customers"])}))
    return tuple(said)


def figures(frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return one chart of shares for each dimension that is known."""
    drawn = {}
    for name in DIMENSIONS:
        table = frames.get(f"ctb_{name}")
        if table is not None and len(table) > 1:
            row = table.iloc[0]
            draw = partial(charts.bars, label="level", value="gross", unit="money", accent=row["level"],
                           other=("share", "ratio"))
            drawn[f"ctb_{name}"] = Figure(draw, f"ctb_{name}", {"level": row["level"], "share": float(row["share"])},
                                          (7.2, 4.0))
    return drawn
