"""Which products are bought again and again, and whose next purchase of one is due?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib.analyses.products.goods import Goods, shaped
from crmlib.methods import rhythm

if TYPE_CHECKING:
    import pandas as pd

#: Customers with a rhythm that a product needs.
LEAST = 30
#: Share of next purchases meant to fall into the window told, if the product is bought again at all.
#: Days within which a window that begins is due.
WINDOW, HORIZON = 0.5, 30
#: Spread of ln(gap) up to which a customer keeps a beat that a subscription could follow: two of three gaps ± 35 %.
EVEN, EVEN_GAPS = 0.35, 3
#: A quarter of a normal distribution lies below its mean less so many deviations.
QUARTER = 0.67449
PROOF_MONTHS = 3
OUTCOMES = ("before", "inside", "after", "not_yet")
AGAIN = {"product_id": "str", "name": "str", "customers": "int64", "usual_days": "float64", "short_days": "float64",
         "long_days": "float64", "due": "int64", "broken": "int64"}
PROOF = {"outcome": "str", "customers": "int64", "share": "float64", "expected": "float64"}
CANDIDATES = {"product_id": "str", "name": "str", "customers": "int64", "share": "float64", "usual_days": "float64"}


def windows(found: Goods) -> pd.DataFrame:
    """Return between which days each customer is likely to buy a product again.

    Products with at least 30 customers who bought them on three days or more; each customer's rhythm is drawn towards
    that of the product's other buyers (``methods.rhythm``).

    Returns
    -------
    pandas.DataFrame
        customer_key, product_id, gaps, spread (of the customer's own ln gaps), mean (ln days), deviation, broken,
        replenish_from, replenish_to (missing where broken).
    """
    import pandas as pd

    rows = found.ask("products_rhythms")
    sizes = rows.groupby("product_id")["customer_key"].transform("size")
    parts = [_windows(part) for _, part in rows[sizes >= LEAST].groupby("product_id", sort=True)]
    columns = ["customer_key", "product_id", "gaps", "spread", "mean", "deviation", "broken", "replenish_from",
               "replenish_to"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _windows(rows: pd.DataFrame) -> pd.DataFrame:
    due = rhythm.due(rows, WINDOW)
    return rows[["customer_key", "product_id", "gaps"]].assign(
        spread=due.spread, mean=due.mean, deviation=due.deviation, broken=due.broken, replenish_from=due.first,
        replenish_to=due.last)


def again(found: Goods, told: pd.DataFrame) -> pd.DataFrame:
    """Return the products bought again and again, the one with most customers first.

    Returns
    -------
    pandas.DataFrame
        product_id, name, customers (three purchase days or more), usual_days (geometric mean of the gaps), short_days,
        long_days (half of the gaps are expected between them), due (their window begins within 30 days), broken (waited
        longer than 95 % of such gaps last).
    """
    import numpy as np
    import pandas as pd

    if told.empty:
        return shaped([], AGAIN)
    until = pd.Timestamp(found.data.as_of + timedelta(days=HORIZON))
    marked = told.assign(due=told["replenish_from"].lt(until) & ~told["broken"].astype(bool))
    by = marked.groupby("product_id", sort=True)
    middle, half = by["mean"].mean(), QUARTER * by["deviation"].mean()
    rows = pd.DataFrame({
        "customers": by.size(), "due": by["due"].sum(), "broken": by["broken"].sum(),
        "usual_days": np.exp(middle), "short_days": np.exp(middle - half), "long_days": np.exp(middle + half)})
    rows = rows.reset_index().sort_values(["customers", "product_id"], ascending=[False, True])
    return shaped(found.named(rows, name="product_id"), AGAIN)


def measures(told: pd.DataFrame) -> pd.DataFrame | None:
    """Return each customer's most urgent product: customer_key, replenish_product, replenish_from, replenish_to."""
    live = told[~told["broken"].astype(bool)] if len(told) else told
    if live.empty:
        return None
    first = live.sort_values(["customer_key", "replenish_from", "product_id"]).drop_duplicates("customer_key")
    kept = first[["customer_key", "product_id", "replenish_from", "replenish_to"]]
    return kept.rename(columns={"product_id": "replenish_product"}).reset_index(drop=True)


def proof(found: Goods) -> pd.DataFrame:
    """Return what became of the windows told three months ago: outcome, customers (windows), share, expected.

    ``expected`` is the same share of the windows told another three months earlier, as known three months ago: what a
    share of windows that hold could then be promised. Missing, or the table empty, where the data do not reach back.
    """
    told, before = _held(found), _held(found.at(PROOF_MONTHS))
    return told.assign(expected=before["share"] if len(before) else float("nan")) if len(told) else told


def _held(found: Goods) -> pd.DataFrame:
    """Return outcome, customers, share of the windows told three months before ``found``.

    A window that is not over and whose purchase has not come is left out.
    """
    import pandas as pd

    then = found.at(PROOF_MONTHS)
    told = windows(then) if then.data.covered else None
    if told is None or told.empty:
        return shaped([], PROOF)
    told = told[~told["broken"].astype(bool)]
    came = found.ask("products_next", tables={"due_list": told[["customer_key", "product_id"]]}, until=then.data.as_of)
    whole = told.merge(came, on=["customer_key", "product_id"], how="left")
    next_on, start, end = (whole[c] for c in ("next_on", "replenish_from", "replenish_to"))
    over = end < pd.Timestamp(found.data.as_of)
    counts = (int((over & (next_on < start)).sum()), int((over & next_on.between(start, end)).sum()),
              int((over & (next_on > end)).sum()), int((over & next_on.isna()).sum()))
    every = sum(counts)
    rows = [(name, n, n / every, None) for name, n in zip(OUTCOMES, counts, strict=True)] if every else []
    return shaped(rows, PROOF)


def candidates(found: Goods, told: pd.DataFrame, subscribed: pd.DataFrame) -> pd.DataFrame:
    """Return for which products how many customers keep a beat that a subscription could follow.

    Parameters
    ----------
    subscribed : pandas.DataFrame
        customer_key, product_id of running subscriptions: these customers have one already.

    Returns
    -------
    pandas.DataFrame
        product_id, name, customers, share (of those who buy it again and again), usual_days.
    """
    import numpy as np

    if told.empty:
        return shaped([], CANDIDATES)
    have = set(zip(subscribed["customer_key"], subscribed["product_id"], strict=True))
    free = [pair not in have for pair in zip(told["customer_key"], told["product_id"], strict=True)]
    even = told[np.array(free) & (told["spread"] <= EVEN) & (told["gaps"] >= EVEN_GAPS) & ~told["broken"].astype(bool)]
    by = even.groupby("product_id", sort=True)
    rows = by["mean"].mean().pipe(np.exp).rename("usual_days").to_frame().assign(customers=by.size())
    rows = rows.assign(share=rows["customers"] / told.groupby("product_id").size()).reset_index()
    rows = rows.sort_values(["customers", "product_id"], ascending=[False, True])
    return shaped(found.named(rows, name="product_id"), CANDIDATES)
