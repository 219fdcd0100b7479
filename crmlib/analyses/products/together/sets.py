"""Which sets of two to four products lie together in baskets more often than by chance?"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from crmlib.analyses.products.goods import Goods, shaped
from crmlib.analyses.products.together.pairs import Baskets

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: Sets are built of the surest pairs: so many of them, with products that go well together already.
PAIRS_USED, SETS_SHOWN = 200, 100
SETS = {"products": "str", "size": "int64", "baskets": "int64", "customers": "int64", "support": "float64",
        "lift_adjusted": "float64", "low": "float64", "high": "float64"}


def sets(found: Goods, held: Baskets, told: pd.DataFrame) -> pd.DataFrame:
    """Return sets of two, three and four products, the surest of each size first.

    Returns
    -------
    pandas.DataFrame
        products (names joined by +), size, baskets, customers, support, lift_adjusted (baskets ÷ what chance alone
        gives, within months and basket sizes), low, high. Every two of a set are a pair beyond chance.
    """
    import pandas as pd

    sure = told[told["low"] > 1].head(PAIRS_USED)
    if sure.empty:
        return shaped([], SETS)
    place = {name: n + 1 for n, name in enumerate(sorted({*sure["a"], *sure["b"]}))}
    edges = sorted(tuple(sorted((place[a], place[b]))) for a, b in zip(sure["a"], sure["b"], strict=True))
    rows = found.ask("products_sets", as_of=found.until, least=found.settings.pair_baskets, tables={
        "dropped_orders": held.left_out,
        "set_products": pd.DataFrame({"product_id": list(place), "place": list(place.values())}),
        "set_pairs": pd.DataFrame(edges, columns=["one", "two"])})
    rows = rows[(rows["customers"] == 0) | (rows["customers"] >= found.settings.pair_customers)]
    ids = {n: name for name, n in place.items()}
    members = [tuple(ids[n] for n in row if n) for row in zip(*(rows[c] for c in ("one", "two", "three", "four")),
                                                              strict=True)]
    larger = _told(held, members, rows["baskets"].to_numpy(dtype=float)).assign(
        products=_names(found, members), baskets=rows["baskets"].to_numpy(), customers=rows["customers"].to_numpy())
    twos = sure.assign(size=2, products=sure["a_name"] + " + " + sure["b_name"])
    whole = pd.concat([twos, larger.assign(support=larger["baskets"] / held.whole)])
    whole = whole.assign(order=whole["low"].astype(float).round(9)).sort_values(
        ["size", "order", "products"], ascending=[True, False, True])
    return shaped(whole.groupby("size", sort=True).head(SETS_SHOWN), SETS)


def _names(found: Goods, members: list[tuple[str, ...]]) -> list[str]:
    known = found.names
    return [" + ".join(known.get(one, one) for one in each) for each in members]


def _told(held: Baskets, members: list[tuple[str, ...]], baskets: np.ndarray) -> pd.DataFrame:
    """Return size, lift_adjusted, low, high of larger sets."""
    import numpy as np
    import pandas as pd

    from crmlib.methods.association import lift

    row = {name: n for n, name in enumerate(held.counts.index)}
    chance = np.array([_chance(held, [row[one] for one in each]) for each in members], dtype=float)
    low, high = lift.count_interval(baskets)
    frame: dict[str, Any] = {"size": [len(each) for each in members]}
    frame |= {name: value / chance for name, value in (("lift_adjusted", baskets), ("low", low), ("high", high))}
    return pd.DataFrame(frame)


def _chance(held: Baskets, rows: list[int]) -> float:
    """What chance gives a set: of its pairs' chances, each with the room its basket size leaves."""
    import numpy as np

    from crmlib.methods.association import lift

    share, room = held.share[rows], held.known.room
    meet = np.prod(share, axis=0)
    for one, other in combinations(share, 2):
        both = one * other
        meet = meet * np.divide(lift.together(one, other, room), both, out=np.zeros_like(both), where=both > 0)
    return float((held.known.baskets * np.where(held.known.spread > 0, 1.0, 0.0) * meet).sum())
