"""The fiscal year: quarters, halves and the year so far against last year's, and the Z chart's moving totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.months import History, growth
from crmlib.analyses.trends.sales.stores import Chain
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

#: Kind of span → its months, and the names of those of a year.
SPANS = {3: ("q1", "q2", "q3", "q4"), 6: ("h1", "h2"), 12: ("year",)}
ALL, SAME = "all", "same_store"
YEAR = 12
FISCAL = {"scope": "str", "span": "str", "first_month": "str", "last_month": "str", "months": "int64", "sales": "int64",
          "sales_year_ago": "Int64", "change": "float64", "partial": "bool"}
MOVING = {"month": "str", "sales": "int64", "cumulative": "int64", "moving_3": "Int64", "moving_annual": "Int64"}


def first_month(ym: str, start: int) -> str:
    """Return the first month of the fiscal year a month belongs to."""
    year, number = months.parse(ym)
    return f"{year if number >= start else year - 1:04d}-{start:02d}"


def so_far(found: History) -> list[str]:
    """Return the whole months of this fiscal year up to the month of the report."""
    data = found.data
    first = first_month(data.month, data.settings.calendar.fiscal_year_start)
    year = [months.shift(first, n) for n in range(YEAR)]
    return [ym for ym in year if ym <= data.month and found.whole(ym)]


def fiscal(found: History, shops: Chain | None) -> pd.DataFrame:
    """Return the quarters, halves and year of the fiscal year so far, each against the same months last year.

    Returns
    -------
    pandas.DataFrame
        scope (all, or same_store: each month's existing stores), span (q1-q4, h1, h2, year), first_month, last_month,
        months (whole months in it), sales, sales_year_ago (the same months a year earlier; minor units, null where not
        all of them are known), change (ratio - 1), partial (the span is not over). A month that is not over belongs
        to no span yet.
    """
    import pandas as pd

    known = so_far(found)
    first = first_month(found.data.month, found.data.settings.calendar.fiscal_year_start)
    rows = []
    for scope, own in ((ALL, None), (SAME, shops)) if shops else ((ALL, None),):
        for length, names in SPANS.items():
            for number, name in enumerate(names):
                inside = [ym for ym in known if _place(first, ym) // length == number]
                told = _compared(found, own, inside) if inside else (None,)
                if told[0] is not None:
                    rows.append((scope, name, inside[0], inside[-1], len(inside), *told, len(inside) < length))
    return pd.DataFrame(rows, columns=list(FISCAL)).astype(FISCAL)


def _place(first: str, ym: str) -> int:
    (a, m), (b, n) = months.parse(first), months.parse(ym)
    return (b - a) * YEAR + n - m


def _compared(found: History, shops: Chain | None,
              inside: Sequence[str]) -> tuple[int | None, int | None, float | None]:
    """Return sales of some months, of the same a year earlier where all are known whole, and the change."""
    if shops is not None:
        pairs = [shops.existing(found, ym) for ym in inside]
        if None in pairs:
            return None, None, None
        now, then = (sum(pair[side] for pair in pairs if pair) for side in (0, 1))
        return now, then, growth(now, then)
    sales, earlier = sum(found.sold[ym].sales for ym in inside), [months.shift(ym, -YEAR) for ym in inside]
    before = sum(found.sold[ym].sales for ym in earlier) if all(found.whole(ym) for ym in earlier) else None
    return sales, before, growth(sales, before)


def moving(found: History) -> pd.DataFrame:
    """Return the Z chart of the latest twelve whole months; empty with fewer.

    Returns
    -------
    pandas.DataFrame
        month, sales, cumulative (since the first of the twelve), moving_3, moving_annual (of three and twelve months
        to this one; minor units, null where the data do not reach back).
    """
    import pandas as pd

    whole = [ym for ym in found.sold if found.whole(ym) and ym <= found.data.month]
    shown = whole[-YEAR:] if len(whole) >= YEAR else []
    rows, cumulative = [], 0
    for ym in shown:
        cumulative += found.sold[ym].sales
        rows.append((ym, found.sold[ym].sales, cumulative, *(_last(found, whole, ym, n) for n in (3, YEAR))))
    return pd.DataFrame(rows, columns=list(MOVING)).astype(MOVING)


def _last(found: History, whole: Sequence[str], ym: str, n: int) -> int | None:
    place = whole.index(ym)
    return sum(found.sold[one].sales for one in whole[place + 1 - n:place + 1]) if place + 1 >= n else None


def totals(found: History) -> dict[str, Any]:
    """Return sales_fiscal_ytd, sales_fiscal_ytd_yoy and sales_12_months, None where the data do not reach."""
    known = so_far(found)
    first = first_month(found.data.month, found.data.settings.calendar.fiscal_year_start)
    whole = [ym for ym in found.sold if found.whole(ym) and ym <= found.data.month]
    sales, _, change = _compared(found, None, known) if known and known[0] == first else (None, None, None)
    twelve = _last(found, whole, whole[-1], YEAR) if whole else None
    return {"sales_fiscal_ytd": found.data.money(sales), "sales_fiscal_ytd_yoy": change,
            "sales_12_months": found.data.money(twelve)}
