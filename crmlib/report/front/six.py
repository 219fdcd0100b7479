"""Six numbers of the month as cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crmlib.report.front.known import Known, beyond_zero
from crmlib.text import Text
from crmlib.workbook.cards import box, grounds, made
from crmlib.workbook.changes import Change
from crmlib.workbook.markup import Shown, element, escaped

Maker = Callable[[Known, Text], "Shown | None"]


def six(known: Known, text: Text) -> tuple[str, int]:
    """Return as many of the six cards as there are facts for, and their number; notes stay with the sections."""
    bare = Known({name: replace(fact, note=None) for name, fact in known.facts.items()}, known.meta)
    cards = [card for make in MAKERS if (card := make(bare, text)) is not None]
    return element("dl", "\n".join(card.html for card in cards), "cards six"), len(cards)


def _sales(known: Known, text: Text) -> Shown | None:
    fact = known.first("customers.sales", "trends.sales")
    if fact is None:
        return None
    return made(text.sentence("index.card_sales"), fact, text, [*_adjusted(known, text), *grounds(fact, text)])


def _adjusted(known: Known, text: Text) -> list[Change]:
    """The change that compares like with like, which alone may carry an arrow."""
    fact = known.like_for_like()
    if fact is None or fact.value is None:
        return []
    if not beyond_zero(fact):
        return [Change(text.sentence("index.card_adjusted_usual"))]
    words = text.sentence("index.card_adjusted", {"change": fact.value})
    return [Change(f"{'↑' if fact.value > 0 else '↓'} {words}", "good" if fact.value > 0 else "bad")]


def _orders(known: Known, text: Text) -> Shown | None:
    """Orders times the average order, which multiply to sales."""
    orders, average = known.first("customers.orders", "trends.orders"), known.fact("customers", "average_order")
    if orders is None or average is None:
        return None
    said = text.sentence("index.card_orders_said", {"average": average.value})
    return made(text.sentence("index.card_orders"), orders, text, [Change(said), *_buyers(known, text)])


def _buyers(known: Known, text: Text) -> list[Change]:
    active, total = known.whole("customers", "active"), known.whole("customers", "total")
    if active is None:
        return []
    values = {"active": active, "share": active / total if total else None}
    return [Change(text.sentence("index.card_share" if total else "index.card_buyers", values))]


def _new(known: Known, text: Text) -> Shown | None:
    fact = known.fact("customers", "new")
    return made(text.sentence("index.card_new"), fact, text, grounds(fact, text)) if fact else None


def _slipping(known: Known, text: Text) -> Shown | None:
    """Good customers about to leave, or where that is not known, customers who have left."""
    for analysis, key, name in (("rfm", "slipping_customers", "slipping"), ("customers", "lost", "lost")):
        fact = known.fact(analysis, key)
        if fact is not None:
            return made(text.sentence(f"index.card_{name}"), fact, text, grounds(fact, text))
    return None


def _voice(known: Known, text: Text) -> Shown | None:
    """What customers say, or where nobody asked them, how many came twice."""
    nps = known.fact("satisfaction", "nps_one_per_person")
    if nps is not None:
        people = known.whole("satisfaction", "respondents")
        more = [] if people is None else [Change(text.sentence("index.card_nps_people", {"respondents": people}))]
        return made(text.sentence("index.card_nps"), nps, text, [*grounds(replace(nps, n=None), text), *more])
    fact = known.fact("customers", "repeat_rate")
    return made(text.sentence("index.card_repeat"), fact, text, grounds(fact, text)) if fact else None


def _trust(known: Known, text: Text) -> Shown:
    """Whether the data may be used as it is: the quality checks, in one line."""
    checks = [check for check in known.checks() if check.analysis == "quality"]
    rows = {key: known.whole("quality", key) for key in ("rows_in", "rows_out")}
    bad = [check for check in checks if not check.ok and check.severity != "info"]
    state = "unknown" if rows["rows_in"] is None else "warn" if bad else "good"
    said = text.sentence(f"index.trust_{state}", {"what": text.sentence(f"index.{_usable(known)}")})
    lines = [] if rows["rows_in"] is None or rows["rows_out"] is None else [
        Change(text.sentence("index.trust_rows", rows), {"good": "good", "warn": "warn"}.get(state, "flat"))]
    return box(text.sentence("index.card_trust"), escaped(said), said, lines, "big words")


def _usable(known: Known) -> str:
    """Return what there is to use: sales, or answers where a shop keeps no sales."""
    if known.first("customers.sales", "trends.sales") is not None:
        return "usable_sales"
    return "usable_answers" if known.whole("satisfaction", "respondents") else "usable_data"


MAKERS: tuple[Maker, ...] = (_sales, _orders, _new, _slipping, _voice, _trust)
