"""Months declared final: what they would say today, and what a run that meets one tells instead of writing it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmlib.report import earlier, outputs
from crmlib.report.publish import Places

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.dataset import Dataset

#: Analyses all of whose facts are computed anew; the others take long (clusters, forecasts) or read the rest of a run.
ANALYSES = ("customers", "rfm", "trends", "satisfaction")
#: Newest final months that are looked at whole where files or settings changed without moving a headline fact.
NEWEST = 3
Months = Sequence[Mapping[str, Any]]


def told(months: Months, data: Dataset) -> list[dict[str, Any]]:
    """Return final months with ``today``: their facts as the same analyses give them over today's data.

    Every final month is compared by its headline facts (`restated.computed`), which is quick. Those of which one moved
    are computed anew whole, and so are the newest few where files or settings are not what they were; the others have
    no ``today``.
    """
    from crmlib.analyses.quality import restated

    if not months:
        return []
    seen = [data.at(one["month"], date.fromisoformat(one["as_of"])) for one in months]
    headlines = restated.computed(seen)
    newest = {one["month"] for one in months[-NEWEST:]}
    found = []
    for one, then, headline in zip(months, seen, headlines, strict=True):
        suspect = one["month"] in newest and bool(restated.causes(then, one))
        whole = suspect or bool(restated.moved(one, headline))
        found.append({**one, "today": _facts(then)} if whole else dict(one))
    return found


def _facts(then: Dataset) -> list[dict[str, Any]]:
    """Return the facts of a month as ``facts.json`` would have them today."""
    results = [import_module(f"crmlib.analyses.{name}").analyse(then, getattr(then.settings, name))
               for name in ANALYSES]
    rows = outputs.facts(results, then.month, then.currency, then.decimals)
    plain = [{key: row[key] for key in earlier.FACTS} for row in rows]
    return list(json.loads(outputs.to_json(plain), parse_float=Decimal))


def explain(places: Places, data: Dataset, path: str, say: Callable[..., None]) -> None:
    """Say that a month is final and is not written, and whether today's data would put it otherwise."""
    from crmlib.analyses.quality import restated
    from crmlib.dataset import months

    after = months.shift(data.month, 1)
    found = restated.restatements(data, told(earlier.final(places, after, {data.month}), data))
    if found.empty:
        say("final_same", month=data.month, path=path)
        return
    say("final_moved", month=data.month, path=path, facts=len(found), after=after, reason=str(found["cause"].iloc[0]))
