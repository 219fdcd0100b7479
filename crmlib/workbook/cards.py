"""Facts as cards: what it is, the number, what changed, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from crmlib.result import Fact
from crmlib.text import Text
from crmlib.workbook.changes import Change, changes
from crmlib.workbook.markup import Shown, element, escaped, flat


def cards(facts: Sequence[Fact], text: Text) -> Shown:
    """Return facts as a list of cards."""
    made = [card(fact, text.of(fact.analysis)) for fact in facts]
    body = "\n".join(c.html for c in made)
    return Shown(element("dl", f"\n{body}\n", "cards"), "\n".join(c.plain for c in made))


def card(fact: Fact, text: Text) -> Shown:
    """Return one fact as a card; where there is no number, the sentence that says why."""
    name = text.label(fact.key)
    if fact.value is None:
        why = _why(fact, text)
        return Shown(element("div", f"<dt>{escaped(name)}</dt><dd class=\"none\">{escaped(why)}</dd>", "card"),
                     f"{name}: {why}")
    number, unit = text.parts(fact.value, fact.unit)
    big = escaped(number) + (f"<small>{escaped(unit)}</small>" if unit else "")
    lines = [*changes(fact, text), *(Change(said) for said in _grounds(fact, text))]
    rows = "".join(element("dd", escaped(line.text), f"delta {line.tone}") for line in lines)
    space = " " if unit and text.locale == "en" else ""
    plain = f"{name}: {number}{space}{unit}" + "".join(f"; {line.text}" for line in lines)
    return Shown(element("div", f"<dt>{escaped(name)}</dt><dd class=\"big\">{big}</dd>{rows}", "card"), plain)


def _why(fact: Fact, text: Text) -> str:
    """Return the sentence that says why a fact has no value."""
    key = f"notes.{fact.note or 'unavailable'}"
    return flat(text.sentence(key if text.has(key) else "notes.unavailable"))


def _grounds(fact: Fact, text: Text) -> list[str]:
    """Return target, interval, what the number rests on, and what its note says."""
    said = []
    if fact.target is not None and fact.value is not None:
        said.append(_target(fact, text))
    if fact.low is not None and fact.high is not None:
        low, high = (text.parts(bound, fact.unit)[0] + text.parts(bound, fact.unit)[1] * (fact.unit == "ratio")
                     for bound in (fact.low, fact.high))
        said.append(text.sentence("show.interval", {"low": low, "high": high}))
    if fact.n is not None:
        said.append(text.sentence("show.n", {"n": fact.n}))
    if fact.note and text.has(f"notes.{fact.note}"):
        said.append(flat(text.sentence(f"notes.{fact.note}")))
    return said


def _target(fact: Fact, text: Text) -> str:
    target = text.brief(fact.target, fact.unit)
    if fact.unit in ("ratio", "points", "score", "days") or not fact.target:
        return text.sentence("show.target_plain", {"target": target})
    ratio = float(fact.value or 0) / float(fact.target)
    return text.sentence("show.target", {"target": target, "ratio": ratio})
