"""Trends: is the shop selling more or less than before, on which days, and do first buyers come back?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmlib.analyses.trends import behaviour, forecast, people, rhythm, sales
from crmlib.analyses.trends.months import history
from crmlib.dataset.units import by_account
from crmlib.part import latest, said, short, together, top, unknown
from crmlib.result import Result

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings import TrendsSettings

__all__ = ["NEEDS", "analyse", "latest", "said", "short", "top"]
NEEDS = ("orders", "order_lines")
#: The slices of the page. Each has FACTS and ``part(found, settings) -> Part``, and knows nothing of the others.
SLICES = (sales, forecast, rhythm, people, behaviour)


def analyse(data: Dataset, settings: TrendsSettings) -> Result:
    """Follow sales month by month, compare like with like, and see who of the new customers returns.

    Returns
    -------
    Result
        What each slice returns (see its ``part``), put together. Money in minor units; empty tables are left out.
        A note whose key has a dot belongs to that section of the page, the others to its top.

    Notes
    -----
    An open day has a purchase and is no closure of ``calendar``. A month that is not over is never compared plainly.
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("trends", missing, unknown((one.FACTS for one in SLICES), data))
    found = history(data)
    result = together("trends", [one.part(found, settings) for one in SLICES])
    return replace(result, notes=(*result.notes, ("people_counted", {}))) if by_account(data) else result
