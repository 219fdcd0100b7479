"""After which delivery do subscriptions end, why, and how many deliveries are skipped?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import Goods, shaped

if TYPE_CHECKING:
    import pandas as pd

SURVIVAL = {"delivery": "int64", "at_risk": "int64", "ended": "int64", "hazard": "float64", "kept": "float64",
            "low": "float64", "high": "float64"}
REASONS = {"cancel_reason": "str", "subscriptions": "int64", "share": "float64", "deliveries": "float64"}
BY_PRODUCT = {"product_id": "str", "name": "str", "subscriptions": "int64", "running": "int64", "ended": "int64",
              "expected": "int64", "skipped": "int64", "skip_rate": "float64"}
NO_REASON = ""


def contracts(found: Goods) -> pd.DataFrame:
    """Return each subscription with the deliveries it should have had: those of the statement, and ``deliveries``.

    The first delivery comes on the first day, the next ones after each interval; without an interval nothing is
    expected, and what was delivered is counted.
    """
    from crmlib.analyses.products.goods import ALWAYS

    rows = found.ask("products_subscriptions", first_month=ALWAYS)
    step = rows["interval_days"].astype("Float64").where(rows["interval_days"] > 0)
    due = (rows["days"] // step + 1).fillna(rows["delivered"].clip(lower=1)).astype("int64")
    return rows.assign(deliveries=due)


def survival(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how many subscriptions are kept after each delivery.

    Returns
    -------
    pandas.DataFrame
        delivery, at_risk (subscriptions that had it), ended (cancelled after it, before the next), hazard, kept (share
        that goes on, Kaplan-Meier), low, high (95 %).
    """
    from crmlib.methods.survival import kaplan_meier

    if rows.empty:
        return shaped([], SURVIVAL)
    curve = kaplan_meier(rows["deliveries"], rows["ended"] == 1)
    return shaped(list(zip(curve.times, curve.at_risk, curve.events, curve.events / curve.at_risk, curve.survival,
                           curve.low, curve.high, strict=True)), SURVIVAL)


def reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Return why subscriptions ended: cancel_reason (empty: none recorded), subscriptions, share, deliveries (mean)."""
    over = rows[rows["ended"] == 1]
    by = over.assign(cancel_reason=over["cancel_reason"].fillna(NO_REASON).astype("str")).groupby(
        "cancel_reason", sort=True)["deliveries"].agg(["size", "mean"]).reset_index()
    by = by.rename(columns={"size": "subscriptions", "mean": "deliveries"}).sort_values(
        ["subscriptions", "cancel_reason"], ascending=[False, True])
    return shaped(by.assign(share=by["subscriptions"] / max(len(over), 1)), REASONS)


def by_product(found: Goods, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the subscriptions of each product, and how many of their deliveries are not recorded as bought.

    Returns
    -------
    pandas.DataFrame
        product_id, name, subscriptions, running, ended, expected (deliveries due by now), skipped (of these, without a
        purchase), skip_rate (missing where no delivery is recorded at all: they are kept elsewhere).
    """
    rows = rows.assign(product_id=rows["product_id"].fillna("").astype("str"),
                       skipped=(rows["deliveries"] - rows["delivered"]).clip(lower=0))
    by = rows.groupby("product_id", sort=True)
    sums = by[["deliveries", "skipped", "ended", "delivered"]].sum().assign(subscriptions=by.size()).reset_index()
    sums = sums.rename(columns={"deliveries": "expected"}).assign(running=sums["subscriptions"] - sums["ended"])
    sums["skip_rate"] = (sums["skipped"] / sums["expected"]).where(sums["delivered"] > 0)
    sums = sums.sort_values(["subscriptions", "product_id"], ascending=[False, True])
    return shaped(found.named(sums, name="product_id"), BY_PRODUCT)
