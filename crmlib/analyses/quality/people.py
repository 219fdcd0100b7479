"""Whom the sales can be traced to: by store and channel, and how sure the joining of ids of one person is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.quality.control import ALL_STORES
from crmlib.dataset.dropped import dropped
from crmlib.dataset.marts import basis
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.text import Text

RULES, UNNAMED = "match_rules", "unnamed"
#: Where the pairs lie that a person should look at.
REVIEW = "restricted/match_review.csv"
COUNTS = ("pairs", "joined", "refused", "checked")
SHARES = ("precision", "low", "high", "reference")


def identified(data: Dataset) -> pd.DataFrame:
    """Return how much of the month's sales carries a customer, by store and channel.

    Returns
    -------
    pandas.DataFrame
        store_id (``all`` for the shop, ``none``), store (its name, ``unnamed``), channel, sales, unseen_sales (minor
        units: what the customer pages do not see), share (with a customer; none where returns leave nothing to share),
        orders, unseen_orders; the shop first, then those with most unseen sales.
    """
    import pandas as pd

    found = data.query("quality_identified", tables={"dropped_orders": dropped(data)}, ym=data.month,
                       **basis(data.settings))
    names = _names(data)
    rows = [_part(str(r.store_id) if r.store_id == r.store_id and r.store_id is not None else None, r.channel, names,
                  *(int(n) for n in (r.sales, r.known_sales, r.orders, r.known_orders))) for r in found.itertuples()]
    rows.sort(key=lambda row: (-row[4], row[0], row[2]))
    sums = [int(found[c].sum()) for c in ("sales", "known_sales", "orders", "known_orders")]
    whole = [_part(ALL_STORES, ALL_STORES, {}, *sums)] if rows else []
    return pd.DataFrame([*whole, *rows], columns=list(IDENTIFIED_COLUMNS)).astype(
        dict.fromkeys(("store_id", "store", "channel"), "str") | {"share": "float64"})


def _part(store: str | None, channel: Any, names: dict[str, str], sales: int, known: int, orders: int,
          known_orders: int) -> tuple[Any, ...]:
    share = known / sales if 0 <= known <= sales and sales else None
    code = store or "none"
    return (code, names.get(code, UNNAMED), channel if channel and channel == channel else "none", sales, sales - known,
            share, orders, orders - known_orders)


def _names(data: Dataset) -> dict[str, str]:
    """Return the names of the stores, as far as the shop gives them."""
    if "stores" not in data.present:
        return {}
    found = data.sql("SELECT store_id, name FROM stores WHERE name IS NOT NULL ORDER BY store_id")
    return {str(r.store_id): str(r.name) for r in found.itertuples()}


def match_rules(data: Dataset) -> pd.DataFrame:
    """Return what each rule of joining found, as intake left it: the surest first, decisions of the shop last.

    Rules that met no pair, nor any to check themselves by, are left out.
    """
    import pandas as pd

    found = data.stored(RULES)
    frame = found if len(found) else pd.DataFrame(columns=list(RULE_COLUMNS))
    frame = frame[(frame["pairs"].fillna(0) > 0) | (frame["checked"].fillna(0) > 0)].reset_index(drop=True)
    return frame.reindex(columns=list(RULE_COLUMNS)).astype(
        {"rule": "str"} | dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(SHARES, "float64"))


def tables(data: Dataset) -> dict[str, Table]:
    """Return the tables of this part of the page."""
    rules = {RULES: Table(match_rules(data), RULE_COLUMNS)}
    if data.missing(("orders", "order_lines")):
        return rules
    frame = identified(data)
    # Stores are drawn by name; one that sells through several channels is drawn as one.
    return rules | {"identified": Table(frame, IDENTIFIED_COLUMNS), "unseen": Table(unseen(frame), UNSEEN_COLUMNS)}


def unseen(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the stores with their sales that carry no customer, most first."""
    stores = frame[frame["store_id"] != ALL_STORES]
    stores = stores.assign(store=stores["store"].where(stores["store"] != UNNAMED, stores["store_id"]))
    summed = stores.groupby(["store_id", "store"], as_index=False)[["unseen_sales", "sales"]].sum()
    summed["share"] = [(s - u) / s if 0 <= u <= s and s else None
                       for u, s in zip(summed["unseen_sales"], summed["sales"], strict=True)]
    ordered = summed.sort_values(["unseen_sales", "store_id"], ascending=[False, True], ignore_index=True)
    return ordered[list(UNSEEN_COLUMNS)].astype({"store": "str", "share": "float64"})


def notes(data: Dataset, found: dict[str, Table]) -> list[tuple[str, dict[str, Any]]]:
    """Return what the customer pages do not see, and how sure the joining is."""
    said: list[tuple[str, dict[str, Any]]] = []
    if "identified" in found and len(found["identified"].frame):
        whole = found["identified"].frame.iloc[0]
        if whole["share"] == whole["share"] and whole["unseen_sales"]:
            said.append(("unseen", {"share": float(whole["share"]), "orders": int(whole["unseen_orders"]),
                                    "sales": data.money(int(whole["unseen_sales"]))}))
    queued = data.counts.get("match_review", 0)
    return [*said, ("review", {"pairs": queued, "path": REVIEW})] if queued else said


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of what is unseen in each store, where there are several."""
    frame = found["unseen"].frame if "unseen" in found else None
    if frame is None or len(frame) < 2 or not (frame["unseen_sales"] > 0).any():
        return {}
    top = frame.iloc[0]
    values = {"store": top["store"], "unseen": int(top["unseen_sales"]), "share": top["share"]}
    return {"unseen": Figure(plot_unseen, "unseen", values, size=(7.2, 1.4 + 0.42 * len(frame)))}


def plot_unseen(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each store's sales without a customer, with the share that carries one beside."""
    return charts.bars(frame, ax, words, label="store", value="unseen_sales", unit="money", other=("share", "ratio"))


RULE_COLUMNS = {"rule": Column("code"), "pairs": Column("count"), "joined": Column("count"),
                "refused": Column("count"), "checked": Column("count"), "precision": Column("ratio"),
                "low": Column("ratio"), "high": Column("ratio"), "reference": Column("ratio")}
IDENTIFIED_COLUMNS = {"store_id": Column("code"), "store": Column("code"), "channel": Column("code"),
                      "sales": Column("money"), "unseen_sales": Column("money"), "share": Column("ratio"),
                      "orders": Column("orders"), "unseen_orders": Column("orders")}
UNSEEN_COLUMNS = {"store": Column("code"), "unseen_sales": Column("money"), "share": Column("ratio")}
