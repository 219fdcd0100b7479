"""Which features there are: what each is made of, how it is scaled, and when a shop has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlib.dataset import Dataset

LOG, PLAIN, CODE = "log", "plain", "code"
#: Beginning of the names of features that are the share of one category of goods.
CATEGORY = "category:"
CATEGORIES = 4
#: A share of few purchases says little: each customer is given so many purchases of the average kind on top.
SHRINK = 3.0


@dataclass(frozen=True)
class Feature:
    """One feature.

    Attributes
    ----------
    name : str
    kind : str
        ``log`` (amounts and counts), ``plain`` (shares, ages, scores) or ``code`` (one indicator a level).
    value : str
        Its value in words of ``segment_features``, in the portable subset of SQL; missing where it is not known.
    unit : str
        Unit the page shows it in (``money``: minor units).
    shrink : float
        So many purchases of the average kind are added to the customer's own.
    needs : tuple of str
        Tables and columns without which no customer has it.
    """

    name: str
    kind: str
    value: str
    unit: str = "score"
    shrink: float = 0.0
    needs: tuple[str, ...] = ()


def _over(part: str, whole: str) -> str:
    """Return a quotient that is missing where the whole is nothing."""
    return f"CASE WHEN {whole} > 0 THEN CAST({part} AS DOUBLE) / CAST({whole} AS DOUBLE) ELSE NULL END"


def _count(name: str, unit: str, needs: tuple[str, ...] = ()) -> Feature:
    return Feature(name, LOG, f"CAST({name} AS DOUBLE)", unit, 0.0, needs)


def _each(name: str, column: str, unit: str) -> Feature:
    return Feature(name, LOG, _over(column, "orders"), unit, SHRINK)


def _share(name: str, part: str, whole: str, needs: tuple[str, ...] = ()) -> Feature:
    return Feature(name, PLAIN, _over(part, whole), "ratio", SHRINK, needs)


def _coded(name: str) -> Feature:
    return Feature(name, CODE, name, "code", 0.0, (f"customers.{name}",))


FEATURES = {f.name: f for f in (
    _count("recency_days", "days"), _count("purchase_days", "count"), _count("tenure_days", "days"),
    Feature("monetary", LOG, "CASE WHEN net > 0 THEN CAST(net AS DOUBLE) ELSE 0e0 END", "money"),
    _each("basket", "gross", "money"), _each("lines", "lines", "score"), _each("pieces", "quantity", "score"),
    Feature("price", LOG, _over("gross", "quantity"), "money", SHRINK),
    _share("discount_share", "discounts", "(gross + discounts)"), _share("weekend_share", "weekend", "orders"),
    _share("online_share", "online", "told", ("orders.channel",)),
    _count("web_days", "days", ("events",)),
    Feature("score", PLAIN, "score", "score", 0.0, ("survey_answers",)),
    Feature("age", PLAIN, "CAST(age AS DOUBLE)", "score", 0.0, ("customers.birth_year",)),
    *(_coded(name) for name in ("type", "gender", "occupation", "income_band", "prefecture", "rank", "first_channel",
                                "status")))}
STANDARD = ("recency_days", "purchase_days", "basket", "lines", "discount_share", "online_share")


def feature(name: str, categories: tuple[str, ...]) -> Feature:
    """Return a feature by name; the share of a category is one of the places ``category_1`` to ``category_4``."""
    if name in FEATURES:
        return FEATURES[name]
    place = categories.index(name.removeprefix(CATEGORY)) + 1
    return Feature(name, PLAIN, _over(f"category_{place}", "category_money"), "ratio", SHRINK,
                   ("products.category_1",))


def weight(name: str, names: tuple[str, ...]) -> float:
    """Return what a scaled feature is multiplied by: the shares of categories together weigh as much as one."""
    together = sum(n.startswith(CATEGORY) for n in names)
    return together ** -0.5 if name.startswith(CATEGORY) else 1.0


def categories(data: Dataset) -> tuple[str, ...]:
    """Return the largest categories of goods, at most four; none where there is only one."""
    if not data.has("products.category_1"):
        return ()
    found = [str(c) for c in data.query("segment_categories")["category"]]
    return tuple(found[:CATEGORIES]) if len(found) > 1 else ()
