"""The records of a table as the engine reads them, from the file itself: no copy of the raw text is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.engine.reading import delimited

if TYPE_CHECKING:
    from crmlib.intake.reading.table import Table


@dataclass(frozen=True)
class Records:
    """What the columns of a table are, and how to select from it.

    Attributes
    ----------
    relation : str
        What stands behind FROM: the records in their order. Lines that are none are noted by the engine.
    again : str
        The same for a second look, in which nothing is noted.
    headings, columns, kinds
        As in `Table`.
    """

    relation: str
    again: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]


def of(table: Table, noted: bool = True) -> Records:
    """Return the records of a table while it is open; ``noted`` False notes nothing the first time either."""
    if table.kind == "csv":
        first, again = (delimited(table.path, len(table.headings), table.delimiter, noting)
                        for noting in (noted, False))
    else:
        first = again = f"read_parquet({literal(str(table.path))})"
    return Records(first, again, table.headings, table.columns, table.kinds)
