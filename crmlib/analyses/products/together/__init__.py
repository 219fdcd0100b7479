"""The baskets of the products page: what is bought together, and what is worth offering next?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.products.goods import Goods
from crmlib.analyses.products.together import offers
from crmlib.analyses.products.together.pairs import Baskets, baskets, frequent, pairs
from crmlib.analyses.products.together.sets import sets
from crmlib.part import CODE, COUNT, INDEX, ORDERS, PEOPLE, RATIO, TEXT, FactKinds, Notes, Part, facts, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import ProductsSettings

FACTS: FactKinds = {"pairs_beyond_chance": ("count", "no_pairs"), "raw_lift_by_chance": ("score", "no_pairs"),
                    "offers_hit_rate": ("ratio", "no_offers"), "offers_gain": ("ratio", "no_offers")}
_LIFTS = {"lift_adjusted": INDEX, "low": INDEX, "high": INDEX}
COLUMNS: dict[str, dict[str, Column]] = {
    "pairs": {"a": CODE, "b": CODE, "a_name": TEXT, "b_name": TEXT, "baskets": ORDERS, "customers": PEOPLE,
              "support": RATIO, "confidence": RATIO, "confidence_back": RATIO, "lift": INDEX, "lift_null": INDEX,
              **_LIFTS, "lift_latest": INDEX, "lift_earlier": INDEX, "steady": CODE},
    "top_pairs": {"pair": TEXT, "baskets": ORDERS, "customers": PEOPLE, "confidence": RATIO, "lift": INDEX, **_LIFTS,
                  "steady": CODE},
    "larger_sets": {"products": TEXT, "baskets": ORDERS, "customers": PEOPLE, **_LIFTS},
    "sets": {"products": TEXT, "size": COUNT, "baskets": ORDERS, "customers": PEOPLE, "support": RATIO, **_LIFTS},
    "offers_backtest": {"method": CODE, "customers": PEOPLE, "offers": COUNT, "hits": COUNT, "hit_rate": RATIO,
                        "low": RATIO, "high": RATIO, "precision": RATIO, "used": CODE},
    "segment_offers": {"rfm_segment": CODE, "place": COUNT, "product_id": CODE, "name": TEXT, "customers": PEOPLE,
                       "share": RATIO},
}
SMALL: dict[str, dict[str, Any]] = {
    "pairs": {"count": "customers", "within": ("a",)}, "top_pairs": {"count": "customers", "within": ("pair",)},
    "sets": {"count": "customers", "within": ("products",)},
    "larger_sets": {"count": "customers", "within": ("products",)},
    "segment_offers": {"count": "customers", "within": ("rfm_segment",)}}
SHOWN = 12


def part(found: Goods, settings: ProductsSettings) -> Part:
    """Find what is bought together beyond chance, and prove offers made from it against what is popular.

    Returns
    -------
    Part
        facts
            pairs_beyond_chance, raw_lift_by_chance (median raw lift that chance alone gives the pairs), offers_hit_rate
            (of the method in use), offers_gain (pairs less popularity, with interval).
        tables
            pairs (see ``pairs.pairs``); top_pairs: the first of them; sets: products, size, baskets, customers,
            support, lift_adjusted, low, high; larger_sets: the surest of three and more. offers_backtest: method,
            customers, offers, hits, hit_rate, low, high, precision, used. segment_offers: rfm_segment, place,
            product_id, name, customers, share.
        measures
            customer_key, next_offer, next_offer_method.
    """
    held = baskets(found)
    if held is None:
        return Part(facts=facts("products", FACTS, [{}, {}, {}], found.data), notes=(("together.no_products", {}),))
    often = frequent(found, held)
    told = pairs(found, held, often)
    proof, chosen, grounds = _proved(found)
    given = offers.offered(found, offers.sources(found, often), chosen)
    groups = sets(found, held, told)
    frames = {"pairs": told, "top_pairs": _top(told), "sets": groups, "larger_sets": _larger(groups),
              "offers_backtest": proof, "segment_offers": offers.segments(found, given)}
    return Part(
        facts=facts("products", FACTS, [_known(told, proof, grounds), {}, {}], found.data),
        tables=tables(frames, COLUMNS, SMALL), figures=figures(frames),
        notes=notes(found, held, frames, grounds), measures=offers.measures(given) if len(given) else None)


def _proved(found: Goods) -> tuple[pd.DataFrame, str, dict[str, Any]]:
    """Prove offers as they would have been made a month ago; the method that won, and by how much."""
    before = found.at(1)
    held = baskets(before) if before.data.covered else None
    if held is None:
        return offers.shaped([], offers.BACKTEST), offers.POPULARITY, {}
    given = offers.sources(before, frequent(before, held))
    rows = before.ask("products_offers_proof", tables=given, until=found.data.as_of, offers=found.settings.offers)
    proof = offers.backtest(found, rows)
    if proof.empty:
        return proof, offers.POPULARITY, {}
    gain, low, high = offers.gain(rows)
    used = str(proof.loc[proof["used"] == "true", "method"].iloc[0])
    return proof, used, {"gain": gain, "low": low, "high": high, "size": int(proof["customers"].iloc[0])}


def _known(told: pd.DataFrame, proof: pd.DataFrame, grounds: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if len(told):
        known |= {"pairs_beyond_chance": int((told["low"] > 1).sum()),
                  "raw_lift_by_chance": float(told["lift_null"].median())}
    if len(proof):
        row = proof[proof["used"] == "true"].iloc[0]
        known |= {"offers_hit_rate": float(row["hit_rate"]), "offers_gain": grounds["gain"], "grounds": {
            "offers_gain": grounds, "offers_hit_rate": {
                "size": grounds["size"], "low": float(row["low"]), "high": float(row["high"])}}}
    return known


def _top(told: pd.DataFrame) -> pd.DataFrame:
    first = told[told["low"] > 1].head(SHOWN)
    frame = first.assign(pair=first["a_name"] + " → " + first["b_name"])
    return frame[list(COLUMNS["top_pairs"])].reset_index(drop=True)


def _larger(groups: pd.DataFrame) -> pd.DataFrame:
    """The surest sets of three and more: two are pairs, which have a table of their own."""
    more = groups[groups["size"] > 2]
    more = more.assign(order=more["low"].round(9)).sort_values(["order", "products"], ascending=[False, True])
    return more.head(SHOWN)[list(COLUMNS["larger_sets"])].reset_index(drop=True)


def notes(found: Goods, held: Baskets, frames: dict[str, pd.DataFrame], grounds: dict[str, Any]) -> Notes:
    """Return what the sections say: why raw lift misleads, what was left out, whether offers beat popularity."""
    told, proof = frames["pairs"], frames["offers_backtest"]
    said: list[tuple[str, dict[str, Any]]] = []
    limits = {"least": found.settings.pair_baskets, "people": found.settings.pair_customers, "baskets": held.whole,
              "most": found.settings.max_basket}
    if told.empty:
        said.append(("together.no_pairs", limits))
    else:
        said += [("together.chance", {"pairs": len(told), "null": float(told["lift_null"].median()),
                                      "raw": float((told["lift"] > 1).mean()), "real": int((told["low"] > 1).sum())}),
                 ("together.limits", limits)]
    if proof.empty:
        return (*said, ("offers.no_proof", {}))
    rates = proof.set_index("method")["hit_rate"].to_dict()
    verdict = "wins" if grounds["low"] > 0 else "loses" if grounds["high"] < 0 else "alike"
    return (*said, (f"offers.{verdict}", {**rates, **grounds, "offers": found.settings.offers}))


def figures(frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message."""
    drawn: dict[str, Figure] = {}
    first = frames["top_pairs"]
    if len(first):
        row = first.iloc[0].to_dict()
        drawn["pairs"] = Figure(plot_pairs, "top_pairs", row, (7.2, 5.0))
    if len(frames["offers_backtest"]):
        rates = frames["offers_backtest"].set_index("method")["hit_rate"].to_dict()
        drawn["offers"] = Figure(plot_offers, "offers_backtest", rates, (7.2, 2.2))
    return drawn


plot_pairs = partial(charts.bars, label="pair", value="lift_adjusted", unit="index", other=("baskets", "orders"))
plot_offers = partial(charts.bars, label="method", value="hit_rate", unit="ratio")
