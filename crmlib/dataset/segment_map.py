"""Which RFM segment each of the 125 cells of scores belongs to: complete and exclusive, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd

SCORES = range(1, 6)
#: segment, r from-to, f from-to, m from-to. f = 1 is a class of its own: bought once.
DEFAULT: tuple[tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("champions", (5, 5), (4, 5), (3, 5)),
    ("champions", (4, 4), (5, 5), (3, 5)),
    ("loyal", (5, 5), (4, 5), (1, 2)),
    ("loyal", (4, 4), (5, 5), (1, 2)),
    ("loyal", (4, 4), (4, 4), (1, 5)),
    ("loyal", (3, 3), (4, 5), (1, 5)),
    ("growing", (4, 5), (2, 3), (1, 5)),
    ("new", (5, 5), (1, 1), (1, 5)),
    ("second_due", (4, 4), (1, 1), (1, 5)),
    ("needs_attention", (3, 3), (2, 3), (1, 5)),
    ("slipping_new", (3, 3), (1, 1), (1, 5)),
    ("cannot_lose", (1, 2), (4, 5), (4, 5)),
    ("at_risk", (1, 2), (4, 5), (1, 3)),
    ("at_risk", (2, 2), (2, 3), (1, 5)),
    ("dormant", (1, 1), (2, 3), (1, 5)),
    ("lost_once", (1, 2), (1, 1), (1, 5)),
)
PROSPECT = "prospect"


def segments(rules: Iterable[Any] | None = None) -> tuple[str, ...]:
    """Return the segment codes in the order of the map, prospects last."""
    return (*dict.fromkeys(rule[0] for rule in _rules(rules)), PROSPECT)


def cells(rules: Iterable[Any] | None = None) -> pd.DataFrame:
    """Return the map as rows.

    Returns
    -------
    pandas.DataFrame
        r_score, f_score, m_score (1-5), rfm_segment (code); 125 rows.

    Raises
    ------
    CrmError
        ``dataset.map_overlap`` or ``dataset.map_gap``, naming the cells.
    """
    import pandas as pd

    found: dict[tuple[int, int, int], str] = {}
    for segment, r, f, m in _rules(rules):
        for cell in ((a, b, c) for a in _span(r) for b in _span(f) for c in _span(m)):
            if cell in found:
                raise CrmError("dataset.map_overlap", where="rfm.segment_map", cell=_name(cell), first=found[cell],
                               second=segment)
            found[cell] = segment
    every = [(r, f, m) for r in SCORES for f in SCORES for m in SCORES]
    missing = [_name(cell) for cell in every if cell not in found]
    if missing:
        raise CrmError("dataset.map_gap", where="rfm.segment_map", cells=", ".join(missing[:10]), n=len(missing))
    rows = [(*cell, found[cell]) for cell in every]
    return pd.DataFrame(rows, columns=["r_score", "f_score", "m_score", "rfm_segment"])


def _rules(rules: Iterable[Any] | None) -> Iterable[Any]:
    """Rules typed by the user as tuples like the default ones."""
    if not rules:
        return DEFAULT
    return [(rule.segment, tuple(rule.r), tuple(rule.f), tuple(rule.m)) for rule in rules]


def _span(limits: tuple[int, int]) -> range:
    return range(limits[0], limits[-1] + 1)


def _name(cell: tuple[int, int, int]) -> str:
    return "".join(str(score) for score in cell)
