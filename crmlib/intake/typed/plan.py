"""Which column of a file fills which canonical column? Headings are matched by name, never by position."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.errors import CrmError
from crmlib.intake.typed.texts import nfkc

if TYPE_CHECKING:
    from crmlib.settings.sources import ColumnSpec, Source

#: How alike a heading has to be to be meant: 会員コード and 会員番号 are, 注文番号 and 備考 are not.
_NEAR = 0.4


@dataclass(frozen=True)
class Field:
    """One canonical column with the places in the file it is read from."""

    table: str
    column: schema.Column
    places: tuple[int, ...]
    spec: ColumnSpec
    #: Places read where the others give nothing.
    instead: tuple[int, ...] = ()

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
    exclusions, kept : tuple of (int, tuple of str, str)
        Place, values and reason of rows taken out by rule; of rows of which only those with the values are kept.
    negative : (int, tuple of str) or None
        Place and values of rows whose quantity and amounts are written without their minus.
    record : (int, str or None) or None
        Place whose change of value, or whose mark, begins a new record of several rows.
    filled : tuple of int
        Places whose empty cells take the value of the first row of their record.
    """

    grain: str
    fields: tuple[Field, ...]
    exclusions: tuple[tuple[int, tuple[str, ...], str], ...]
    time_zone: str
    kept: tuple[tuple[int, tuple[str, ...], str], ...] = ()
    negative: tuple[int, tuple[str, ...]] | None = None
    record: tuple[int, str | None] | None = None
    filled: tuple[int, ...] = ()

    @property
    def places(self) -> frozenset[int]:
        """Every place that is read."""
        return frozenset(p for f in self.fields for p in (*f.places, *f.instead)) | self.judged

    @property
    def judged(self) -> frozenset[int]:
        """Places whose values decide about the row."""
        found = {place for place, _, _ in (*self.exclusions, *self.kept)}
        return frozenset(found | ({self.negative[0]} if self.negative else set()))

    def of(self, table: str) -> tuple[Field, ...]:
        """Return the fields of one table."""
        return tuple(f for f in self.fields if f.table == table)

    def field(self, name: str) -> Field | None:
        """Return a field by its full name."""
        return next((f for f in self.fields if f.name == name), None)

    def stored_as(self, name: str) -> str:
        """Return under which name the typed file holds a column: ids that several tables share stand there once."""
        own = self.field(name)
        if own is None or own.table == self.grain or own.column.kind != "id":
            return name
        return next((f.name for f in self.of(self.grain) if f.column.kind == "id"
                     and (f.places, f.instead, f.spec) == (own.places, own.instead, own.spec)), name)

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables the file feeds, the grain first."""
        return tuple(dict.fromkeys((self.grain, *(f.table for f in self.fields))))


def folded(heading: str) -> str:
    """Return a heading as it is compared: NFKC, without spaces and byte-order marks."""
    return "".join(nfkc(heading).replace("\ufeff", "").split())


def unexplained(heading: str) -> str:
    """Return a folded heading without the legend some systems write behind it: ``区分(1:通常、2:返品)``."""
    return re.sub(r"\([^()]*[:=][^()]*\)$", "", heading)


def make(source: Source, headings: Sequence[str], time_zone: str, where: str, file: str) -> Plan:
    """Return the plan for one file.

    Raises
    ------
    CrmError
        ``intake.missing_column`` with the headings the file has, nearest first.
    """
    find = _Finder(headings, _places(headings), source.renamed, frozenset(source.optional), where, file)
    fields = _filled_tables([
        field for table, columns in source.tables.items() for name, spec in columns.items()
        if (column := schema.table(table).column(name)) is not None
        and (field := _field(find, table, column, spec)) is not None], source, find)
    record = _record(find, source)
    return Plan(source.grain, fields, _rules(find, source, "values"), source.time_zone or time_zone,
                _rules(find, source, "only"), _negative(find, source),
                record, () if record is None else _places_filled(find, source, fields))


def _field(find: _Finder, table: str, column: schema.Column, spec: ColumnSpec) -> Field | None:
    """Return a field with the places there are; None where the file has none of them and may lack them."""
    key = f"tables.{table}.{column.name}"
    places = find.all(spec.columns, key)
    instead = find.all(spec.otherwise.columns, key) if spec.otherwise else ()
    given = bool(places or instead) or spec.constant is not None or spec.numbered
    return Field(table, column, places, spec, instead) if given else None


def _filled_tables(fields: list[Field], source: Source, find: _Finder) -> tuple[Field, ...]:
    """Leave out tables beside the records whose id the file does not have; without its own the file is no use."""
    have = {f.name for f in fields}
    lacking: dict[str, tuple[str, ColumnSpec]] = {}
    for table, columns in source.tables.items():
        for name, spec in columns.items():
            needed = schema.table(table).column(name)
            if needed is not None and needed.required and f"{table}.{name}" not in have:
                lacking.setdefault(table, (name, spec))
    for table in (source.grain, "orders"):
        if table in lacking:
            name, spec = lacking[table]
            raise find.missing(spec.headings[0], f"tables.{table}.{name}")
    return tuple(f for f in fields if f.table not in lacking)


def _rules(find: _Finder, source: Source, key: str) -> tuple[tuple[int, tuple[str, ...], str], ...]:
    found = ((find.maybe(rule.column, "exclude"), getattr(rule, key), rule.reason) for rule in source.exclude)
    return tuple((place, tuple(cleaned(v) for v in values), reason) for place, values, reason in found
                 if place is not None and values)


def _negative(find: _Finder, source: Source) -> tuple[int, tuple[str, ...]] | None:
    if source.negative is None:
        return None
    place = find.maybe(source.negative.column, "negative")
    return None if place is None else (place, tuple(cleaned(v) for v in source.negative.values))


def _record(find: _Finder, source: Source) -> tuple[int, str | None] | None:
    if source.fill_down is None:
        return None
    place = find.maybe(source.fill_down.by, "fill_down")
    return None if place is None else (place, source.fill_down.mark)


def _places_filled(find: _Finder, source: Source, fields: Sequence[Field]) -> tuple[int, ...]:
    """Return the places to fill: those named, else all that are read for a table other than that of the records."""
    named = source.fill_down.columns if source.fill_down else ()
    if named:
        return tuple(sorted(find.all(named, "fill_down")))
    return tuple(sorted({p for f in fields if f.table != source.grain for p in (*f.places, *f.instead)}))


def cleaned(text: str) -> str:
    """Return a code of the params as the file's values are compared with it."""
    return nfkc(text).strip()


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Where each heading stands; of those that stand several times the second is ``heading#2``."""
    places: dict[str, int] = {}
    times: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = folded(heading)
        times[name] = times.get(name, 0) + 1
        places.setdefault(name, place)
        places.setdefault(f"{name}#{times[name]}", place)
    for place, heading in enumerate(headings):
        places.setdefault(unexplained(folded(heading)), place)
    return places


@dataclass(frozen=True)
class _Finder:
    headings: Sequence[str]
    places: dict[str, int]
    renamed: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    where: str
    file: str

    def maybe(self, heading: str, key: str) -> int | None:
        """Return the place of a heading under any of its names, None where the file may lack it."""
        for name in (heading, *self.renamed.get(heading, ())):
            if (place := self.places.get(folded(name))) is not None:
                self._once(name, key)
                return place
        if heading in self.optional:
            return None
        raise self.missing(heading, key)

    def all(self, headings: Sequence[str], key: str) -> tuple[int, ...]:
        """Return the places of those headings that the file has.

        Raises
        ------
        CrmError
            ``intake.same_heading`` where one is named twice.
        """
        places = tuple(place for h in headings if (place := self.maybe(h, key)) is not None)
        if len(set(places)) < len(places):
            twice = next(self.headings[p] for n, p in enumerate(places) if p in places[:n])
            raise CrmError("intake.same_heading", column=twice, key=key, where=f"{self.where}.{key}")
        return places

    def _once(self, heading: str, key: str) -> None:
        """A heading that stands several times has to be named with its number; a guess would be wrong half the time."""
        count = sum(folded(h) == folded(heading) for h in self.headings)
        if count > 1:
            raise CrmError("intake.heading_twice", column=heading, file=self.file, count=count,
                           where=f"{self.where}.{key}")

    def missing(self, heading: str, key: str) -> CrmError:
        """Return the error of a heading that the file lacks, with the nearest it has where one is near."""
        return CrmError("intake.missing_column", column=heading, file=self.file, nearest=self._nearest(heading),
                        where=f"{self.where}.{key}", allowed=[h for h in self.headings if h])

    def _nearest(self, heading: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(folded(heading), list(self.places), 1, _NEAR)
        return self.headings[self.places[near[0]]] if near else ""
