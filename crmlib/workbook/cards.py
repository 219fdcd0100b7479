"""Facts as cards: what it is, the number, what changed, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmlib.result import Fact
from crmlib.text import Text
from crmlib.text.formats import COUNTED
from crmlib.workbook.changes import Change, changes, is_change, parts
from crmlib.workbook.markup import Shown, element, escaped, flat

#: Notes that say what there is to compare with: told once where several cards share them.
GAPS = ("no_previous", "no_year_ago")


def cards(facts: Sequence[Fact], text: Text) -> Shown:
    """Return facts as a list of cards; those of a result without data are left to the sentence that says so."""
    known = [fact for fact in facts if fact.value is not None or fact.note != "unavailable"]
    if not known:
        return Shown("", "")
    shared = [note for note in GAPS if sum(fact.note == note and fact.value is not None for fact in known) > 1]
    bare = [replace(fact, note=None) if fact.value is not None and fact.note in shared else fact for fact in known]
    found = [card(fact, text.of(fact.analysis)) for fact in bare]
    said = [flat(text.sentence(f"notes.{note}")) for note in shared]
    body = "\n".join(c.html for c in found)
    under = "".join("\n" + element("p", escaped(line), "small") for line in said)
    return Shown(element("dl", f"\n{body}\n", "cards") + under, "\n".join([*(c.plain for c in found), *said]))


def card(fact: Fact, text: Text) -> Shown:
    """Return one fact as a card; where there is no number, the sentence that says why."""
    return made(text.label(fact.key), fact, text, grounds(fact, text))


def made(name: str, fact: Fact, text: Text, more: Sequence[Change]) -> Shown:
    """Return a card under a name of its own: the number, what changed, and further lines."""
    if fact.value is None:
        said = why(fact, text)
        return Shown(element("div", f"<dt>{escaped(name)}</dt>{element('dd', escaped(said), 'none')}", "card"),
                     f"{name}: {said}")
    number, unit = parts(fact.value, fact, text)
    big = escaped(number) + (element("small", escaped(unit), "sign" if unit == "%" else "") if unit else "")
    space = " " if unit and unit != "%" and text.locale == "en" else ""
    return box(name, big, f"{number}{space}{unit}", [*changes(fact, text), *more])


def box(name: str, big: str, plain: str, lines: Sequence[Change], css: str = "big") -> Shown:
    """Return a card of a name, finished HTML as its large line, and lines under it."""
    rows = "".join(element("dd", escaped(line.text), f"delta {line.tone}") for line in lines)
    html = element("div", f"<dt>{escaped(name)}</dt>{element('dd', big, css)}{rows}", "card")
    return Shown(html, f"{name}: {plain}" + "".join(f"; {line.text}" for line in lines))


def why(fact: Fact, text: Text) -> str:
    """Return the sentence that says why a fact has no value."""
    key = f"notes.{fact.note or 'unavailable'}"
    return flat(text.sentence(key if _whole(key, text) else "notes.unavailable"))


def _whole(key: str, text: Text) -> bool:
    """Whether there is a sentence a card can say: one that opens the page may have holes that a fact cannot fill."""
    return text.has(key) and not any(text.holes(key))


def grounds(fact: Fact, text: Text) -> list[Change]:
    """Return target, interval, what the number rests on, and what its note says."""
    said = []
    if fact.target is not None and fact.value is not None:
        said.append(_target(fact, text))
    if fact.low is not None and fact.high is not None:
        _, of_value = parts(fact.value, fact, text)
        bounds = [parts(bound, fact, text) for bound in (fact.low, fact.high)]
        # Ten thousands of yen and yen stand in one interval only with their units.
        told = any(unit == "%" or unit != of_value for _, unit in bounds)
        low, high = (number + unit * told for number, unit in bounds)
        # What the settings assume is no confidence interval: ``intervals`` of the catalogue names another sentence.
        words = text.of(fact.analysis).find(f"intervals.{fact.key}") or "interval"
        said.append(text.sentence(f"show.{words}", {"low": low, "high": high}))
        if is_change(fact) and fact.low <= 0 <= fact.high:
            said.append(text.sentence("show.change_usual"))
    if fact.n is not None:
        counter = text.of(fact.analysis).find(f"counts.{fact.key}") or COUNTED.get(fact.unit, "responses")
        said.append(text.sentence("show.n", {"n": text.formats.write(fact.n, counter)}))
    if fact.note and _whole(f"notes.{fact.note}", text):
        said.append(flat(text.sentence(f"notes.{fact.note}")))
    return [Change(line) for line in said]


def _target(fact: Fact, text: Text) -> str:
    target = text.brief(fact.target, fact.unit)
    if fact.unit in ("ratio", "points", "score", "days") or not fact.target:
        return text.sentence("show.target_plain", {"target": target})
    ratio = float(fact.value or 0) / float(fact.target)
    return text.sentence("show.target", {"target": target, "ratio": ratio})
