"""What a stranger could work out from published tables: hidden numbers of few people that follow from what is shown.

Whoever sets out to find them knows no secret, only structure: columns that add up, column totals that stand in another
table. What agrees in one row may be chance; what agrees wherever both are known, in at least so many places and values,
is taken for a rule, and rules are solved for their only unknown until nothing new follows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import pandas as pd

from crmlib.privacy import suppress
from crmlib.result import Table

LEAST, COMMON = 3, 400
COUNTS, NAMING = ("customers", "responses"), ("code", "text", "date", "month")
Cell = tuple[str, int, str]
Rule = tuple[tuple[Cell, ...], tuple[Cell, ...]]


def followed(tables: Mapping[str, Table], k: int) -> list[Cell]:
    """Return the hidden cells (table, row, column) of 1 to k-1 people that follow from the others."""
    values: dict[Cell, int] = {}
    known: set[Cell] = set()
    for name, table in tables.items():
        shown = suppress(table, k)
        for column in _people(table):
            for row, value in enumerate(table.frame[column]):
                if not pd.isna(value):
                    values[name, row, column] = int(value)
                    known |= set() if pd.isna(shown[column].iloc[row]) else {(name, row, column)}
    rules = [*_rows(tables, values), *_totals(tables, values)]
    fresh, found = True, set()
    while fresh:
        alone = [[cell for cell in (*one, *other) if cell not in known] for one, other in rules]
        fresh = {cells[0] for cells in alone if len(cells) == 1}
        known |= fresh
        found |= fresh
    return sorted(cell for cell in found if 0 < values[cell] < k)


def _people(table: Table) -> list[str]:
    """Return the columns that hold whole numbers of people."""
    named = [name for name, column in table.columns.items() if name in table.frame
             and (column.unit in COUNTS or name == table.count)]
    return [name for name in named if table.frame[name].dtype.kind in "iuf"
            and (table.frame[name].dropna() % 1 == 0).all()]


def _keys(table: Table) -> list[str]:
    return [name for name, column in table.columns.items() if column.unit in NAMING and name in table.frame]


def _rows(tables: Mapping[str, Table], values: Mapping[Cell, int]) -> Iterator[Rule]:
    """Give the rows of each table in which two columns add up to a third, in every row of it."""
    for name, table in tables.items():
        for one, other in combinations(_people(table), 2):
            for whole in set(_people(table)) - {one, other}:
                rows = [row for row in range(len(table.frame)) if all((name, row, c) in values
                                                                      for c in (one, other, whole))]
                told = [tuple(values[name, row, c] for c in (one, other, whole)) for row in rows]
                if len({t for t in told if all(t)}) >= LEAST and all(a + b == c for a, b, c in told):
                    yield from (((((name, row, one), (name, row, other)), ((name, row, whole),))) for row in rows)


def _totals(tables: Mapping[str, Table], values: Mapping[Cell, int]) -> Iterator[Rule]:
    """Give the groups of rows of one table whose sum stands in another, or is another sum."""
    series = [one for name, table in tables.items() for one in _series(name, table, values)]
    sums = [{key: sum(values[cell] for cell in cells) for key, cells in one.items()} for one in series]
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, totals in enumerate(sums):
        for item in totals.items():
            places[item].append(place)
    for place, totals in enumerate(sums):
        alike = Counter(other for item in totals.items() if item[1] and len(places[item]) <= COMMON
                        for other in places[item] if other > place)
        for other, agreed in alike.items():
            both = totals.keys() & sums[other].keys()
            same = all(totals[key] == sums[other][key] for key in both)
            if agreed >= LEAST and same and len({totals[key] for key in both} - {0}) >= LEAST:
                yield from _pairs(series[place], series[other], both)


def _pairs(one: Mapping[str, tuple[Cell, ...]], other: Mapping[str, tuple[Cell, ...]],
           keys: Iterable[str]) -> Iterator[Rule]:
    for key in keys:
        shared = set(one[key]) & set(other[key])
        yield (tuple(c for c in one[key] if c not in shared), tuple(c for c in other[key] if c not in shared))


def _series(name: str, table: Table, values: Mapping[Cell, int]) -> Iterator[dict[str, tuple[Cell, ...]]]:
    """Give, of each column of people, its cells by the values of one key; also inside one value of another key."""
    for key in _keys(table):
        names = [str(value) for value in table.frame[key]]
        for column in _people(table):
            for inside in ([True] * len(names), *_inside(table, key)):
                found: dict[str, list[Cell]] = defaultdict(list)
                for row, (label, there) in enumerate(zip(names, inside, strict=True)):
                    if there and (name, row, column) in values:
                        found[label].append((name, row, column))
                if len(found) >= LEAST:
                    yield {label: tuple(cells) for label, cells in found.items()}


def _inside(table: Table, key: str) -> Iterator[list[bool]]:
    for other in _keys(table):
        if other != key and table.frame[other].nunique() <= LEAST * 10:
            yield from ((table.frame[other] == value).tolist() for value in table.frame[other].unique())
