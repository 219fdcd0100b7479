"""What a slice of a page hands over, and how slices become one result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from crmlib.result import Aside, Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

Notes = tuple[tuple[str, Mapping[str, Any]], ...]
#: Fact → its unit (money: the shop's currency) and the sentence that says why there is none.
FactKinds = Mapping[str, tuple[str, str]]
LEVEL = 0.95
CODE, MONTH, MONEY, RATIO, DAYS, DATE = (Column(u) for u in ("code", "month", "money", "ratio", "days", "date"))
DIFFERENCE = Column("difference")
PEOPLE, ORDERS, INDEX, COUNT, TEXT = (Column(u) for u in ("customers", "orders", "index", "count", "text"))


@dataclass(frozen=True)
class Part:
    """One slice of the page: what it found, already finished.

    Attributes
    ----------
    facts : tuple of Fact
        Every fact the slice declares, those without a value too.
    tables, figures : mapping
        By name; nothing that is empty. A figure draws a table of the same part.
    checks : tuple of Check
    notes : tuple of (str, dict)
        A key without a dot stands at the top of the page; ``rhythm.closed`` stands in the section ``rhythm``.
    measures : pandas.DataFrame or None
        Restricted: customer_key, and what the slice knows of each customer.
    """

    facts: tuple[Fact, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    notes: Notes = ()
    measures: pd.DataFrame | None = None


def together(analysis: str, parts: Sequence[Part]) -> Result:
    """Return the page's result: the slices one after the other, their measures side by side."""
    named = [part.measures for part in parts if part.measures is not None]
    return Result(
        analysis,
        facts=tuple(fact for part in parts for fact in part.facts),
        tables={name: table for part in parts for name, table in part.tables.items()},
        figures={name: figure for part in parts for name, figure in part.figures.items()},
        checks=tuple(check for part in parts for check in part.checks),
        notes=tuple(note for part in parts for note in part.notes),
        measures=reduce(_beside, named) if named else None,
    )


def _beside(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    return one.merge(other, on="customer_key", how="outer", validate="one_to_one").sort_values(
        "customer_key", ignore_index=True)


def tables(frames: Mapping[str, pd.DataFrame], columns: Mapping[str, Mapping[str, Column]],
           small: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:
    """Return the frames that have rows as tables; ``small`` names the column of people behind a row (see Table)."""
    return {name: Table(frame, columns[name], **small.get(name, {})) for name, frame in frames.items() if len(frame)}


def unknown(kinds: Iterable[FactKinds], data: Dataset) -> tuple[Fact, ...]:
    """Return every fact the slices declare without a value: the shop has no purchases."""
    return tuple(Fact(key, None, unit_of(unit, data)) for own in kinds for key, (unit, _) in own.items())


def facts(analysis: str, kinds: FactKinds, sides: Sequence[Mapping[str, Any]], data: Dataset,
          notes: Mapping[str, str] | None = None) -> tuple[Fact, ...]:
    """Return a slice's facts.

    Parameters
    ----------
    kinds : mapping
        The facts declared; a fact without a value takes its sentence from here.
    sides : sequence of mapping
        Key → value this month, one month earlier, one year earlier; what is missing is not known. Under
        ``grounds``, the first may hold key → ``size``, ``low``, ``high``.
    notes : mapping, optional
        Key → sentence of a fact that has a value.
    """
    return tuple(_fact(analysis, key, unit, why, sides, data, (notes or {}).get(key))
                 for key, (unit, why) in kinds.items())


def _fact(analysis: str, key: str, unit: str, why: str, sides: Sequence[Mapping[str, Any]], data: Dataset,
          note: str | None) -> Fact:
    value, previous, year_ago = (side.get(key) for side in sides)
    ground = sides[0].get("grounds", {}).get(key, {})
    return Fact(key, value, unit_of(unit, data), previous, year_ago, data.settings.targets.get(f"{analysis}.{key}"),
                n=ground.get("size"), low=ground.get("low"), high=ground.get("high"),
                note=why if value is None else note)


def unit_of(unit: str, data: Dataset) -> str:
    """Return the unit as facts write it: money is the shop's currency."""
    return data.currency if unit == "money" else unit


def said(result: Result, section: str) -> Notes:
    """Return the sentences of one section of the page."""
    return tuple(note for note in result.notes if note[0].startswith(f"{section}."))


def aside(result: Result, section: str) -> Notes:
    """Return the sentences of one section that say how to read it: they stand without a box."""
    return tuple(Aside(*note, result.analysis) for note in said(result, section))


def short(result: Result, name: str, most: int = 15) -> Table | None:
    """Return a table that has rows and is short enough to be read on the page; a longer one stays in its file."""
    table = result.tables.get(name)
    return table if table is not None and 0 < len(table.frame) <= most else None


def found(result: Result, name: str, count: str) -> Table | None:
    """Return the rows of a table whose count is not zero; all of them are in its file."""
    table = result.tables.get(name)
    return table and replace(table, frame=table.frame[table.frame[count] != 0].reset_index(drop=True))


def latest(result: Result, name: str, rows: int = 13) -> Table | None:
    """Return the last rows of a table in order of time; all of them are in its file."""
    table = result.tables.get(name)
    return table and replace(table, frame=table.frame.tail(rows).reset_index(drop=True))


def top(result: Result) -> Result:
    """Return the result with the sentences of the page's top only."""
    return replace(result, notes=tuple(note for note in result.notes if "." not in note[0]))
