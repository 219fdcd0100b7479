"""What every slice of the products page starts from: the months looked at, names, and sales by product and month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.dataset.dropped import dropped

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import ProductsSettings

ALWAYS = "0000-00"
YEAR = 12
NAMES = ("product_id", "name", "category", "taste", "brand")


@dataclass(frozen=True)
class Goods:
    """One shop's products, seen from one month.

    Attributes
    ----------
    data : Dataset
    settings : ProductsSettings
    """

    data: Dataset
    settings: ProductsSettings

    @property
    def first_month(self) -> str:
        """First month of the window."""
        return months.shift(self.data.month, 1 - self.settings.window_months)

    @property
    def last_month(self) -> str:
        """Last month whose baskets are whole: marts know months, not days."""
        partial = self.data.period.partial
        return months.shift(self.data.month, -1) if partial else self.data.month

    def ask(self, name: str, tables: dict[str, Any] | None = None, **params: Any) -> pd.DataFrame:
        """Return the rows of a statement over the window, unless ``params`` say otherwise."""
        known = {"first_month": self.first_month, "max_basket": self.settings.max_basket, **self.columns}
        given = {"dropped_orders": self.dropped, **(tables or {})}
        return self.data.query(name, tables=given, **(known | params))

    @property
    def columns(self) -> dict[str, str]:
        """Which columns are category, taste and brand."""
        ctb = self.settings.ctb
        return {"category_column": ctb.category, "taste_column": ctb.taste, "brand_column": ctb.brand}

    @cached_property
    def dropped(self) -> pd.DataFrame:
        """Orders that a later document took back whole, where these are left out: order_id."""
        return dropped(self.data)

    @property
    def until(self) -> date:
        """The day after the last of ``last_month``."""
        return self.data.period.start if self.data.period.partial else self.data.as_of

    @cached_property
    def listed(self) -> pd.DataFrame:
        """The product list: product_id, name, category, taste, brand (missing where it says nothing)."""
        return self.ask("products_names")

    @cached_property
    def sold(self) -> pd.DataFrame:
        """Sales by product and month of the window, a year at least: product_id, ym, orders, quantity, gross."""
        back = max(self.settings.window_months - 1, YEAR)
        return self.ask("products_months", first_month=months.shift(self.data.month, -back))

    @cached_property
    def window(self) -> pd.DataFrame:
        """Sales by product over the window: product_id, orders, quantity, gross; products without an id left out."""
        found = self.sold[(self.sold["ym"] >= self.first_month) & self.sold["product_id"].notna()]
        return found.groupby("product_id", sort=True, as_index=False)[["orders", "quantity", "gross"]].sum()

    def at(self, back: int) -> Goods:
        """Return the same shop seen so many months earlier."""
        return Goods(self.data.previous(back), self.settings)

    def named(self, frame: pd.DataFrame, **columns: str) -> pd.DataFrame:
        """Return the frame with the name of each product beside it (``names``); where none is listed, its id.

        ``columns`` are new column = column of the ids.
        """
        import pandas as pd

        known = self.names
        made = {new: pd.Series([known.get(one, one) for one in frame[ids]], index=frame.index, dtype="str")
                for new, ids in columns.items()}
        return frame.assign(**made)

    @cached_property
    def names(self) -> dict[str, str]:
        """Product → its name; where several products are called alike, with the id behind it."""
        from collections import Counter

        known = self.told("name")
        times = Counter(known.values())
        return {one: name if times[name] == 1 else f"{name} [{one}]" for one, name in known.items()}

    def told(self, column: str) -> dict[str, str]:
        """Return product → what a column of the product list says of it; those it says nothing of are left out."""
        known = self.listed.dropna(subset=[column])
        return dict(zip(known["product_id"], known[column].astype("str"), strict=True))


def shaped(rows: Any, kinds: dict[str, str]) -> pd.DataFrame:
    """Return rows as a frame with exactly these columns and types."""
    import pandas as pd

    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(kinds))
    return frame.reindex(columns=list(kinds)).astype(kinds).reset_index(drop=True)


def ratio(part: Any, whole: Any) -> float | None:
    """Return part ÷ whole; None without a whole."""
    return float(part) / float(whole) if whole else None
