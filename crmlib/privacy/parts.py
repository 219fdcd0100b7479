"""Numbers inside a row: a few of its many people who did something, and whatever gives their number away.

Nothing is declared table by table: which numbers of a row add up, and of which a rate is made, shows in the rows
themselves. Where that holds by chance a number too many is hidden, never one too few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from crmlib.result import Table

    Numbers = Mapping[str, np.ndarray]

#: Units of columns that count people, and of those that do where a rate of the table is made of them.
PEOPLE, COUNTED, RATE = ("customers", "responses"), ("count",), "ratio"
#: Endings of the names of columns that hold the limits of a rate.
LOW, HIGH = "low", "high"
EXACT = 1e-6
#: As many numbers may add up to another one.
TOGETHER = (2, 3)
Partners = Callable[[list[bool], list[int]], list[bool]]
#: A rate, the people it is of, and those among whom they are counted.
Rate = tuple[str, str, str]


def few_in_rows(table: Table, rows: Sequence[bool], partners: Partners, k: int) -> dict[str, list[bool]]:
    """Return which cells are to be hidden beside whole rows, by column; none where no number is small.

    A number of 1 to k-1 people is hidden wherever it stands; with it a second one of its column, where the rows add up
    to a published total (``partners``), another one of its row where numbers of the row add up, its rate and the
    limits of that, and what the table declares to be of these people (``Column.share_of``). Nought is shown.

    Parameters
    ----------
    rows : sequence of bool
        The rows that are hidden whole.
    partners : callable
        Cells of one column that are hidden, and its numbers → those with whatever would give one of them away.
    """
    import numpy as np

    counts = _numbers(table, (*PEOPLE, *COUNTED))
    rates = list(_rates(counts, _numbers(table, (RATE,))))
    people = [name for name in counts if table.columns[name].unit in PEOPLE or any(name in rate for rate in rates)]
    whole = np.array(rows, dtype=bool)
    small = {name: ~whole & (counts[name] > 0) & (counts[name] < k) for name in people if name != table.count}
    small = {name: cells for name, cells in small.items() if cells.any()}
    if not small:
        return {}
    hidden = {name: small[name] | whole if name in small else whole.copy() for name in people}
    _spread(hidden, set(small), {name: counts[name] for name in people}, partners, k)
    for name, cells in _given_away(table, hidden, rates).items():
        hidden[name] = hidden.get(name, whole) | cells
    return {name: (cells & ~whole).tolist() for name, cells in hidden.items() if (cells & ~whole).any()}


def _numbers(table: Table, units: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the columns of some units that hold numbers; of counts only those that are whole, not expected ones."""
    found: dict[str, Any] = {}
    for name, column in table.columns.items():
        if column.unit in units and name in table.frame.columns and table.frame[name].dtype.kind in "iuf":
            values = table.frame[name].to_numpy("float64", na_value=float("nan"))
            if column.unit == RATE or bool(((values % 1 == 0) | (values != values)).all()):
                found[name] = values
    return found


def _rates(counts: Numbers, rates: Numbers) -> Iterator[Rate]:
    """Give each rate with the two numbers it, or what is left of it to the whole, is the quotient of in every row."""
    for name, rate in rates.items():
        for part, base in ((one, other) for one in counts for other in counts if one != other):
            known = (rate == rate) & (counts[base] > 0) & (counts[part] == counts[part])
            if not known.any() or not (counts[part][known] > 0).any():
                continue
            made, few = rate[known] * counts[base][known], counts[part][known]
            slack = EXACT * counts[base][known]
            if (abs(made - few) <= slack).all() or (abs(counts[base][known] - made - few) <= slack).all():
                yield name, part, base


def _sums(counts: Numbers) -> list[tuple[tuple[str, ...], str]]:
    """Return which columns add up to another one in every row where they are known; in some row all have people."""
    import numpy as np

    found = []
    for several in TOGETHER:
        for parts in combinations(counts, several):
            made = np.sum([counts[name] for name in parts], axis=0)
            if np.all([counts[name] > 0 for name in parts], axis=0).any():
                found += [(parts, whole) for whole in counts
                          if whole not in parts and ((made == counts[whole]) | (made != made)).all()]
    return found


def _within(counts: Numbers) -> list[tuple[str, str, str]]:
    """Return pairs of columns that together are never more than a third: the one bounds the other in every row."""
    return [(one, other, whole) for one, other in combinations(counts, 2) for whole in counts
            if whole not in (one, other) and not (counts[one] + counts[other] > counts[whole]).any()]


def _spread(hidden: dict[str, np.ndarray], touched: set[str], counts: Numbers, partners: Partners, k: int) -> None:
    """Hide further numbers until none follows from a column's total or from the others of its row."""
    import numpy as np

    sums, pairs, before = _sums(counts), _within(counts), -1
    while (now := sum(int(cells.sum()) for cells in hidden.values())) > before:
        before = now
        for name in sorted(touched):
            values = [0 if n != n else int(n) for n in counts[name]]
            hidden[name] = np.array(partners(hidden[name].tolist(), values), dtype=bool)
        for pair, whole in (((one, other), whole) for one, other, whole in pairs):
            # Nought would be shown, so what is hidden is at least one: a narrow bound tells it.
            for secret, shown in (pair, pair[::-1]):
                told = hidden[secret] & ~hidden[shown] & ~hidden[whole] & (counts[whole] - counts[shown] < k)
                hidden[shown] |= told
                touched |= {shown} if told.any() else set()
        for parts, whole in sums:
            alone = np.sum([hidden[name] for name in (*parts, whole)], axis=0) == 1
            for place in np.flatnonzero(alone):
                for name in _company(parts, hidden, counts, int(place), k):
                    hidden[name][place] = True
                    touched.add(name)


def _company(parts: Sequence[str], hidden: Numbers, counts: Numbers, place: int, k: int) -> list[str]:
    """Return the further numbers of a row to hide: the smallest first, noughts last, until k people are among them."""
    taken = [name for name in parts if hidden[name][place]]
    rest = sorted((name for name in parts if name not in taken), key=lambda name: (
        counts[name][place] == 0, counts[name][place], name))
    fresh: list[str] = []
    while rest and (not fresh or sum(counts[name][place] for name in (*taken, *fresh)) < k):
        fresh.append(rest.pop(0))
    return fresh


def _given_away(table: Table, hidden: Numbers, rates: Sequence[Rate]) -> dict[str, np.ndarray]:
    """Return where a rate, its limits, or what is declared to be of some people would tell a hidden number."""
    import numpy as np

    known, found = _numbers(table, (RATE,)), dict[str, Any]()
    for rate, part, base in rates:
        cells = hidden[part] | hidden[base]
        for name in (rate, *_limits(rate, known)):
            found[name] = found.get(name, np.zeros_like(cells)) | cells
    for name, column in table.columns.items():
        if (of := column.share_of or "") in hidden:
            found[name] = found.get(name, np.zeros_like(hidden[of])) | hidden[of]
    return found


def _limits(rate: str, known: Numbers) -> list[str]:
    """Return the limits a rate lies within in every row; both of a pair, or none."""
    value = known[rate]
    pairs = [(name, name.removesuffix(LOW) + HIGH) for name in known if name.endswith(LOW)]
    return [name for low, high in pairs if high in known and not (
        (known[low] > value) | (known[high] < value)).any() for name in (low, high)]
