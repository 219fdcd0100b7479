"""The month in the sentences a shop owner would say aloud; each only as far as the facts go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmlib.report.front.known import Known, beyond_zero, step
from crmlib.result import Action, Fact
from crmlib.text import Text
from crmlib.workbook.markup import element, rich


def verdict(known: Known, text: Text, month: str, k: int) -> str:
    """Return the box that opens the page."""
    lines = [" ".join(_shop(known, text, month)) if text.locale == "en" else "".join(_shop(known, text, month)),
             _advice(known.actions(), text, k)]
    return element("div", "".join(element("p", rich(line)) for line in lines if line), "say")


def _shop(known: Known, text: Text, month: str) -> Iterator[str]:
    yield _sales(known, text, month)
    counts = {key: known.whole("customers", key) for key in ("active", "new", "returned", "lost")}
    if None not in (counts["active"], counts["new"], counts["returned"]):
        yield text.sentence("index.buyers", counts)
    if counts["lost"]:
        yield text.sentence("index.lost", counts)
    nps = known.fact("satisfaction", "nps_one_per_person")
    if nps is not None and nps.low is not None and nps.high is not None:
        yield text.sentence("index.nps", {"nps": nps.value, "low": nps.low, "high": nps.high})


def _sales(known: Known, text: Text, month: str) -> str:
    """Say sales against the year before first, last month second, as far as they are known.

    The comparison of like with like (the same weekdays 364 days before) is used where there is one; a plain one
    says that it is plain.
    """
    sales = known.first("customers.sales", "trends.sales")
    if sales is None:
        return text.sentence("index.sales_none")
    adjusted = known.like_for_like()
    if adjusted is not None:
        return _adjusted(sales, adjusted, text)
    values: dict[str, Any] = {"sales": sales.value, "month": month, "previous": step(sales.value, sales.previous),
                              "year_ago": step(sales.value, sales.year_ago)}
    known_steps = [name for name in ("year_ago", "previous") if values[name] is not None]
    key = {2: "sales_both", 0: "sales_alone"}.get(len(known_steps), f"sales_{known_steps[0]}" if known_steps else "")
    return text.sentence(f"index.{key}", values)


def _adjusted(sales: Fact, adjusted: Fact, text: Text) -> str:
    values = {"sales": sales.value, "adjusted": adjusted.value, "low": adjusted.low, "high": adjusted.high}
    said = [text.sentence("index.sales_adjusted" if beyond_zero(adjusted) else "index.sales_adjusted_usual", values)]
    previous = step(sales.value, sales.previous)
    if previous is not None:
        said.append(text.sentence("index.sales_then", {"previous": previous}))
    return (" " if text.locale == "en" else "").join(said)


def _advice(actions: list[Action], text: Text, k: int) -> str:
    """Name the first action that has people in it; actions come in the order of their urgency."""
    urgent = next((action for action in actions if action.customers), None)
    if urgent is None:
        return text.sentence("index.no_advice") if actions else ""
    words = text.of(urgent.analysis)
    name = words.find(f"actions.who.{urgent.who}")
    who = words.fill(str(name), urgent.values) if name else words.code("who", urgent.who)
    key = "index.advice" if urgent.customers >= k else "index.advice_few"
    return text.sentence(key, {"who": who, "people": urgent.customers})
