"""Small cells: groups so small that a number would speak of somebody are hidden, and what would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from crmlib.privacy.parts import few_in_rows
from crmlib.text.formats import missing

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.result import Table

#: Units of columns that name a row (``r_score``, ``age_months``) where they stand before its count.
_NAMING = ("code", "text", "date", "month", "score", "index", "count", "days")


def suppress(table: Table, k: int) -> pd.DataFrame:
    """Return a table's frame with small cells hidden, and a boolean column ``suppressed``.

    Rows that rest on 1 to k-1 people lose every number; in other rows, a number of 1 to k-1 people is hidden with
    whatever would give it away (``parts.few_in_rows``). Where the rows of a group (``table.within``) add up to a
    published total, a single hidden row could be recovered by subtraction, so a second one is hidden too, and further
    ones until the hidden rows together hold at least k people: always the smallest next row, ties by position. A row of
    zero people tells nobody's secret and stays, unless those it is zero of are so few themselves (the people counted in
    columns before: a cohort of one, of whom nobody bought). With ``table.across`` this holds along both totals of a
    cross table, and for both together.

    Returns
    -------
    pandas.DataFrame
        Same rows and columns in the same order, whole numbers as ``Int64`` where one is hidden.
    """
    frame = table.frame.copy()
    if table.count is None or table.count not in frame.columns:
        return frame.assign(suppressed=False)
    counts = [0 if missing(n) else int(n) for n in frame[table.count]]
    ways = [table.within, *([table.across] if table.across else [])]
    small = [0 < n < k or place in table.hide for place, n in enumerate(counts)]
    hidden = [one or few for one, few in zip(
        _hidden(small, counts, [_groups(frame, way) for way in ways], k), _of_few(table, table.count, k),
        strict=True)]
    inside = few_in_rows(table, hidden, lambda cells, numbers: _hidden(
        cells, numbers, [_groups(table.frame, way) for way in ways], k), k)
    # A row whose people are hidden because of another number of it says nothing of them any more.
    hidden = [one or bare for one, bare in zip(hidden, inside.get(table.count, hidden), strict=True)]
    frame["suppressed"] = [any(cells) for cells in zip(hidden, *inside.values(), strict=True)]
    for name, cells in inside.items():
        frame = _nulled(frame, [name], cells)
    return _nulled(frame, _measures(table), hidden)


def _of_few(table: Table, count: str, k: int) -> list[bool]:
    """Tell of each row whether people are counted before its count, and are fewer than k."""
    before = [name for name in table.columns if name in table.frame.columns]
    before = [c for c in before[:before.index(count)] if table.columns[c].unit == "customers"]
    return [any(not missing(n) and 0 < n < k for n in row) for row in _groups(table.frame, before)]


def _measures(table: Table) -> list[str]:
    """Columns that say something about the people of a row; those that name the row come before the count."""
    names = [c for c in table.columns if c in table.frame.columns]
    before = names[:names.index(table.count)] if table.count in names else []
    naming = {c for c in before if table.columns[c].unit in _NAMING}
    naming |= {*table.within, *table.totals}
    return [c for c in names if c not in naming]


def _groups(frame: pd.DataFrame, within: Sequence[str]) -> list[tuple[Any, ...]]:
    names = [c for c in within if c in frame.columns]
    return list(frame[names].itertuples(index=False, name=None)) if names else [()] * len(frame)


def _hidden(small: list[bool], counts: list[int], ways: Sequence[list[tuple[Any, ...]]], k: int) -> list[bool]:
    """Small rows and their partners; a partner found in one way may need one in another, so until nothing changes."""
    hidden, before = list(small), -1
    groups = [_members(way) for way in ways]
    while sum(hidden) > before:
        before = sum(hidden)
        for rows in (rows for way in groups for rows in way):
            for i in _partners([i for i in rows if hidden[i]], rows, counts, k):
                hidden[i] = True
        for place in [i for i, one in enumerate(small) if one and len(ways) > 1]:
            for i in _way_round(place, hidden, counts, ways, k):
                hidden[i] = True
    return hidden


def _way_round(place: int, hidden: list[bool], counts: list[int], ways: Sequence[list[tuple[Any, ...]]],
               k: int) -> list[int]:
    """Return a further cell of a cross table to hide where one follows from the totals of both ways together.

    Totals are groups that the hidden cells join. A cell follows from them where nothing else joins what lies on its two
    sides, however many cells are hidden in its row and its column (a bridge of the graph: Gusfield 1988, SIAM J.
    Computing 17). The smallest cell that joins the sides is hidden too; where there is none, one that leads on.
    """
    ends = [((0, one), (1, other)) for one, other in zip(*ways, strict=True)]
    joined = [end for i, end in enumerate(ends) if hidden[i] and i != place]
    near, far = (_reached(end, joined) for end in ends[place])
    if ends[place][1] in near:
        return []
    rest = sorted((i for i, n in enumerate(counts) if n >= k and not hidden[i]), key=lambda i: (counts[i], i))
    direct = [i for i in rest if set(ends[i]) & near and set(ends[i]) & far]
    return direct[:1] or [i for i in rest if len(set(ends[i]) & (near | far)) == 1][:1]


def _reached(start: Any, joined: Sequence[tuple[Any, Any]]) -> set[Any]:
    """Return the groups that hidden cells join to one, step by step."""
    beside: dict[Any, list[Any]] = {}
    for one, other in joined:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    found, fresh = {start}, [start]
    while fresh:
        fresh = [group for group in {other for one in fresh for other in beside.get(one, ())} if group not in found]
        found.update(fresh)
    return found


def _members(way: list[tuple[Any, ...]]) -> list[list[int]]:
    found: dict[tuple[Any, ...], list[int]] = {}
    for i, group in enumerate(way):
        found.setdefault(group, []).append(i)
    return list(found.values())


def _partners(small: list[int], rows: list[int], counts: list[int], k: int) -> Iterable[int]:
    """Return the further rows to hide in one group, where some are hidden."""
    if not small:
        return []
    rest = sorted((i for i in rows if counts[i] >= k and i not in small), key=lambda i: (counts[i], i))
    people, taken = sum(counts[i] for i in small), list[int]()
    while rest and (len(small) + len(taken) < 2 or people < k):
        taken.append(rest.pop(0))
        people += counts[taken[-1]]
    return taken


def _nulled(frame: pd.DataFrame, names: list[str], hidden: list[bool]) -> pd.DataFrame:
    import pandas as pd

    if not any(hidden):
        return frame
    for name in names:
        kind = frame[name].dtype
        if pd.api.types.is_bool_dtype(kind) or not _numeric(frame[name]):
            continue
        whole = pd.api.types.is_integer_dtype(kind)
        column = frame[name].astype("Int64") if whole else frame[name]
        frame[name] = column.mask(pd.Series(hidden, index=frame.index))
    return frame


def _numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers, exact decimals included."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    from decimal import Decimal

    values = [v for v in column if v is not None and v == v]
    return bool(values) and all(isinstance(v, (int, float, Decimal)) for v in values)
