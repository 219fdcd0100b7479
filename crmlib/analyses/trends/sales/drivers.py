"""What moved the sales: more customers, more purchases each, more money a purchase; and whose they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.analyses.trends.months import History
from crmlib.dataset import months
from crmlib.methods.decomposition import parts_of_change

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

FACTORS, ORDERS = ("customers", "frequency", "basket"), ("orders", "basket")
#: Groups of people in the order of the page; where one is too small to be told, it joins the next.
PEOPLE, GUEST, NONE = ("returned", "new", "retained"), "guest", "none"
BEFORE, NOW = "before", "now"
SPLIT = {"group": "str", "customers_then": "Int64", "customers": "Int64", "sales_then": "int64", "sales": "int64",
         "difference": "int64", "by_customers": "Int64", "by_frequency": "Int64", "by_basket": "Int64"}


@dataclass(frozen=True)
class Group:
    """What a group of customers did in a month: distinct buyers, purchases, net money (minor units)."""

    customers: int = 0
    orders: int = 0
    sales: int = 0

    def __add__(self, other: Group) -> Group:
        return Group(self.customers + other.customers, self.orders + other.orders, self.sales + other.sales)

    @property
    def factors(self) -> tuple[float, ...]:
        """Customers, purchases of each, money of each purchase; zeros where nobody bought."""
        if not self.customers or not self.orders:
            return 0.0, 0.0, 0.0
        return float(self.customers), self.orders / self.customers, self.sales / self.orders

    @property
    def as_one(self) -> Group:
        """The same as if one customer had done it, for guests, who cannot be counted."""
        return Group(1, self.orders, self.sales)


Groups = Mapping[str, Group]


def other_month(found: History) -> str | None:
    """Return the month to compare with: the same last year, else the last one; None where neither is known whole."""
    month = found.data.month
    ways = [months.shift(month, -n) for n in (12, 1)] if found.whole(month) else []
    return next((ym for ym in ways if found.whole(ym)), None)


def groups(data: Dataset, month: str) -> Groups:
    """Return who brought a month's sales: new, retained, returned, guest, none (see ``trends_groups``)."""
    rows = data.at(month).query("trends_groups")
    return {str(row.known_as): Group(int(row.customers), int(row.orders), int(row.sales)) for row in rows.itertuples()}


def known(side: Groups) -> Group:
    """Return the named customers together; what was only taken back from some of them is theirs too."""
    return sum((group for name, group in side.items() if name != GUEST), Group())


def bridge(before: Groups, now: Groups) -> pd.DataFrame:
    """Return the way from one month's sales to another's.

    Returns
    -------
    pandas.DataFrame
        step, amount (minor units): before; customers, frequency (purchases of each), basket (money of each purchase)
        of named customers; guests; now. From before on, the rows add up to now exactly. The three parts are those of
        ``parts_of_change`` (logarithmic mean), in whole minor units, what rounding leaves in the last. Where named
        customers brought nothing in one of the months, there is one step ``known`` instead of the three; a shop that
        knows no customer by name has orders and basket.
    """
    import pandas as pd

    named, guests = (known(before), known(now)), (before.get(GUEST, Group()), now.get(GUEST, Group()))
    steps: dict[str, int] = {}
    if any(side != Group() for side in named):
        steps = split(*named, FACTORS) or {"known": named[1].sales - named[0].sales}
        steps |= {"guests": guests[1].sales - guests[0].sales} if any(side != Group() for side in guests) else {}
    else:
        steps = split(guests[0].as_one, guests[1].as_one, ORDERS) or {"guests": guests[1].sales - guests[0].sales}
    rows = [(BEFORE, named[0].sales + guests[0].sales), *steps.items(), (NOW, named[1].sales + guests[1].sales)]
    return pd.DataFrame(rows, columns=["step", "amount"]).astype({"step": "str", "amount": "int64"})


def split(before: Group, now: Group, names: tuple[str, ...]) -> dict[str, int]:
    """Return what each factor adds to the change of a group's sales, exactly; empty where it cannot be told."""
    parts = parts_of_change(before.factors[-len(names):], now.factors[-len(names):])
    if parts is None:
        return {}
    steps = [round(part) for part in parts[:-1]]
    return dict(zip(names, [*steps, now.sales - before.sales - sum(steps)], strict=True))


def by_group(before: Groups, now: Groups, least: int) -> pd.DataFrame:
    """Return the change of sales by whose they were.

    Parameters
    ----------
    least : int
        Groups of fewer people in one of the months join the next one (``returned+new``); empty where all together
        are fewer.

    Returns
    -------
    pandas.DataFrame
        group (new, retained, returned, guest, none: only something taken back), customers_then, customers (distinct
        buyers), sales_then, sales, difference, by_customers, by_frequency, by_basket (minor units). Inside a row the
        three add up to difference; the differences add up to the month's. A group that was not there in one of the
        months changed by its customers alone; guests have no customers to count.
    """
    import pandas as pd

    rows, joined = [], merged(before, now, least)
    few = any(0 < side.customers < least for both in joined.values() for side in both)
    for name, (old, new) in [] if few else joined.items():
        changed = new.sales - old.sales
        people = (old.customers, new.customers) if name not in (GUEST, NONE) else (None, None)
        rows.append((name, *people, old.sales, new.sales, changed, *_parts(name, old, new)))
    return pd.DataFrame(rows, columns=list(SPLIT)).astype(SPLIT)


def _parts(name: str, old: Group, new: Group) -> tuple[int | None, ...]:
    if name in (GUEST, NONE):
        return None, None, None
    found = split(old, new, FACTORS)
    alone = {"customers": new.sales - old.sales, "frequency": 0, "basket": 0}
    return tuple(found[name] if found else alone[name] for name in FACTORS)


def merged(before: Groups, now: Groups, least: int) -> dict[str, tuple[Group, Group]]:
    """Return the groups of both months, those of too few people in one of them joined with the next."""
    found: dict[str, tuple[Group, Group]] = {}
    waiting = ("", Group(), Group())
    for name in PEOPLE:
        both = waiting[1] + before.get(name, Group()), waiting[2] + now.get(name, Group())
        label = f"{waiting[0]}+{name}" if waiting[0] else name
        few = any(0 < side.customers < least for side in both)
        if few and name != PEOPLE[-1]:
            waiting = (label, *both)
            continue
        waiting = ("", Group(), Group())
        found |= {label: both} if any(side.customers for side in both) else {}
    for name in (GUEST, NONE):
        both = before.get(name, Group()), now.get(name, Group())
        found |= {name: both} if any(side != Group() for side in both) else {}
    return found
