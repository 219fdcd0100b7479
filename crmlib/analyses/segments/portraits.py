"""The cards of the clusters: what a shop owner reads first of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmlib.analyses.segments.naming import number
from crmlib.analyses.segments.profile import CHANNELS, PROFILE, distinct, leading
from crmlib.result import Column, Portrait, Result

if TYPE_CHECKING:
    import pandas as pd

#: Below this a group is shown in grey: its medians and shares may change by chance.
FEW = 30
#: Sentences of a fact by the unit of its value; money where there is none.
KINDS = {"days": "fact_days", "ratio": "fact_ratio", "count": "fact_number", "score": "fact_number"}
DETAIL = ("feature", "median", "index", "unit")
Sentence = tuple[str, Mapping[str, Any]]


def portraits(result: Result) -> tuple[Portrait, ...]:
    """Return a card for each cluster of a result; none where there are no clusters."""
    if "cards" not in result.tables:
        return ()
    cards = result.tables["cards"]
    goods = result.tables["goods"].frame if "goods" in result.tables else None
    return tuple(_portrait({str(k): v for k, v in row.items()}, result, goods)
                 for row in cards.frame.to_dict("records"))


def _portrait(row: Mapping[str, Any], result: Result, goods: pd.DataFrame | None) -> Portrait:
    table, code = result.tables["profile"], str(row["cluster"])
    own = table.frame[table.frame["cluster"] == code]
    bought = tuple(("good", {"category": name, "index": round(index)}) for name, index in leading(goods, code))
    parts = (("size", _size(row)), ("apart", tuple(_fact(f) for f in distinct(table.frame, code))), ("goods", bought),
             ("satisfaction", _satisfaction(row)), ("contact", _contact(row)))
    detail = replace(table, frame=own[list(DETAIL)].reset_index(drop=True), count=None, within=(),
                     columns={name: PROFILE[name] for name in DETAIL} | {"feature": Column("code")})
    told = tuple((name, said) for name, said in parts if said)
    return Portrait("cluster", code, told, result.tables["cards"], detail, number(code), result.analysis)


def _size(row: Mapping[str, Any]) -> tuple[Sentence, ...]:
    values = {"customers": int(row["customers"]), "share": row["share"], "sales": row["sales_share"]}
    known = row["sales_share"] == row["sales_share"]
    said: list[Sentence] = [("size" if known else "size_only", values)]
    said += [("few", {"limit": FEW})] * (row["customers"] < FEW)
    return tuple(said)


def _fact(found: Mapping[str, Any]) -> Sentence:
    index = found["index"]
    key = KINDS.get(found["unit"], "fact_money")
    more = "" if index == index and index is not None and index > 0 else "_bare"
    return key + more, {"feature": found["feature"], "value": found["median"], "index": index if more else round(index)}


def _satisfaction(row: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """Return the satisfaction of a cluster with its interval; too few answers to speak of are told as that."""
    n = int(row["answers"])
    if not n:
        return ()
    if n < FEW or row["score_low"] != row["score_low"]:
        return (("score_few", {"n": n}),)
    return (("score", {"score": row["score"], "low": row["score_low"], "high": row["score_high"], "n": n}),)


def _contact(row: Mapping[str, Any]) -> tuple[Sentence, ...]:
    return tuple(("open_to", {"channel": channel, "share": row[channel]}) for channel in CHANNELS
                 if row[channel] == row[channel] and row[channel] is not None)
