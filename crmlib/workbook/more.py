"""Which facts of an analysis stand on cards, and the folded table of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmlib.result import Fact, Result
from crmlib.text import Text
from crmlib.workbook.cards import why
from crmlib.workbook.changes import written
from crmlib.workbook.markup import Shown, element, escaped
from crmlib.workbook.tables import scrolling

THEN = ("previous", "year_ago", "target")


@dataclass(frozen=True)
class More:
    """The facts of a result that are on no card."""

    facts: tuple[Fact, ...]


def on_cards(result: Result, text: Text) -> list[Any]:
    """Return the facts that the catalogue's ``cards`` names, in its order, then the others as ``More``.

    A catalogue without ``cards`` puts every fact on one. A fact without a value says why among the others.
    """
    names = text.of(result.analysis).find("cards")
    if names is None:
        return list(result.facts)
    known = {fact.key: fact for fact in result.facts}
    chosen = [known[name] for name in names if name in known and known[name].value is not None]
    others = tuple(fact for fact in result.facts if fact not in chosen)
    return [*chosen, More(others)] if others else chosen


def show_more(more: More, text: Text) -> Shown:
    """Return facts as a table that opens on demand: value, last month, a year ago, target."""
    facts = [fact for fact in more.facts if fact.value is not None or fact.note != "unavailable"]
    if not facts:
        return Shown("", "")
    then = [name for name in THEN if any(getattr(fact, name) is not None for fact in facts)]
    heads = [text.sentence("show.figure"), text.sentence("show.value"), *(text.label(name) for name in then)]
    head = "".join(element("th", escaped(name), "n" if i else "", scope="col") for i, name in enumerate(heads))
    rows = [_row(fact, then, text.of(fact.analysis)) for fact in facts]
    body = "\n".join(element("tr", _html(row, len(then) + 1)) for row in rows)
    name = text.sentence("show.more")
    table = scrolling(escaped(text.sentence("show.more_said")), head, body, text, region=name)
    html = element("details", f"<summary>{escaped(name)}</summary>{table}", "more")
    return Shown(html, "\n".join([name, *(" | ".join(row) for row in rows)]))


def _row(fact: Fact, then: Sequence[str], text: Text) -> list[str]:
    """Return the words of a row; a fact without a value says why in their place."""
    label = text.label(fact.key)
    if fact.value is None:
        return [label, why(fact, text)]
    return [label, *(written(getattr(fact, name), fact, text) for name in ("value", *then))]


def _html(row: Sequence[str], wide: int) -> str:
    label, *cells = row
    head = element("th", escaped(label), scope="row")
    if len(cells) < wide:
        return head + element("td", escaped(cells[0]), "why", colspan=str(wide))
    return head + "".join(element("td", escaped(cell), "n") for cell in cells)
