"""What moved the sales, by category: more pieces, other prices, another mix."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from crmlib.dataset.dropped import dropped

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Product → pieces and money.
Sold = Mapping[str, tuple[int, int]]
#: The row of what belongs to no category: returns, discounts, tax where it is converted.
REST = "rest"
MOVED = {"category": "str", "before": "int64", "now": "int64", "difference": "int64", "volume": "Int64", "mix": "Int64",
         "price": "Int64"}


def sold(data: Dataset, month: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Return category → product → (pieces, money of the gross lines) of a month; no category is an empty text."""
    rows = data.query("trends_products", tables={"dropped_orders": dropped(data)}, ym=month)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows.itertuples():
        category = row.category if isinstance(row.category, str) else ""
        product = row.product_id if isinstance(row.product_id, str) else ""
        found.setdefault(category, {})[product] = int(row.quantity), int(row.gross)
    return found


def by_category(before: Mapping[str, Sold], now: Mapping[str, Sold], net: tuple[int, int]) -> pd.DataFrame:
    """Return the change of sales by category, the largest first.

    Parameters
    ----------
    before, now : mapping
        Category → product → (pieces, money).
    net : tuple of int
        Net sales of the two months, of which the last row (``rest``) is what the categories do not hold.

    Returns
    -------
    pandas.DataFrame
        category, before, now, difference, volume, mix, price (minor units). Volume is the change in pieces at the
        category's earlier average price; price is what the pieces now cost more than at their own product's earlier
        price; mix is the remainder: dearer or cheaper products among the pieces, new and dropped ones. The three add
        up to difference; all differences add up to that of net sales. A category that is new or gone has no split.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for name in sorted({*before, *now}):
        old, new = before.get(name, {}), now.get(name, {})
        sides = tuple(sum(money for _, money in side.values()) for side in (old, new))
        rows.append((name, *sides, sides[1] - sides[0], *price_volume_mix(old, new)))
    rows.sort(key=lambda row: (-abs(row[3]), row[0]))
    rest = [whole - sum(row[place] for row in rows) for place, whole in ((1, net[0]), (2, net[1]))]
    rows += [(REST, *rest, rest[1] - rest[0], None, None, None)] if any(rest) else []
    return pd.DataFrame(rows, columns=list(MOVED)).astype(MOVED)


def price_volume_mix(before: Sold, now: Sold) -> tuple[int | None, int | None, int | None]:
    """Return volume, mix and price of a category's change in whole minor units; Nones where one side sold nothing.

    Volume and price are rounded, mix is what remains, so that the three add up exactly.
    """
    old, new = (tuple(sum(pair[i] for pair in side.values()) for i in (0, 1)) for side in (before, now))
    if not old[0] or not new[0]:
        return None, None, None
    volume = round(Fraction(new[0] - old[0]) * Fraction(old[1], old[0]))
    price = round(sum((now[name][1] - now[name][0] * Fraction(before[name][1], before[name][0])
                       for name in sorted(before.keys() & now.keys())), Fraction(0)))
    return volume, new[1] - old[1] - volume - price, price
