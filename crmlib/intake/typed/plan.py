"""Which column of a file fills which canonical column? Headings are matched by name, never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.errors import CrmError
from crmlib.intake.typed.texts import nfkc

if TYPE_CHECKING:
    from crmlib.settings.sources import ColumnSpec, Source


@dataclass(frozen=True)
class Field:
    """One canonical column with the places in the file it is read from."""

    table: str
    column: schema.Column
    places: tuple[int, ...]
    spec: ColumnSpec

    @property
    def name(self) -> str:
        """Name in the typed file: ``orders.order_id``."""
        return f"{self.table}.{self.column.name}"


@dataclass(frozen=True)
class Plan:
    """How the records of one file become rows of canonical tables.

    Attributes
    ----------
    grain : str
        The table whose rows are the file's records; the others are distinct by their key.
    exclusions : tuple of (int, tuple of str, str)
        Place, values and reason of rows taken out by rule.
    """

    grain: str
    fields: tuple[Field, ...]
    exclusions: tuple[tuple[int, tuple[str, ...], str], ...]
    time_zone: str

    def of(self, table: str) -> tuple[Field, ...]:
        """Return the fields of one table."""
        return tuple(f for f in self.fields if f.table == table)

    def field(self, name: str) -> Field | None:
        """Return a field by its full name."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables the file feeds, the grain first."""
        return tuple(dict.fromkeys((self.grain, *(f.table for f in self.fields))))


def folded(heading: str) -> str:
    """Return a heading as it is compared: NFKC, without spaces and byte-order marks."""
    return "".join(nfkc(heading).replace("\ufeff", "").split())


def make(source: Source, headings: Sequence[str], time_zone: str, where: str, file: str) -> Plan:
    """Return the plan for one file.

    Raises
    ------
    CrmError
        ``intake.missing_column`` with the headings the file has, nearest first.
    """
    places = _places(headings)
    find = _Finder(headings, places, where, file)
    fields = tuple(
        Field(table, column, tuple(find(h, f"tables.{table}.{name}") for h in spec.columns), spec)
        for table, columns in source.tables.items()
        for name, spec in columns.items()
        if (column := schema.table(table).column(name)) is not None)
    rules = tuple((find(rule.column, "exclude"), tuple(cleaned(v) for v in rule.values), rule.reason)
                  for rule in source.exclude)
    return Plan(source.grain, fields, rules, source.time_zone or time_zone)


def cleaned(text: str) -> str:
    """Return a code of the params as the file's values are compared with it."""
    return nfkc(text).strip()


def _places(headings: Sequence[str]) -> dict[str, int]:
    """The first of two equal headings counts."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        places.setdefault(folded(heading), place)
    return places


@dataclass(frozen=True)
class _Finder:
    headings: Sequence[str]
    places: dict[str, int]
    where: str
    file: str

    def __call__(self, heading: str, key: str) -> int:
        place = self.places.get(folded(heading))
        if place is None:
            raise CrmError("intake.missing_column", column=heading, file=self.file, nearest=self._nearest(heading),
                           where=f"{self.where}.{key}", allowed=[h for h in self.headings if h])
        return place

    def _nearest(self, heading: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(folded(heading), list(self.places), 1, 0.0)
        return self.headings[self.places[near[0]]] if near else ""
