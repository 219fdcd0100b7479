"""Which products are bought together more often than baskets of that size would bring them together by chance?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crmlib.analyses.products.goods import Goods, shaped
from crmlib.dataset import marts, months

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

QUARTER = 3
#: Baskets of a pair that a quarter needs before it is held against another.
LEAST_OF_QUARTER = 5
#: Counted and chance together have to be so many times the minimum. Of independent baskets with the sizes of a real
#: shop, the pairs kept have a median adjusted lift of 1.014 with 2.5, of 1.023 with 2, and of 1.035 without the rule.
ASKED, CLEAR = 2.5, 2.0
PAIRS = {"a": "str", "b": "str", "a_name": "str", "b_name": "str", "baskets": "int64", "customers": "int64",
         "support": "float64", "confidence": "float64", "confidence_back": "float64", "lift": "float64",
         "lift_null": "float64", "lift_adjusted": "float64", "low": "float64", "high": "float64",
         "lift_latest": "float64", "lift_earlier": "float64", "steady": "str"}


@dataclass(frozen=True)
class Baskets:
    """The baskets of a window, by month and size, and what lies in them.

    Attributes
    ----------
    whole : int
        Baskets with a product, those too large left out.
    counts : pandas.Series
        Product → baskets, over those sold in at least ``pair_baskets``.
    share : numpy.ndarray
        These products × strata: share of the stratum's baskets.
    months : numpy.ndarray
        Month of each stratum.
    known : Strata
    marted : bool
        Whether pairs are read from their mart; else they are counted from the lines.
    left_out : pandas.DataFrame
        Orders whose products are no pairs: order_id.
    """

    whole: int
    counts: pd.Series
    share: Any
    months: np.ndarray
    known: Any
    marted: bool
    left_out: pd.DataFrame


def baskets(found: Goods) -> Baskets | None:
    """Return the baskets of the window; None where none holds a product."""
    import numpy as np
    import pandas as pd

    from crmlib.methods.association import lift

    (marted, larger), most = marts.baskets(found.data), found.settings.max_basket
    given = {"size_classes": pd.DataFrame({"products": range(1, most + 1), "class": lift.size_classes(most)})}
    rows = found.ask("products_basket_strata", tables=given, month=found.last_month)
    if rows.empty:
        return None
    one = found.ask("products_basket_sizes", tables=given, month=found.last_month, least=found.settings.pair_baskets)
    counts = one.groupby("product_id", sort=True)["baskets"].sum()
    places = {key: n for n, key in enumerate(zip(rows["ym"], rows["class"], strict=True))}
    row = {name: n for n, name in enumerate(counts.index)}
    share = np.zeros((len(counts), len(rows)))
    share[[row[name] for name in one["product_id"]],
          [places[key] for key in zip(one["ym"], one["class"], strict=True)]] = one["baskets"]
    sums = {name: rows[name].to_numpy(dtype=float) for name in ("baskets", "products", "square", "shared")}
    return Baskets(int(rows["baskets"].sum()), counts, share / sums["baskets"], rows["ym"].to_numpy(dtype="str"),
                   lift.strata(**sums), marted, _left_out(found) if larger else found.dropped)


def _left_out(found: Goods) -> pd.DataFrame:
    """Return the orders that are dropped anyway, and those with too many products."""
    import pandas as pd

    return pd.concat([found.dropped, found.ask("products_large_baskets", as_of=found.until)]).drop_duplicates()


def counted(found: Goods, held: Baskets) -> pd.DataFrame:
    """Return every pair with enough baskets: a, b, baskets, latest, earlier; the most frequent first."""
    import pandas as pd

    places = pd.DataFrame({"product_id": held.counts.index.astype("str"), "place": range(len(held.counts))})
    last = found.last_month
    asked = {"month": last, "least": found.settings.pair_baskets, "latest_month": months.shift(last, 1 - QUARTER),
             "earlier_month": months.shift(last, 1 - 2 * QUARTER)}
    if held.marted:
        return found.ask("products_pairs", tables={"pair_products": places}, **asked)
    return found.ask("products_pairs_of_lines", products=len(places), **asked,
                     tables={"pair_products": places, "dropped_orders": held.left_out})


def measured(found: Goods, held: Baskets, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with what chance alone would give them: a, b, baskets, n_a, n_b, expected, and lifts."""
    import numpy as np

    from crmlib.methods.association import lift

    place = {name: n for n, name in enumerate(held.counts.index)}
    a, b = (rows[side].map(place).to_numpy(dtype="int64") for side in ("a", "b"))
    last = found.last_month
    latest, earlier = months.shift(last, 1 - QUARTER), months.shift(last, 1 - 2 * QUARTER)
    parts = np.array([held.months >= "", held.months >= latest, (held.months >= earlier) & (held.months < latest)])
    chance = lift.expected(held.share, a, b, held.known, parts)
    low, high = lift.count_interval(rows["baskets"].to_numpy(dtype=float))
    n_a, n_b = (held.counts.to_numpy(dtype=float)[side] for side in (a, b))
    seen = rows[["baskets", "latest", "earlier"]].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        lifts = np.where(chance > 0, seen / chance, np.nan)
        bounds = [np.where(chance[:, 0] > 0, end / chance[:, 0], np.nan) for end in (low, high)]
    return rows.assign(chance=chance[:, 0], n_a=n_a, n_b=n_b, lift=seen[:, 0] * held.whole / (n_a * n_b),
                       lift_null=chance[:, 0] * held.whole / (n_a * n_b), lift_adjusted=lifts[:, 0], low=bounds[0],
                       high=bounds[1], lift_latest=lifts[:, 1], lift_earlier=lifts[:, 2],
                       steady=_steady(seen[:, 1], seen[:, 2], lifts[:, 1], lifts[:, 2]))


def lasting(told: pd.DataFrame, least: int) -> pd.Series:
    """Tell which pairs were not picked for their luck.

    Of many pairs for which chance gives a little less than the minimum, the lucky ones reach it. So what was counted
    and what chance gives have to add up to more (see ``ASKED``), unless there are twice as many baskets as by chance,
    which luck does not bring about at such numbers.
    """
    return (told["baskets"] >= CLEAR * told["chance"]) | (told["baskets"] + told["chance"] >= ASKED * least)


def _steady(latest: np.ndarray, earlier: np.ndarray, now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Tell whether a pair's lift of the last quarter differs from that of the one before beyond chance (95 %)."""
    import numpy as np

    told = (latest >= LEAST_OF_QUARTER) & (earlier >= LEAST_OF_QUARTER) & (now > 0) & (before > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.log(now / before) / np.sqrt(1 / latest + 1 / earlier)
    return np.select([~told, z > 1.959964, z < -1.959964], ["unknown", "rising", "fading"], "steady")


def frequent(found: Goods, held: Baskets) -> pd.DataFrame:
    """Return the pairs that may be spoken of as ``measured`` tells them, whoever bought them."""
    rows = counted(found, held).head(found.settings.most_pairs)
    told = measured(found, held, rows)
    return told[lasting(told, found.settings.pair_baskets)].reset_index(drop=True)


def pairs(found: Goods, held: Baskets, told: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs, the one that is surest to be no chance first.

    Parameters
    ----------
    told : pandas.DataFrame
        From ``frequent``.

    Returns
    -------
    pandas.DataFrame
        a, b (products; whoever has a in the basket has b with ``confidence``, b's buyers a with the smaller
        ``confidence_back``), a_name, b_name, baskets, customers (known ones with such a basket), support (of all
        baskets), confidence, confidence_back, lift (raw), lift_null (the lift that chance alone gives this pair, given
        months and basket sizes), lift_adjusted (lift ÷ lift_null), low, high (95 %, exact Poisson), lift_latest,
        lift_earlier (adjusted, last quarter and the one before), steady (steady, rising, fading, unknown).
    """
    import numpy as np

    if told.empty:
        return shaped([], PAIRS)
    wide = _with_customers(found, held, told)
    turned = (wide["n_b"] < wide["n_a"]).to_numpy()
    a, b = np.where(turned, wide["b"], wide["a"]), np.where(turned, wide["a"], wide["b"])
    few, many = np.minimum(wide["n_a"], wide["n_b"]), np.maximum(wide["n_a"], wide["n_b"])
    wide = wide.assign(a=a, b=b, support=wide["baskets"] / held.whole, confidence=wide["baskets"] / few,
                       confidence_back=wide["baskets"] / many)
    wide = found.named(wide, a_name="a", b_name="b")
    wide = wide.assign(order=wide["low"].round(9)).sort_values(["order", "baskets", "a", "b"],
                                                               ascending=[False, False, True, True])
    return shaped(wide, PAIRS)


def _with_customers(found: Goods, held: Baskets, rows: pd.DataFrame) -> pd.DataFrame:
    """Add distinct customers, and leave out what is the habit of a few; guests' pairs stay."""
    import pandas as pd

    places = {name: n for n, name in enumerate(sorted({*rows["a"], *rows["b"]}))}
    tables = {"pair_list": pd.DataFrame({"pair": range(len(rows)), "one": rows["a"].map(places),
                                         "two": rows["b"].map(places)}),
              "pair_products": pd.DataFrame({"product_id": list(places), "place": list(places.values())}),
              "dropped_orders": held.left_out}
    customers = _buyers(found, tables).reindex(range(len(rows)), fill_value=0)
    few = ((customers > 0) & (customers < found.settings.pair_customers)).to_numpy()
    return rows.assign(customers=customers.to_numpy())[~few].reset_index(drop=True)


def _buyers(found: Goods, tables: dict[str, Any]) -> pd.Series:
    """Return pair → customers. A basket lies in one month: asked by itself, a month takes little memory."""
    last, month, closing = found.last_month, found.first_month, found.data.settings.calendar.closing_day
    with TemporaryDirectory(prefix="pairs-", dir=found.data.folder) as folder:
        while month <= last:
            buyers = found.ask("products_pair_buyers", tables=tables, first_month=month,
                               as_of=months.period(month, closing).end)
            buyers.to_parquet(Path(folder) / f"{month}.parquet")
            month = months.shift(month, 1)
        return found.ask("products_pair_customers", tables={"pair_buyers": Path(folder)}).set_index("pair")["customers"]
