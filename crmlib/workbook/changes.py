"""What may be said of a change: more, less, or no more than the usual ups and downs."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

from crmlib.result import Fact
from crmlib.text import Text
from crmlib.text.formats import COUNTED, exact, signed

Z95 = 1.959964
#: Facts that count what has gathered over all time: a difference is a fact, neither chance nor news.
STOCKS = frozenset({"customers.total", "customers.base", "rfm.customers", "segments.count"})
#: Facts of which less is better.
LESS_IS_BETTER = frozenset({"customers.lost", "rfm.slipping_customers", "rfm.one_time_share"})
#: Facts about the files, not the shop: their changes are told without praise or blame.
NEUTRAL = ("quality.", "segments.")
#: Facts that are changes themselves, as ratio - 1.
CHANGES = ("_mom", "_yoy", "_mom_per_open_day")


@dataclass(frozen=True)
class Change:
    """A change in words.

    Attributes
    ----------
    text : str
    tone : str
        ``good``, ``bad`` or ``flat``: the class of its colour, never its only sign.
    """

    text: str
    tone: str = "flat"


def is_change(fact: Fact) -> bool:
    """Tell whether a fact is a change itself; such a one is written with its sign, and has no change of its own."""
    return fact.unit == "ratio" and fact.key.endswith(CHANGES)


def parts(value: Any, fact: Fact, text: Text) -> tuple[str, str]:
    """Return a value of a fact as number and unit word apart."""
    number, unit = text.parts(value, _unit(fact, text))
    return (signed(number) if is_change(fact) else number), unit


def written(value: Any, fact: Fact, text: Text) -> str:
    """Write a value of a fact exactly, as in a table."""
    return text.formats.write(value, "ratio_signed") if is_change(fact) else text.format(value, _unit(fact, text))


def _unit(fact: Fact, text: Text) -> str:
    """Return the unit a fact is told in: a difference of two ratios (``differences`` of the catalogue) in points."""
    apart = text.of(fact.analysis).find("differences") or ()
    return "difference" if fact.unit == "ratio" and fact.key in apart else fact.unit


def changes(fact: Fact, text: Text) -> list[Change]:
    """Return what can be said of a fact against last month and against the same month last year."""
    if is_change(fact):
        return []
    said = []
    for then in ("previous", "year_ago"):
        before = getattr(fact, then)
        if fact.value is not None and before is not None:
            said.append(change(fact, before, then, text))
    usual = [text.sentence(f"show.noise_{then}") for then in ("previous", "year_ago")]
    return [Change(text.sentence("show.noise_both"))] if [c.text for c in said] == usual else said


def change(fact: Fact, before: Any, then: str, text: Text, *, bare: bool = False) -> Change:
    """Return one change in words, with an arrow only where it is more than noise.

    Parameters
    ----------
    then : str
        ``previous`` or ``year_ago``.
    bare : bool
        For a table whose heading says what is compared: the amount alone, or that it is nothing unusual.
    """
    step = exact(fact.value) - exact(before)
    if not step:
        return Change(text.formats.form("unchanged") if bare else text.sentence(f"show.same_{then}"))
    beyond = beyond_noise(fact, before)
    if beyond is False:
        return Change(text.sentence("show.usual" if bare else f"show.noise_{then}"))
    amount = _amount(fact, step, exact(before), text)
    words = amount if bare else text.sentence(f"show.{then}", {"change": amount})
    if beyond is None:
        return Change(words)
    name = f"{fact.analysis}.{fact.key}"
    good = (step > 0) != (name in LESS_IS_BETTER)
    tone = "flat" if name.startswith(NEUTRAL) else "good" if good else "bad"
    return Change(f"{'↑' if step > 0 else '↓'} {words}", tone)


def _amount(fact: Fact, step: Any, before: Any, text: Text) -> str:
    """Say a change in the way its unit is compared: rates in points, few in numbers, many in per cent."""
    if fact.unit == "ratio":
        return text.formats.change(step, "points")
    if fact.unit in ("points", "score", "index") or before <= 0 or (fact.unit in COUNTED and abs(step) < 100 > before):
        written = text.compact(abs(step), fact.unit)
        return text.sentence("show.counted_up" if step > 0 else "show.counted_down", {"amount": written})
    return text.formats.change(step / before)


def beyond_noise(fact: Fact, before: Any) -> bool | None:
    """Tell whether a change is more than chance would bring; None where nothing here can tell.

    Estimates: two-sample test, the earlier estimate taken to be as uncertain as this one, so the difference must exceed
    √2 times the arm of the 95 % interval on its side. Rates with ``n``: two-sample binomial test with
    the same n. Counts of a month: two Poisson counts, |a - b| > 1.96 sqrt(a + b). Amounts of money: their usual
    range comes from their own past, which a single fact does not hold. Stocks and counts of rows: no chance in them.
    """
    now, then = float(fact.value or 0), float(before)
    if fact.low is not None and fact.high is not None:
        arm = now - float(fact.low) if then < now else float(fact.high) - now
        return abs(now - then) > sqrt(2) * arm
    if f"{fact.analysis}.{fact.key}" in STOCKS or fact.analysis == "quality":
        return None
    if fact.unit == "ratio" and fact.n:
        pooled = min(max((now + then) / 2, 0.0), 1.0)
        return abs(now - then) > Z95 * sqrt(2 * pooled * (1 - pooled) / fact.n)
    if fact.unit in COUNTED and fact.unit != "days" and now >= 0 and then >= 0:
        return abs(now - then) > Z95 * sqrt(now + then)
    return None
