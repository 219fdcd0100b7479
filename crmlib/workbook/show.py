"""Turn what an analysis found into what a reader sees, in one language, always with the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from crmlib.errors import CrmError
from crmlib.result import Result, Table
from crmlib.text import Text
from crmlib.workbook.cards import cards
from crmlib.workbook.figures import show_figure
from crmlib.workbook.lists import show_actions, show_checks, show_notes, show_unavailable
from crmlib.workbook.markup import Shown, joined
from crmlib.workbook.more import on_cards, show_more
from crmlib.workbook.portraits import show_portraits
from crmlib.workbook.tables import show_table

__all__ = ["Shown", "displays"]


def displays(thing: Any, text: Text, settings: Any, beside: Sequence[Any] = ()) -> Shown:
    """Return the display of a thing an analysis returned.

    Parameters
    ----------
    thing : Fact, Table, Figure, Check, Action, note, Result, or a sequence of them
        Neighbouring facts become one row of cards, neighbouring checks and actions one table, figures stand
        side by side where the page is wide enough. A whole result shows its answer and its numbers (those its
        catalogue names in ``cards`` as cards, the others folded), or what it needs; None shows nothing.
    text : Text
        Any catalogue in the wanted language; each thing brings the name of its own.
    settings : Settings
        ``privacy.min_cell`` is the smallest number of people a shown cell may rest on.
    beside : sequence
        What is shown with it: a figure whose table stands open there does not fold it a second time.

    Returns
    -------
    Shown
        With ``html`` and ``plain``.

    Raises
    ------
    CrmError
        ``pages.unknown_thing``, ``pages.restricted_table``, ``text.missing_key``, …
    """
    things = _flat(thing, text)
    seen = {(one.analysis, one.name) for one in (*things, *beside) if isinstance(one, Table)}
    return joined(_one(kind, group, text, settings.privacy.min_cell, seen) for kind, group in _runs(things))


def _flat(thing: Any, text: Text) -> list[Any]:
    """Return things in a row; a result becomes its answer and its numbers, a note stays whole, None goes."""
    if thing is None:
        return []
    if isinstance(thing, Result):
        return [*thing.opening, *on_cards(thing, text)] if thing.available else [thing]
    if _is_note(thing) or not isinstance(thing, (tuple, list)):
        return [thing]
    return [part for item in thing for part in _flat(item, text)]


def _is_note(thing: Any) -> bool:
    return isinstance(thing, tuple) and len(thing) == 2 and isinstance(thing[0], str) and hasattr(thing[1], "keys")


def _runs(things: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Group neighbours of the same kind."""
    runs: list[tuple[str, list[Any]]] = []
    for thing in things:
        kind = "note" if _is_note(thing) else type(thing).__name__
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(thing)
        else:
            runs.append((kind, [thing]))
    return runs


def _one(kind: str, group: list[Any], text: Text, k: int, seen: set[tuple[str, str]]) -> Shown:
    known: dict[str, Callable[[], Shown]] = {
        "Fact": lambda: cards(group, text),
        "More": lambda: joined(show_more(more, text) for more in group),
        "Check": lambda: show_checks(group, text),
        "Action": lambda: show_actions(group, text, k),
        "note": lambda: show_notes(group, text),
        "Table": lambda: joined(show_table(table, text, k) for table in group),
        "Portrait": lambda: show_portraits(group, text, k),
        "Figure": lambda: joined(show_figure(figure, text, k, folded=(figure.analysis, figure.table) not in seen)
                                 for figure in group),
        "Result": lambda: joined(show_unavailable(result, text) for result in group),
        "Shown": lambda: joined(group),
    }
    if kind not in known:
        raise CrmError("pages.unknown_thing", kind=kind, allowed=sorted(known))
    return known[kind]()
