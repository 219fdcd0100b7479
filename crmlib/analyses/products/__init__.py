"""Products: what sells, what sells together, and what should be offered to whom next?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmlib.analyses.products import again, assortment, kinds, together, ways
from crmlib.analyses.products.goods import Goods
from crmlib.part import said, top, unknown
from crmlib.part import together as joined
from crmlib.result import Result, Table

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings import ProductsSettings

__all__ = ["NEEDS", "analyse", "first", "said", "top"]
NEEDS = ("orders", "order_lines")
#: The slices of the page. Each has FACTS and ``part(found, settings) -> Part``, and knows nothing of the others.
SLICES = (assortment, kinds, together, again, ways)


def analyse(data: Dataset, settings: ProductsSettings) -> Result:
    """Look at what was sold, what lay in one basket, what is due again, and on which terms it was bought.

    Returns
    -------
    Result
        What each slice returns (see its ``part``), put together. Money in minor units; empty tables are left out.
        A note whose key has a dot belongs to that section of the page, the others to its top.

    Notes
    -----
    Sales of a product are its gross lines as recorded: discounts on a whole order belong to no product. People are
    counted one by one, business accounts too.
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("products", missing, unknown((one.FACTS for one in SLICES), data))
    found = Goods(data.people, settings)
    return joined("products", [one.part(found, settings) for one in SLICES])


#: What the page leaves out of its tables: the ids of products, the kind a caption names, the place the order tells.
LEFT_OUT = ("product_id", "dimension", "place")
#: What is told of a product that is like all others: no word.
ALIKE = "alike"
#: Tables whose first rows the page chooses by another column, so that they are not all of too few customers.
MOST_BY = {"new": "customers"}


def first(result: Result, name: str, rows: int = 10) -> Table | None:
    """Return the first rows of a table, products by their names only; its file has all of it, with their ids.

    Columns that say nothing of any row are left out.
    """
    table = result.tables.get(name)
    if table is None:
        return None
    by, frame = MOST_BY.get(name), table.frame
    silent = {key for key in frame if frame[key].isin([ALIKE]).all() or frame[key].isna().all()}
    kept = {key: column for key, column in table.columns.items() if key not in LEFT_OUT and key not in silent}
    ranked = frame.sort_values(by, ascending=False, kind="stable") if by else frame
    within = tuple("name" if key == "product_id" else key for key in table.within)
    return replace(table, frame=ranked.head(rows)[list(kept)].reset_index(drop=True), columns=kept, within=within)
