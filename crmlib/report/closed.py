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
from crmlib.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.dataset import Dataset

#: Newest final months that are looked at whole where files or settings changed without moving a headline fact.
NEWEST = 3
Months = Sequence[Mapping[str, Any]]


def told(months: Months, data: Dataset) -> list[dict[str, Any]]:
    """Return final months with ``today``: their facts as the same analyses give them over today's data.

    Every final month is compared by its headline facts (`restated.computed`), which is quick. Those of which one moved
    are computed anew whole. Of the newest few, those analyses are whose files, settings or model are not what they
    were. The others have no ``today``.
    """
    from crmlib.analyses.quality import restated

    if not months:
        return []
    seen = [data.at(one["month"], date.fromisoformat(one["as_of"])) for one in months]
    headlines = restated.computed(seen)
    newest = {one["month"] for one in months[-NEWEST:]}
    return [_compared(one, then, bool(restated.moved(one, headline)), one["month"] in newest)
            for one, then, headline in zip(months, seen, headlines, strict=True)]


def _compared(one: Mapping[str, Any], then: Dataset, moved: bool, new: bool) -> dict[str, Any]:
    """Return a final month with what has to be computed anew of the pages it published."""
    from crmlib.analyses.quality import restated

    if not (moved or new):
        return dict(one)
    pages = [name for name in restated.PAGES if name in {fact["analysis"] for fact in one["facts"]}]
    one = {**one, "models_now": _models(then)} if one["models"] and restated.MODELLED in pages else dict(one)
    asked = pages if moved else [name for name in pages if restated.causes(then, one, (name,))]
    return {**one, "today": facts(then, asked)} if asked else one


def _models(then: Dataset) -> list[dict[str, str]]:
    from crmlib.analyses.segments.store import record

    return record(then)


def facts(then: Dataset, pages: Sequence[str]) -> list[dict[str, Any]]:
    """Return the facts of a month, of some analyses, as ``facts.json`` would have them today.

    Of quality those of the month: how many records were read is told of all files together.
    """
    results = [_month(then) if name == "quality" else
               import_module(f"crmlib.analyses.{name}").analyse(then, getattr(then.settings, name)) for name in pages]
    rows = outputs.facts(results, then.month, then.currency, then.decimals)
    plain = [{key: row[key] for key in earlier.FACTS} for row in rows]
    return list(json.loads(outputs.to_json(plain), parse_float=Decimal))


def _month(then: Dataset) -> Result:
    from crmlib.analyses import quality

    return Result("quality", facts=quality.month_facts(then, quality.look(then, then.settings.quality)))


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
