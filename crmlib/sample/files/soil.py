"""All the dirt, step after step."""

from __future__ import annotations

from crmlib.sample.files import dirt
from crmlib.sample.files.sheet import Sheet
from crmlib.sample.files.stains import stain
from crmlib.sample.world.draw import Draw

STEPS = (dirt.overlap, dirt.till_rows, dirt.till_cells, dirt.stall, dirt.web, stain)


def soil(draw: Draw, sheets: list[Sheet]) -> dirt.Dirty:
    """Return the sheets with dirt, and the list of what is wrong with them."""
    marks: list[dirt.Mark] = []
    for step in STEPS:
        sheets, found = step(draw, sheets)
        marks = [*marks, *found]
    return sheets, [mark for mark in marks if mark.rows]
