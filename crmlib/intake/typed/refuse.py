"""Columns that customer analysis must not hold: mapped, they stop the run; not mapped, they are never read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmlib.errors import CrmError
from crmlib.intake.reading import raw
from crmlib.privacy import refused_heading, refused_values, without_cards

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.reading.relation import Records
    from crmlib.intake.typed.plan import Plan

#: Records looked at for what the values of a column are.
_LOOKED_AT = 2000
#: Fewer different long numbers say nothing of a column; each that is a card's is hidden by itself.
_FEWEST = 3


def refuse(engine: ReadingEngine, read: Records, found: Plan, file: str,
           where: str) -> dict[int, raw.First]:
    """Return what the first records hold; stop where a column that is read holds what must not be held.

    Raises
    ------
    CrmError
        ``intake.refused_column`` by its heading, ``intake.card_numbers`` and ``intake.individual_numbers`` by its
        values.
    """
    places = sorted(found.places)
    for place in places:
        if refused_heading(read.headings[place]):
            raise CrmError("intake.refused_column", column=read.headings[place], file=file, where=where)
    if not places:
        return {}
    first = raw.first_cells(read, engine, places, _LOOKED_AT)
    for place, cells in first.items():
        kind = refused_values(cells.filled, cells.long)
        if kind:
            code = "intake.card_numbers" if kind == "card" else "intake.individual_numbers"
            raise CrmError(code, column=read.headings[place], file=file, where=where)
    return first


def by_values(engine: ReadingEngine, read: Records, places: Sequence[int]) -> frozenset[int]:
    """Return those of some columns that no map names whose values, by their check digits, nobody may hold."""
    if not places:
        return frozenset()
    first = raw.first_cells(read, engine, places, _LOOKED_AT)
    return frozenset(place for place, cells in first.items()
                     if len(set(cells.long)) >= _FEWEST and refused_values(cells.filled, cells.long))


def lines(rejects: Sequence[tuple[int, str, str]], headings: Sequence[str],
          read: Sequence[str]) -> tuple[tuple[int, str, str], ...]:
    """Return rejected lines as they may be kept: number, why, text.

    Which field is which cannot be told in them, so that nothing is kept of a file with columns that are never read.
    """
    secret = len(read) < len(headings) or any(refused_heading(h) for h in headings)
    return tuple((record, why, "" if secret else without_cards(text)) for record, why, text in rejects)


def not_read(headings: Sequence[str], told: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the headings of a file that must never be read, in the file's order, without those told already."""
    return tuple(h for h in headings if h not in told and refused_heading(h))
