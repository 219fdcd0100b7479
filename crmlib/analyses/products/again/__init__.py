"""The rhythm of products: what is bought again and again, for whom is it due, and what becomes of subscriptions?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.products.again import due, subscribed
from crmlib.analyses.products.goods import Goods
from crmlib.part import CODE, COUNT, DAYS, PEOPLE, RATIO, TEXT, FactKinds, Notes, Part, facts, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import ProductsSettings

FACTS: FactKinds = {"replenish_due": ("customers", "no_rhythm"), "subscriptions_kept": ("ratio", "no_subscriptions")}
#: After so many deliveries the page tells what share goes on.
KEPT_AFTER = 3
COLUMNS: dict[str, dict[str, Column]] = {
    "replenishment": {"product_id": CODE, "name": TEXT, "customers": PEOPLE, "usual_days": DAYS, "short_days": DAYS,
                      "long_days": DAYS, "due": PEOPLE, "broken": PEOPLE},
    "replenishment_proof": {"outcome": CODE, "customers": COUNT, "share": RATIO, "expected": RATIO},
    "subscription_candidates": {"product_id": CODE, "name": TEXT, "customers": PEOPLE, "share": RATIO,
                                "usual_days": DAYS},
    "subscriptions": {"product_id": CODE, "name": TEXT, "subscriptions": COUNT, "running": COUNT, "ended": COUNT,
                      "expected": COUNT, "skipped": COUNT, "skip_rate": RATIO},
    "subscription_survival": {"delivery": COUNT, "at_risk": COUNT, "ended": COUNT, "hazard": RATIO, "kept": RATIO,
                              "low": RATIO, "high": RATIO},
    "cancel_reasons": {"cancel_reason": CODE, "subscriptions": COUNT, "share": RATIO, "deliveries": COUNT},
}
SMALL: dict[str, dict[str, Any]] = {
    "replenishment": {"count": "customers", "within": ("product_id",)},
    "replenishment_proof": {"count": "customers"},
    "subscription_candidates": {"count": "customers", "within": ("product_id",)},
    "subscriptions": {"count": "subscriptions", "within": ("product_id",)},
    "subscription_survival": {"count": "at_risk", "within": ("delivery",)},
    "cancel_reasons": {"count": "subscriptions"}}


def part(found: Goods, settings: ProductsSettings) -> Part:
    """Tell who is due for which product, whom a subscription would suit, and how subscriptions fare.

    Returns
    -------
    Part
        facts
            replenish_due (customers with a window of a product that begins within 30 days), subscriptions_kept
            (share that goes on after the third delivery).
        tables
            replenishment, replenishment_proof, subscription_candidates (see ``due``); subscriptions,
            subscription_survival, cancel_reasons (see ``subscribed``).
        measures
            customer_key, replenish_product, replenish_from, replenish_to: the product that is due first.
    """
    told, rows = due.windows(found), subscribed.contracts(found)
    running = rows[rows["ended"] == 0]
    frames = {"replenishment": due.again(found, told), "replenishment_proof": due.proof(found),
              "subscription_candidates": due.candidates(found, told, running),
              "subscriptions": subscribed.by_product(found, rows), "subscription_survival": subscribed.survival(rows),
              "cancel_reasons": subscribed.reasons(rows)}
    soon = due.measures(told)
    known = _known(found, soon, frames)
    return Part(facts=facts("products", FACTS, [known, {}, {}], found.data), tables=tables(frames, COLUMNS, SMALL),
                figures=figures(frames), notes=notes(frames, known, found.data.settings.privacy.min_cell),
                measures=soon)


def _known(found: Goods, soon: pd.DataFrame | None, frames: dict[str, pd.DataFrame]) -> dict[str, Any]:
    import pandas as pd

    known: dict[str, Any] = {"grounds": {}}
    if soon is not None:
        until = pd.Timestamp(found.data.as_of) + pd.Timedelta(days=due.HORIZON)
        known["replenish_due"] = int((soon["replenish_from"] < until).sum())
    kept = frames["subscription_survival"]
    kept = kept[kept["delivery"] <= KEPT_AFTER]
    if len(kept):
        row = kept.iloc[-1]
        known["subscriptions_kept"] = float(row["kept"])
        known["grounds"]["subscriptions_kept"] = {"size": int(kept["at_risk"].iloc[0]), "low": float(row["low"]),
                                                  "high": float(row["high"])}
    return known


def notes(frames: dict[str, pd.DataFrame], known: dict[str, Any], min_cell: int) -> Notes:
    """Return what the sections say: who is due, whether such windows held, after which delivery most end."""
    said: list[tuple[str, dict[str, Any]]] = []
    if frames["replenishment"].empty:
        said.append(("again.none", {"least": due.LEAST}))
    else:
        row = frames["replenishment"].iloc[0]
        said.append(("again.due", {"customers": known.get("replenish_due", 0), "name": row["name"],
                                   "usual_days": round(float(row["usual_days"])),
                                   "products": len(frames["replenishment"])}))
        few = int(frames["replenishment"]["broken"].between(1, min_cell - 1).sum())
        said += [("again.few", {"few": few, "limit": min_cell})] * bool(few)
    proof = frames["replenishment_proof"]
    if len(proof):
        shares = proof.set_index("outcome")
        came = shares.drop("not_yet")["customers"]
        tried = bool(shares["expected"].notna().all())
        said.append(("again.proof_expected" if tried else "again.proof", {
            "windows": int(proof["customers"].sum()), **shares["share"].to_dict(),
            "timed": int(came["inside"]) / max(int(came.sum()), 1), "expected": shares["expected"]["inside"]}))
    elif len(frames["replenishment"]):
        said.append(("again.no_proof", {}))
    kept = frames["subscription_survival"]
    if frames["subscriptions"].empty:
        return (*said, ("subscriptions.none", {}))
    if len(kept):
        worst = kept.sort_values(["hazard", "delivery"], ascending=[False, True])
        worst = worst[worst["at_risk"] >= due.LEAST]
        if len(worst):
            said.append(("subscriptions.worst", {"delivery": int(worst["delivery"].iloc[0]),
                                                 "hazard": float(worst["hazard"].iloc[0]),
                                                 "at_risk": int(worst["at_risk"].iloc[0])}))
    return tuple(said)


def figures(frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """Return the charts that have a message."""
    drawn = {}
    kept = frames["subscription_survival"]
    if len(kept) > 1:
        row = kept[kept["delivery"] <= KEPT_AFTER]
        row = (row if len(row) else kept).iloc[-1]
        draw = partial(charts.columns, x="delivery", value="kept", unit="ratio")
        drawn["survival"] = Figure(draw, "subscription_survival", {
            "delivery": int(row["delivery"]), "kept": float(row["kept"]), "at_risk": int(kept["at_risk"].iloc[0])},
            (7.2, 3.6))
    return drawn
